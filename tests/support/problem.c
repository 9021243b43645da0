#include "support/problem.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "mixture/mixture.h"
#include "support/blobs.h"

Problem problem_of(uint64_t seed, double *x, emix_index n_rows, const double *weights)
{
    Problem p = {.seed = seed, .x = x};
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_create(n_rows, D, x, D, weights, &p.data, &error), EMIX_OK),
              "%s", error.message);
    cr_assert(
        eq(int,
           emix_scan_run(p.data, EMIX_SCAN_FULL, emix_kernels_select(NULL), 1, &p.summary, &error),
           EMIX_OK),
        "%s", error.message);
    p.moments = (EmixMoments){.total_weight = p.data->total_weight,
                              .mean = p.summary.mean,
                              .covariance = p.summary.covariance,
                              .sds = p.summary.sds,
                              .max_eigenvalue = p.summary.max_eigenvalue};
    return p;
}

void problem_clear(Problem *p)
{
    emix_scan_clear(&p->summary);
    emix_dataset_destroy(p->data);
    free(p->x);
}

EmixEngine *engine_of(const EmixDataset *data, const EmixFamilyKind *kind,
                      const EmixFitOptions *options, const EmixFacts *facts, int n_workers)
{
    EmixMixture *mixture = NULL;
    EmixEngine *e = NULL;
    EmixError error = {{0}};
    EmixFitOptions own = *options;
    own.covariance = kind->covariance;
    own.n_components = facts->shape.n_components;
    const EmixGroupRequest group = {.family = emix_family_find(kind->name, &own),
                                    .n_components = own.n_components};
    cr_assert(eq(int, emix_mixture_create(1, &group, &own, facts, &mixture, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_engine_create(&emix_mixture_ops, mixture, data, n_workers, &e, &error),
                 EMIX_OK),
              "%s", error.message);
    return e;
}

void engine_release(EmixEngine *e)
{
    EmixMixture *mixture = (EmixMixture *)e->self;
    emix_engine_destroy(e);
    emix_mixture_destroy(mixture);
}

const EmixMixture *mixture_of(const EmixEngine *e)
{
    return e->self;
}

const EmixGaussian *gaussian_of(const EmixEngine *e)
{
    return mixture_of(e)->groups[0].self;
}

EmixEngine *engine_at_start(const Problem *p, const EmixFamilyKind *kind,
                            const EmixKernels *kernels, emix_index shard_rows, int n_workers)
{
    const EmixFitOptions options = emix_fit_options_default();
    return engine_at_start_under(p, kind, kernels, shard_rows, n_workers, &options);
}

EmixEngine *engine_at_start_under(const Problem *p, const EmixFamilyKind *kind,
                                  const EmixKernels *kernels, emix_index shard_rows, int n_workers,
                                  const EmixFitOptions *options)
{
    EmixError error = {{0}};
    double *places = blobs(K, K, D, p->seed);
    const emix_index group = kernels->row_group;
    const EmixFacts facts = {
        .kernels = kernels,
        .shape = {.n_rows = (shard_rows + group - 1) / group * group,
                  .n_features = D,
                  .n_components = K},
        .centre = p->summary.mean,
        .moments = &p->moments,
        .whole = &p->moments,
    };
    EmixEngine *e = engine_of(p->data, kind, options, &facts, n_workers);
    for (emix_index k = 0; k < K; ++k) {
        e->current.params[k] = 1.0 / K;
    }
    for (emix_index k = 0; k < K; ++k) {
        emix_mixture_set(mixture_of(e), k, e->current.params, places + k * D, p->summary.covariance,
                         e->current.params);
    }
    cr_assert(eq(int, emix_engine_prepare(e, &error), EMIX_OK), "%s", error.message);
    free(places);
    return e;
}

double iterate(EmixEngine *e)
{
    EmixError error = {{0}};
    cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, &error), EMIX_OK), "%s", error.message);
    const double log_likelihood = emix_engine_log_likelihood(e);
    cr_assert(eq(int, emix_engine_m_step(e, NULL, &error), EMIX_OK), "%s", error.message);
    emix_engine_advance(e);
    return log_likelihood;
}
