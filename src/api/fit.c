/* Fits: arguments are checked here, once; the work is the engine's. */
#include <emix/fit.h>

#include <math.h>

#include "api/checkpoint_store.h"
#include "api/fit_options.h"
#include "context/context.h"
#include "core/sized.h"
#include "core/status_internal.h"
#include "fit/fitter.h"
#include "options/options.h"

void emix_fit_options_init(EmixFitOptions *options)
{
    emix_sized_init(options, options->size, &emix_fit_options_defaults,
                    sizeof emix_fit_options_defaults);
}

static EmixStatus no_option(const char *name, EmixError *error)
{
    const char *ours = emix_option_synonym(name);
    return emix_fail(error, EMIX_ERR_ARGUMENT, "there is no option \"%.80s\" of a fit%s%s", name,
                     ours != NULL ? "; it is called " : "", ours != NULL ? ours : "");
}

EmixStatus emix_options_set(EmixFitOptions *options, const char *name, const char *value,
                            EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitOptions known = emix_fit_options_defaults;
    if (options == NULL || name == NULL || value == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "options, name and value must not be NULL");
    }
    const EmixOptionRow *row = emix_option_row(EMIX_OPTION_OF_FIT, name);
    if (row == NULL) {
        return no_option(name, error);
    }
    EMIX_TRY(
        emix_sized_copy("EmixFitOptions", options, options->size, &known, sizeof known, error));
    EMIX_TRY(emix_option_parse(row, value, &known, error));
    emix_sized_init(options, options->size, &known, sizeof known);
cleanup:
    return status;
}

EmixStatus emix_options_get(const EmixFitOptions *options, const char *name, char *text,
                            size_t size, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitOptions known = emix_fit_options_defaults;
    if (options == NULL || name == NULL || text == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "options, name and text must not be NULL");
    }
    const EmixOptionRow *row = emix_option_row(EMIX_OPTION_OF_FIT, name);
    if (row == NULL) {
        return no_option(name, error);
    }
    EMIX_TRY(
        emix_sized_copy("EmixFitOptions", options, options->size, &known, sizeof known, error));
    if (emix_option_format(row, &known, text, size) >= size) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_ARGUMENT, "%s does not fit %zu bytes", name, size));
    }
cleanup:
    return status;
}

/* What rows of the table do not show: how options go together. */
static EmixStatus check_together(const EmixFitOptions *o, EmixError *error)
{
    if (o->starts.initial != NULL && o->starts.responsibilities != NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "starts.initial and starts.responsibilities ask for different beginnings");
    }
    return o->e_step.n_blocks > 0 && o->e_step.kind != EMIX_E_STEP_INCREMENTAL
               ? emix_fail(error, EMIX_ERR_ARGUMENT,
                           "e_step.n_blocks is %d, but only incremental E-steps go by blocks",
                           o->e_step.n_blocks)
               : EMIX_OK;
}

EmixStatus emix_api_fit_options_take(const EmixFitOptions *options, EmixFitOptions *taken,
                                     EmixError *error)
{
    EmixStatus status = EMIX_OK;
    *taken = emix_fit_options_defaults;
    if (options != NULL) {
        EMIX_TRY(
            emix_sized_copy("EmixFitOptions", options, options->size, taken, sizeof *taken, error));
    }
    EMIX_TRY(emix_options_check(EMIX_OPTION_OF_FIT, taken, error));
    EMIX_TRY(check_together(taken, error));
cleanup:
    return status;
}

/* The same of what is fitted, with an initial model or none. */
static EmixStatus check_spec(const struct EmixSpec *spec, const EmixModel *initial,
                             EmixError *error)
{
    const bool keeps_covariances = (spec->fixed & EMIX_PART_COVARIANCES) != 0;
    if (spec->family == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "the spec has no components; emix_spec_add() adds some");
    }
    if (keeps_covariances && isfinite(spec->eigenvalue_ratio)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "eigenvalue-ratio is %g, but the covariances are fixed",
                         spec->eigenvalue_ratio);
    }
    if (spec->fixed != 0 && initial == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "parts are fixed, but there is no initial model with their values");
    }
    if ((spec->fixed & EMIX_PART_WEIGHTS) != 0 && spec->equal_weights) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "fixed weights and equal-weights ask for different weights");
    }
    return emix_options_check(EMIX_OPTION_OF_SPEC, spec, error);
}

/* EmixFit is the engine's fitter under its public name. */
static EmixFitter *fitter_of(const EmixFit *fit)
{
    return (EmixFitter *)fit;
}

EmixStatus emix_fit_create(const EmixContext *context, const EmixDataset *dataset,
                           const EmixSpec *spec, const EmixFitOptions *options, EmixFit **fit,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitOptions chosen;
    EmixContext who;
    EmixFitter *fitter = NULL;
    EmixStore store = {0};
    if (dataset == NULL || fit == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "dataset and fit must not be NULL");
    }
    spec = spec != NULL ? spec : &emix_spec_of_one_gaussian;
    EMIX_TRY(emix_api_fit_options_take(options, &chosen, error));
    EMIX_TRY(check_spec(spec, chosen.starts.initial, error));
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_store_create(chosen.checkpoint.path, &store, error));
    EMIX_TRY(emix_fitter_create(&who, dataset, spec, &chosen, &store, &fitter, error));
    store = (EmixStore){0};
    *fit = (EmixFit *)fitter;
cleanup:
    emix_store_clear(&store);
    return status;
}

EmixStatus emix_fit_mixture(const EmixContext *context, const EmixDataset *dataset,
                            const EmixSpec *spec, const EmixFitOptions *options, EmixModel **model,
                            const EmixFitReport **report, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFit *fit = NULL;
    if (model == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model must not be NULL");
    }
    EMIX_TRY(emix_fit_create(context, dataset, spec, options, &fit, error));
    EMIX_TRY(emix_fit_run(fit, error));
    EMIX_TRY(emix_fit_model(fit, model, error));
    if (report != NULL) {
        *report = emix_model_report(*model);
    }
cleanup:
    emix_fit_destroy(fit);
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
