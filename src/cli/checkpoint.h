/* The checkpoint of a fit, as the program sees it: a file to check before the fit and to remove
 * after it. */
#ifndef EMIX_CLI_CHECKPOINT_H
#define EMIX_CLI_CHECKPOINT_H

#include "cli/cli.h"

/** Another file of the command line. */
typedef struct CliNamedPath {
    const char *name; /**< of the option or operand */
    const char *path; /**< NULL = not given         */
} CliNamedPath;

/** Refuses, with a message, a checkpoint that cannot be written, or that is one of the `n` other
 * files: it would overwrite and remove that file. */
CliExit cli_check_checkpoint(const char *path, const CliNamedPath *others, int n);

/** After a fit: removes the checkpoint if the result has been delivered, and prints on standard
 * error what the user should know about it. */
void cli_end_checkpoint(EmixFit *fit, const char *path, bool is_delivered);

#endif
