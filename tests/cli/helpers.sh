# Sourced by every script of this folder, which is run as: sh SCRIPT.sh PROGRAM DATA_FOLDER
#
# `run ARGUMENTS` runs the program in an empty folder of its own and keeps $status and the files
# stdout and stderr; the `expect_...` lines that follow check them. A script continues after a
# failure, so that one run shows all failures; `finish` returns the result.
set -u
LC_ALL=C
export LC_ALL
emix=$1
data=$2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
n_checks=0
n_failed=0

# check CONDITION_STATUS DESCRIPTION
check() {
    n_checks=$((n_checks + 1))
    if [ "$1" -ne 0 ]; then
        n_failed=$((n_failed + 1))
        printf 'FAILED: %s\n    command: %s\n    status %s\n' "$2" "${command:-}" "${status:-}"
        sed 's/^/    stderr: /' stderr | head -n 5
        sed 's/^/    stdout: /' stdout | head -n 5
    fi
}

# Checks what must hold for every run: no crash, no NaN or infinity on standard output, messages of
# one line each without control characters.
check_manners() {
    [ "$status" -lt 128 ] || [ "$status" -eq 130 ]
    check $? "the program does not crash"
    ! grep -qiwE 'nan|inf|infinity' stdout
    check $? "standard output holds no nan and no inf"
    ! grep -qvE '^emix( [a-z]+)?: ' stderr
    check $? "every line on standard error begins with the program's name"
    ! grep -q '[[:cntrl:]]' stderr
    check $? "no control characters on standard error"
}

run() {
    command="emix $*"
    "$emix" "$@" >stdout 2>stderr </dev/null
    status=$?
    check_manners
}

# run_with_input FILE ARGUMENTS: as run, with a file on standard input.
run_with_input() {
    input=$1
    shift
    command="emix $* < $input"
    "$emix" "$@" >stdout 2>stderr <"$input"
    status=$?
    check_manners
}

expect_status() {
    [ "$status" -eq "$1" ]
    check $? "exit status is $1"
}

# expect_message PATTERN: standard error has exactly one line, and it matches.
expect_message() {
    [ "$(wc -l <stderr)" -eq 1 ] && grep -qE -e "$1" stderr
    check $? "the message matches: $1"
}

expect_stdout() {
    grep -qE -e "$1" stdout
    check $? "standard output matches: $1"
}

expect_empty() {
    [ -f "$1" ] && [ ! -s "$1" ]
    check $? "$1 is empty"
}

expect_file() {
    [ -s "$1" ]
    check $? "$1 is there"
}

expect_no_file() {
    [ ! -e "$1" ]
    check $? "$1 is not there"
}

expect_same() {
    cmp -s "$1" "$2"
    check $? "$1 and $2 are the same, byte for byte"
}

expect_lines() {
    [ "$(wc -l <"$1")" -eq "$2" ]
    check $? "$1 has $2 lines"
}

# expect_close NAME VALUE EXPECTED TOLERANCE (absolute)
expect_close() {
    awk -v a="$2" -v b="$3" -v t="$4" 'BEGIN {
        d = a - b; if (d < 0) d = -d
        exit !(a != "" && a == a + 0 && d <= t)
    }'
    check $? "$1 is $2, expected $3 within $4"
}

# json_number FILE NAME: the value of the first member with that name.
json_number() {
    grep -o "\"$2\": *[-+0-9.eE]*" "$1" | head -n 1 | sed 's/.*: *//'
}

json_text() {
    grep -o "\"$2\": *\"[^\"]*\"" "$1" | head -n 1 | sed 's/.*: *"//; s/"$//'
}

# column FILE NUMBER: a column of a CSV without its header.
column() {
    awk -F, -v j="$2" 'NR > 1 { print $j }' "$1"
}

# blobs N: N rows of two clouds in the plane, always the same rows, with a header.
blobs() {
    awk -v n="$1" 'BEGIN {
        print "a,b"
        s = 1
        for (i = 0; i < n; ++i) {
            for (j = 0; j < 2; ++j) {
                u = 0
                for (t = 0; t < 12; ++t) { s = (s * 16807) % 2147483647; u += s / 2147483647 }
                z[j] = u - 6
            }
            c = i % 3 == 0 ? 0 : 5
            printf "%.9g,%.9g\n", z[0] + c, z[0] / 2 + z[1] - c
        }
    }'
}

# structures: the names of the covariance structures, as help lists them.
structures() {
    "$emix" fit --help | sed -n '/--covariance NAME/,/--init /s/^ \{32\}\([A-Za-z]*\): .*/\1/p'
}

# The two components of a textbook example, as a minimal model file.
small_model() {
    printf '%s\n' '{"schema":"emix.model/1","weights":[0.3,0.7],"means":[[0,0],[3,3]],' \
        '"covariances":[[[1,0],[0,1]],[[2,1],[1,2]]]}'
}

# As above, with means near the two clouds of the geyser data.
faithful_start() {
    small_model | sed 's/\[\[0,0\],\[3,3\]\]/[[2,54],[4.3,80]]/'
}

finish() {
    printf '%d checks, %d failed\n' "$n_checks" "$n_failed"
    [ "$n_failed" -eq 0 ] && [ "$n_checks" -gt 0 ]
    exit
}
