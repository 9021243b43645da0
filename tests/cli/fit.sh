# emix fit: numbers, documents, the summary, the model file.
. "$(dirname "$0")/helpers.sh"

# The best known maxima of the likelihood, to 1e-6: the default tolerance is 1e-6 nats.
known_maximum() { # DATA K LOG_LIKELIHOOD STARTS
    run fit "$data/$1.csv" -k "$2" --starts "$4" --json -o "$1.$2.json"
    expect_status 0
    expect_empty stderr
    expect_lines stdout 1
    expect_close "log_likelihood of $1, K = $2" "$(json_number stdout log_likelihood)" "$3" 1e-6
    [ "$(json_text stdout schema)" = emix.fit/1 ]
    check $? "the document says emix.fit/1"
    [ "$(json_text stdout stop)" = converged ]
    check $? "the fit converged"
    expect_file "$1.$2.json"
    [ "$(json_text "$1.$2.json" schema)" = emix.model/1 ]
    check $? "the model file says emix.model/1"
}
known_maximum faithful 2 -1130.263960184741588 50
known_maximum faithful 3 -1114.43987290 50
known_maximum iris 2 -214.354704370512565 50
known_maximum iris 3 -180.18547713 50
known_maximum diabetes 3 -2303.491843160422 200
known_maximum geyser 3 -1363.98925533 200

