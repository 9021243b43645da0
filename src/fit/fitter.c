/* From data and options to a fitted mixture: what a fit is made of, and its run. */
#include "fit/fitter_internal.h"

#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "data/columns.h"
#include "linalg/linalg.h"
#include "em/warmup.h"
#include "families/gaussian/prior.h"
#include "families/registry.h"
#include "fit/search_stage.h"

static EmixStatus check_labels(const EmixFitter *f, EmixError *error)
{
    const EmixFitOptions *options = &f->competition.options;
    if (f->data->n_labels > f->spec.n_components) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%s%sthe rows have %lld different labels, more than the %lld components",
                         f->data->source ? f->data->source : "", f->data->source ? ": " : "",
                         (long long)f->data->n_labels, (long long)f->spec.n_components);
    }
    if (f->data->labels != NULL && options->precision == EMIX_PRECISION_MIXED) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "mixed precision is not for data with labels; leave it or the labels out");
    }
    return EMIX_OK;
}

/* What can be told of a fit without a look at the rows. */
static EmixStatus check_request(const EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->spec.n_components;
    if (f->competition.options.precision == EMIX_PRECISION_MIXED &&
        emix_family_find(f->spec.family, &f->spec)->single_step == NULL) {
        return emix_fail(
            error, EMIX_ERR_UNSUPPORTED,
            "mixed precision is for full covariances, not for %s ones: those are bound "
            "by memory",
            emix_covariance_name(f->spec.covariance));
    }
    EMIX_TRY(check_labels(f, error));
    if (d > EMIX_LINALG_MAX_DIMENSION) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "%lld features are more than the limit of %d",
                         (long long)d, EMIX_LINALG_MAX_DIMENSION);
    }
    if (n_components > f->data->n_weighted) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "%lld components for %lld rows of weight above 0: no usable model has "
                         "more components than "
                         "rows",
                         (long long)n_components, (long long)f->data->n_weighted);
    }
    EMIX_TRY(emix_prior_check(&f->spec, d, f->data->total_weight, error));
    EMIX_TRY(emix_warmup_check(&f->competition.options, f->data->n_rows, error));
    if (f->initial != NULL) {
        EMIX_TRY(emix_fitter_check_initial_model(f, f->initial, error));
    }
    if (f->responsibilities != NULL) {
        EMIX_TRY(emix_fitter_check_responsibilities(f, f->responsibilities, error));
    }
cleanup:
    return status;
}

/* ---- what a mixture brings to the competition ---- */

static EmixStatus draw_start(void *context, int member, int start, int n_redrawn, EmixError *error)
{
    const EmixFitter *f = context;
    const EmixFitOptions *options = &f->competition.options;
    return emix_starter_start(f->starters[member], options->starts.method, options->starts.seed,
                              start, n_redrawn, error);
}

/* No component may be degenerate. */
static EmixStatus judge_mixture(void *context, EmixEngine *e, EmixError *error)
{
    (void)context;
    const EmixMixture *m = e->self;
    const double mean_row_weight = emix_data_mean_weight(e->data);
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        const unsigned flags = emix_mixture_state(m, k, emix_engine_stats(e), e->current.params,
                                                  e->current.derived, mean_row_weight,
                                                  emix_engine_scratch(e, 0), NULL) &
                               emix_mixture_fatal_flags(m, k);
        if (flags != 0) {
            return emix_fail(
                error, EMIX_ERR_DEGENERATE,
                "component %lld is degenerate (%lld components, effective count %.4g of %.6g rows, "
                "%lld features): %s; use fewer components",
                (long long)k, (long long)m->shape.n_components,
                emix_mixture_counts(emix_engine_stats(e))[k], e->data->total_weight,
                (long long)m->shape.n_features, emix_mixture_explain(m, k, flags));
        }
    }
    return EMIX_OK;
}

/* Posterior densities of different maxima depend on how the parameters are written: a component of
 * few rows adds little mass but, its covariance being small, much density. Likelihoods do not. */
static const EmixContest mixture_contest = {
    .draw = draw_start, .judge = judge_mixture, .by_likelihood = true};
static const EmixContest improving_contest = {.draw = draw_start,
                                              .judge = judge_mixture,
                                              .improve = emix_search_improve,
                                              .by_likelihood = true};
static const EmixContest growing_contest = {.draw = draw_start,
                                            .judge = judge_mixture,
                                            .grow = emix_search_grow,
                                            .improve = emix_search_improve,
                                            .by_likelihood = true};
static const EmixContest searching_contest = {.judge = judge_mixture,
                                              .begin = emix_search_begin,
                                              .improve = emix_search_improve,
                                              .by_likelihood = true};

void emix_fitter_choose_contest(EmixFitter *f)
{
    f->competition.contest = emix_search_begins(f)     ? &searching_contest
                             : emix_search_grows(f)    ? &growing_contest
                             : emix_search_improves(f) ? &improving_contest
                                                       : &mixture_contest;
}

