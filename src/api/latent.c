/* Fits of a user's own models: arguments are checked here, once; the work is the engine's. */
#include <emix/latent.h>

#include <stddef.h>

#include "api/checkpoint_store.h"
#include "api/fit_options.h"
#include "context/context.h"
#include "core/rng.h"
#include "core/status_internal.h"
#include "fit/latent_fitter.h"
#include "inference/latent_information.h"
#include "latent/latent.h"

double emix_random_uniform(EmixRandom *random)
{
    return emix_rng_uniform((EmixRng *)random);
}

double emix_random_normal(EmixRandom *random)
{
    return emix_rng_normal((EmixRng *)random);
}

emix_index emix_random_below(EmixRandom *random, emix_index n)
{
    return emix_rng_below((EmixRng *)random, n);
}

/* Options that only mixtures have must not look as if they were heeded. */
static EmixStatus check_no_mixture(const EmixFitOptions *o, EmixError *error)
{
    const EmixFitOptions usual = emix_fit_options_default();
    const char *member = o->starts.method != usual.starts.method ? "starts.method"
                         : o->starts.initial != NULL             ? "starts.initial"
                         : o->starts.responsibilities != NULL    ? "starts.responsibilities"
                         : o->precision != usual.precision       ? "precision"
                                                                 : NULL;
    return member == NULL ? EMIX_OK
                          : emix_fail(error, EMIX_ERR_ARGUMENT,
                                      "%s is for mixtures and must be left at its default in a fit "
                                      "of another model",
                                      member);
}

static EmixStatus check_rule(const EmixLatentModel *model, EmixStopRule rule, EmixError *error)
{
    return model->expected_log_joint != NULL || (rule != EMIX_STOP_ON_GAP && rule != EMIX_STOP_ON_Q)
               ? EMIX_OK
               : emix_fail(
                     error, EMIX_ERR_ARGUMENT,
                     "model %s: stop_rule %s needs expected_log_joint, which is NULL; without "
                     "it there are loglik, params and none",
                     model->name, rule == EMIX_STOP_ON_GAP ? "gap" : "q");
}

/* EmixLatentFit is the engine's fitter under its public name. */
static EmixLatentFitter *fitter_of(const EmixLatentFit *fit)
{
    return (EmixLatentFitter *)fit;
}

EmixStatus emix_latent_fit_create(const EmixContext *context, const EmixLatentModel *model,
                                  const EmixDataset *dataset, const EmixFitOptions *options,
                                  const double *initial, EmixLatentFit **fit, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitOptions chosen;
    EmixLatentFitter *fitter = NULL;
    EmixStore store = {0};
    EmixContext who;
    if (model == NULL || dataset == NULL || fit == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model, dataset and fit must not be NULL");
    }
    EMIX_TRY(emix_latent_check(model, error));
    if (model->start == NULL && initial == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "model %s: start is NULL and no initial parameters are given",
                         model->name);
    }
    EMIX_TRY(emix_api_fit_options_take(options, &chosen, error));
    EMIX_TRY(check_no_mixture(&chosen, error));
    EMIX_TRY(check_rule(model, chosen.stop.rule, error));
    if (emix_dataset_labels(dataset) != NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "the data set has labels of components, which model %s has none of",
                         model->name);
    }
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_store_create(chosen.checkpoint.path, &store, error));
    EMIX_TRY(
        emix_latent_fitter_create(&who, model, dataset, &chosen, initial, &store, &fitter, error));
    store = (EmixStore){0};
    *fit = (EmixLatentFit *)fitter;
cleanup:
    emix_store_clear(&store);
    return status;
}

EmixStatus emix_latent_fit_run(EmixLatentFit *fit, EmixError *error)
{
    return emix_latent_fitter_run(fitter_of(fit), error);
}

const double *emix_latent_fit_params(const EmixLatentFit *fit)
{
    return emix_latent_fitter_params(fitter_of(fit));
}

const EmixFitReport *emix_latent_fit_report(const EmixLatentFit *fit)
{
    return emix_latent_fitter_report(fitter_of(fit));
}

EmixStatus emix_latent_fit_checkpoint_status(const EmixLatentFit *fit, EmixError *error)
{
    return emix_checkpoint_status(emix_latent_fitter_checkpoint(fitter_of(fit)), error);
}

EmixStatus emix_latent_fit_checkpoint_discard(EmixLatentFit *fit, EmixError *error)
{
    return emix_checkpoint_discard(emix_latent_fitter_checkpoint(fitter_of(fit)), error);
}

void emix_latent_fit_destroy(EmixLatentFit *fit)
{
    emix_latent_fitter_destroy(fitter_of(fit));
}

EmixStatus emix_latent_standard_errors(const EmixContext *context, const EmixLatentModel *model,
                                       const EmixDataset *dataset, const double *params,
                                       EmixInformationKind kind, double *standard_errors,
                                       double *covariance, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixContext who;
    if (model == NULL || dataset == NULL || params == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model, dataset and params must not be NULL");
    }
    EMIX_TRY(emix_latent_check(model, error));
    if (model->score == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "model %s: score is NULL, standard errors need it", model->name);
    }
    if ((unsigned)kind >= EMIX_N_INFORMATION_KINDS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "kind of information %d is unknown", (int)kind);
    }
    if (model->n_params > EMIX_LATENT_MAX_INFORMATION) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "model %s: %lld parameters, standard errors are for at most %d",
                         model->name, (long long)model->n_params, EMIX_LATENT_MAX_INFORMATION);
    }
    EMIX_TRY(
        emix_latent_check_finite(model, "the caller", "parameter", model->n_params, params, error));
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_latent_information(&who, model, dataset, params, kind, standard_errors,
                                     covariance, error));
cleanup:
    return status;
}
