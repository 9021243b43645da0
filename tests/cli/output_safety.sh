# Outputs are written whole or not at all; on failure an old file is kept; lost output is reported.
. "$(dirname "$0")/helpers.sh"
small_model >model.json
f=$data/faithful.csv
printf 'a,b\n1,2\n1,2\n' >twins.csv
printf 'precious\n' >precious

# A fit that fails leaves an old model unchanged.
cp precious old.json
run fit twins.csv -k 1 -o old.json
expect_status 3
expect_same old.json precious
run fit missing.csv -k 1 -o old.json
expect_status 2
expect_same old.json precious

# A fit that succeeds replaces it.
run fit "$f" -k 1 -o old.json
expect_status 0
[ "$(json_text old.json schema)" = emix.model/1 ]
check $? "the old file is replaced"

# An output that cannot be written is refused before the work. Then there is no result on standard
# output; if only the writing fails, there is one.
for path in no/such/folder/x.json precious/x.json .; do
    run fit "$f" -k 2 -o "$path"
    expect_status 2
    expect_message '^emix fit: '
    expect_empty stdout
done
run sample model.json -n 5 -o no/such/folder/x.csv
expect_status 2
run convert "$f" no/such/folder/x.csv
expect_status 2

# The model never overwrites the data, by any name of the file.
cp "$f" mine.csv
ln -s mine.csv link.csv
for path in mine.csv link.csv; do
    run fit mine.csv -k 2 -o "$path"
    expect_status 2
    expect_message 'replace the input'
    expect_same mine.csv "$f"
done

# A file that reaches the limit on file sizes: message, status 2, nothing left, the old file kept.
mkdir limited
full() { # FILE ARGUMENTS
    file=$1
    shift
    command="emix $* under ulimit -f 8"
    (ulimit -f 8 && exec "$emix" "$@") >stdout 2>stderr </dev/null
    status=$?
    check_manners
    expect_status 2
    expect_message '^emix [a-z]+: '
}
for extension in csv tsv npy; do
    full out sample model.json -n 100000 -o "limited/out.$extension"
    expect_no_file "limited/out.$extension"
    cp precious "limited/out.$extension"
    full out sample model.json -n 100000 -o "limited/out.$extension"
    expect_same precious "limited/out.$extension"
    rm "limited/out.$extension"
done
awk 'BEGIN { s = 3; for (i = 0; i < 900; ++i) {
    for (j = 0; j < 12; ++j) { s = (s * 16807) % 2147483647; printf "%s%d", j ? "," : "", s % 9999 }
    print "" } }' >wide.csv
full out fit wide.csv -k 4 --starts 2 --max-iter 5 --stop none -o limited/model.json
expect_no_file limited/model.json
[ -z "$(ls -A limited)" ]
check $? "no part of a file is left behind"

# Standard output that accepts nothing.
lost() { # ARGUMENTS
    : >stdout
    command="emix $* >/dev/full"
    "$emix" "$@" >/dev/full 2>stderr </dev/null
    status=$?
    check_manners
    expect_status 2
    expect_message '^emix( [a-z]+)?: '
    command="emix $* >&-"
    "$emix" "$@" >&- 2>stderr </dev/null
    status=$?
    check_manners
    expect_status 2
    expect_message '^emix( [a-z]+)?: '
}
lost --help
lost --version
lost fit "$f" -k 2
lost fit "$f" -k 2 --json
lost fit "$f" -k 2 -o -
lost predict model.json "$f"
lost score model.json "$f"
lost sample model.json -n 10
lost sample model.json -n 100000
lost info model.json
lost convert "$f" -

# If standard output is closed, the model is not written to its descriptor.
"$emix" fit "$f" -k 2 -o closed.json >&- 2>stderr </dev/null
run score closed.json "$f"
expect_status 0

# Standard error closed: the result is the same.
"$emix" fit "$f" -k 2 --json 2>&- >stdout </dev/null
status=$?
: >stderr
expect_status 0
expect_close log_likelihood "$(json_number stdout log_likelihood)" -1130.263960184741588 1e-6
finish
