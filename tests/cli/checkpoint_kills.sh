# Two hundred kills at random moments, some during a save, change no byte of a model.
. "$(dirname "$0")/checkpoint_support.sh"
. "$(dirname "$0")/helpers.sh"
faithful_start >start.json
longest=0.05
while [ "$n_kills" -lt 200 ] && [ "$n_failed" -eq 0 ]; do
    survives 12 "$longest" "$data/iris.csv" -k 4
    survives 12 "$longest" "$data/iris.csv" -k 3 --init-method kmeans++ --starts 12
    survives 12 "$longest" "$data/faithful.csv" -k 2 --init start.json --accelerate none \
        --stop none --max-iter 20000
    survives 12 "$longest" "$data/iris.csv" -k 3 --precision mixed --init-method random-rows --starts 6
    survives 12 "$longest" "$data/diabetes.csv" -k 3 --covariance tied \
        --init-method random-responsibilities --starts 6
    survives 12 "$longest" "$data/diabetes.csv" -k 4 --covariance diag --trace trace.jsonl
    survives 12 "$longest" "$data/geyser.csv" -k 3 --prior conjugate --starts 64
    longest=$(awk -v l="$longest" 'BEGIN { print l < 0.4 ? 1.3 * l : l }') # for slower machines
done
printf '%d kills\n' "$n_kills"
[ "$n_kills" -ge 200 ]
check $? "there were two hundred kills"

# A fit that is killed again and again, each time a little later, finishes.
run fit "$data/faithful.csv" -k 2 --init start.json --accelerate none --stop none --max-iter 1000000 \
    -o whole.json
status=137
tries=0
while [ "$status" -eq 137 ] && [ "$tries" -lt 200 ]; do
    tries=$((tries + 1))
    { timeout -s KILL "$(awk -v n="$tries" 'BEGIN { print 0.2 + 0.01 * n }')" \
        "$emix" fit "$data/faithful.csv" -k 2 --init start.json --accelerate none --stop none \
        --max-iter 1000000 -o pieces.json --checkpoint ck --checkpoint-every 0.02 \
        >stdout 2>stderr </dev/null; } 2>crash
    status=$?
done
expect_status 0
expect_same whole.json pieces.json
finish
