# Progress: on a terminal one line, rewritten in place and erased at the end; elsewhere nothing.
. "$(dirname "$0")/helpers.sh"
command -v python3 >/dev/null || exit 77

# Runs its arguments with standard error on a terminal of its own, presses Ctrl-C there after two
# seconds, and prints what the terminal received.
cat >terminal.py <<'PYTHON'
import os, pty, subprocess, sys, threading
ours, theirs = pty.openpty()

def take_terminal():
    os.setsid()
    os.close(os.open(os.ttyname(2), os.O_RDWR))  # opened first, it becomes the terminal

child = subprocess.Popen(sys.argv[1:], stdin=theirs, stderr=theirs, preexec_fn=take_terminal)
os.close(theirs)
threading.Timer(2.0, os.write, (ours, b"\x03")).start()
seen = b""
while True:
    try:
        part = os.read(ours, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
status = child.wait()
with open("terminal", "wb") as file:
    file.write(seen)
sys.exit(status if status >= 0 else 128 - status)
PYTHON
faithful_start >start.json
endless="$data/faithful.csv -k 2 --init start.json --stop none --max-iter 2000000000 --json"

# on_terminal ARGUMENTS of fit
on_terminal() {
    command="emix fit $* (standard error is a terminal, Ctrl-C after 2 s)"
    timeout -k 5 60 python3 terminal.py "$emix" fit "$@" >stdout
    status=$?
    : >stderr
    expect_status 130
    expect_lines stdout 1
}

# shellcheck disable=SC2086 # the words of $endless are arguments
on_terminal $endless
lines=$(tr '\r' '\n' <terminal | grep -c 'iteration [0-9].*log-likelihood -[0-9.]* .* s$')
[ "$lines" -ge 3 ] && [ "$lines" -le 22 ]
check $? "the line was shown $lines times: some ten a second, not more"
tr '\r' '\n' <terminal | grep -q "^$(printf '\033')\[Kemix fit: interrupted"
check $? "the line is gone before the message"

# shellcheck disable=SC2086
on_terminal $endless --quiet
! grep -q 'iteration [0-9]* *log-likelihood' terminal
check $? "--quiet shows no progress"
finish
