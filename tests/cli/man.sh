# Manual pages: printed from the same tables as --help.
. "$(dirname "$0")/helpers.sh"

# lint: groff's warnings on standard output, if groff is installed.
lint() {
    if command -v groff >/dev/null 2>&1; then
        groff -man -Tutf8 -ww stdout >/dev/null 2>warnings
        [ ! -s warnings ]
        check $? "groff has no complaints about the page"
    fi
}

run help --man
expect_status 0
expect_empty stderr
expect_stdout '^\.TH EMIX 1 '
expect_stdout '^\.SH EXIT STATUS$'
lint
run --help
commands=$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' stdout)
[ "$(printf '%s\n' "$commands" | wc -l)" -ge 6 ]
check $? "there are commands"
for name in $commands; do
    run "$name" --help
    options=$(sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' stdout)
    run help --man "$name"
    expect_status 0
    expect_empty stderr
    expect_stdout "^\\.TH EMIX.-$(printf %s "$name" | tr a-z A-Z) 1 "
    for option in $options; do
        grep -qF "$(printf '\\fB\\-\\-%s\\fR' "$(printf %s "$option" | sed 's/-/\\-/g')")" stdout
        check $? "the page of $name has --$option"
    done
    lint
done

run help --man ft
expect_status 1
expect_message "unknown command 'ft'"
run help --man fit again
expect_status 1
expect_message "unexpected argument 'again'"
finish