# One component has a closed form: log-likelihood from the sample covariance.
run fit "$data/faithful.csv" -k 1 --json
expect_status 0
expected=$(awk -F, 'NR > 1 { n++; x += $1; y += $2; a[n] = $1; b[n] = $2 }
    END {
        for (i = 1; i <= n; ++i) {
            u = a[i] - x / n; v = b[i] - y / n; xx += u * u / n; xy += u * v / n; yy += v * v / n
        }
        printf "%.12f", -n / 2 * (2 * log(2 * atan2(0, -1)) + log(xx * yy - xy * xy) + 2)
    }' "$data/faithful.csv")
expect_close "log_likelihood of one component" "$(json_number stdout log_likelihood)" "$expected" 1e-8

# Criteria follow from their definitions.
run fit "$data/faithful.csv" -k 2 --json
log_likelihood=$(json_number stdout log_likelihood)
states=$(grep -o '"states":\[[^]]*\]' stdout | grep -o '"finished"\|"lost"\|"degenerate"' | wc -l)
[ "$states" -eq 32 ]
check $? "the document tells what came of each of 32 starts"
awk -F, -v OFS=, 'NR == 1 { print $0, "w" } NR > 1 { print $0, 2 }' "$data/faithful.csv" >twice.csv
run fit twice.csv -k 2 --weights w --effective-rows 272 --json -o twice.json
expect_close "bic for the rows that there are" "$(json_number stdout bic)" \
    "$(awk -v l="$log_likelihood" 'BEGIN { printf "%.12g", 4 * l - 11 * log(272) }')" 1e-4
[ "$(json_number stdout effective_rows)" = 272.0 ] && [ "$(json_number stdout total_weight)" = 544.0 ]
check $? "the document says which n was used"
run info twice.json
expect_stdout '^ +BIC and ICL for n = 272 rows$'
run fit twice.csv -k 2 --weights w
expect_stdout '^ +BIC and ICL for n = 544 rows$'
run fit "$data/faithful.csv" -k 2 --max-iter 77 --e-step incremental --checkpoint state --json
[ "$(json_number stdout max-iter)" = 77 ] && [ "$(json_number stdout blocks)" = 16 ] &&
    [ "$(json_text stdout checkpoint)" = state ]
check $? "the document has the settings as they were used"
expect_close bic "$(json_number stdout bic)" \
    "$(awk -v l="$log_likelihood" 'BEGIN { printf "%.12g", 2 * l - 11 * log(272) }')" 1e-6
expect_close aic "$(json_number stdout aic)" \
    "$(awk -v l="$log_likelihood" 'BEGIN { printf "%.12g", 2 * l - 22 }')" 1e-6
expect_close log_likelihood_per_row "$(json_number stdout log_likelihood_per_row)" \
    "$(awk -v l="$log_likelihood" 'BEGIN { printf "%.12g", l / 272 }')" 1e-9

# A large offset loses nothing: the log-likelihood does not depend on the location of the data.
# Shifted numbers are rounded to the grid at 1e8 (1.5e-8), which moves it by far less than 1e-9.
for offset in 1000000 100000000; do
    awk -F, -v c="$offset" 'NR == 1 { print; next } { printf "%.17g,%.17g\n", $1 + c, $2 + c }' \
        "$data/faithful.csv" >shifted.csv
    run fit shifted.csv -k 2 --json
    expect_status 0
    expect_close "log_likelihood at offset $offset" "$(json_number stdout log_likelihood)" \
        -1130.263960184741588 1.2e-6
done

# Row weights: a row of weight 2 counts as two rows.
awk -F, 'NR == 1 { print $0 ",times"; next } { print $0 "," 1 + NR % 2 }' "$data/faithful.csv" \
    >weighted.csv
awk -F, 'NR == 1 { print; next } { print; if (NR % 2) print }' "$data/faithful.csv" >repeated.csv
run fit weighted.csv -k 2 --weights times --json
expect_status 0
weighted=$(json_number stdout log_likelihood)
expect_close total_weight "$(json_number stdout total_weight)" 408 0
run fit weighted.csv -k 2 --weights 3 --json
expect_close "log_likelihood, column by number" "$(json_number stdout log_likelihood)" "$weighted" 0
run fit repeated.csv -k 2 --json
expect_close "log_likelihood of repeated rows" "$(json_number stdout log_likelihood)" "$weighted" 2e-6

# The model file can start a fit: at the optimum nothing is left to gain.
run fit "$data/faithful.csv" -k 2 --init faithful.2.json --json
expect_status 0
expect_close "log_likelihood from --init" "$(json_number stdout log_likelihood)" \
    -1130.263960184741588 1e-6
faithful_start >start.json
run fit "$data/faithful.csv" -k 2 --init start.json --json
expect_status 0
expect_close "log_likelihood from given parameters" "$(json_number stdout log_likelihood)" \
    -1130.263960184741588 1e-6

# --stop none makes exactly the requested number of iterations, and one pass more.
run fit "$data/faithful.csv" -k 2 --init start.json --stop none --max-iter 7 --json
expect_status 0
expect_close n_iterations "$(json_number stdout n_iterations)" 7 0
expect_close n_passes "$(json_number stdout n_passes)" 8 0

# Every starting method and every stopping rule can be given by name.
for method in tournament kmeans++ random-rows random-responsibilities; do
    run fit "$data/faithful.csv" -k 2 --init-method "$method" --json
    expect_status 0
    expect_close "log_likelihood with $method" "$(json_number stdout log_likelihood)" -1130.26396 1e-4
done
for rule in gap loglik q params; do
    run fit "$data/faithful.csv" -k 2 --stop "$rule" --json
    expect_status 0
    expect_close "log_likelihood with $rule" "$(json_number stdout log_likelihood)" -1130.26396 1e-3
done

# The same seed repeats a fit bit for bit.
run fit "$data/iris.csv" -k 3 --seed 5 -o a.json
run fit "$data/iris.csv" -k 3 --seed 5 -o b.json
expect_same a.json b.json

# VVV is full.
run fit "$data/iris.csv" -k 3 --seed 5 --covariance VVV -o b.json
expect_same a.json b.json

# Standard input and output.
run_with_input "$data/faithful.csv" fit - -k 2 -o -
expect_status 0
[ "$(json_text stdout schema)" = emix.model/1 ]
check $? "-o - prints the model and nothing else"
run_with_input "$data/faithful.csv" fit - -k 2 --json
expect_close "log_likelihood from standard input" "$(json_number stdout log_likelihood)" \
    -1130.263960184741588 1e-6

# The summary is for people: no line over 100 columns, feature names, components by number.
run fit "$data/faithful.csv" -k 2 -o model.json
expect_status 0
expect_empty stderr
expect_stdout '^log-likelihood +-1130\.26396'
expect_stdout 'BIC -2322\.19'
expect_stdout '^converged '
expect_stdout '^starts +32, 4 run to the end, 4 reached the best; seed 0$'
expect_stdout 'component +weight +count +eruptions +waiting'
expect_stdout 'model\.json'
[ "$(awk '$1 ~ /^[01]$/ && NF == 5 { print $1 }' stdout | tr '\n' ' ')" = '0 1 ' ]
check $? "components are listed in the order of their numbers"
# The work of the starts is told apart from that of the run that follows.
expect_stdout '^converged +after [0-9]+ iterations? .* beyond those of its start$'
run fit "$data/faithful.csv" -k 2 --init model.json
! grep -q 'beyond' stdout
check $? "a run from a model has no start"
awk 'NR == 1 || NR % 2' "$data/faithful.csv" | cut -d, -f1 >one.csv
for structure in $(structures); do
    run fit one.csv -k 1 --covariance $structure
    expect_stdout ', 1 component, 1 feature, 2 parameters$'
    # 3 components of 4 rows of 3 columns
    printf '1,2,3\n2,5,1\n7,0,9\n8,8,2\n' >few.csv
    run fit few.csv -k 3 --covariance $structure
    if [ "$status" -eq 3 ]; then
        ! grep -q 'too few rows' stderr || grep -q "too few rows for $structure covariances" stderr
        check $? "the message names the structure, $structure"
        expect_message 'component [012] is degenerate \(3 components'
    fi
done
run fit "$data/iris.csv" -k 3
! grep -qE '.{101}' stdout
check $? "no line of the summary is longer than 100 columns"

# Many features and long names still fit on the line.
awk 'BEGIN {
    for (j = 1; j <= 9; ++j) printf "%sa_rather_long_feature_name_%d", (j > 1 ? "," : ""), j
    print ""
    s = 7
    for (i = 0; i < 60; ++i) for (j = 1; j <= 9; ++j) {
        s = (s * 16807) % 2147483647; printf "%s%.6f", (j > 1 ? "," : ""), s / 1e3
        if (j == 9) print ""
    }
}' >wide.csv
run fit wide.csv -k 1
expect_status 0
! grep -qE '.{101}' stdout
check $? "no line of a wide summary is longer than 100 columns"
expect_stdout '\.\.\.$'
finish
