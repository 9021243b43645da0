# emix fit --fix and --equal-weights: parts that are not estimated.
. "$(dirname "$0")/helpers.sh"
iris=$data/iris.csv
run fit "$iris" -k 3 -o start.json
member() { # FILE NAME: the lines of a member of a model file
    awk -v name="\"$2\"" 'index($0, name) == 2 || index($0, name) == 3 || index($0, name) == 4 {
        on = 1; print; next } /^ ? ?"/ { on = 0 } on' "$1"
}
run fit "$iris" -k 3 --init start.json --fix means,covariances -o fixed.json --json
expect_status 0
expect_stdout '"fixed": ?\["means", ?"covariances"\]'
expect_close n_parameters "$(json_number stdout n_parameters)" 2 0
log_likelihood=$(json_number stdout log_likelihood)
expect_close bic "$(json_number stdout bic)" \
    "$(awk -v l="$log_likelihood" 'BEGIN { printf "%.12g", 2 * l - 2 * log(150) }')" 1e-6
for part in means covariances; do
    member start.json $part >before
    member fixed.json $part >after
    [ -s before ]
    check $? "the model file has $part"
    expect_same before after
done
run info fixed.json
expect_stdout ', 2 parameters$'
expect_stdout '^fixed +means, covariances$'

# With everything fixed, a fit is an evaluation: one pass.
run fit "$iris" -k 3 --init start.json --fix weights,means,covariances --json
expect_status 0
expect_close n_passes "$(json_number stdout n_passes)" 1 0
expect_close n_iterations "$(json_number stdout n_iterations)" 0 0
expect_close n_parameters "$(json_number stdout n_parameters)" 0 0
evaluated=$(json_number stdout log_likelihood)
run score start.json "$iris" --json
expect_close log_likelihood "$evaluated" "$(json_number stdout log_likelihood)" 1e-10

# Equal weights need no initial model, with any structure.
for covariance in $(structures); do
    run fit "$iris" -k 3 --equal-weights --covariance $covariance -o equal.json
    expect_status 0
    expect_stdout '^fixed +weights$'
    [ "$(grep -o '0\.333333[0-9]*' equal.json | sort -u | wc -l)" -ge 1 ]
    check $? "the weights are thirds"
done
run fit "$iris" -k 3 --init start.json --equal-weights --fix means --json
expect_status 0
expect_stdout '"fixed": ?\["weights", ?"means"\]'

refused() { # PATTERN OPTION...
    pattern=$1
    shift
    run fit "$iris" -k 3 "$@"
    expect_status 1
    expect_empty stdout
    expect_message "$pattern"
}
refused '\-\-fix needs --init FILE' --fix means
refused "needs some of weights, means, covariances, not 'mean'; the nearest is 'means'" \
    --init start.json --fix weights,mean
refused "needs some of weights, means, covariances, not ''" --init start.json --fix means,
refused "needs some of weights, means, covariances, not ''" --init start.json --fix ''
refused 'ask for different weights' --init start.json --fix weights --equal-weights
finish
