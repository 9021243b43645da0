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
    return p;
}

void problem_clear(Problem *p)
{
    emix_scan_clear(&p->summary);
    emix_dataset_destroy(p->data);
    free(p->x);
}

EmixEngine *engine_at_start(const Problem *p, const EmixComponentOps *component,
                            const EmixKernels *kernels, emix_index shard_rows, int n_workers)
{
    return engine_at_start_under(p, component, kernels, shard_rows, n_workers, &(Terms){0});
}

EmixEngine *engine_at_start_under(const Problem *p, const EmixComponentOps *component,
                                  const EmixKernels *kernels, emix_index shard_rows, int n_workers,
                                  const Terms *terms)
{
    EmixEngine *e = NULL;
    EmixError error = {{0}};
    double *places = blobs(K, K, D, p->seed);
    const emix_index group = kernels->row_group;
    const EmixModelSpec spec = {
        .component = component,
        .kernels = kernels,
        .kernel_shape = {.n_rows = (shard_rows + group - 1) / group * group,
                         .n_features = D,
                         .n_components = K},
        .centre = p->summary.mean,
        .column_sds = p->summary.sds,
        .covariance = p->summary.covariance,
        .eigenvalue_floor = 1e-10 * p->summary.max_eigenvalue,
        .prior = terms->prior,
        .fixed = terms->fixed,
        .eigenvalue_ratio = terms->eigenvalue_ratio,
    };
    cr_assert(eq(int, emix_engine_create(&emix_mixture_ops, &spec, p->data, n_workers, &e, &error),
                 EMIX_OK),
              "%s", error.message);
    for (emix_index k = 0; k < K; ++k) {
        e->current.params[k] = 1.0 / K;
    }
    for (emix_index k = 0; k < K; ++k) {
        component->set(&e->spec, k, e->current.params, places + k * D, p->summary.covariance,
                       emix_mixture_component_params(&e->spec, e->current.params));
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
