# emix sample: random rows.
. "$(dirname "$0")/helpers.sh"
small_model >model.json

run sample model.json -n 40000 --seed 3
expect_status 0
expect_empty stderr
expect_lines stdout 40001
[ "$(head -n 1 stdout)" = x1,x2 ]
check $? "a model without names gives x1, x2"
cp stdout rows.csv
[ -z "$(sort rows.csv | uniq -d)" ]
check $? "no row is drawn twice"

# Mean and covariance of the mixture, within five standard errors (x has standard deviation 1.91, n
# = 40000).
awk -F, 'NR > 1 { n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2 }
    function near(a, b, t) { return a - b <= t && b - a <= t }
    END {
        mx = x / n; my = y / n
        exit !(near(mx, 2.1, 0.05) && near(my, 2.1, 0.05) &&
               near(xx / n - mx * mx, 3.59, 0.13) && near(xy / n - mx * my, 2.59, 0.12))
    }' rows.csv
check $? "the rows have the mean and the covariance of the model"

# The same seed repeats a sample, another seed does not, and a shorter sample is the beginning of a
# longer one.
run sample model.json -n 40000 --seed 3 -o again.csv
expect_same rows.csv again.csv
run sample model.json -n 40000 --seed 4
! cmp -s stdout rows.csv
check $? "another seed gives other rows"
run sample model.json -n 100 --seed 3
head -n 101 rows.csv >beginning.csv
expect_same stdout beginning.csv

# Feature names pass from the data through the model to the sample.
run fit "$data/iris.csv" -k 2 -o iris.json
run sample iris.json -n 5
expect_stdout '^sepal_length,sepal_width,petal_length,petal_width$'
expect_lines stdout 6

# A sample can be fitted, and the parameters are recovered.
run fit rows.csv -k 2 -o fitted.json
expect_status 0
run score model.json rows.csv --json
at_truth=$(json_number stdout log_likelihood)
run score fitted.json rows.csv --json
awk -v a="$(json_number stdout log_likelihood)" -v b="$at_truth" 'BEGIN { exit !(a >= b && a < b + 30) }'
check $? "the maximum lies a little above the truth (11 parameters)"

run sample model.json -n 3 -o rows.npy
expect_status 0
run convert rows.npy rows_of_npy.csv
run sample model.json -n 3
tail -n +2 stdout >bare.csv
expect_same rows_of_npy.csv bare.csv

for bad in 0 -1 x 1e3 ''; do
    run sample model.json -n "$bad"
    expect_status 1
    expect_message '^emix sample: --rows needs a whole number'
done
run sample model.json
expect_status 1
expect_message '\-\-rows is required'
finish
