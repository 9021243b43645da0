# The documented exit statuses, each by a run that ends with it; 5 is tested in out_of_memory.sh,
# 130 in interrupt.sh.
. "$(dirname "$0")/helpers.sh"
faithful_start >near.json

run fit "$data/faithful.csv" -k 2
expect_status 0
run fit "$data/faithful.csv" -k 2 --max-iter 3 --stop none
expect_status 0
expect_empty stderr
run fit "$data/faithful.csv"
expect_status 1
run fit missing.csv -k 2
expect_status 2
printf 'a,b\n1,2\n1,2\n1,2\n' >same.csv
run fit same.csv -k 2 -o degenerate.json
expect_status 3
expect_message '^emix fit: '
expect_empty stdout
expect_no_file degenerate.json

# The iteration limit: the model is written, and can start the next fit.
run fit "$data/faithful.csv" -k 2 --init near.json --max-iter 2 -o limit.json --json
expect_status 4
expect_message '^emix fit: not converged after 2 iterations'
[ "$(json_text stdout stop)" = iteration_limit ]
check $? "the document says iteration_limit"
expect_file limit.json
run fit "$data/faithful.csv" -k 2 --init limit.json -o limit.json --json
expect_status 0
expect_close log_likelihood "$(json_number stdout log_likelihood)" -1130.263960184741588 1e-6

finish
