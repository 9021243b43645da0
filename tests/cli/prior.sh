# emix fit --prior: maximum a posteriori estimates.
. "$(dirname "$0")/helpers.sh"
iris=$data/iris.csv

# The known maximum. The default tolerance leaves 1e-6 nats of the objective; the error of the
# log-likelihood is larger, because it is not stationary there.
run fit "$iris" -k 3 --prior conjugate --json -o map.json
expect_status 0
expect_empty stderr
expect_close log_likelihood "$(json_number stdout log_likelihood)" -192.6952838648 1e-4
expect_close objective "$(json_number stdout objective)" -182.799478 1e-6
run fit "$iris" -k 3 --prior conjugate --tol 1e-12 --json
expect_close log_likelihood "$(json_number stdout log_likelihood)" -192.6952838648 1e-8

# The model file names its prior, and so does the summary.
expect_stdout '"prior": ?\{"name": ?"conjugate"'
expect_close shrinkage "$(json_number map.json shrinkage)" 0.01 0
expect_close dof "$(json_number map.json dof)" 6 0
run info map.json
expect_status 0
expect_stdout '^objective +-182\.7994'
expect_stdout '^prior +conjugate: shrinkage 0\.01, dof 6, scale 1, weights 1, the column means$'

# Writing out the defaults changes nothing; changing any hyper-parameter does.
run fit "$iris" -k 3 --prior conjugate --prior-shrinkage 0.01 --prior-dof 6 --prior-scale 1 \
    --prior-weights 1 -o same.json
expect_same map.json same.json
for change in '--prior-shrinkage 0' '--prior-dof 20' '--prior-scale 3' '--prior-weights 5' \
    '--prior-mean 6,3,4,1'; do
    run fit "$iris" -k 3 --prior conjugate $change -o other.json
    expect_status 0
    ! cmp -s map.json other.json
    check $? "$change changes the model"
done
expect_close mean_given "$(json_number other.json mean_given)" 1 0

# Without a prior, the output does not mention one.
run fit "$iris" -k 3 --prior none -o none.json
run fit "$iris" -k 3 -o plain.json
expect_same none.json plain.json
! grep -q prior plain.json
check $? "a model without a prior does not mention one"

# A strong prior makes the weights more equal.
run fit "$data/faithful.csv" -k 2 --prior conjugate --prior-weights 1e6 --json
expect_close weight "$(json_number stdout weight)" 0.5 1e-3

# Rows at one point do no harm: the posterior is bounded.
awk 'BEGIN { print "x,y"; for (i = 0; i < 40; ++i) print (i * 7 % 11) / 3 "," (i * 5 % 13) / 2
             for (i = 0; i < 8; ++i) print "9,9" }' >clump.csv
run fit clump.csv -k 3 --prior conjugate
expect_status 0

refused() { # PATTERN OPTION...
    pattern=$1
    shift
    run fit "$iris" -k 3 "$@" -o refused.json
    expect_status 1
    expect_empty stdout
    expect_message "$pattern"
    expect_no_file refused.json
}
refused "needs one of none, conjugate, not 'conjugat'; the nearest is 'conjugate'" --prior conjugat
refused "prior-shrinkage needs a finite number >= 0, not '-1'" --prior conjugate --prior-shrinkage -1
refused 'prior_dof is 3, must be .* above 3 for full covariances of 4 features' \
    --prior conjugate --prior-dof 3
refused 'prior_dof is 0, must be .* above 0 for diag' --prior conjugate --covariance diag --prior-dof 0
refused 'prior-scale is 0, must be finite and above 0' --prior conjugate --prior-scale 0
refused "prior-weights needs a finite number >= 1, not '0.5'" --prior conjugate --prior-weights 0.5
for list in 1,2,3,x 1,2,,4 1,2,3,4, 1,2,3,nan; do
    refused "prior-mean needs finite numbers with commas between them, not '$list'" \
        --prior conjugate --prior-mean "$list"
done
refused 'prior-mean has 3 numbers, the data 4 features' --prior conjugate --prior-mean 1,2,3
refused 'prior-mean has 5 numbers, the data 4 features' --prior conjugate --prior-mean 1,2,3,4,5
refused 'needs --prior conjugate' --prior-dof 7
refused 'needs --prior conjugate' --prior-mean 1,2,3,4
finish
