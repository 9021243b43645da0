/* From data and options to a fitted model: what a fit is made of, and its run.
 *
 * Small problems run their starts side by side, one worker each; large ones run them one after
 * another with all workers, the early rounds of the tournament on a random subsample. Which it
 * is depends on the size of the problem alone, and no result depends on the number of workers. */
#include "engine/fitter_internal.h"

#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "engine/subsample.h"
#include "linalg/linalg.h"
#include "models/mixture.h"
#include "models/registry.h"
#include "parallel/parallel.h"

/* A pass of fewer multiplications than this is not worth sharing among workers. */
static const double side_by_side_flops = 5e7;
/* Eigenvalues of a covariance, columns scaled to unit variance, are kept above this fraction of
 * the largest one of the data's correlation matrix. */
static const double floor_ratio = 1e-10;

static void team_clear(EngineTeam *team)
{
    for (int i = 0; i < team->n_engines; ++i) {
        if (team->starters != NULL) {
            emix_starter_destroy(team->starters[i]);
        }
        if (team->engines != NULL) {
            emix_engine_destroy(team->engines[i]);
        }
    }
    emix_free(team->starters);
    emix_free(team->engines);
}

static EmixModelSpec spec_of(const EmixFitter *f, const EmixDataSummary *summary,
                             const EmixKernels *kernels)
{
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->options.n_components;
    return (EmixModelSpec){
        .component = emix_component_find(f->options.covariance),
        .kernels = kernels,
        .mixed = f->options.precision == EMIX_PRECISION_MIXED,
        .kernel_shape = {.n_rows = emix_kernels_block_rows(d, n_components),
                         .n_features = d,
                         .n_components = n_components},
        .centre = summary->mean,
        .column_sds = summary->sds,
        .covariance = summary->covariance,
        .eigenvalue_floor = floor_ratio * summary->max_eigenvalue,
    };
}

static EmixScanKind scan_kind(const EmixFitter *f)
{
    const bool full = f->options.covariance == EMIX_COVARIANCE_FULL ||
                      f->options.covariance == EMIX_COVARIANCE_TIED;
    return full ? EMIX_SCAN_FULL : EMIX_SCAN_DIAGONAL;
}

/* Engines for the starts: one a worker where a pass is too short to be shared. */
static EmixStatus team_init(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *data = f->subsample ? f->subsample : f->data;
    const EmixModelSpec spec = f->subsample ? spec_of(f, &f->subsample_summary, f->spec.kernels)
                                            : f->spec;
    const EmixKernelShape *shape = &spec.kernel_shape;
    const double pass_flops = 2.0 * (double)data->n_rows * (double)shape->n_components *
                              (double)shape->n_features * (double)(shape->n_features + 1);
    const bool side_by_side = pass_flops < side_by_side_flops;
    const int n_workers = f->options.n_workers;
    const int most = side_by_side ? n_workers : 1;
    EngineTeam *team = &f->early;
    team->n_engines = most < f->options.n_starts ? most : f->options.n_starts;
    EMIX_TRY_ALLOC(team->engines, team->n_engines);
    EMIX_TRY_ALLOC(team->starters, team->n_engines);
    for (int i = 0; i < team->n_engines; ++i) {
        EMIX_TRY(emix_engine_create(&emix_mixture_ops, &spec, data, side_by_side ? 1 : n_workers,
                                    &team->engines[i], error));
        EMIX_TRY(emix_starter_create(team->engines[i], &f->sample, &team->starters[i], error));
    }
cleanup:
    return status;
}

/* The data of the early rounds. A subsample that has no covariance of its own, because a column
 * is constant in it, is given up: all data serve. */
static EmixStatus draw_subsample(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_subsample_create(f->data, f->options.n_components, f->options.seed,
                                   &f->subsample_storage, &f->subsample, error));
    if (f->subsample == NULL) {
        return EMIX_OK;
    }
    status = emix_scan_run(f->subsample, scan_kind(f), f->spec.kernels, f->options.n_workers,
                           &f->subsample_summary, error);
    if (status == EMIX_ERR_DEGENERATE) {
        emix_dataset_destroy(f->subsample);
        f->subsample = NULL;
        status = EMIX_OK;
    }
cleanup:
    return status;
}

