/* A fit as tests describe it. */
#include "support/fit_case.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

FitCase fit_case_default(void)
{
    const EmixFitOptions o = emix_fit_options_default();
    return (FitCase){.n_components = 1,
                     .prior_shrinkage = 0.01,
                     .prior_dof = (double)NAN,
                     .prior_scale = 1.0,
                     .prior_weights = 1.0,
                     .eigenvalue_ratio = (double)INFINITY,
                     .init_method = o.starts.method,
                     .search = o.search.kind,
                     .n_starts = o.starts.n,
                     .stop_rule = o.stop.rule,
                     .tolerance = o.stop.tolerance,
                     .max_iterations = o.stop.max_iterations,
                     .annealing = o.e_step.annealing,
                     .acceleration = o.acceleration,
                     .precision = o.precision,
                     .checkpoint_interval_s = o.checkpoint.interval_s};
}

EmixFitOptions fit_case_options(const FitCase *c)
{
    EmixFitOptions o = emix_fit_options_default();
    o.stop = (EmixStopOptions){c->stop_rule, c->tolerance, c->max_iterations};
    o.search.kind = c->search;
    o.starts = (EmixStartOptions){c->init_method, c->n_starts, c->seed, c->initial,
                                  c->initial_responsibilities};
    o.e_step = (EmixEStepOptions){c->e_step, c->n_blocks, c->annealing};
    o.acceleration = c->acceleration;
    o.precision = c->precision;
    o.checkpoint = (EmixCheckpointOptions){c->checkpoint_path, c->checkpoint_interval_s};
    o.progress = c->progress;
    o.progress_context = c->progress_context;
    o.trace = c->trace;
    o.trace_context = c->trace_context;
    return o;
}

/* Sets a number unless it stands for the default. */
static EmixStatus set_real(EmixSpec *spec, const char *key, double value, double usual,
                           EmixError *error)
{
    char text[40];
    if (value == usual || (isnan(value) && isnan(usual))) {
        return EMIX_OK;
    }
    snprintf(text, sizeof text, "%.17g", value);
    return emix_spec_set(spec, key, text, error);
}

static EmixStatus set_parts(EmixSpec *spec, unsigned fixed, EmixError *error)
{
    char text[64] = "";
    int n = 0;
    if ((fixed & ~(unsigned)EMIX_ALL_PARTS) != 0) {
        return emix_spec_set(spec, "fix", "nothing", error);
    }
    for (const EmixChoice *part = emix_enum_choices(EMIX_ENUM_PART); part->name != NULL; ++part) {
        if ((fixed & (unsigned)part->value) != 0) {
            n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", n > 0 ? "," : "", part->name);
        }
    }
    return emix_spec_set(spec, "fix", text, error);
}

static EmixStatus create_spec(const FitCase *c, EmixSpec **spec, EmixError *error)
{
    if (c->family == NULL || strcmp(c->family, "gaussian") == 0) {
        return emix_spec_create_gaussian(c->n_components, c->covariance, spec, error);
    }
    const EmixStatus status = emix_spec_create(spec, error);
    return status == EMIX_OK ? emix_spec_add(*spec, c->family, c->n_components, error) : status;
}

EmixStatus fit_case_spec(const FitCase *c, emix_index n_features, EmixSpec **spec, EmixError *error)
{
    const FitCase usual = fit_case_default();
    const char *prior = emix_enum_name(EMIX_ENUM_PRIOR, (int)c->prior);
    EmixSpec *s = NULL;
    EmixStatus status = create_spec(c, &s, error);
    if (status == EMIX_OK && c->prior != EMIX_PRIOR_NONE) {
        status = emix_spec_set(s, "prior", prior != NULL ? prior : "unknown", error);
    }
    if (status == EMIX_OK) {
        status = set_real(s, "prior-shrinkage", c->prior_shrinkage, usual.prior_shrinkage, error);
    }
    if (status == EMIX_OK) {
        status = set_real(s, "prior-dof", c->prior_dof, usual.prior_dof, error);
    }
    if (status == EMIX_OK) {
        status = set_real(s, "prior-scale", c->prior_scale, usual.prior_scale, error);
    }
    if (status == EMIX_OK) {
        status = set_real(s, "prior-weights", c->prior_weights, usual.prior_weights, error);
    }
    if (status == EMIX_OK) {
        status = set_real(s, "eigenvalue-ratio", c->eigenvalue_ratio, usual.eigenvalue_ratio,
                          error);
    }
    if (status == EMIX_OK && c->prior_mean != NULL) {
        status = emix_spec_set_numbers(s, "prior-mean", n_features, c->prior_mean, error);
    }
    if (status == EMIX_OK && c->fixed != 0) {
        status = set_parts(s, c->fixed, error);
    }
    if (status == EMIX_OK) {
        status = emix_spec_set(s, "equal-weights", c->equal_weights ? "yes" : "no", error);
    }
    if (status == EMIX_OK) {
        *spec = s;
        s = NULL;
    }
    emix_spec_destroy(s);
    return status;
}

EmixStatus fit_case_create(const EmixContext *context, const EmixDataset *data,
                           const FitCase *fit_case, EmixFit **fit, EmixError *error)
{
    if (fit_case == NULL) {
        return emix_fit_create(context, data, NULL, NULL, fit, error);
    }
    EmixSpec *spec = NULL;
    const EmixFitOptions options = fit_case_options(fit_case);
    EmixStatus status = fit_case_spec(fit_case, emix_dataset_n_features(data), &spec, error);
    if (status == EMIX_OK) {
        status = emix_fit_create(context, data, spec, &options, fit, error);
    }
    emix_spec_destroy(spec);
    return status;
}

EmixModel *fit_case_model(const EmixContext *context, const EmixDataset *data,
                          const FitCase *fit_case)
{
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, fit_case_create(context, data, fit_case, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK), "%s", error.message);
    emix_fit_destroy(fit);
    return model;
}

EmixStatus fit_case_create_latent(const EmixContext *context, const EmixLatentModel *model,
                                  const EmixDataset *data, const FitCase *fit_case,
                                  const double *initial, EmixLatentFit **fit, EmixError *error)
{
    if (fit_case == NULL) {
        return emix_latent_fit_create(context, model, data, NULL, initial, fit, error);
    }
    const EmixFitOptions options = fit_case_options(fit_case);
    return emix_latent_fit_create(context, model, data, &options, initial, fit, error);
}
