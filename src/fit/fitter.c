/* From data and options to a fitted mixture: what a fit is made of, and its run. */
#include "fit/fitter_internal.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "data/columns.h"
#include "seeds/subsample.h"
#include "linalg/linalg.h"
#include "families/registry.h"

static EmixMoments moments_of(const EmixDataset *data, const EmixDataSummary *summary)
{
    return (EmixMoments){.total_weight = data->total_weight,
                         .mean = summary->mean,
                         .covariance = summary->covariance,
                         .sds = summary->sds,
                         .max_eigenvalue = summary->max_eigenvalue};
}

/* A mixture for rows of these moments; all rows have those of f->moments. */
static EmixStatus create_mixture(const EmixFitter *f, const EmixMoments *moments,
                                 EmixMixture **mixture, EmixError *error)
{
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->spec.n_components;
    const EmixFacts facts = {
        .kernels = f->kernels,
        .shape = {.n_rows = emix_kernels_block_rows(d, n_components),
                  .n_features = d,
                  .n_components = n_components},
        .mixed = f->competition.options.precision == EMIX_PRECISION_MIXED,
        .centre = moments->mean,
        .moments = moments,
        .whole = &f->moments,
    };
    const EmixGroupRequest group = {.family = emix_family_find(f->spec.family, &f->spec),
                                    .n_components = n_components};
    return emix_mixture_create(1, &group, &f->spec, &facts, mixture, error);
}

static EmixScanKind scan_kind(const EmixFitter *f)
{
    const bool full = f->spec.covariance == EMIX_COVARIANCE_FULL ||
                      f->spec.covariance == EMIX_COVARIANCE_TIED;
    return full ? EMIX_SCAN_FULL : EMIX_SCAN_DIAGONAL;
}

/* The data of the early rounds. A subsample that has no covariance of its own, because a column
 * is constant in it, is given up: all data serve. */
static EmixStatus draw_subsample(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n_components = f->spec.n_components;
    const double d = (double)f->data->n_features;
    EMIX_TRY(emix_subsample_create(f->data, (double)n_components * d * d, n_components,
                                   f->competition.options.starts.seed, &f->subsample, error));
    if (f->subsample == NULL) {
        return EMIX_OK;
    }
    status = emix_scan_run(f->subsample, scan_kind(f), f->kernels, f->competition.n_workers, NULL,
                           &f->subsample_summary, error);
    if (status == EMIX_ERR_DEGENERATE) {
        emix_dataset_destroy(f->subsample);
        f->subsample = NULL;
        status = EMIX_OK;
    }
cleanup:
    return status;
}

/* Where the sample is not all of the data, k-means++ chooses among rows that k-means|| found. */
static EmixStatus draw_seeds(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixFitOptions *options = &f->competition.options;
    EMIX_TRY(emix_seed_sample_init(f->data, &f->summary, f->spec.n_components, options->starts.seed,
                                   &f->sample, error));
    for (int metric = 0; metric < EMIX_N_METRICS && f->sample.is_part; ++metric) {
        const EmixOversampling how = {.n_components = f->spec.n_components,
                                      .metric = (EmixMetric)metric,
                                      .seed = options->starts.seed,
                                      .n_workers = f->competition.n_workers};
        if (emix_starts_need_kmeanspp(options->starts.method, options->starts.n, how.metric)) {
            EMIX_TRY(emix_seed_sample_oversample(f->data, f->kernels, &how, &f->sample, error));
        }
    }
cleanup:
    return status;
}

static EmixStatus prepare_starts(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = &f->competition;
    EMIX_TRY(draw_seeds(f, error));
    if (c->options.starts.method == EMIX_INIT_TOURNAMENT) {
        EMIX_TRY(draw_subsample(f, error));
    }
    if (f->subsample != NULL) {
        f->subsample_moments = moments_of(f->subsample, &f->subsample_summary);
        EMIX_TRY(create_mixture(f, &f->subsample_moments, &f->early_mixture, error));
    }
    EMIX_TRY(emix_competition_create_starts(c, f->subsample ? f->early_mixture : f->mixture,
                                            f->subsample ? f->subsample : f->data, error));
    EMIX_TRY_ALLOC(f->starters, c->n_early);
    for (int i = 0; i < c->n_early; ++i) {
        EMIX_TRY(emix_starter_create(c->early[i], &f->sample, &f->starters[i], error));
    }
cleanup:
    return status;
}

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

