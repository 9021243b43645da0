/* What all warm-ups share. */
#include "em/warmup.h"

#include <math.h>
#include <stddef.h>

EmixStatus emix_warmup_check(const EmixFitOptions *options, emix_index n_rows, EmixError *error)
{
    if (options->e_step.kind != EMIX_E_STEP_BATCH && options->precision == EMIX_PRECISION_MIXED) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED, "mixed precision is for batch E-steps alone");
    }
    if (options->e_step.kind == EMIX_E_STEP_INCREMENTAL && options->e_step.n_blocks > n_rows) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "%d blocks are more than the %lld rows",
                         options->e_step.n_blocks, (long long)n_rows);
    }
    return EMIX_OK;
}

EmixStatus emix_warmup_enable(EmixEngine *engine, const EmixFitOptions *options, EmixError *error)
{
    if (options->e_step.kind == EMIX_E_STEP_BATCH) {
        return EMIX_OK;
    }
    if (options->e_step.kind == EMIX_E_STEP_INCREMENTAL) {
        return emix_incremental_enable(engine, options->e_step.n_blocks, error);
    }
    if (!engine->ops->tempers) {
        return emix_fail(
            error, EMIX_ERR_UNSUPPORTED,
            "hard and annealed E-steps need a posterior that can be raised to a power; that "
            "of a %s model cannot",
            engine->ops->name);
    }
    return options->e_step.kind == EMIX_E_STEP_ANNEALED ? emix_annealing_enable(engine, error)
                                                        : EMIX_OK;
}

void emix_warmup_note(EmixRun *run, EmixStep step, double log_likelihood, double entropy,
                      double temperature)
{
    EmixEngine *e = run->engine;
    EmixEmOutcome *outcome = run->outcome;
    run->entropy = entropy;
    run->temperature = temperature;
    outcome->log_likelihood = log_likelihood;
    outcome->objective = emix_engine_expected_log_joint(e, &e->current) + temperature * entropy +
                         emix_engine_log_prior(e, &e->current);
    emix_run_trace(run, step);
}

void emix_warmup_advance(EmixRun *run)
{
    emix_run_foresee(run, &run->engine->next);
    emix_engine_advance(run->engine);
    run->outcome->n_iterations += 1;
}

EmixStatus emix_warmup_step(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_engine_m_step(run->engine, NULL, error));
    emix_warmup_advance(run);
cleanup:
    return status;
}

bool emix_warmup_is_over(EmixRun *run)
{
    const EmixEmOptions *options = run->options;
    EmixEmOutcome *outcome = run->outcome;
    if (options->observe != NULL && options->observe(options->observe_context, outcome)) {
        outcome->stop = EMIX_STOP_INTERRUPTED;
    }
    return outcome->stop == EMIX_STOP_INTERRUPTED ||
           outcome->n_iterations >= options->max_iterations;
}

EmixStatus emix_warmup_run(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(run->options->e_step == EMIX_E_STEP_INCREMENTAL ? emix_incremental_run(run, error)
                                                             : emix_tempered_run(run, error));
    run->temperature = 1.0;
    if (run->outcome->stop != EMIX_STOP_INTERRUPTED &&
        run->outcome->n_iterations < run->options->max_iterations) {
        EMIX_TRY(emix_warmup_step(run, error));
    }
cleanup:
    return status;
}
