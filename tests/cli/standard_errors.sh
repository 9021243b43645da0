# emix fit --standard-errors: how well the data determine the parameters.
. "$(dirname "$0")/helpers.sh"
faithful=$data/faithful.csv

run fit "$faithful" -k 2 --standard-errors observed -o model.json
expect_status 0
expect_stdout '^standard errors \(observed information\)$'
expect_stdout '^  parameter +estimate +std. error +95 % interval$'
# 0.0290891 and 0.456186 are the standard errors by finite differences at 70 digits
expect_stdout '^  weights [01] +0.644127 +0.02909 +0.585308 +0.698895$'
expect_stdout '^  means [01] waiting +79.9681 +0.4562 '
cp model.json first.json

# the same bits with any number of threads, and after reading back a file
run fit "$faithful" -k 2 --standard-errors observed --threads 1 -o model.json
expect_same model.json first.json
run info model.json
expect_stdout '^  weights [01] +0.644127 +0.02909 +0.585308 +0.698895$'

run fit "$faithful" -k 2 --standard-errors score --json
expect_status 0
[ "$(json_text stdout information)" = score ] && [ "$(json_text stdout state)" = ok ]
check $? "the document names information and state"
expect_close newton_gain "$(json_number stdout newton_gain)" 0 1e-6
expect_stdout '"intervals":\{"level":0.95,'

# auto chooses by the number of parameters
run fit "$faithful" -k 2 --standard-errors auto --json
[ "$(json_text stdout information)" = observed ]
check $? "a small model has observed information"
run fit "$faithful" -k 2 --json
! grep -q standard_errors stdout
check $? "none unless asked for"

# far from the maximum of these data
faithful_start | sed 's/\[\[1,0\],\[0,1\]\]/[[1,0],[0,99]]/; s/\[\[2,1\],\[1,2\]\]/[[1,0],[0,99]]/' >start.json
run fit "$faithful" -k 2 --init start.json --stop none --max-iter 0 --standard-errors score
expect_status 0
expect_stdout 'not at the maximum: a Newton step would gain|standard errors: none'

# no errors at a point that is not a maximum; the model is written even so
printf '%s\n' x -4 -3.5 -3 -2.7 -2.5 2.5 2.7 3 3.5 4 >two.csv
printf '%s\n' '{"schema":"emix.model/1","weights":[0.5,0.5],"means":[[-1],[1]],' \
    '"covariances":[[[10.279]],[[10.279]]]}' >saddle.json
run fit two.csv -k 2 --init saddle.json --stop none --max-iter 0 --standard-errors observed -o out.json
expect_status 0
expect_stdout '^standard errors: none; the observed information is not positive definite'
[ "$(json_text out.json state)" = saddle ] && grep -q '"weights":\[null,null\]' out.json
check $? "the file holds nulls and the state"
run info out.json
expect_status 0

# a file that was changed by hand
sed 's/"state":"saddle"/"state":"fine"/' out.json >bad.json
run info bad.json
expect_status 2
expect_message 'standard_errors.state is not one of the names known'
sed 's/\[null,null\]/[null]/' out.json >bad.json
run info bad.json
expect_status 2
expect_message 'standard_errors.weights has 1 entries, not 2'

run fit "$faithful" -k 2 --standard-errors exact
expect_status 1
expect_message '\-\-standard-errors needs one of none, auto, observed, score'

# a fit with a prior does not maximise the likelihood
run fit "$faithful" -k 2 --prior conjugate --standard-errors observed -o map.json
expect_status 2
expect_message 'standard errors are of maximum likelihood estimates'
expect_file map.json

# more parameters than observed information allows: the model is written, and the exit status
# reports it
awk 'BEGIN { s = 7; for (i = 0; i < 200; ++i) { line = "";
    for (j = 0; j < 70; ++j) { s = (s * 16807) % 2147483647; line = line (j ? "," : "") s / 2147483647 }
    print line } }' >wide.csv
run fit wide.csv -k 1 --standard-errors observed -o wide.json
expect_status 2
expect_message 'at most 2000 parameters, the model has 2555'
expect_file wide.json
# What all components share stands once, behind them.
run fit "$data/iris.csv" -k 3 --covariance EII --standard-errors observed -o shared.json
expect_status 0
[ "$(grep -c '^  covariances ' stdout)" -eq 1 ]
check $? "one line for one variance"
expect_stdout '^  covariances +0\.133094 +0\.007794 '
grep -qE '"covariances":\[0\.1330935[0-9]*\],$' shared.json
check $? "one number in the file"
finish