static EmixStatus make_mixture(EmixFitter *f, const EmixKernels *kernels, EmixError *error)
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
    if (n_components > f->data->n_rows) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "%lld components for %lld rows: no usable model has more components than "
                         "rows",
                         (long long)n_components, (long long)f->data->n_rows);
    }
    EMIX_TRY(emix_scan_run(f->data, scan_kind(f), kernels, f->competition.n_workers, NULL,
                           &f->summary, error));
    f->kernels = kernels;
    f->moments = moments_of(f->data, &f->summary);
    EMIX_TRY(create_mixture(f, &f->moments, &f->mixture, error));
    if (f->mixture->groups[0].family->resolve != NULL) {
        f->mixture->groups[0].family->resolve(f->mixture->groups[0].self, &f->spec);
    }
cleanup:
    return status;
}

/* ---- what a mixture brings to the competition ---- */

static EmixStatus draw_start(void *context, int member, int start, EmixError *error)
{
    const EmixFitter *f = context;
    const EmixFitOptions *options = &f->competition.options;
    return emix_starter_start(f->starters[member], options->starts.method, options->starts.seed,
                              start, error);
}

/* No component may be degenerate. */
static EmixStatus judge_mixture(void *context, EmixEngine *e, EmixError *error)
{
    (void)context;
    const EmixMixture *m = e->self;
    const double mean_row_weight = e->data->total_weight / (double)e->data->n_rows;
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
    f->competition.options.starts.responsibilities = NULL;
    if (emix_data_is_complete(data)) {
        /* Every start would be the maximum itself. */
        f->competition.options.starts.n = 1;
        f->competition.options.starts.method = EMIX_INIT_RANDOM_ROWS;
    }
    f->competition.n_workers = context->n_workers;
    f->data = data;
    EMIX_TRY(make_mixture(f, context->kernels, error));
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, f->mixture, data, f->competition.n_workers,
                                &f->competition.engine, error));
    f->competition.engine->labelled = data->labels != NULL;
    f->competition.name = emix_mixture_ops.name;
    f->competition.kernels_name = f->kernels->name;
    if (options->acceleration != EMIX_ACCELERATION_NONE) {
        EMIX_TRY(emix_engine_enable_acceleration(f->competition.engine, error));
    }
    const EmixFamily *family = f->mixture->groups[0].family;
    EMIX_TRY(emix_model_create_empty(family->parts(&f->spec), f->spec.n_components,
                                     data->n_features, &f->result, error));
    EMIX_TRY_ALLOC(f->min_eigenvalues, f->spec.n_components);
    EMIX_TRY_ALLOC(f->comparison,
                   f->competition.n_workers * family->query->distance_size(&f->result->parts));
    EMIX_TRY(name_result(f, options->starts.initial, error));
    if (options->starts.initial != NULL) {
        EMIX_TRY(emix_fitter_begin_at_model(f, options->starts.initial, error));
    } else if (options->starts.responsibilities != NULL) {
        EMIX_TRY(emix_fitter_begin_at_responsibilities(f, options->starts.responsibilities, error));
    } else {
        EMIX_TRY(prepare_starts(f, error));
    }
    EMIX_TRY(emix_competition_create_checkpoint(&f->competition, store, error));
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
    for (int i = 0; f->starters != NULL && i < f->competition.n_early; ++i) {
        emix_starter_destroy(f->starters[i]);
    }
    emix_free(f->starters);
    emix_competition_clear(&f->competition);
    emix_dataset_destroy(f->subsample);
    emix_scan_clear(&f->subsample_summary);
    emix_seed_sample_clear(&f->sample);
    emix_mixture_destroy(f->early_mixture);
    emix_mixture_destroy(f->mixture);
    emix_scan_clear(&f->summary);
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
    EMIX_TRY(emix_competition_run(&f->competition, &outcome, error));
    EMIX_TRY(emix_fitter_write_result(f, &outcome, error));
cleanup:
    emix_blas_leave_serial();
    return status;
}
