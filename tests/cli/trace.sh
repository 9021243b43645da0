# emix fit --trace: the climb of the log-likelihood and of the ELBO, pass by pass.
. "$(dirname "$0")/helpers.sh"

# member NAME: the value of that member in every line of trace.jsonl.
member() {
    sed -n 's/.*"'"$1"'":"\{0,1\}\([^,"}]*\).*/\1/p' trace.jsonl
}

# Must hold for every trace, up to rounding (64 ulps of about 1e3 is 1e-11): lines are passes in
# order, L = ELBO + KL, KL is never below 0, and no accepted pass is lower than the previous one.
check_climb() { # DESCRIPTION
    member pass | awk '$1 != NR { bad = 1 } END { exit bad || NR < 2 }'
    check $? "$1: passes are numbered from 1"
    paste -d' ' "$folder"/log_likelihood "$folder"/elbo "$folder"/kl | awk '
        { d = $1 - $2 - $3; if (d > 1e-9 || d < -1e-9 || $3 > 1e-9 || $3 < -1e-9) bad = 1 }
        END { exit bad || NR < 2 }'
    check $? "$1: after the E-step L = ELBO, KL = 0"
    member kl_before | awk 'NR > 1 && $1 < -1e-9 { bad = 1 } END { exit bad }'
    check $? "$1: KL before the E-step is not negative"
    paste -d' ' "$folder"/step "$folder"/objective | awk '
        $1 == "rejected" { next }
        seen && $2 < last - 1e-10 { bad = 1 }
        { last = $2; seen = 1 }
        END { exit bad }'
    check $? "$1: no accepted pass lowers the objective"
}
split_members() {
    for name in log_likelihood elbo kl step objective; do
        member $name >"$folder/$name"
    done
}

for structure in $(structures); do
    for method in none squarem; do
        run fit "$data/iris.csv" -k 3 --covariance $structure --accelerate $method \
            --init-method random-rows --starts 5 --search none --trace trace.jsonl -o $method.json --json
        expect_status 0
        split_members
        check_climb "$structure, $method"
        [ "$(wc -l <trace.jsonl)" -eq "$(json_number stdout n_passes)" ]
        check $? "a line for each of the passes"
        [ "$(tail -n 1 objective)" = "$(json_number stdout objective)" ]
        check $? "the last line is the reported optimum"
    done
    grep -q squarem trace.jsonl
    check $? "$structure: extrapolations are in the trace"
done

# A trace changes nothing, and the run of any start can be traced.
for method in tournament kmeans++; do
    run fit "$data/geyser.csv" -k 3 --init-method $method -o untraced.json
    run fit "$data/geyser.csv" -k 3 --init-method $method --trace trace.jsonl -o traced.json
    expect_same untraced.json traced.json
    split_members
    check_climb "$method"
done

run fit "$data/geyser.csv" -k 3 --stop none --max-iter 40 -o untraced.json
run fit "$data/geyser.csv" -k 3 --stop none --max-iter 40 --trace trace.jsonl -o traced.json
expect_same untraced.json traced.json

# Incomplete EM steps first raise the ELBO under the old q: F(new, old q) = L - KL before.
run fit "$data/faithful.csv" -k 2 --accelerate none --init-method random-rows --starts 1 \
    --trace trace.jsonl
split_members
member kl_before >kl_before
paste -d' ' log_likelihood kl_before elbo | awk '
    NR > 1 && ($1 - $2 < last - 1e-9) { bad = 1 }
    { last = $3 }
    END { exit bad }'
check $? "an M-step does not lower the ELBO"

# On standard output the lines replace the summary; a second document there is refused.
run fit "$data/faithful.csv" -k 2 --trace -
expect_status 0
! grep -qv '^{"pass":' stdout
check $? "nothing but the trace"
run fit "$data/faithful.csv" -k 2 --trace - --json
expect_status 1
expect_message 'can write to standard output'
run fit "$data/faithful.csv" -k 2 --trace same.json -o same.json
expect_status 1
expect_message 'name the same file'
run fit "$data/faithful.csv" -k 2 --trace no/such/folder/trace.jsonl
expect_status 2
expect_message 'no/such/folder/trace.jsonl'

# A fit that fails leaves no trace.
printf 'x\n1\n1\n1\n' >constant.csv
run fit constant.csv -k 2 --trace none.jsonl
expect_status 3
expect_no_file none.jsonl
finish
