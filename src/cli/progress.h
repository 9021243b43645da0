/* The line on a terminal that shows the progress of a fit or a bootstrap. */
#ifndef EMIX_CLI_PROGRESS_H
#define EMIX_CLI_PROGRESS_H

#include <stdbool.h>

#include <emix/bootstrap.h>
#include <emix/fit.h>

/** State of the line. */
typedef struct CliProgress {
    bool is_shown;     /**< a line is shown at all */
    bool is_dirty;     /**< the terminal's current line is not empty */
    double last_shown; /**< EmixProgress.elapsed_s of the latest line        */
} CliProgress;

/** A line that is shown if standard error is a terminal and `is_quiet` is false. */
CliProgress cli_progress_begin(bool is_quiet);

/** An EmixProgressCallback whose context is a CliProgress; asks the fit to end after a signal. */
int cli_progress_update(void *context, const EmixProgress *progress);

/** As cli_progress_update(), for the replicates of a bootstrap: an EmixReplicateCallback. */
int cli_progress_replicates(void *context, int n_done, int n_replicates, double elapsed_s);

/** Erases the line. */
void cli_progress_end(CliProgress *line);

#endif
