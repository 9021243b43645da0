# With --memory a mapped file is streamed: within the limit, and to the same bits.
. "$(dirname "$0")/helpers.sh"
blobs 20011 >blobs.csv
run fit blobs.csv -k 3 --starts 2 --max-iter 3 --stop none -o start.json
expect_status 0
# 2,000,000 rows x 3 features of doubles: 48 MB, more than half of the limit, so it is streamed
n_features=$(json_number start.json n_features)
n_rows=$((48000000 / 8 / n_features))
run sample start.json -n "$n_rows" --seed 3 -o large.npy
expect_status 0

for structure in full tied diag; do
    fit_large="fit large.npy -k 3 --covariance $structure --init start.json --stop none --max-iter 2"
    # shellcheck disable=SC2086 # words
    run $fit_large --json -o whole.json
    expect_status 0
    whole=$(json_number stdout peak_bytes)
    # shellcheck disable=SC2086
    run $fit_large --json -o streamed.json --memory 64M
    expect_status 0
    streamed=$(json_number stdout peak_bytes)
    expect_same whole.json streamed.json
    [ "$whole" -gt 48000000 ]
    check $? "without the cap the mapped file counts as memory: $whole bytes"
    [ "$streamed" -lt 48000000 ]
    check $? "under the cap not all of the file is resident: $streamed bytes"
done

# starts draw rows from the whole file
run fit large.npy -k 3 --starts 4 --max-iter 2 --stop none --json -o whole.json
expect_status 0
run fit large.npy -k 3 --starts 4 --max-iter 2 --stop none --json -o streamed.json --memory 64M
expect_status 0
[ "$(json_number stdout peak_bytes)" -lt 67108864 ]
check $? "starts stay within the cap: $(json_number stdout peak_bytes) bytes"
expect_same whole.json streamed.json
finish
