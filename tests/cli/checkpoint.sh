# emix fit --checkpoint: an interrupted fit resumes, and ends with the same bytes.
. "$(dirname "$0")/checkpoint_support.sh"
. "$(dirname "$0")/helpers.sh"
f=$data/faithful.csv
faithful_start >start.json

# The checkpoint changes nothing, and is removed at the end.
run fit "$data/iris.csv" -k 3 -o plain.json
run fit "$data/iris.csv" -k 3 -o saved.json --checkpoint ck
expect_status 0
expect_empty stderr
expect_same plain.json saved.json
expect_no_file ck
[ -z "$(ls -A | grep '\.new$')" ]
check $? "no half-written checkpoint is left"

# Killed at random moments.
survives 4 0.1 "$data/iris.csv" -k 4
survives 4 0.1 "$f" -k 2 --init start.json --accelerate none --stop none --max-iter 400
survives 4 0.1 "$data/geyser.csv" -k 3 --init-method kmeans++ --starts 8 --trace trace.jsonl

# Ctrl-C keeps the checkpoint and says so; the same command resumes from it.
set -- "$f" -k 2 --init start.json --accelerate none --stop none --max-iter 60000
run fit "$@" -o whole.json --trace whole.jsonl
command="emix fit $* (SIGINT)"
timeout --foreground --preserve-status -s INT -k 60 0.2 \
    "$emix" fit "$@" -o part.json --checkpoint ck --trace first.jsonl >stdout 2>stderr </dev/null
status=$?
check_manners
expect_status 130
grep -q '^emix fit: the same command goes on from ck$' stderr
check $? "the message names the checkpoint"
expect_file ck
expect_file part.json
cp ck kept
run fit "$@" -o part.json --checkpoint ck --trace rest.jsonl
expect_status 0
expect_same whole.json part.json
expect_no_file ck
sed -n '1s/^{"pass":\([0-9]*\),.*/\1/p' rest.jsonl >first_pass
[ "$(cat first_pass)" -gt 1 ] && [ "$(wc -l <rest.jsonl)" -lt 60001 ]
check $? "the rest of the trace begins where the checkpoint is"
[ "$(tail -n 1 rest.jsonl | sed 's/^{"pass":\([0-9]*\),.*/\1/')" -eq 60001 ]
check $? "passes are counted as if nothing had happened"

# A checkpoint of another fit is refused, with the first difference, and is kept.
refused() { # PATTERN ARGUMENTS
    pattern=$1
    shift
    cp kept ck
    run fit "$@" -o other.json --checkpoint ck
    expect_status 2
    expect_message "^emix fit: ck: $pattern"
    expect_same kept ck
    expect_no_file other.json
}
trace='--trace other.jsonl'
refused 'is the checkpoint of another fit: trace was asked-for, and is none now' "$@"
refused 'is the checkpoint of another fit: max-iter was 60000, and is 9 now' "$@" --max-iter 9 $trace
refused '.* seed was 0, and is 1 now' "$@" --seed 1 $trace
refused '.* rows was 272, and is 299 now' "$data/geyser.csv" -k 2 $trace
sed 's/^1\.8,54/1.8,55/; s/^1\.800,54/1.8,55/' "$f" >changed.csv
if cmp -s "$f" changed.csv; then
    awk 'NR == 9 { sub(/[0-9]$/, "9") } NR == 10 { sub(/[0-9]$/, "0") } { print }' "$f" >changed.csv
fi
shift
refused '.* data was with hash [0-9a-f]+, and is with hash [0-9a-f]+ now' changed.csv "$@" $trace
set -- "$f" "$@"
sed 's/0\.3,0\.7/0.4,0.6/' start.json >other_start.json
refused '.* init was with hash' "$@" --init other_start.json $trace
EMIX_ISA=reference
export EMIX_ISA
refused '.* instruction-set was [a-z0-9]+, and is reference now' "$@" $trace
unset EMIX_ISA

# A file that is not a checkpoint, or is damaged, is refused and kept.
cp kept whole
head -c 300 whole >kept
refused 'is a checkpoint that is cut short or damaged' "$@" $trace
{ head -c 500 whole && printf 'X' && tail -c +502 whole; } >kept
refused 'is a damaged checkpoint; remove it' "$@" $trace
cp start.json kept
refused 'is no checkpoint; remove it' "$@" $trace
: >kept
refused 'is no checkpoint' "$@" $trace

# A fit of standard input resumes too, if it brings the same rows.
cp whole ck
command="emix fit - --checkpoint ck"
shift
"$emix" fit - "$@" --checkpoint ck -o stdin.json $trace >stdout 2>stderr <"$f"
status=$?
check_manners
expect_status 0
expect_no_file ck

# Files that cannot be a checkpoint.
misused() { # STATUS PATTERN ARGUMENTS
    expected=$1
    pattern=$2
    shift 2
    run fit "$@"
    expect_status "$expected"
    expect_message "$pattern"
    expect_empty stdout
}
cp "$f" mine.csv
misused 1 'checkpoint and DATA name the same file, mine.csv' mine.csv -k 2 --checkpoint mine.csv
misused 1 'checkpoint and --output name the same file, m' "$f" -k 2 --checkpoint m -o m
misused 1 'checkpoint and --trace name the same file, m' "$f" -k 2 --checkpoint m --trace m
misused 1 'checkpoint and --init name the same file' "$f" -k 2 --init start.json --checkpoint start.json
ln -s mine.csv link
misused 2 'would replace the input' mine.csv -k 2 --checkpoint link
expect_same mine.csv "$f"
misused 2 'would replace the input' "$f" -k 2 --init start.json -o start.json --checkpoint ck
misused 1 'needs a file, not standard output' "$f" -k 2 --checkpoint -
misused 1 'checkpoint-every needs --checkpoint' "$f" -k 2 --checkpoint-every 1
misused 1 'checkpoint-every needs a finite number >= 0' "$f" -k 2 --checkpoint ck --checkpoint-every -1
misused 2 'no/such/folder/ck' "$f" -k 2 --checkpoint no/such/folder/ck
mkdir folder
misused 2 'is a directory' "$f" -k 2 --checkpoint folder
misused 2 'no regular file' "$f" -k 2 --checkpoint /dev/null
expect_no_file ck

# A full disk is detected before the work; a fit without a usable model leaves no checkpoint.
command='emix fit under ulimit -f 8'
(ulimit -f 8 && exec "$emix" fit "$f" -k 2 --starts 500 --checkpoint ck) >/dev/null 2>stderr </dev/null
status=$?
expect_status 2
expect_message 'ck: cannot be written'
expect_no_file ck
expect_no_file .ck.new
awk 'BEGIN { for (i = 0; i < 40; ++i) print i % 2 "," i % 2 + (i == 7) / 8 }' >two_points.csv
run fit two_points.csv -k 9 --checkpoint ck
expect_status 3
expect_no_file ck

# If the result cannot be written, the checkpoint stays.
"$emix" fit "$f" -k 2 --checkpoint ck >/dev/full 2>stderr </dev/null
status=$?
expect_status 2
expect_file ck
run fit "$f" -k 2 --checkpoint ck
expect_status 0
expect_no_file ck
finish
