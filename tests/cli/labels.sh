# --labels: rows of known component, complete data, and names that reach the predictions.
. "$(dirname "$0")/helpers.sh"
some=$data/iris_some_known.csv

# Every tenth species is known: one row of each component, in the order of the names.
run fit "$some" -k 3 --labels species -o model.json
expect_status 0
expect_empty stderr
expect_stdout '^ +0  setosa +0\.333333 +50\.00 '
grep -q '"component_names":\["setosa","versicolor","virginica"\]' model.json
check $? "the model file holds the names"
run fit "$some" -k 3 --labels 5 -o by_number.json
expect_same model.json by_number.json
for n in 1 2 3; do
    run fit "$some" -k 3 --labels species --threads $n -o many.json
    expect_same model.json many.json
done
run fit "$some" -k 3 --labels species --json
expect_stdout '"components":\[\{"name":"setosa",'
expect_close log_likelihood "$(json_number stdout log_likelihood)" -182.180014 2e-6

# info and predict use the names; text shows names, NPY numbers.
run info model.json
expect_stdout '^ +1  versicolor '
run predict model.json "$some" --labels species -o species.csv
expect_status 0
[ "$(head -n 2 species.csv | tail -n 1)" = setosa ] && [ "$(sort -u species.csv | wc -l)" -eq 4 ]
check $? "rows are given to species by name"
run predict model.json "$data/iris.csv" -o again.csv
expect_same species.csv again.csv
run predict model.json "$data/iris.csv" --proba
[ "$(head -n 1 stdout)" = setosa,versicolor,virginica ]
check $? "responsibilities stand under the names"
run predict model.json "$data/iris.csv" -o labels.npy
expect_status 0
run score model.json "$some" --labels species
expect_status 0

# A component without labels stays free, and has no name.
run fit "$some" -k 4 --labels species -o four.json
grep -q '"component_names":\["setosa","versicolor","virginica",null\]' four.json
check $? "the free component has no name"
run predict four.json "$data/iris.csv" --proba
[ "$(head -n 1 stdout)" = setosa,versicolor,virginica,component_3 ]
check $? "the free component is called by its number"

# Complete data: the closed-form solution, in one iteration from one start.
awk -F, -v OFS=, 'NR == 1 { print $0, "z"; next } { print $0, NR <= 51 ? "\"a, b\"" : "c" }' \
    "$data/iris.csv" >complete.csv
run fit complete.csv -k 2 --labels z --json -o complete.json
expect_status 0
expect_close n_iterations "$(json_number stdout n_iterations)" 1 0
expect_close starts "$(json_number stdout n)" 1 0
expect_close "weight of the first" "$(json_number stdout weight)" 0.3333333333333333 1e-15
mean=$(awk -F, 'NR > 1 && NR <= 51 { s += $1 } END { printf "%.15g", s / 50 }' "$data/iris.csv")
found=$(sed -n '/"means"/{n;s/.*\[//;s/,.*//;p;}' complete.json)
expect_close "mean of the first" "$found" "$mean" 1e-13
run predict complete.json "$data/iris.csv"
[ "$(sed -n 2p stdout)" = '"a, b"' ]
check $? "a name with a comma is quoted"

# Refusals.
run fit "$some" -k 2 --labels species
expect_status 1
expect_message 'iris_some_known\.csv: the rows have 3 different labels, more than the 2 components'
run fit "$some" -k 3 --labels kind
expect_status 1
expect_message "there is no column 'kind' for the labels"
run fit "$some" -k 3 --labels species --weights 5
expect_status 1
expect_message 'column 5 cannot hold both the weights and the labels'
run fit "$some" -k 3 --labels species --precision mixed
expect_status 2
expect_message 'mixed precision is not for data with labels'
run convert "$data/iris.csv" iris.npy
run fit iris.npy -k 3 --labels 4
expect_status 2
expect_message 'iris\.npy: labels are read from columns of text'
finish
