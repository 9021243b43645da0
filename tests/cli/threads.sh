# The number of threads never changes a bit.
. "$(dirname "$0")/helpers.sh"
blobs 20011 >blobs.csv # a prime: no block size divides it

same_model() { # DATA K OPTIONS
    table=$1
    k=$2
    shift 2
    run fit "$table" -k "$k" --threads 1 -o one.json "$@"
    expect_status 0
    for n in 2 3; do
        run fit "$table" -k "$k" --threads "$n" -o many.json "$@"
        expect_status 0
        expect_same one.json many.json
    done
}
same_model "$data/iris.csv" 3
same_model "$data/faithful.csv" 2 --starts 8 --seed 7
same_model blobs.csv 3 --starts 4 --max-iter 20 --stop none
run convert blobs.csv blobs.npy
cp one.json of_csv.json
run fit blobs.npy -k 3 --threads 2 --starts 4 --max-iter 20 --stop none --json
of_npy=$(json_number stdout log_likelihood)
run fit blobs.csv -k 3 --threads 1 --starts 4 --max-iter 20 --stop none --json
expect_close "log_likelihood from .npy" "$(json_number stdout log_likelihood)" "$of_npy" 0
run score of_csv.json blobs.csv --threads 1
cp stdout one
run score of_csv.json blobs.csv --threads 2
expect_same stdout one
finish
