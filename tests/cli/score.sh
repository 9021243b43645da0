# emix score: the log-likelihood of a model on a table.
. "$(dirname "$0")/helpers.sh"
small_model >model.json

# Sum of the logarithms of densities computed by hand.
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

# The score of a model on its own data is the log-likelihood that its fit reported.
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

# The bound at given responsibilities: with the model's own it equals the log-likelihood; with any
# others it is smaller by the divergence.
run predict faithful.json "$data/faithful.csv" --proba -o proba.csv
run score faithful.json "$data/faithful.csv" --responsibilities proba.csv
expect_status 0
expect_lines stdout 8
expect_close "elbo of the posterior" "$(awk '$1 == "elbo" { print $2 }' stdout)" "$reported" 1e-9
expect_close "kl of the posterior" "$(awk '$1 == "kl" { print $2 }' stdout)" 0 1e-12
run convert proba.csv proba.npy
run score faithful.json "$data/faithful.csv" --responsibilities proba.npy --json
expect_lines stdout 1
expect_close "elbo in JSON" "$(json_number stdout elbo)" "$reported" 1e-9

# With equal weights, at two points computed by hand: q = (1/2, 1/2) has entropy 2 log 2.
printf '0.5,0.5\n0.5,0.5\n' >even.csv
printf 'x,y\n0,0\n3,3\n' >two.csv
run score model.json two.csv --responsibilities even.csv --json
expect_status 0
expect_close entropy "$(json_number stdout entropy)" 1.3862943611198906 1e-15
# log of .3/(2 pi) and .7/(2 pi sqrt 3), each at distances 0 and 18 or 6, half each
expect_close expected_log_joint "$(json_number stdout expected_log_joint)" \
    "$(awk 'BEGIN { p = 2 * atan2(0, -1); printf "%.12f", \
        log(0.3 / p) + log(0.7 / p / sqrt(3)) - 18 / 4 - 6 / 4 }')" 1e-9
expect_close "log_likelihood = elbo + kl" "$(json_number stdout log_likelihood)" \
    "$(awk -v e="$(json_number stdout elbo)" -v k="$(json_number stdout kl)" \
        'BEGIN { printf "%.15g", e + k }')" 1e-12

printf '0.5,0.5\n0.5,0.4\n' >odd.csv
run score model.json two.csv --responsibilities odd.csv
expect_status 2
expect_empty stdout
expect_message 'odd.csv, line 2: the responsibilities sum to 0.9, must be 1 within 1e-09'
printf '1\n1\n' >narrow.csv
run score model.json two.csv --responsibilities narrow.csv
expect_status 2
expect_message 'narrow.csv: the responsibilities are 2 rows x 1 columns, must be 2 rows .* 2 comp'
run score model.json two.csv --responsibilities nowhere.csv
expect_status 2
expect_message 'nowhere.csv'
sed 's/\[0.3,0.7\]/[0,1]/' model.json >empty.json
run score empty.json two.csv --responsibilities even.csv --json
expect_status 2
expect_empty stdout
expect_message 'even.csv: .* minus infinity'
run_with_input two.csv score model.json - --responsibilities -
expect_status 1
expect_message 'cannot both'

run score model.json "$data/iris.csv"
expect_status 2
expect_empty stdout
finish
