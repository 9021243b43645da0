# Out of memory: a message and status 5.
. "$(dirname "$0")/helpers.sh"

# 100,000 components in 9 dimensions need gigabytes of statistics; the limit is 1.5. One thread,
# because every other thread needs address space for its stack.
awk 'BEGIN {
    s = 11
    for (i = 0; i < 100001; ++i) {
        for (j = 0; j < 9; ++j) { s = (s * 16807) % 2147483647; printf "%s%d", j ? "," : "", s % 1e6 }
        print ""
    }
}' >many.csv
command='emix fit many.csv -k 100000 -o many.json under ulimit -v 1500000'
OPENBLAS_NUM_THREADS=1
OMP_NUM_THREADS=1
export OPENBLAS_NUM_THREADS OMP_NUM_THREADS
(ulimit -v 1500000 && exec "$emix" fit many.csv -k 100000 --threads 1 -o many.json) \
    >stdout 2>stderr </dev/null
status=$?
check_manners
expect_status 5
expect_message '^emix fit: '
expect_empty stdout
expect_no_file many.json
finish
