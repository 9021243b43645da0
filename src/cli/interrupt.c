/* Signals that ask a fit to end early: noted by a handler, looked at between passes. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* Process-wide by nature: a signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

static void note_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void set_handler(void (*handler)(int))
{
    /* RESETHAND: the second signal meets the default action. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_catch_interrupts(void)
{
    interrupted = 0;
    set_handler(note_signal);
}

void cli_release_interrupts(void)
{
    set_handler(SIG_DFL);
}

bool cli_is_interrupted(void)
{
    return interrupted != 0;
}
