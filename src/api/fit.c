/* Fits: arguments are checked here, once; the work is the engine's. */
#include <emix/fit.h>

#include <math.h>

#include "api/checkpoint_store.h"
#include "api/fit_options.h"
#include "context/context.h"
#include "core/status_internal.h"
#include "fit/fitter.h"

enum { MAX_STARTS = 1000000 };

EmixFitOptions emix_fit_options_default(void)
{
    return (EmixFitOptions){
        .n_components = 1,
        .covariance = EMIX_COVARIANCE_FULL,
        .precision = EMIX_PRECISION_DOUBLE,
        .init_method = EMIX_INIT_TOURNAMENT,
        .n_starts = 32,
        .stop_rule = EMIX_STOP_ON_GAP,
        .tolerance = 1e-6,
        .max_iterations = 1000,
        .annealing = 0.5,
        .acceleration = EMIX_ACCELERATION_SQUAREM,
        .prior = EMIX_PRIOR_NONE,
        .prior_shrinkage = 0.01,
        .prior_dof = (double)NAN,
        .prior_scale = 1.0,
        .prior_weights = 1.0,
        .eigenvalue_ratio = (double)INFINITY,
        .checkpoint_interval_s = 60.0,
    };
}

static EmixStatus check_e_step(const EmixFitOptions *o, EmixError *error)
{
    if ((unsigned)o->e_step >= EMIX_N_E_STEPS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "e_step %d is unknown", (int)o->e_step);
    }
    if (o->n_blocks < 0) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "n_blocks is %d, must be >= 0", o->n_blocks);
    }
    if (o->n_blocks > 0 && o->e_step != EMIX_E_STEP_INCREMENTAL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "n_blocks is %d, but only incremental E-steps go by blocks", o->n_blocks);
    }
    if (!(o->annealing > 0.0 && o->annealing <= 1.0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "annealing is %g, must be above 0, at most 1",
                         o->annealing);
    }
    return EMIX_OK;
}

EmixStatus emix_api_fit_options_check(const EmixFitOptions *o, EmixError *error)
{
    if (o->n_components < 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "n_components is %lld, must be at least 1",
                         (long long)o->n_components);
    }
    if ((unsigned)o->covariance >= EMIX_N_COVARIANCES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "covariance %d is unknown", (int)o->covariance);
    }
    if ((unsigned)o->precision >= EMIX_N_PRECISIONS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "precision %d is unknown", (int)o->precision);
    }
    if ((unsigned)o->init_method >= EMIX_N_INIT_METHODS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "init_method %d is unknown",
                         (int)o->init_method);
    }
    if (o->n_starts < 1 || o->n_starts > MAX_STARTS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "n_starts is %d, not in 1 ... %d", o->n_starts,
                         MAX_STARTS);
    }
    if ((unsigned)o->stop_rule >= EMIX_N_STOP_RULES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "stop_rule %d is unknown", (int)o->stop_rule);
    }
    if (!(o->tolerance >= 0.0) || !isfinite(o->tolerance)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "tolerance is %g, must be finite and >= 0",
                         o->tolerance);
    }
    if (o->max_iterations < 0) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "max_iterations is %d, must be >= 0",
                         o->max_iterations);
    }
    if ((unsigned)o->acceleration >= EMIX_N_ACCELERATIONS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "acceleration %d is unknown",
                         (int)o->acceleration);
    }
    if ((unsigned)o->prior >= EMIX_N_PRIORS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "prior %d is unknown", (int)o->prior);
    }
    if (!(o->eigenvalue_ratio >= 1.0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "eigenvalue_ratio is %g, must be at least 1",
                         o->eigenvalue_ratio);
    }
    if ((o->fixed & EMIX_PART_COVARIANCES) != 0 && isfinite(o->eigenvalue_ratio)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "eigenvalue_ratio is %g, but the covariances are fixed",
                         o->eigenvalue_ratio);
    }
    if ((o->fixed & ~(unsigned)EMIX_ALL_PARTS) != 0) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "fixed is %u, which has bits of no part",
                         o->fixed);
    }
    if (o->initial != NULL && o->initial_responsibilities != NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "initial and initial_responsibilities ask for different beginnings");
    }
    if (o->fixed != 0 && o->initial == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "parts are fixed, but there is no initial model with their values");
    }
    if ((o->fixed & EMIX_PART_WEIGHTS) != 0 && o->equal_weights) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "fixed weights and equal_weights ask for different weights");
    }
    if (o->checkpoint_path != NULL && o->checkpoint_path[0] == '\0') {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "checkpoint_path is an empty text");
    }
    if (!(o->checkpoint_interval_s >= 0.0) || !isfinite(o->checkpoint_interval_s)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "checkpoint_interval_s is %g, must be finite and >= 0",
                         o->checkpoint_interval_s);
    }
    return check_e_step(o, error);
}

/* EmixFit is the engine's fitter under its public name. */
static EmixFitter *fitter_of(const EmixFit *fit)
{
    return (EmixFitter *)fit;
}

EmixStatus emix_fit_create(const EmixContext *context, const EmixDataset *dataset,
                           const EmixFitOptions *options, EmixFit **fit, EmixError *error)
{
    EmixFitOptions chosen = options ? *options : emix_fit_options_default();
    EmixFitter *fitter = NULL;
    EmixStore store = {0};
    EmixContext who;
    if (dataset == NULL || fit == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "dataset and fit must not be NULL");
    }
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_api_fit_options_check(&chosen, error));
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_store_create(chosen.checkpoint_path, &store, error));
    EMIX_TRY(emix_fitter_create(&who, dataset, &chosen, &store, &fitter, error));
    store = (EmixStore){0};
    *fit = (EmixFit *)fitter;
cleanup:
    emix_store_clear(&store);
    return status;
}

EmixStatus emix_fit_run(EmixFit *fit, EmixError *error)
{
    return emix_fitter_run(fitter_of(fit), error);
}

const EmixFitReport *emix_fit_report(const EmixFit *fit)
{
    return emix_fitter_report(fitter_of(fit));
}

EmixStatus emix_fit_model(const EmixFit *fit, EmixModel **model, EmixError *error)
{
    return emix_fitter_model(fitter_of(fit), model, error);
}

EmixStatus emix_fit_checkpoint_status(const EmixFit *fit, EmixError *error)
{
    return emix_checkpoint_status(emix_fitter_checkpoint(fitter_of(fit)), error);
}

EmixStatus emix_fit_checkpoint_discard(EmixFit *fit, EmixError *error)
{
    return emix_checkpoint_discard(emix_fitter_checkpoint(fitter_of(fit)), error);
}

void emix_fit_destroy(EmixFit *fit)
{
    emix_fitter_destroy(fitter_of(fit));
}
