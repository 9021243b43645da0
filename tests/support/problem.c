#include "support/problem.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>

#include "mixture/mixture.h"
#include "support/blobs.h"
#include "support/fit_case.h"
#include "support/gaussian.h"

static EmixDataset *dataset_of(const double *x, emix_index n_rows, const double *weights,
                               EmixMomentsKind kind, EmixDataSummary *summary, EmixMoments *moments)
{
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_create(n_rows, D, x, D, weights, &data, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int,
                 emix_scan_run(data, kind, emix_kernels_select(NULL), 1, NULL, summary, &error),
                 EMIX_OK),
              "%s", error.message);
    *moments = emix_scan_moments(summary);
    return data;
}

static double count_of(double x)
{
    return floor(fabs(2.0 * x));
}

Problem problem_of(uint64_t seed, double *x, emix_index n_rows, const double *weights)
{
    Problem p = {.seed = seed, .x = x, .counts = malloc(sizeof(double) * (size_t)(n_rows * D))};
    for (emix_index i = 0; i < n_rows * D; ++i) {
        p.counts[i] = count_of(x[i]);
    }
    p.data = dataset_of(x, n_rows, weights, EMIX_MOMENTS_FULL, &p.summary, &p.moments);
    p.count_data = dataset_of(p.counts, n_rows, weights, EMIX_MOMENTS_DIAGONAL, &p.count_summary,
                              &p.count_moments);
    return p;
}

void problem_clear(Problem *p)
{
    emix_scan_clear(&p->count_summary);
    emix_dataset_destroy(p->count_data);
    free(p->counts);
    emix_scan_clear(&p->summary);
    emix_dataset_destroy(p->data);
    free(p->x);
}

const char *kind_name(const EmixFamilyKind *kind)
{
    return is_gaussian(kind) ? emix_covariance_letters(kind->covariance) : kind->name;
}

EmixEngine *engine_of(const EmixDataset *data, const EmixFamilyKind *kind, const FitCase *options,
                      const EmixFacts *facts, int n_workers)
{
    EmixMixture *mixture = NULL;
    EmixEngine *e = NULL;
    EmixSpec *spec = NULL;
    EmixError error = {{0}};
    FitCase own = *options;
    own.covariance = kind->covariance;
    own.n_components = facts->shape.n_components;
    own.family = kind->name;
    cr_assert(eq(int, fit_case_spec(&own, data->n_features, &spec, &error), EMIX_OK), "%s",
              error.message);
    const EmixGroupRequest group = {.family = emix_family_find(kind->name, spec),
                                    .n_components = own.n_components};
    cr_assert(eq(int, emix_mixture_create(1, &group, spec, facts, &mixture, &error), EMIX_OK), "%s",
              error.message);
    emix_spec_destroy(spec);
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
    const FitCase options = fit_case_default();
    return engine_at_start_under(p, kind, kernels, shard_rows, n_workers, &options);
}

EmixEngine *engine_at_start_under(const Problem *p, const EmixFamilyKind *kind,
                                  const EmixKernels *kernels, emix_index shard_rows, int n_workers,
                                  const FitCase *options)
{
    EmixError error = {{0}};
    double *places = blobs(K, K, D, p->seed);
    const emix_index group = kernels->row_group;
    const bool gaussian = is_gaussian(kind);
    const EmixMoments *moments = gaussian ? &p->moments : &p->count_moments;
    const EmixFacts facts = {
        .kernels = kernels,
        .shape = {.n_rows = (shard_rows + group - 1) / group * group,
                  .n_features = D,
                  .n_components = K},
        .centre = moments->mean,
        .moments = moments,
        .whole = moments,
    };
    EmixEngine *e = engine_of(gaussian ? p->data : p->count_data, kind, options, &facts, n_workers);
    for (emix_index k = 0; k < K; ++k) {
        e->current.params[k] = 1.0 / K;
    }
    if (gaussian) {
        double covariances[K * D * D];
        for (int i = 0; i < K * D * D; ++i) {
            covariances[i] = p->summary.covariance[i % (D * D)];
        }
        gaussian_set(mixture_of(e), places, covariances, e->current.params);
    }
    for (emix_index k = 0; k < K && !gaussian; ++k) {
        double *at = places + k * D;
        for (int j = 0; j < D; ++j) {
            at[j] = count_of(at[j]);
        }
        emix_mixture_place(mixture_of(e), k, at, e->current.params);
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
