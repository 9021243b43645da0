# emix fit --e-step: different beginnings, the same end.
. "$(dirname "$0")/helpers.sh"

# Each ends at the known maximum, names its E-step, and is the same with any number of threads.
for kind in batch incremental hard annealed; do
    run fit "$data/faithful.csv" -k 2 --e-step $kind --trace trace.jsonl -o one.json --threads 1
    expect_status 0
    expect_stdout '^log-likelihood  -1130\.26396'
    expect_stdout '^converged '
    run fit "$data/faithful.csv" -k 2 --e-step $kind -o many.json --threads 3 --json
    expect_status 0
    expect_same one.json many.json
    if [ $kind = batch ]; then
        ! grep -q e_step one.json
        check $? "batch E-steps are not worth a word"
        continue
    fi
    [ "$(json_text stdout e_step)" = $kind ]
    check $? "the report names $kind E-steps"
    grep -q "\"step\":\"$kind\"" trace.jsonl
    check $? "the trace has $kind passes"
    run info one.json
    expect_stdout "^E-steps         $kind at first, then batch\$"
done

# Partial passes yield the bound, not the log-likelihood; all passes of a sweep have one number.
run fit "$data/iris.csv" -k 3 --e-step incremental --blocks 5 --init-method kmeans++ --starts 1 \
    --trace trace.jsonl
expect_status 0
[ "$(grep '"step":"incremental"' trace.jsonl | grep -c '"pass":2,')" -eq 5 ]
check $? "five partial passes in a sweep"
grep '"pass":2,' trace.jsonl | grep -q '"log_likelihood":null.*"kl":null'
check $? "a partial pass does not know the log-likelihood"
run fit "$data/iris.csv" -k 3 --e-step hard --trace trace.jsonl
grep '"step":"hard"' trace.jsonl | grep -qv '"temperature":0.0'
[ $? -eq 1 ]
check $? "hard E-steps have temperature 0"
run fit "$data/iris.csv" -k 3 --e-step annealed --annealing 0.25 --trace trace.jsonl
expect_status 0
head -n 1 trace.jsonl | grep -q '"step":"annealed".*"temperature":4.0'
check $? "annealing begins at the temperature asked for"

# A component that loses its rows is only reported.
printf 'x,y\n0,0\n0.1,0.2\n0.2,0.1\n5,5\n5.1,5.3\n5.2,5.1\n' >six.csv
run fit six.csv -k 4 --e-step hard
expect_status 3
expect_message 'no usable model'

# With --init, at the iteration limit, with a prior and with weights.
faithful_start >start.json
for kind in incremental hard annealed; do
    run fit "$data/faithful.csv" -k 2 --init start.json --e-step $kind --max-iter 3 -o limited.json
    expect_status 4
    expect_file limited.json
    run fit "$data/faithful.csv" -k 2 --init start.json --e-step $kind --prior conjugate
    expect_status 0
done

slip() { # PATTERN OPTIONS
    pattern=$1
    shift
    run fit "$data/faithful.csv" -k 2 "$@"
    expect_status 1
    expect_message "$pattern"
    expect_empty stdout
}
slip "needs one of batch, incremental, hard, annealed, not 'soft'" --e-step soft
slip '\-\-blocks needs a whole number in 1 ' --e-step incremental --blocks 0
slip '\-\-blocks needs --e-step incremental' --blocks 4
slip '\-\-blocks needs --e-step incremental' --e-step hard --blocks 4
slip '273 blocks are more than the 272 rows' --e-step incremental --blocks 273
slip '\-\-annealing needs --e-step annealed' --annealing 0.2
slip 'annealing is 0, must be above 0, at most 1' --e-step annealed --annealing 0
slip 'annealing is 1.5, must be above 0, at most 1' --e-step annealed --annealing 1.5
run fit "$data/faithful.csv" -k 2 --e-step incremental --precision mixed
expect_status 2
expect_message 'mixed precision is for batch E-steps alone'
finish
