/* The trace of a run, and the audit of its objective. */
#include "em/run.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "core/clock.h"

void emix_run_take_entropy(EmixRun *run)
{
    EmixEngine *e = run->engine;
    run->entropy = (double)NAN;
    if (run->outcome->assessed && run->options->trace != NULL) {
        const double entropy = emix_engine_stats(e)[EMIX_STAT_ENTROPY];
        run->entropy = isnan(entropy) ? run->outcome->log_likelihood -
                                            emix_engine_expected_log_joint(e, &e->current)
                                      : entropy;
    }
}

void emix_run_foresee(EmixRun *run, const EmixPoint *point)
{
    if (run->options->trace != NULL) {
        run->foreseen_elbo = emix_engine_expected_log_joint(run->engine, point) + run->entropy;
    }
}

void emix_run_trace(const EmixRun *run, EmixStep step)
{
    const EmixEmOutcome *outcome = run->outcome;
    if (run->options->trace == NULL) {
        return;
    }
    const double log_joint = emix_engine_expected_log_joint(run->engine, &run->engine->current);
    const EmixPassRecord record = {
        .pass = outcome->n_passes,
        .iteration = outcome->n_iterations,
        .step = step,
        .temperature = run->temperature,
        .log_likelihood = outcome->log_likelihood,
        .objective = outcome->objective,
        .elbo = log_joint + run->entropy,
        .entropy = run->entropy,
        .expected_log_joint = log_joint,
        .kl_before = outcome->log_likelihood - run->foreseen_elbo,
        .kl = outcome->log_likelihood - (log_joint + run->entropy),
        .delta2 = run->delta2,
        .elapsed_s = emix_clock_s() - run->began_s,
    };
    run->options->trace(run->options->trace_context, &record);
}

void emix_run_audit(EmixRun *run, double before)
{
    EmixEmOutcome *outcome = run->outcome;
    if (outcome->objective < before) {
        const double ulp = DBL_EPSILON * fmax(fabs(before), fabs(outcome->objective));
        outcome->decrease_ulps = fmax(outcome->decrease_ulps, (before - outcome->objective) / ulp);
    }
}
