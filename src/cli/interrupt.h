/* Signals that ask a fit to end early. */
#ifndef EMIX_CLI_INTERRUPT_H
#define EMIX_CLI_INTERRUPT_H

#include <stdbool.h>

/** From now on the first SIGINT or SIGTERM is only noted; a second one ends the program. */
void cli_catch_interrupts(void);

/** Signals end the program again at once. */
void cli_release_interrupts(void);

/** Whether a signal came. */
bool cli_is_interrupted(void);

#endif
