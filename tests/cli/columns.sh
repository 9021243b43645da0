# Columns of a model and of data, by name.
. "$(dirname "$0")/helpers.sh"

# x, y, z of unlike scales; "other" has them in another order among an id, a text and empty fields.
awk 'BEGIN {
    s = 7
    print "x,y,z"
    for (i = 0; i < 300; ++i) {
        for (j = 0; j < 3; ++j) {
            u = 0
            for (t = 0; t < 12; ++t) { s = (s * 16807) % 2147483647; u += s / 2147483647 }
            v[j] = (u - 6) * (j + 1) + 10 * j + (i % 2 ? 8 : 0)
        }
        printf "%.9g,%.9g,%.9g\n", v[0], v[1], v[2]
    }
}' >xyz.csv
awk -F, 'NR == 1 { print "id,z,kind,x,note,y"; next }
    { printf "%d,%s,\"a, b\",%s,,%s\n", NR - 1, $3, $1, $2 }' xyz.csv >other.csv
awk -F, '{ print $3 "," $2 "," $1 }' xyz.csv >swapped.csv

run fit xyz.csv -k 2 -o model.json -q
expect_status 0
for command_of in "score model.json DATA" "predict model.json DATA --proba" \
    "predict model.json DATA --log-density" \
    "bootstrap model.json DATA -B 3 --json -q" \
    "fit DATA -k 2 --init model.json --json --stop none --max-iter 2 -q"; do
    for file in xyz other swapped; do
        # shellcheck disable=SC2086
        run $(printf %s "$command_of" | sed "s/DATA/$file.csv/")
        expect_status 0
        sed 's/"time".*//; s/"memory".*//' stdout >"$file.out"
    done
    expect_same xyz.out other.out
    expect_same xyz.out swapped.out
done

# The fit from a model has its order of columns, whatever that of the data.
run fit other.csv -k 2 --init model.json --stop none --max-iter 1 -o next.json -q
expect_status 0
[ "$(grep -o '"feature_names": *\[[^]]*\]' next.json | tr -d ' \n')" = '"feature_names":["x","y","z"]' ]
check $? "the features are x, y, z"

# Missing columns are named, and so is what there is.
awk -F, '{ print $1 ",q" }' OFS=, xyz.csv | sed '1s/.*/x,q/; 1!s/q$/1/' >narrow.csv
for arguments in "score model.json narrow.csv" "predict model.json narrow.csv" \
    "fit narrow.csv -k 2 --init model.json"; do
    # shellcheck disable=SC2086
    run $arguments
    expect_status 2
    expect_message "narrow.csv: no columns are named 'y', 'z'; there are 'x', 'q'"
done

# A name that is there twice is not chosen from.
sed '1s/.*/x,y,z,y/; 1!s/$/,0/' xyz.csv >twice.csv
run score model.json twice.csv
expect_status 2
expect_message "twice.csv: two columns are named 'y'"

# What a needed column holds is still checked, and told by its place in the file.
sed '4s/,[^,]*$/,none/' other.csv >bad.csv
run score model.json bad.csv
expect_status 2
expect_message "bad.csv, line 4, column 6 \(y\): 'none' is not a number"

# Without names columns count by place, and their number must agree.
sed 1d xyz.csv >plain.csv
run score model.json plain.csv
expect_status 0
cp stdout plain.out
run score model.json xyz.csv
expect_same stdout plain.out
cut -d, -f1,2 plain.csv >two.csv
run score model.json two.csv
expect_status 2
expect_message 'two.csv: the data have 2 features, the model 3'

# The weights column is no feature, by whatever name and place.
awk -F, 'NR == 1 { print "w," $0; next } { print 2 "," $0 }' other.csv >weighted.csv
run score model.json weighted.csv --weights w --json
expect_status 0
[ "$(json_number stdout total_weight)" = 600 ]
check $? "the total weight is 600"
finish
