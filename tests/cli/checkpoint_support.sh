# Sourced by the scripts about checkpoints, before helpers.sh, which leaves the folder.
n_kills=0

# random MAXIMUM: a number of seconds up to MAXIMUM, another one after another number of kills.
random() {
    awk -v m="$1" -v s="$(((n_kills + tries) * 7919 + $$))" 'BEGIN {
        srand(s); rand(); printf "%.4f", 0.001 + m * rand() }' # 0 would be no limit
}

# survives KILLS MAXIMUM ARGUMENTS: a fit that is killed after up to MAXIMUM seconds, KILLS times at
# most, and started again, ends in the same model file as one that is left alone.
survives() {
    kills=$1
    maximum=$2
    shift 2
    rm -f whole.json pieces.json
    run fit "$@" -o whole.json
    expected=$status
    tries=0
    status=137
    while [ "$status" -eq 137 ]; do
        limit=600
        every=60
        if [ "$tries" -lt "$kills" ]; then
            limit=$(random "$maximum")
            every=0 # whenever possible: many a kill comes in the middle of a save
        fi
        # OpenMP's threads die with the process; the shell's word on it goes to nobody.
        command="emix fit $* --checkpoint ck (killed after $limit s)"
        { timeout -s KILL "$limit" "$emix" fit "$@" -o pieces.json --checkpoint ck \
            --checkpoint-every "$every" --threads $((tries % 3 + 1)) >stdout 2>stderr </dev/null; } 2>crash
        status=$?
        tries=$((tries + 1))
    done
    n_kills=$((n_kills + tries - 1))
    expect_status "$expected"
    expect_same whole.json pieces.json
    expect_no_file ck
    expect_no_file .ck.new
}
