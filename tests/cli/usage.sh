# Command lines: help comes from the tables, and every mistake is answered with the nearest valid
# name.
. "$(dirname "$0")/helpers.sh"
commands='fit predict score sample info convert'

run --help
expect_status 0
expect_empty stderr
for name in $commands; do
    expect_stdout "^  $name "
done
for number in 0 1 2 3 4 5 130; do
    expect_stdout "(^|[ ,])$number [a-z]"
done
cp stdout overview
run help
expect_same stdout overview
run -h
expect_same stdout overview

run --version
expect_status 0
expect_stdout '^emix [0-9]+\.[0-9]+\.[0-9]+$'

for name in $commands; do
    run "$name" --help
    expect_status 0
    expect_empty stderr
    expect_stdout "^Usage: emix $name "
    expect_stdout '^  -h, --help'
    ! grep -qE '.{80}' stdout
    check $? "help of $name fits 79 columns"
    cp stdout by_option
    run help "$name"
    expect_same stdout by_option
done

# The options that --help lists for fit, with the documented defaults. Other options do not change
# the help.
run fit --help
for option in components family covariance init starts init-method labels weights max-iter tol stop \
    accelerate e-step blocks annealing threads seed output trace json quiet; do
    expect_stdout "^  (-[a-z], |    )--$option( |\$)"
done
for text in '\(default 32\)' '\(default 1000\)' '\(default 1e-06\)' '\(default tournament\)'; do
    expect_stdout "$text"
done
for name in tournament kmeans\\+\\+ random-rows random-responsibilities gap loglik q params none squarem \
    gaussian; do
    expect_stdout "^ +$name: "
done
cp stdout by_itself
run fit --starts 7 --seed 9 --help
expect_same stdout by_itself

# Mistakes: exit status 1, one line that contains the nearest name, nothing on standard output.
slip() { # PATTERN ARGUMENTS
    pattern=$1
    shift
    run "$@"
    expect_status 1
    expect_message "$pattern"
    expect_empty stdout
}
f=$data/faithful.csv
slip "a command is missing"
slip "unknown command 'fti'; the nearest is 'fit'" fti
slip "unknown command 'select'; the nearest is '(fit|predict|score|sample|info|convert)'" select
slip "unknown option '--hlep'.* --help" --hlep
slip "unknown option '--vrsion'.* --version" --vrsion
slip "unknown command 'ft'" help ft
slip "unexpected argument 'again'" help fit again
slip '^emix fit: unknown option --componets; the nearest is --components ' fit "$f" --componets 2
slip '^emix fit: unknown option --max_iter; the nearest is --max-iter ' fit "$f" -k 2 --max_iter 3
# Words of scikit-learn and mclust.
slip "unknown option --n_init; the nearest is --starts " fit "$f" -k 2 --n_init 3
slip "unknown option --random_state; the nearest is --seed " fit "$f" -k 2 --random_state 3
slip "unknown option --modelNames; the nearest is --covariance " fit "$f" -k 2 --modelNames VVV
slip "unknown option -G; the nearest is --components " fit "$f" -G 2
slip '^emix fit: unknown option --lables; the nearest is --labels ' fit "$f" -k 2 --lables species
slip "^emix fit: unknown option --tracer; the nearest is --trace" fit "$f" -k 2 --tracer=a
slip "^emix fit: --accelerate .*bogus" fit "$f" -k 2 --accelerate bogus
slip '^emix fit: unknown option -K; the nearest is --components' fit "$f" -K 2
slip '^emix fit: unknown option -z; the nearest is --help' fit "$f" -z
slip '^emix predict: unknown option --prob_; the nearest is --proba' predict m d --prob_
slip 'option --st is ambiguous: --starts, --stop, --standard-errors$' fit "$f" -k 2 --st 3
slip 'option --components needs a value' fit "$f" -k
slip 'option --json takes no value' fit "$f" -k 2 --json=yes
slip 'DATA is missing' fit -k 2
slip 'DATA is an empty text' fit '' -k 2
slip "unexpected argument 'more'" fit "$f" more -k 2
slip '\-\-components is required' fit "$f"
slip 'DATA is missing' predict model.json
slip 'OUT is missing' convert "$f"
for bad in 0 -1 x '' ' 2' 2x 2.5 0x2 99999999999999999999; do
    slip "^emix fit: --components needs a whole number in 1 \.\.\. [0-9]+, not '$bad'\$" \
        fit "$f" -k "$bad"
done
for bad in -1 x '' nan inf 1e999 1e-6x 0x1p-3 ' 1'; do
    slip "^emix fit: --tol needs a finite number >= 0, not '$bad'\$" fit "$f" -k 2 --tol "$bad"
done
slip '\-\-threads needs a whole number in 1 \.\.\. ' fit "$f" -k 2 --threads 0
slip '\-\-starts needs a whole number in 1 \.\.\. 1000000,' fit "$f" -k 2 --starts 0
slip '\-\-starts needs a whole number' fit "$f" -k 2 --starts 1000001
slip '\-\-max-iter needs a whole number in 0 \.\.\. ' fit "$f" -k 2 --max-iter -1
slip '\-\-seed needs a whole number in 0 \.\.\. 18446744073709551615' fit "$f" -k 2 --seed -1
slip '\-\-seed needs a whole number' fit "$f" -k 2 --seed 18446744073709551616
slip "needs one of gap, loglik, q, params, none, not 'gpa'; the nearest is 'gap'" \
    fit "$f" -k 2 --stop gpa
slip "needs one of tournament, .*; the nearest is 'kmeans\+\+'" fit "$f" -k 2 --init-method kmeans
slip "needs one of gaussian, poisson, not 'binomial'" fit "$f" -k 2 --family binomial
# Of the fourteen structures of Celeux and Govaert (1995), those that there are go by their letters.
"$emix" fit --help | sed -n '/--covariance NAME/,/--init /p' >structures
grep -q 'full: or VVV,' structures
check $? "help has both names of a structure"
for name in VVV EEE VVI VII EII EEI VEI EVI VEE EVE VVE EEV VEV EVV; do
    if grep -qw "$name" structures; then
        run fit "$f" -k 1 --covariance "$name" --json
        expect_status 0
        expect_stdout "\"covariance\": ?\"$name\""
    else
        slip "\-\-covariance needs one of full, tied, diag, spherical.*, not '$name'" \
            fit "$f" -k 2 --covariance "$name"
    fi
done
slip "not 'ful'; the nearest is 'full'" fit "$f" -k 2 --covariance ful
for size in x 1 -5G 1GB 99999999999T ''; do
    slip '\-\-memory needs' fit "$f" -k 2 --memory "$size"
done
slip 'can write to standard output' fit "$f" -k 2 --json -o -
slip '\-\-output needs a FILE' fit "$f" -k 2 -o ''

# Accepted: the largest seed, an abbreviation, an option after its operand, and --.
run fit "$f" -k 1 --seed 18446744073709551615 --max 50 --json
expect_status 0
expect_stdout '"seed": *"?18446744073709551615'
cp "$f" ./-dash.csv
run fit -k 1 -- -dash.csv
expect_status 0

# A message stays on one line for any names in it.
run fit "$(printf 'no\nsuch\033[31m.csv')" -k 2
expect_status 2
expect_message '^emix fit: '
finish
