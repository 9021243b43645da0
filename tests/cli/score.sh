# emix score: the log-likelihood of a model on a table.
. "$(dirname "$0")/helpers.sh"
small_model >model.json

# Sum of the logarithms of densities worked out by hand.
printf 'x,y\n0,0\n1,1\n2,2\n3,3\n-1,5.3\n1.4,0\n' >points.csv
expected=$(awk 'BEGIN { printf "%.12f", log(0.05094887202) + log(0.03451996667) + \
    log(0.04696302254) + log(0.06432759685) + \
    log(2.503171278804e-6) + log(0.024676682176) }')
run score model.json points.csv
expect_status 0
expect_empty stderr
expect_close log_likelihood "$(awk '$1 == "log_likelihood" { print $2 }' stdout)" "$expected" 1e-8
expect_close n_rows "$(awk '$1 == "n_rows" { print $2 }' stdout)" 6 0
expect_close log_likelihood_per_row "$(awk '$1 == "log_likelihood_per_row" { print $2 }' stdout)" \
    "$(awk -v l="$expected" 'BEGIN { printf "%.12f", l / 6 }')" 1e-8
run score model.json points.csv --json
expect_lines stdout 1
[ "$(json_text stdout schema)" = emix.score/1 ]
check $? "the document says emix.score/1"
expect_close "log_likelihood in JSON" "$(json_number stdout log_likelihood)" "$expected" 1e-8

# The score of a model on its own data is the log-likelihood its fit reported.
run fit "$data/faithful.csv" -k 2 --json -o faithful.json
reported=$(json_number stdout log_likelihood)
run score faithful.json "$data/faithful.csv" --json
expect_close "score of the fitted data" "$(json_number stdout log_likelihood)" "$reported" 1e-9

# Row weights count.
printf 'x,y,times\n0,0,2\n1,1,0\n2,2,0.5\n' >weighted.csv
run score model.json weighted.csv --weights times --json
expect_close "weighted score" "$(json_number stdout log_likelihood)" \
    "$(awk 'BEGIN { printf "%.12f", 2 * log(0.05094887202) + 0.5 * log(0.04696302254) }')" 1e-8
expect_close total_weight "$(json_number stdout total_weight)" 2.5 0

run score model.json "$data/iris.csv"
expect_status 2
expect_empty stdout
finish
