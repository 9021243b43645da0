#include "iteration.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "em/engine.h"
#include "seeds/scan.h"
#include "mixture/mixture.h"
#include "families/registry.h"
#include "model/model.h"

/* Iterations before the measured one, after which the components differ. */
enum { WARM_UP_ITERATIONS = 3 };
/* Iterations shorter than this are repeated, so that the data are in the same caches as after the
 * previous iteration of a fit. */
static const double round_s = 0.03;
enum { MAX_REPEATS = 20 };

/* Multiplications and additions that no algorithm for the structure can avoid. */

/* Whitening and second moments, N D (D + 1) each per component. */
static double full_flops(const BenchShape *shape)
{
    const double d = (double)shape->n_features;
    return 2.0 * (double)shape->n_rows * (double)shape->n_components * d * (d + 1.0);
}

/* One whitening for all components; distances and first moments, 2 N D each per component. */
static double tied_flops(const BenchShape *shape)
{
    const double d = (double)shape->n_features;
    return (double)shape->n_rows * d * (d + 1.0 + 4.0 * (double)shape->n_components);
}

/* Distances and moments, with a linear and a quadratic term each: 2 N D per component and term. */
static double diag_flops(const BenchShape *shape)
{
    return 8.0 * (double)shape->n_rows * (double)shape->n_features * (double)shape->n_components;
}

/* As diagonal, but the quadratic terms only once per row. */
static double spherical_flops(const BenchShape *shape)
{
    return 4.0 * (double)shape->n_rows * (double)shape->n_features * (double)shape->n_components;
}

static const BenchModel models[] = {
    {"full", EMIX_COVARIANCE_FULL, full_flops, true, false},
    {"tied", EMIX_COVARIANCE_TIED, tied_flops, false, false},
    {"diag", EMIX_COVARIANCE_DIAG, diag_flops, false, false},
    {"spherical", EMIX_COVARIANCE_SPHERICAL, spherical_flops, false, false},
    {"full", EMIX_COVARIANCE_FULL, full_flops, true, true},
};
enum { N_MODELS = sizeof models / sizeof models[0] };

const BenchModel *bench_model(int i)
{
    return i >= 0 && i < N_MODELS ? &models[i] : NULL;
}

/* Samples on one number of threads. */
typedef struct Runner {
    EmixEngine *engine;
    BenchSamples total;
    BenchSamples pass;
    BenchSamples reduce;
    BenchSamples m_step;
} Runner;

static EmixPassKind pass_kind(const EmixEngine *e)
{
    return e->sizes.single ? EMIX_PASS_SINGLE : EMIX_PASS_FULL;
}

static double checksum_of(const EmixEngine *e)
{
    double sum = emix_engine_log_likelihood(e);
    for (emix_index i = 0; i < e->sizes.params; ++i) {
        sum += e->next.params[i];
    }
    return sum;
}

/* Makes one iteration, and leaves the engine's current point unchanged. */
static EmixStatus sample(Runner *runner, BenchIteration *result, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = runner->engine;
    const double began_s = emix_clock_s();
    EMIX_TRY(emix_engine_pass(e, pass_kind(e), error));
    const double passed_s = emix_clock_s();
    EMIX_TRY(emix_engine_m_step(e, NULL, error));
    const double ended_s = emix_clock_s();
    bench_samples_add(&runner->total, ended_s - began_s);
    bench_samples_add(&runner->pass, passed_s - began_s);
    bench_samples_add(&runner->reduce, e->reduce_s);
    bench_samples_add(&runner->m_step, ended_s - passed_s);
    const double checksum = checksum_of(e);
    if (isnan(result->checksum)) {
        result->checksum = checksum;
        result->log_likelihood = emix_engine_log_likelihood(e);
    }
    result->reproducible &= checksum == result->checksum;
cleanup:
    return status;
}

