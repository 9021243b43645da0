/* The line on a terminal that shows the progress of a fit. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/interrupt.h"

static const double SECONDS_BETWEEN_LINES = 0.1;
static const char CLEAR_LINE[] = "\r\033[K";

CliProgress cli_progress_begin(bool is_quiet)
{
    return (CliProgress){.is_shown = !is_quiet && isatty(STDERR_FILENO)};
}

int cli_progress_update(void *context, const EmixProgress *progress)
{
    CliProgress *line = context;
    if (line->is_shown && progress->elapsed_s - line->last_shown >= SECONDS_BETWEEN_LINES) {
        fputs(CLEAR_LINE, stderr);
        if (progress->phase == EMIX_PHASE_MOMENTS || progress->phase == EMIX_PHASE_SEEDS) {
            fprintf(stderr, "%s %.0f %%",
                    progress->phase == EMIX_PHASE_SEEDS ? "drawing seeds" : "reading",
                    100.0 * progress->fraction);
        } else if (progress->starts_done < progress->n_starts) {
            fprintf(stderr, "start %d/%d", progress->starts_done + 1, progress->n_starts);
        } else {
            fprintf(stderr, "iteration %d", progress->n_iterations);
        }
        if (isfinite(progress->log_likelihood)) {
            fprintf(stderr, "  log-likelihood %.9g", progress->log_likelihood);
        }
        if (isfinite(progress->gap)) fprintf(stderr, "  gap %.1e", progress->gap);
        fprintf(stderr, "  %.1f s", progress->elapsed_s);
        fflush(stderr);
        line->last_shown = progress->elapsed_s;
        line->is_dirty = true;
    }
    return cli_is_interrupted();
}

int cli_progress_replicates(void *context, int n_done, int n_replicates, double elapsed_s)
{
    CliProgress *line = context;
    if (line->is_shown && elapsed_s - line->last_shown >= SECONDS_BETWEEN_LINES) {
        fprintf(stderr, "%sreplicate %d/%d  %.1f s", CLEAR_LINE, n_done, n_replicates, elapsed_s);
        fflush(stderr);
        line->last_shown = elapsed_s;
        line->is_dirty = true;
    }
    return cli_is_interrupted();
}

void cli_progress_end(CliProgress *line)
{
    if (line->is_dirty) {
        fputs(CLEAR_LINE, stderr);
        fflush(stderr);
        line->is_dirty = false;
    }
}