/* Draws of a start at most, the first included. */
enum { n_draws = 4 };

/* ---- life cycle ---- */

/* Features are called as in the data; components by their labels, else as in the initial model. */
static EmixStatus name_result(EmixFitter *f, const EmixModel *initial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *data = f->data;
    const emix_index n_components = f->result->n_components;
    const char **names = NULL;
    if (data->feature_names != NULL) {
        EMIX_TRY(emix_model_set_feature_names(f->result, (const char *const *)data->feature_names,
                                              error));
    }
    const bool inherit = data->labels == NULL && initial != NULL &&
                         initial->component_names != NULL && initial->n_components == n_components;
    if (data->label_names == NULL && !inherit) {
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(names, n_components);
    for (emix_index k = 0; k < n_components; ++k) {
        names[k] = inherit ? initial->component_names[k] : emix_dataset_label_name(data, k);
    }
    EMIX_TRY(emix_model_set_component_names(f->result, names, error));
cleanup:
    emix_free(names);
    return status;
}

EmixStatus emix_fitter_create(const EmixContext *context, const EmixDataset *data,
                              const EmixSpec *spec, const EmixFitOptions *options,
                              const EmixStore *store, EmixFitter **fitter, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = NULL;
    emix_blas_enter_serial();
    EMIX_TRY_ALLOC(f, 1);
    if (options->starts.initial != NULL) {
        EMIX_TRY(emix_data_match_features(data, options->starts.initial->n_features,
                                          options->starts.initial->feature_names, &f->matched,
                                          error));
        data = f->matched != NULL ? f->matched : data;
    }
    f->competition = (EmixCompetition){
        .contest = &mixture_contest, .context = f, .spec = &f->spec, .options = *options};
    EMIX_TRY(emix_spec_assign(spec, &f->spec, error));
    f->competition.options.starts.initial = NULL;
    f->competition.options.checkpoint.path = NULL; /* the caller's; the store has its own copy */
    f->data = data;
    if (options->starts.initial != NULL) {
        EMIX_TRY(emix_model_copy(options->starts.initial, &f->initial, error));
    }
    f->responsibilities = options->starts.responsibilities;
    f->competition.options.starts.responsibilities = NULL;
    f->competition.n_draws = n_draws;
    if (emix_data_is_complete(data)) {
        /* Every start would be the maximum itself. */
        f->competition.options.starts.n = 1;
        f->competition.options.starts.method = EMIX_INIT_RANDOM_ROWS;
    }
    f->competition.n_workers = context->n_workers;
    f->kernels = context->kernels;
    f->competition.name = emix_mixture_ops.name;
    f->competition.kernels_name = f->kernels->name;
    EMIX_TRY(check_request(f, error));
    const EmixFamily *family = emix_family_find(f->spec.family, &f->spec);
    EMIX_TRY(emix_model_create_empty(family->parts(&f->spec), f->spec.n_components,
                                     data->n_features, &f->result, error));
    EMIX_TRY(name_result(f, f->initial, error));
    EMIX_TRY_ALLOC(f->min_eigenvalues, f->spec.n_components);
    EMIX_TRY_ALLOC(f->comparison,
                   f->competition.n_workers * family->query->distance_size(&f->result->parts));
    if (store != NULL) {
        f->store = *store;
    }
    *fitter = f;
    f = NULL;
cleanup:
    emix_blas_leave_serial();
    emix_fitter_destroy(f);
    return status;
}

void emix_fitter_destroy(EmixFitter *f)
{
    if (f == NULL) {
        return;
    }
    emix_model_destroy(f->result);
    emix_free(f->comparison);
    emix_free(f->min_eigenvalues);
    emix_fitter_unprepare(f);
    emix_store_clear(&f->store);
    emix_model_destroy(f->initial);
    emix_dataset_destroy(f->matched);
    emix_spec_clear(&f->spec);
    emix_free(f);
}

EmixCheckpoint *emix_fitter_checkpoint(const EmixFitter *f)
{
    return f->competition.checkpoint;
}

const EmixFitReport *emix_fitter_report(const EmixFitter *f)
{
    return f->has_run ? &f->result->report : NULL;
}

EmixStatus emix_fitter_model(const EmixFitter *f, EmixModel **model, EmixError *error)
{
    if (!f->has_run) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the fit has not been run");
    }
    return emix_model_copy(f->result, model, error);
}

EmixStatus emix_fitter_run(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome outcome;
    emix_blas_enter_serial();
    f->has_run = false;
    f->competition.called_s = emix_clock_s();
    EMIX_TRY(emix_fitter_prepare(f, error));
    EMIX_TRY(emix_competition_run(&f->competition, &outcome, error));
    EMIX_TRY(emix_fitter_write_result(f, &outcome, error));
cleanup:
    emix_blas_leave_serial();
    return status;
}
