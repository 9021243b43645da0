# emix fit --eigenvalue-ratio: a bound over the shapes of all components.
. "$(dirname "$0")/helpers.sh"
iris=$data/iris.csv

for covariance in $(structures); do
    for ratio in 1 5 50; do
        run fit "$iris" -k 3 --covariance $covariance --eigenvalue-ratio $ratio --json
        expect_status 0
        expect_close eigenvalue_ratio "$(json_number stdout eigenvalue_ratio)" $ratio 0
        expect_stdout '"stop": ?"converged"'
        [ "$(awk -v u="$(json_number stdout decrease_ulps)" 'BEGIN { print (u < 64) }')" = 1 ]
        check $? "the log-likelihood never fell"
        previous=$(json_number stdout log_likelihood)
        [ "$ratio" = 1 ] || [ "$(awk -v a="$previous" -v b="$last" 'BEGIN { print (a > b - 1e-5) }')" = 1 ]
        check $? "a wider bound holds a likelihood no lower"
        last=$previous
    done
done

# At ratio 1 all components are balls of one size: diagonals are equal, everything else is 0.
run fit "$iris" -k 3 --eigenvalue-ratio 1 -o balls.json
expect_status 0
expect_stdout '^eigenvalues +of all covariances within a factor of 1$'
run info balls.json
expect_stdout '^eigenvalues +of all covariances within a factor of 1$'
grep -q '"eigenvalue_ratio"\]' balls.json
check $? "the bound is active, and flagged"

# A bound that the maximum satisfies anyway changes only rounding, and is not flagged.
run fit "$data/faithful.csv" -k 2 --json
free=$(json_number stdout log_likelihood)
run fit "$data/faithful.csv" -k 2 --eigenvalue-ratio 1e9 --json
expect_close log_likelihood "$(json_number stdout log_likelihood)" "$free" 1e-5
! grep -q '"eigenvalue_ratio"\]' stdout
check $? "a bound that is not reached is not flagged"

# With a prior; from an initial model outside the bound; on data with several equal rows.
run fit "$iris" -k 3 --eigenvalue-ratio 4 --prior conjugate --json
expect_status 0
run fit "$iris" -k 3 -o start.json
run fit "$iris" -k 3 --init start.json --eigenvalue-ratio 4 --json
expect_status 0
expect_stdout '"flags": ?\["eigenvalue_ratio"\]'
awk 'BEGIN { print "x,y"; for (i = 0; i < 40; ++i) print (i * 7 % 11) / 3 "," (i * 5 % 13) / 2
             for (i = 0; i < 8; ++i) print "9,9" }' >clump.csv
run fit clump.csv -k 3 --eigenvalue-ratio 20
expect_status 0

# If all components collapse at once, no ratio helps.
awk 'BEGIN { print "x,y"; for (i = 0; i < 30; ++i) print i % 3 "," i % 3 * (i % 3) }' >points.csv
printf '%s\n' '{"schema":"emix.model/1","weights":[0.4,0.3,0.3],"means":[[0,0],[1,1],[2,4]],' \
    '"covariances":[[[0.01,0],[0,0.01]],[[0.01,0],[0,0.01]],[[0.01,0],[0,0.01]]]}' >points.json
run fit points.csv -k 3 --init points.json --eigenvalue-ratio 20
expect_status 3
expect_message 'degenerate'

refused() { # PATTERN OPTION...
    pattern=$1
    shift
    run fit "$iris" -k 3 "$@"
    expect_status 1
    expect_empty stdout
    expect_message "$pattern"
}
for bad in 0.99 0 -2 x nan ''; do
    refused "eigenvalue-ratio needs a finite number >= 1, not '$bad'" --eigenvalue-ratio "$bad"
done
refused '\-\-fix covariances leaves nothing to --eigenvalue-ratio' \
    --init start.json --fix covariances --eigenvalue-ratio 3
finish
