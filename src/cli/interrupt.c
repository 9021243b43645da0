/* Signals that ask a fit to end early: recorded by a handler, checked between passes. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler can reach nothing but process-wide state. */
static volatile sig_atomic_t interrupted;

static void note_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* A signal that was ignored when the program started stays ignored. */
static void set_handler(int signal_number, void (*handler)(int))
{
    struct sigaction present;
    /* RESETHAND: the second signal has the default action. */
    struct sigaction wanted = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&wanted.sa_mask);
    if (sigaction(signal_number, NULL, &present) == 0 && present.sa_handler != SIG_IGN) {
        sigaction(signal_number, &wanted, NULL);
    }
}

void cli_catch_interrupts(void)
{
    interrupted = 0;
    set_handler(SIGINT, note_signal);
    set_handler(SIGTERM, note_signal);
}

void cli_release_interrupts(void)
{
    set_handler(SIGINT, SIG_DFL);
    set_handler(SIGTERM, SIG_DFL);
}

bool cli_is_interrupted(void)
{
    return interrupted != 0;
}