/* Moves the engine to a model, of whose covariances it takes what the structure has. */
static EmixStatus begin_at(EmixEngine *e, EmixCovariance covariance, const EmixModel *start,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixParts parts = {0};
    const EmixFamilyParts *family = emix_family_parts_find("gaussian",
                                                           emix_covariance_name(covariance));
    EMIX_TRY(emix_parts_lay_out(family, start->n_components, start->n_features, &parts, error));
    EMIX_TRY_ALLOC(parts.values, parts.n_values);
    EMIX_TRY(family->convert(&start->parts, &parts, error));
    memcpy(e->current.params, start->weights, (size_t)start->n_components * sizeof(double));
    emix_mixture_import(e->self, &parts, e->current.params);
    EMIX_TRY(emix_engine_prepare(e, error));
cleanup:
    emix_free(parts.values);
    return status;
}

static EmixStatus warm_up(EmixEngine *e, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (int i = 0; i < WARM_UP_ITERATIONS; ++i) {
        EMIX_TRY(emix_engine_pass(e, pass_kind(e), error));
        EMIX_TRY(emix_engine_m_step(e, NULL, error));
        emix_engine_advance(e);
    }
    /* A newly prepared point has no record of its responsibilities, so no pass gathers rows: the
     * pass over overlapping components is measured. */
    EMIX_TRY(emix_engine_prepare(e, error));
cleanup:
    return status;
}

static EmixStatus copy_point(const EmixEngine *from, EmixEngine *to, EmixError *error)
{
    memcpy(to->current.params, from->current.params,
           (size_t)from->sizes.params * sizeof *from->current.params);
    return emix_engine_prepare(to, error);
}

/* Each round is a matrix product, iterations on all threads and iterations on one thread, so that
 * all three see the machine in the same state. Repeats rounds until the budget is spent. */
static EmixStatus run_rounds(Runner *all, Runner *one, const BenchSetup *setup,
                             BenchIteration *result, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const double began_s = emix_clock_s();
    EMIX_TRY(sample(all, result, error)); /* loads all code and data; not counted */
    const double first_s = all->total.seconds[0];
    all->total.n = all->pass.n = all->reduce.n = all->m_step.n = 0;
    const double wanted = ceil(round_s / first_s);
    const int n_repeats = wanted < MAX_REPEATS ? (int)wanted : MAX_REPEATS;
    do {
        result->gemm_rate = fmax(result->gemm_rate,
                                 setup->model->single
                                     ? bench_single_gemm_rate(setup->gemm, setup->n_threads)
                                     : bench_gemm_rate(setup->gemm, setup->n_threads));
        for (int i = 0; i < n_repeats; ++i) {
            EMIX_TRY(sample(all, result, error));
        }
        for (int i = 0; one != NULL && i < n_repeats; ++i) {
            EMIX_TRY(sample(one, result, error));
        }
    } while (bench_samples_want_more(&all->total, began_s, setup->budget_s));
cleanup:
    return status;
}

static BenchTimes summarise(Runner *runner)
{
    return (BenchTimes){
        .n_samples = runner->total.n,
        .min_s = bench_samples_min(&runner->total),
        .median_s = bench_samples_median(&runner->total),
        .pass_s = bench_samples_min(&runner->pass),
        .reduce_s = bench_samples_min(&runner->reduce),
        .m_step_s = bench_samples_min(&runner->m_step),
    };
}

static EmixStatus measure(const BenchProblem *problem, const EmixDataset *data,
                          const EmixMixture *mixture, const BenchSetup *setup,
                          BenchIteration *result, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const int n_threads = setup->n_threads;
    Runner *all = NULL;
    Runner *one = NULL;
    EMIX_TRY_ALLOC(all, 1);
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, mixture, data, n_threads, &all->engine, error));
    EMIX_TRY(begin_at(all->engine, setup->model->covariance, problem->start, error));
    EMIX_TRY(warm_up(all->engine, error));
    if (n_threads > 1) {
        EMIX_TRY_ALLOC(one, 1);
        EMIX_TRY(emix_engine_create(&emix_mixture_ops, mixture, data, 1, &one->engine, error));
        EMIX_TRY(copy_point(all->engine, one->engine, error));
    }
    EMIX_TRY(run_rounds(all, one, setup, result, error));
    result->all = summarise(all);
    result->one = one != NULL ? summarise(one) : result->all;
    result->rho = result->all.min_s * result->gemm_rate / result->useful_flops;
    result->speed_up = result->one.min_s / result->all.min_s;
    result->serial_share = n_threads > 1 ? (n_threads / result->speed_up - 1.0) / (n_threads - 1.0)
                                         : (double)NAN;
