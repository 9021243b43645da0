# emix bootstrap: refits of other samples of the same size.
. "$(dirname "$0")/helpers.sh"
faithful=$data/faithful.csv
run fit "$faithful" -k 2 -o model.json
run fit "$faithful" -k 1 -o one.json

run bootstrap model.json "$faithful" -B 20 --seed 3
expect_status 0
expect_empty stderr
expect_stdout '^samples +parametric, 272 rows$'
expect_stdout '^replicates +20 of 20; seed 3$'
expect_stdout '^  parameter +estimate +std. error +95 % interval$'
expect_stdout '^  means [01] waiting +(79.9681|54.4785) +0\.'
run bootstrap model.json "$faithful" -B 20 --seed 3 --json --threads 1 -o document.json
expect_status 0
expect_same stdout document.json
cp stdout one_thread.json
run bootstrap model.json "$faithful" -B 20 --seed 3 --json --threads 4
expect_same stdout one_thread.json
[ "$(json_text stdout schema)" = emix.bootstrap/1 ] && [ "$(json_number stdout done)" = 20 ]
check $? "the document has a schema and counts"
run bootstrap model.json "$faithful" -B 20 --resample rows --level 0.5 -q
expect_status 0
expect_stdout '^samples +rows, 272 rows$'
expect_stdout '50 % interval'

# row weights are frequencies
awk -F, -v OFS=, 'NR == 1 { print $0, "w" } NR > 1 { print $0, 2 }' "$faithful" >weighted.csv
run bootstrap model.json weighted.csv --weights w -B 4
expect_stdout '^samples +parametric, 544 rows$'

# two components, not one; a p-value is never below 1 / (B + 1)
run bootstrap one.json "$faithful" -B 9 --test-components --starts 8
expect_status 0
expect_stdout '^hypotheses +1 component against 2$'
expect_stdout '^p-value +0.1 '
run bootstrap one.json "$faithful" -B 9 --test-components --starts 8 --json
expect_close alternative "$(json_number stdout alternative_log_likelihood)" -1130.263960 1e-5
expect_close p_value "$(json_number stdout p_value)" 0.1 1e-15
[ "$(json_text stdout schema)" = emix.component_test/1 ]
check $? "the document of a test has its schema"

# rows of one component are not split into two
run sample one.json -n 200 --seed 5 -o null.csv
run fit null.csv -k 1 -o null.json
run bootstrap null.json null.csv -B 19 --test-components --starts 8 --json
awk -v p="$(json_number stdout p_value)" 'BEGIN { exit !(p > 0.1) }'
check $? "data of one component leave one component alone"

# after a signal: the replicates so far
command='emix bootstrap -B 1000000 (SIGINT after 1 s)'
timeout --foreground --preserve-status -s INT -k 30 1 \
    "$emix" bootstrap model.json "$faithful" -B 1000000 -o part.json >stdout 2>stderr </dev/null
status=$?
check_manners
expect_status 130
expect_message '^emix bootstrap: interrupted after [0-9]+ of 1000000 replicates$'
awk -v n="$(json_number part.json done)" 'BEGIN { exit !(n > 2 && n < 1000000) }'
check $? "what was done is written"
expect_stdout '^  weights 0 +0\.[0-9]+ +0\.[0-9]+ '

# a model with a prior is refitted with it: then three points do not collapse
printf '%s\n' a,b 1,2 3,1 2,2.5 4,4 5,3 >five.csv
run fit five.csv -k 1 --prior conjugate -o map.json
run bootstrap map.json five.csv -B 10
expect_status 0
run bootstrap map.json five.csv -B 10 --test-components
expect_status 2
expect_message 'fitted under a prior'
run fit five.csv -k 1 --prior conjugate --prior-mean 1,2 -o map.json
run bootstrap map.json five.csv -B 10
expect_status 2
expect_message 'cannot be repeated'

# refusals
for bad in 0 -3 x 1e2; do
    run bootstrap model.json "$faithful" -B "$bad"
    expect_status 1
    expect_message '^emix bootstrap: --replicates needs a whole number in 1 \.\.\. 1000000'
done
run bootstrap model.json "$faithful" --level 95
expect_status 1
expect_message '\-\-level needs a number between 0 and 1, not 95'
run bootstrap model.json "$faithful" --test-components --resample rows
expect_status 1
expect_message 'needs parametric samples'
run bootstrap model.json "$data/iris.csv" -B 2
expect_status 2
expect_message "iris.csv: no columns are named 'eruptions', 'waiting'; there are 'sepal_length'"
run bootstrap model.json "$faithful" -B 2 -o model.json
expect_status 2
expect_message 'the output would replace the input'
printf '%s\n' eruptions,waiting 1,2 3,1 2,2 >three.csv
run bootstrap model.json three.csv -B 4
expect_status 3
expect_message '^emix bootstrap: [0-9]+ of 4 replicates led to no usable model'
finish
