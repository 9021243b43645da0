# Sourced by the scripts about checkpoints, before helpers.sh, because helpers.sh changes the
# directory.
n_kills=0

# random MAXIMUM: a number of seconds up to MAXIMUM, which changes with the number of kills.
random() {
    awk -v m="$1" -v s="$(((n_kills + tries) * 7919 + $$))" 'BEGIN {
        srand(s); rand(); printf "%.4f", 0.001 + m * rand() }' # 0 would mean no limit
}

# survives KILLS MAXIMUM ARGUMENTS: kills a fit after up to MAXIMUM seconds and restarts it, at most
# KILLS times. It must end in the same model file as a fit that is never killed.
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
            every=0 # whenever possible, so that many kills hit a save
        fi
        # OpenMP's threads die with the process; the shell's message about it is dropped.
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
