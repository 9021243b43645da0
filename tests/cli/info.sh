# emix info: the contents of a model file.
. "$(dirname "$0")/helpers.sh"
small_model >model.json
run info model.json
expect_status 0
expect_empty stderr
expect_stdout 'gaussian mixture.*VVV.*2 components, 2 features, 11 parameters'
expect_stdout '^ +1 +0\.700000 +3\.00 +3\.00$'
expect_stdout '^ +0 +0\.300000 +1\.00 +1\.00$'
expect_stdout '^ +1 +0\.700000 +1\.41 +1\.41$'

# The report of the fit is shown too, and the names.
run fit "$data/faithful.csv" -k 2 -o faithful.json
run info faithful.json
expect_status 0
expect_stdout '^log-likelihood +-1130\.26396'
expect_stdout 'eruptions +waiting'
! grep -qE '.{101}' stdout
check $? "no line is longer than 100 columns"

# One JSON document of all that the file holds; what is no file has none.
run info faithful.json --json
expect_status 0
expect_empty stderr
cmp -s stdout faithful.json
check $? "the document is the file that emix itself writes"
run info model.json --json
expect_status 0
expect_stdout '"covariances":\['

run info missing.json
expect_status 2
expect_message '^emix info: missing\.json: '
finish