static EmixStatus prepare_starts(EmixFitter *f, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixKernelShape *shape = &f->spec.kernel_shape;
    EMIX_TRY(emix_seed_sample_init(f->data, &f->summary, shape->n_components, f->options.seed,
                                   &f->sample, error));
    if (f->options.init_method == EMIX_INIT_TOURNAMENT) {
        EMIX_TRY(draw_subsample(f, error));
    }
    EMIX_TRY(team_init(f, error));
    EMIX_TRY(
        emix_candidates_init(f->options.n_starts, f->engine->sizes.params, &f->candidates, error));
cleanup:
    return status;
}

static EmixStatus copy_initial(EmixFitter *f, const EmixModel *initial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = f->data->n_features;
    if (initial->n_features != d || initial->n_components != f->options.n_components) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "the initial model has %lld components and %lld features, the fit has "
                         "%lld and %lld",
                         (long long)initial->n_components, (long long)initial->n_features,
                         (long long)f->options.n_components, (long long)d);
    }
    EMIX_TRY_ALLOC(f->initial_params, f->engine->sizes.params);
    for (emix_index k = 0; k < initial->n_components; ++k) {
        f->initial_params[k] = initial->weights[k];
        f->spec.component->set(&f->spec, k, initial->weights, initial->means + k * d,
                               initial->covariances + k * d * d,
                               emix_mixture_component_params(&f->spec, f->initial_params));
    }
cleanup:
    return status;
}

static EmixStatus make_spec(EmixFitter *f, const char *isa, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = f->data->n_features;
    const emix_index n_components = f->options.n_components;
    const EmixKernels *kernels = emix_kernels_select(isa);
    if (kernels == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "EMIX_ISA names \"%s\", which this machine or build cannot run", isa);
    }
    if (f->options.precision == EMIX_PRECISION_MIXED &&
        emix_component_find(f->options.covariance)->single_step == NULL) {
        return emix_fail(
            error, EMIX_ERR_UNSUPPORTED,
            "mixed precision is for full covariances, not for %s ones: those are bound "
            "by memory",
            emix_covariance_name(f->options.covariance));
    }
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
    EMIX_TRY(
        emix_scan_run(f->data, scan_kind(f), kernels, f->options.n_workers, &f->summary, error));
    f->spec = spec_of(f, &f->summary, kernels);
cleanup:
    return status;
}

EmixStatus emix_fitter_create(const EmixDataset *data, const EmixFitOptions *options,
                              const char *isa, EmixFitter **fitter, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = NULL;
    const int blas_threads = emix_blas_enter_serial();
    EMIX_TRY_ALLOC(f, 1);
    f->options = *options;
    f->options.initial = NULL;
    f->options.n_workers = emix_blas_max_workers(emix_parallel_workers(options->n_workers));
    f->data = data;
    EMIX_TRY(make_spec(f, isa, error));
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, &f->spec, data, f->options.n_workers, &f->engine,
                                error));
    EMIX_TRY(emix_model_create_empty(options->covariance, options->n_components, data->n_features,
                                     &f->result, error));
    if (data->feature_names != NULL) {
        EMIX_TRY(emix_model_set_feature_names(f->result, (const char *const *)data->feature_names,
                                              error));
    }
    if (options->initial != NULL) {
        EMIX_TRY(copy_initial(f, options->initial, error));
    } else {
        EMIX_TRY(prepare_starts(f, error));
    }
    *fitter = f;
    f = NULL;
cleanup:
    emix_blas_leave_serial(blas_threads);
    emix_fitter_destroy(f);
    return status;
}

void emix_fitter_destroy(EmixFitter *f)
{
    if (f == NULL) {
        return;
    }
    emix_model_destroy(f->result);
    emix_free(f->initial_params);
    emix_candidates_clear(&f->candidates);
    team_clear(&f->early);
    emix_dataset_destroy(f->subsample);
    emix_scan_clear(&f->subsample_summary);
    emix_free(f->subsample_storage);
    emix_seed_sample_clear(&f->sample);
    emix_engine_destroy(f->engine);
    emix_scan_clear(&f->summary);
    emix_free(f);
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
    EmixEmOutcome outcome = {0};
    const int blas_threads = emix_blas_enter_serial();
    f->began_s = emix_clock_s();
    f->starts_done = 0;
    f->has_run = false;
    atomic_store(&f->cancelled, false);
    EMIX_TRY(emix_fitter_compete(f, &outcome, error));
    if (atomic_load(&f->cancelled)) {
        outcome.stop = EMIX_STOP_INTERRUPTED;
    }
    EMIX_TRY(
        emix_fitter_write_result(f, &outcome, emix_clock_s() - f->began_s - outcome.em_s, error));
cleanup:
    emix_blas_leave_serial(blas_threads);
    return status;
}
