# Bad input: the right exit status, a message that names the position, no output, no crash.
. "$(dirname "$0")/helpers.sh"

# bad STATUS PATTERN FILE [OPTIONS]: fits FILE with K = 2 unless told otherwise.
bad() {
    wanted=$1
    pattern=$2
    file=$3
    shift 3
    run fit "$file" -k 2 -o bad.json "$@"
    expect_status "$wanted"
    expect_message "$pattern"
    expect_empty stdout
    expect_no_file bad.json
}
# csv PATTERN TEXT [OPTIONS]: TEXT, with printf escapes, is refused with status 2.
csv() {
    pattern=$1
    printf "$2" >bad.csv
    shift 2
    bad 2 "$pattern" bad.csv "$@"
}

# Text: file, line and column are named.
csv '^emix fit: bad\.csv.*line 3' 'a,b\n1,2\n3\n4,5\n'
csv '^emix fit: bad\.csv.*line 4' 'a,b\n1,2\n3,4\n5,6,7\n'
csv '^emix fit: bad\.csv.*line 3.*column 2.*b.*two' 'a,b\n1,2\n3,two\n4,5\n'
csv '^emix fit: bad\.csv.*line 2.*column 1' 'a,b\n1x,2\n3,4\n4,5\n'
for missing in NA nan NaN ''; do
    csv '^emix fit: bad\.csv.*line 4.*column 1' "a,b\n1,2\n3,4\n$missing,6\n7,8\n"
done
for infinite in inf -inf Inf infinity 1e999 -1e999; do
    csv '^emix fit: bad\.csv.*line 3.*column 2' "a,b\n1,2\n3,$infinite\n5,6\n"
done
csv '^emix fit: bad\.csv.*(line 3.*column 2|row 2.*column 2|column 2)' 'a,b\n1,2\n3,1e308\n5,6\n'
csv '^emix fit: bad\.csv' ''
csv '^emix fit: bad\.csv' 'a,b\n'
csv '^emix fit: bad\.csv' '\n\n\n'
csv '^emix fit: bad\.csv.*line 2' 'a,b\n1,"2\n3,4\n'
csv '^emix fit: bad\.csv' '\000\001\002\377\376'
awk 'BEGIN { print "a,b"; for (i = 0; i < 20; ++i) print i * i % 7 ",NA" }' >gaps.csv
bad 2 '^emix fit: gaps\.csv.*line 2.*column 2' gaps.csv
bad 2 '^emix fit: missing\.csv' missing.csv
mkdir folder.csv
bad 2 '^emix fit: folder\.csv' folder.csv
bad 2 'table\.xyz' table.xyz
bad 2 'table' table

# Row weights.
printf 'a,b,w\n1,2,1\n3,5,-1\n5,1,1\n2,2,1\n' >weights.csv
bad 2 'weights\.csv.*line 3|row 2|-1' weights.csv --weights w
bad 1 'nosuch' weights.csv --weights nosuch
bad 1 '9' weights.csv --weights 9
printf 'a,w\n1,0\n2,0\n3,0\n' >zeros.csv
run fit zeros.csv -k 1 --weights w
[ "$status" -ne 0 ]
check $? "weights that are all 0 are refused"

# Data for which the likelihood has no maximum.
printf 'a,b\n1,2\n3,5\n4,1\n' >three.csv
bad 3 '3.*4|4.*3' three.csv -k 4
bad 3 '^emix fit: ' three.csv -k 3
printf 'a,b\n1,2\n' >one.csv
bad 3 '^emix fit: ' one.csv -k 1
printf 'a,b\n1,2\n1,2\n' >twins.csv
bad 3 '^emix fit: ' twins.csv -k 1
bad 3 '^emix fit: ' twins.csv -k 2
awk 'BEGIN { print "a,width"; for (i = 0; i < 50; ++i) print i * i % 17 ",4" }' >constant.csv
bad 3 '(column|feature) 2.*width|width' constant.csv

# A start that does not fit the data.
small_model >model.json
bad 2 '4.*2|2.*4' "$data/iris.csv" --init model.json
bad 1 '3.*2|2.*3' "$data/faithful.csv" -k 3 --init model.json
bad 2 'missing\.json' "$data/faithful.csv" --init missing.json

# NPY: a file of a few bytes with any header.
npy() { # HEADER [DATA], to bad.npy
    length=$((${#1} + 1))
    {
        printf '\223NUMPY\001\000'
        printf "\\$(printf %03o $((length % 256)))\\$(printf %03o $((length / 256)))"
        printf '%s\n' "$1"
        printf '%s' "${2:-}"
    } >bad.npy
    bad 2 '^emix fit: bad\.npy' bad.npy
}
eight=01234567
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }" "$eight$eight$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2), }"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 2), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952, 1), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999, 2), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 0), }"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }" "$eight"
npy "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }" "$eight"
npy "{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1), }" "$eight$eight"
npy "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1, 1), }" "$eight"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1" "$eight"
npy "{'descr': '<f8', 'shape': (1, 1), }" "$eight"
npy "{}" "$eight"
npy "" "$eight"
npy "((((((((((((((((((((((((((((((((((((((((" "$eight"
printf '\223NUMPY\001\000\377\377{' >bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
printf '\223NUMPY\002\000\377\377\377\377{' >bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
printf '\223NUMPY\011\000\020\000{' >bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
printf '\223NUM' >bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
: >bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
cp "$data/iris.csv" bad.npy
bad 2 '^emix fit: bad\.npy' bad.npy
run convert "$data/iris.csv" whole.npy
for bytes in 1 9 60 127 128 129 4000; do
    head -c "$bytes" whole.npy >bad.npy
    bad 2 '^emix fit: bad\.npy' bad.npy
done

# Model files: for every defect the status is 2 and the file is named.
model() { # TEXT
    printf '%s' "$1" >bad_model.json
    run score bad_model.json "$data/faithful.csv"
    expect_status 2
    expect_message '^emix score: bad_model\.json'
    expect_empty stdout
}
good=$(cat model.json)
replace() { # SED_SCRIPT
    model "$(printf '%s' "$good" | sed "$1")"
}
model ''
model '{'
model '[]'
model 'null'
model '{"schema":"emix.model/1"}'
model "$(head -c 60 model.json)"
model "$good$good"
replace 's,emix.model/1,emix.model/9,'
replace 's/"schema"/"scheme"/'
replace 's/0.3,0.7/0.3,0.8/'
replace 's/0.3,0.7/-0.3,1.3/'
replace 's/0.3,0.7/0.3/'
replace 's/0.3,0.7/"a",0.7/'
replace 's/0.3,0.7/1e999,0.7/'
replace 's/\[0,0\],\[3,3\]/[0,0],[3]/'
replace 's/\[0,0\],\[3,3\]/[0,0,0],[3,3,3]/'
replace 's/\[0,0\],\[3,3\]/0,3/'
replace 's/\[\[2,1\],\[1,2\]\]/[[2,3],[3,2]]/'
replace 's/\[\[2,1\],\[1,2\]\]/[[2,1],[0,2]]/'
replace 's/\[\[2,1\],\[1,2\]\]/[[0,0],[0,0]]/'
replace 's/\[\[2,1\],\[1,2\]\]/[[2,1],[1,-2]]/'
replace 's/\[\[2,1\],\[1,2\]\]/[[2,1]]/'
run score "$data/faithful.csv" "$data/faithful.csv"
expect_status 2
run score "$PWD" "$data/faithful.csv"
expect_status 2
run predict model.json "$data/iris.csv"
expect_status 2
expect_message '2.*4|4.*2'
finish
