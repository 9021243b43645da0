# Thousands of features and few rows: what has no covariance matrix needs none in memory.
. "$(dirname "$0")/helpers.sh"

# Two groups of 20 rows; their means differ by 4 standard deviations in each of 12,000 features. One
# matrix of them is 1.15 GB.
n_features=12000
awk -v d="$n_features" 'BEGIN {
    srand(3)
    for (i = 0; i < 40; ++i) {
        for (j = 0; j < d; ++j) printf "%s%d", j ? "," : "", 10 * rand() + (i % 2 ? 12 : 0)
        print ""
    }
}' >wide.csv

# Runs a program with so little address space that a matrix has no place.
run_in_a_gigabyte() {
    command="emix $* under ulimit -v 1000000"
    (ulimit -v 1000000 && exec "$emix" "$@") >stdout 2>stderr </dev/null
    status=$?
    check_manners
}

for how in "--covariance diag" "--covariance spherical" "--covariance EII" "--family poisson"; do
    # shellcheck disable=SC2086 # words
    run_in_a_gigabyte fit wide.csv -k 2 --starts 2 --threads 1 $how -o model.json
    expect_status 0
    run_in_a_gigabyte predict model.json wide.csv --threads 1 -o labels.csv
    expect_status 0
    awk 'NR > 1 {label[NR] = $1} NR > 3 && label[NR] != label[NR - 2] {exit 1}
         END {exit label[2] == label[3]}' labels.csv
    check $? "$how: rows of one group have one label"
done

run_in_a_gigabyte fit wide.csv -k 2 --starts 2 --threads 1 --covariance full -o full.json
expect_status 5
expect_message '^emix fit: '
expect_no_file full.json
finish
