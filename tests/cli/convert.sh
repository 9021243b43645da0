# emix convert: tables from one format to another without losing a bit.
. "$(dirname "$0")/helpers.sh"

run convert "$data/iris.csv" iris.tsv
expect_status 0
expect_empty stdout
expect_empty stderr
run convert iris.tsv iris.npy
run convert iris.npy bare.csv
run convert "$data/iris.csv" iris.csv
tail -n +2 iris.csv >expected.csv
expect_same bare.csv expected.csv
[ "$(head -n 1 iris.csv)" = sepal_length,sepal_width,petal_length,petal_width ]
check $? "the header is kept"
expect_lines iris.csv 151

# Numbers that are hard to print are recovered bit for bit.
printf '0.1,1e-300\n0.30000000000000004,5e-324\n123456789.12345679,-2.2250738585072014e-308\n' >hard.csv
run convert hard.csv hard.npy
run convert hard.npy hard_again.csv
run convert hard_again.csv hard_again.npy
expect_same hard.npy hard_again.npy
expect_close "first value" "$(head -n 1 hard_again.csv | cut -d, -f1)" 0.1 0

# More rows than a window; standard input and output.
blobs 25000 >blobs.csv
run convert blobs.csv blobs.npy
run convert blobs.npy bare.csv
tail -n +2 blobs.csv >expected.csv
expect_same bare.csv expected.csv
run_with_input blobs.csv convert - -
expect_same stdout blobs.csv

# Both formats give the same fit.
run fit "$data/iris.csv" -k 2 --json
from_csv=$(json_number stdout log_likelihood)
run fit iris.npy -k 2 --json
expect_close "log_likelihood from .npy" "$(json_number stdout log_likelihood)" "$from_csv" 0

cp "$data/iris.csv" mine.csv
run convert mine.csv mine.csv
expect_status 2
expect_message 'replace the input'
expect_same mine.csv "$data/iris.csv"
run convert mine.csv mine.txt
expect_status 2
expect_no_file mine.txt
finish
