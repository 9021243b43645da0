# A signal ends a fit after the current pass; the best model so far is written.
. "$(dirname "$0")/helpers.sh"
faithful_start >start.json

# interrupted SIGNAL FILE ARGUMENTS: starts a fit that would run for days, and sends SIGNAL after
# two seconds.
interrupted() {
    signal=$1
    file=$2
    shift 2
    command="emix fit $* (SIG$signal after 2 s)"
    timeout --foreground --preserve-status -s "$signal" -k 30 2 \
        "$emix" fit "$data/faithful.csv" -k 2 --stop none --max-iter 2000000000 --json \
        -o "$file" "$@" >stdout 2>stderr </dev/null
    status=$?
    check_manners
    expect_status 130
    expect_message '^emix fit: interrupted after [0-9]+ iterations'
    [ "$(json_text stdout stop)" = interrupted ]
    check $? "the document says interrupted"
    run score "$file" "$data/faithful.csv" --json
    expect_status 0
    awk -v l="$(json_number stdout log_likelihood)" 'BEGIN { exit !(l < -1000 && l > -2000) }'
    check $? "the model that was written is a fit of the data"
}
interrupted INT from_init.json --init start.json
interrupted TERM from_init_term.json --init start.json
interrupted INT from_starts.json --starts 10000

# A table that is being written is removed.
mkdir tables
command='emix sample start.json -n 1000000000000 -o tables/rows.csv (SIGINT after 2 s)'
timeout --foreground --preserve-status -s INT -k 30 2 \
    "$emix" sample start.json -n 1000000000000 -o tables/rows.csv >stdout 2>stderr </dev/null
status=$?
check_manners
expect_status 130
expect_message '^emix sample: interrupted'
[ -z "$(ls -A tables)" ]
check $? "no part of the table is left"

# No files are left except those that were asked for.
[ "$(find . -type f | grep -cvE '/(start|from_init|from_init_term|from_starts)\.json$|/std(out|err)$')" -eq 0 ]
check $? "no other files are left"
finish
