/* Signals that ask a fit to end early. */
#ifndef EMIX_CLI_INTERRUPT_H
#define EMIX_CLI_INTERRUPT_H

#include <stdbool.h>

/** From now on the first SIGINT or SIGTERM is only recorded; a second one ends the program. */
void cli_catch_interrupts(void);

/** From now on signals end the program at once. */
void cli_release_interrupts(void);

/** True if a signal has been received. */
bool cli_is_interrupted(void);

#endif
