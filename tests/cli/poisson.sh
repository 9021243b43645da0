# emix fit --family poisson: counts.
. "$(dirname "$0")/helpers.sh"

# Hasselblad (1969); standard errors from the observed information at 60 digits.
run fit "$data/hasselblad.csv" -k 2 --family poisson --weights days \
    --standard-errors observed -o deaths.json --json
expect_status 0
expect_stdout '"family":"poisson","n_components":2,"n_features":1,"n_parameters":3'
expect_close log_likelihood "$(json_number stdout log_likelihood)" -1989.9458598829642 1e-6
run info deaths.json --json
expect_stdout '"rates":\['
! grep -q '"covariance' stdout
check $? "the model of counts has no covariances"
run fit "$data/hasselblad.csv" -k 2 --family poisson --weights days --tol 1e-12 \
    --standard-errors observed
expect_stdout '^rates$'
! grep -q '^means$' stdout
check $? "the table of components names the family's own part"
expect_stdout 'weights [01] +0\.359885 +0\.1947 '
expect_stdout 'rates [01] deaths +1\.2561 +0\.35 '
expect_stdout 'rates [01] deaths +2\.6634 +0\.2505 '

# The model serves for all that models serve for.
run sample deaths.json -n 2000 --seed 3 -o sample.csv
expect_status 0
awk 'NR > 1 {if ($1 < 0 || $1 != int($1)) bad = 1; sum += $1; n += 1}
     END {mean = sum / n; exit bad || mean < 2.02 || mean > 2.3}' sample.csv
check $? "the sample is of counts whose mean is the mixture's 2.157 within 4 standard errors"
run fit sample.csv -k 2 --family poisson --init deaths.json -o again.json
expect_status 0
run predict deaths.json "$data/hasselblad.csv" --proba
expect_status 0
run bootstrap deaths.json sample.csv -B 5
expect_status 0
run fit sample.csv -k 2 --family poisson --prior conjugate --prior-shrinkage 2
expect_status 0

# What is no count, and what counts do not have.
printf 'x\n1\n2\n2.5\n' >broken.csv
run fit broken.csv -k 1 --family poisson
expect_status 2
expect_message 'broken\.csv, column 1 \(x\), line 4: the value 2\.5 is not a count'
run fit sample.csv -k 2 --family poisson --covariance full
expect_status 1
expect_message 'poisson has no covariance'
run fit sample.csv -k 2 --family binomial
expect_status 1
expect_message 'gaussian.*poisson'

# A column of zeros is known, not degenerate.
printf 'a,b\n0,3\n0,1\n0,4\n0,2\n0,0\n' >zeros.csv
run fit zeros.csv -k 1 --family poisson
expect_status 0
finish
