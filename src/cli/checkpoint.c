/* Checkpoints of fits: checks before the fit, removal after it. */
#include <stdio.h>
#include <string.h>

#include "cli/checkpoint.h"

enum { MAX_OTHERS = 8 };

CliExit cli_check_checkpoint(const char *path, const CliNamedPath *others, int n)
{
    const char *inputs[MAX_OTHERS];
    int n_inputs = 0;
    if (strcmp(path, "-") == 0) {
        cli_message("--checkpoint needs a file, not standard output");
        return CLI_EXIT_USAGE;
    }
    for (int i = 0; i < n && i < MAX_OTHERS; ++i) {
        if (others[i].path == NULL) continue;
        if (strcmp(path, others[i].path) == 0) {
            cli_message("--checkpoint and %s name the same file, %s", others[i].name, path);
            return CLI_EXIT_USAGE;
        }
        inputs[n_inputs++] = others[i].path;
    }
    return cli_check_output(path, inputs, n_inputs);
}

/* True if all printed output has left the program. */
static bool is_stdout_flushed(void)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0;
}

void cli_end_checkpoint(EmixFit *fit, const char *path, bool is_delivered)
{
    EmixError error = {{0}};
    if (emix_fit_checkpoint_status(fit, &error) != EMIX_OK) {
        cli_message("the last checkpoint is missing: %s", error.message);
    }
    if (emix_fit_report(fit)->stop == EMIX_STOP_INTERRUPTED) {
        cli_message("the same command goes on from %s", path);
    } else if (is_delivered && is_stdout_flushed() &&
               emix_fit_checkpoint_discard(fit, &error) != EMIX_OK) {
        cli_message("%s", error.message);
    }
}
