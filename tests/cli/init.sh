# Beginnings of a fit: a model file, responsibilities, components.
. "$(dirname "$0")/helpers.sh"
faithful="$data/faithful.csv"
run fit "$faithful" -k 2 -o model.json -q
expect_status 0
best=-1130.26396018474

# A model file has its number of components.
run fit "$faithful" --init model.json --json
expect_status 0
[ "$(json_number stdout n_components)" = 2 ]
check $? "there are 2 components"
run fit "$faithful" --init model.json -k 2 --json
expect_status 0
run fit "$faithful" --init model.json -k 3
expect_status 1
expect_message '\-\-components is 3, but model.json has 2 components to begin with'
run fit "$faithful"
expect_status 1
expect_message '\-\-components is required'

# Responsibilities, as predict writes them.
run predict model.json "$faithful" --proba -o proba.csv
expect_status 0
run fit "$faithful" --init-responsibilities proba.csv --json
expect_status 0
[ "$(json_number stdout n_components)" = 2 ]
check $? "there are 2 components"
expect_close log_likelihood "$(json_number stdout log_likelihood)" $best 1e-6
run fit "$faithful" --init-responsibilities proba.csv
expect_stdout '^starts +none: from a given beginning$'
run fit "$faithful" --init-responsibilities proba.csv -k 3
expect_status 1
expect_message '\-\-components is 3, but proba.csv has 2 components to begin with'
head -n 100 proba.csv >short.csv
run fit "$faithful" --init-responsibilities short.csv
expect_status 2
expect_message 'short.csv: the initial responsibilities are 99 rows x 2 columns'

# One component a row.
run predict model.json "$faithful" -o components.csv
expect_status 0
run fit "$faithful" -k 2 --init-responsibilities components.csv --json
expect_status 0
expect_close log_likelihood "$(json_number stdout log_likelihood)" $best 1e-6
run fit "$faithful" --init-responsibilities components.csv
expect_status 1
expect_message '\-\-components is required with one column of components'
run fit "$faithful" -k 1 --init-responsibilities components.csv
expect_status 0
sed '5s/.*/7/' components.csv >wrong.csv
run fit "$faithful" -k 2 --init-responsibilities wrong.csv
expect_status 2
expect_message 'wrong.csv, line 5: 7 is not the number of a component, 0 ... 1'

# One beginning is enough.
run fit "$faithful" --init model.json --init-responsibilities proba.csv
expect_status 1
expect_message 'different beginnings'
run_with_input "$faithful" fit - --init-responsibilities -
expect_status 1
expect_message 'cannot both be read from standard input'
finish