cleanup:
    if (one != NULL) {
        emix_engine_destroy(one->engine);
        emix_free(one);
    }
    if (all != NULL) {
        emix_engine_destroy(all->engine);
        emix_free(all);
    }
    return status;
}

static EmixStatus copy_as_floats(const EmixDataset *data, float **floats, EmixDataset **single,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    double *row = NULL;
    EMIX_TRY_ALLOC(row, d);
    EMIX_TRY_ALLOC(*floats, data->n_rows * d);
    for (emix_index i = 0; i < data->n_rows; ++i) {
        EMIX_TRY(emix_dataset_copy_rows(data, i, 1, row, error));
        for (emix_index j = 0; j < d; ++j) {
            (*floats)[i * d + j] = (float)row[j];
        }
    }
    EMIX_TRY(emix_dataset_create_typed(data->n_rows, d, *floats, EMIX_FLOAT32, d, 1, NULL, single,
                                       error));
cleanup:
    emix_free(row);
    return status;
}

EmixStatus bench_iteration_measure(const BenchProblem *problem, const BenchSetup *setup,
                                   BenchIteration *result, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixDataSummary summary = {0};
    float *floats = NULL;
    EmixDataset *single = NULL;
    EmixMixture *mixture = NULL;
    const BenchShape *shape = &problem->shape;
    const EmixKernels *kernels = emix_kernels_select(setup->isa);
    if (kernels == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "no kernels \"%s\" on this machine", setup->isa);
    }
    const EmixCovariance covariance = setup->model->covariance;
    const bool correlated = covariance == EMIX_COVARIANCE_FULL ||
                            covariance == EMIX_COVARIANCE_TIED;
    const EmixMomentsKind kind = correlated ? EMIX_MOMENTS_FULL : EMIX_MOMENTS_DIAGONAL;
    EMIX_TRY(emix_scan_run(problem->data, kind, kernels, setup->n_threads, NULL, &summary, error));
    struct EmixSpec spec = emix_spec_of_one_gaussian;
    spec.n_components = shape->n_components;
    spec.covariance = covariance;
    const EmixMoments moments = emix_scan_moments(&summary);
    const EmixFacts facts = {
        .kernels = kernels,
        .mixed = setup->model->single,
        .shape = {.n_rows = emix_kernels_block_rows(shape->n_features, shape->n_rows),
                  .n_features = shape->n_features,
                  .n_components = shape->n_components},
        .centre = summary.mean,
        .moments = &moments,
        .whole = &moments,
    };
    const EmixGroupRequest group = {.family = emix_family_find(spec.family, &spec),
                                    .n_components = shape->n_components};
    EMIX_TRY(emix_mixture_create(1, &group, &spec, &facts, &mixture, error));
    *result = (BenchIteration){
        .kernels = kernels->name,
        .useful_flops = setup->model->useful_flops(shape),
        .rho_limit = !setup->model->has_rho_limit ? 0.0
                     : setup->model->single       ? shape->single_rho_limit
                                                  : shape->rho_limit,
        .checksum = NAN,
        .reproducible = true,
    };
    if (setup->model->single) {
        EMIX_TRY(copy_as_floats(problem->data, &floats, &single, error));
    }
    EMIX_TRY(measure(problem, single ? single : problem->data, mixture, setup, result, error));
cleanup:
    emix_mixture_destroy(mixture);
    emix_dataset_destroy(single);
    emix_free(floats);
    emix_scan_clear(&summary);
    return status;
}
