# emix predict: components, responsibilities, densities.
. "$(dirname "$0")/helpers.sh"
small_model >model.json

# Densities of a mixture computed by hand, to 1e-7 of each.
cat >points.csv <<'POINTS'
x,y
0,0
1,1
2,2
3,3
-1,5.3
1.4,0
POINTS
run predict model.json points.csv --log-density
expect_status 0
expect_empty stderr
[ "$(head -n 1 stdout)" = log_density ]
check $? "the column is called log_density"
column stdout 1 | awk 'BEGIN {
    split("0.05094887202 0.03451996667 0.04696302254 0.06432759685 2.503171278804e-6 " \
          "0.024676682176", expected, " ")
}
{ d = exp($1) / expected[NR] - 1; if (d < 0) d = -d; if (d > 1e-7) bad++ }
END { exit bad > 0 || NR != 6 }'
check $? "densities agree to 1e-7"

# Responsibilities: each row sums to 1, and the largest one is the label.
run predict model.json points.csv --proba
expect_status 0
[ "$(head -n 1 stdout)" = component_0,component_1 ]
check $? "the columns are called component_0 and component_1"
awk -F, 'NR > 1 { s = $1 + $2 - 1; if (s < 0) s = -s; if (s > 4e-16) bad++; print ($2 > $1) }
    END { exit bad > 0 }' stdout >largest
check $? "responsibilities of a row sum to 1"
# At (0, 0) by Bayes: 0.3 N(0) / p, N(0) = 1 / (2 pi).
expect_close "responsibility at the origin" "$(column stdout 1 | head -n 1)" \
    "$(awk 'BEGIN { printf "%.12f", 0.3 / (2 * atan2(0, -1)) / 0.05094887202 }')" 1e-9
run predict model.json points.csv
expect_status 0
[ "$(head -n 1 stdout)" = component ]
check $? "the column is called component"
column stdout 1 >labels
expect_same labels largest

# Labels of well-separated flowers are the species, up to the order of components.
run fit "$data/iris.csv" -k 2 -o iris.json
run predict iris.json "$data/iris.csv"
expect_lines stdout 151
column stdout 1 | awk '{ if (NR <= 50) a[$1]++; else b[$1]++ }
    END { for (k in a) n++; for (k in b) n++; exit n != 2 }'
check $? "the first species is told from the others"

# Formats by file extension; more rows than a window; the same with any number of threads.
blobs 25000 >blobs.csv
run predict model.json blobs.csv --proba -o a.csv --threads 1
expect_status 0
expect_empty stdout
expect_lines a.csv 25001
run predict model.json blobs.csv --proba -o b.csv --threads 2
expect_same a.csv b.csv
awk 'NR == 1 || NR > 20001' blobs.csv >end.csv
awk 'NR == 1 || NR > 20001' a.csv >expected.csv
run predict model.json end.csv --proba
expect_same stdout expected.csv
run predict model.json blobs.csv --proba -o a.tsv
tr '\t' , <a.tsv >tabs.csv
expect_same a.csv tabs.csv
run predict model.json blobs.csv --proba -o a.npy
run convert a.npy back.csv
tail -n +2 a.csv >bare.csv
expect_same back.csv bare.csv
run predict model.json blobs.csv -o labels.npy
expect_status 0
run_with_input blobs.csv predict model.json - --proba
expect_same stdout a.csv

# A weights column is left out.
awk -F, 'NR == 1 { print "times," $0; next } { print "1," $0 }' points.csv >weighted.csv
run predict model.json weighted.csv --weights times
column stdout 1 >labels
expect_same labels largest

# Refusals.
run predict model.json "$data/iris.csv"
expect_status 2
expect_message '^emix predict: .*2.*4|^emix predict: .*4.*2'
expect_empty stdout
run predict model.json points.csv --proba --log-density
expect_status 1
expect_message 'exclude each other'
cp points.csv copy.csv
run predict model.json copy.csv -o copy.csv
expect_status 2
expect_message 'replace the input'
expect_same points.csv copy.csv
run predict model.json points.csv -o labels.xyz
expect_status 2
expect_message 'xyz'
expect_no_file labels.xyz
finish
