#!/bin/sh
# The examples of README.md do what it says.
# usage: run.sh SOURCE_DIR WORK_DIR EMIX CC LIBRARY_DIR
#
# Every "$ emix ..." line of the console blocks must end with status 0, in order; the indented
# output must be printed by the first of them; the C block must compile against the public headers,
# run, and print the log-likelihood. Blocks with the name of a file quote it word for word; the
# commands of the sh block build and run the examples, and print the lines shown.
set -eu
source_dir=$1
work=$2
emix=$3
cc=$4
library_dir=$5

rm -rf "$work"
mkdir -p "$work/bin"
cd "$work"
ln -s "$source_dir/tests" tests
ln -s "$emix" bin/emix
PATH=$work/bin:$PATH
export PATH

awk '/^```console/ {on = 1; next} /^```/ {on = 0} on && /^\$ / {print substr($0, 3)}' \
    "$source_dir/README.md" >commands
test "$(wc -l <commands)" -ge 6
n=0
while read -r command; do
    n=$((n + 1))
    sh -c "$command" >"output.$n" </dev/null || {
        echo "FAILED: $command"
        exit 1
    }
done <commands

# the lines shown for the first command
awk '/^The first one prints/ {on = 1; next} on && /^    / {print substr($0, 5); next}
     on && NF {exit}' "$source_dir/README.md" >shown
test "$(wc -l <shown)" -ge 4
while read -r line; do
    grep -qxF "$line" output.1 || {
        echo "FAILED: README shows '$line', emix printed:"
        cat output.1
        exit 1
    }
done <shown

awk '/^```c$/ {on = 1; next} /^```/ {on = 0} on' "$source_dir/README.md" >example.c
"$cc" -std=c17 -Wall -Wextra -Werror -I "$source_dir/include" example.c \
    -L "$library_dir" -lemix -Wl,-rpath,"$library_dir" -o example
./example >example.out
grep -qx 'log-likelihood -1130.263960' example.out
grep -qxE 'weights 0\.(6441 0\.3559|3559 0\.6441)' example.out
# the quotations
awk '/^```c [^ ]+$/ {on = 1; n++; print $2 >("quoted." n ".name"); next} /^```/ {on = 0}
     on {print >("quoted." n)}' "$source_dir/README.md"
test -e quoted.2
for quoted in quoted.*.name; do
    file=$source_dir/$(cat "$quoted")
    awk 'NR == FNR {want = want $0 "\n"; next} {have = have $0 "\n"}
         END {exit index(have, want) == 0}' "${quoted%.name}" "$file" || {
        echo "FAILED: README does not quote $file as it is"
        exit 1
    }
done

# the examples
printf '#!/bin/sh\necho "-I%s -L%s -lemix -Wl,-rpath,%s"\n' "$source_dir/include" \
    "$library_dir" "$library_dir" >bin/pkg-config
printf '#!/bin/sh\nexec "%s" "$@"\n' "$cc" >bin/cc
chmod +x bin/pkg-config bin/cc
awk '/^```sh$/ {on = 1; next} /^```/ {on = 0} on' "$source_dir/README.md" >examples.sh
test "$(wc -l <examples.sh)" -ge 4
sh -e examples.sh >examples.out
awk '/^They print/ {on = 1; next} on && /^    / {print substr($0, 5); next}
     on && NF {exit}' "$source_dir/README.md" >shown
test "$(wc -l <shown)" -ge 4
while read -r line; do
    grep -qxF "$line" examples.out || {
        echo "FAILED: README shows '$line', the examples printed:"
        cat examples.out
        exit 1
    }
done <shown
echo "README: $n commands and the C example hold"
