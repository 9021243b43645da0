/* The checkpoint of a fit, as the program sees it: a file to be checked before, and removed after.
 */
#ifndef EMIX_CLI_CHECKPOINT_H
#define EMIX_CLI_CHECKPOINT_H

#include "cli/cli.h"

/** Another file of the command line. */
typedef struct CliNamedPath {
    const char *name; /**< of the option or operand */
    const char *path; /**< NULL = not given         */
} CliNamedPath;

/** Refuses, with a message, a checkpoint that cannot be written or is one of the `n` other files:
 * it is written over and removed. */
CliExit cli_check_checkpoint(const char *path, const CliNamedPath *others, int n);

/** After a fit that ran: removes the checkpoint when the result has been delivered, and tells on
 * standard error what the user should know of it. */
void cli_end_checkpoint(EmixFit *fit, const char *path, bool is_delivered);

#endif
