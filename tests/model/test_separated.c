/* Components that lie far apart: rows are gathered by component, and moments taken about each
 * component's own mean. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "em/engine.h"
#include "families/registry.h"
#include "mixture/mixture.h"
#include "seeds/scan.h"
#include "support/gaussian.h"

enum { N_ROWS = 3001, K = 12, D = 6 };

/* Rows of K spherical clumps, `apart` standard deviations from each other; row i is in clump i %
 * K. */
static double *clumps(double apart)
{
    double *x = malloc(sizeof(double) * N_ROWS * D);
    for (int i = 0; i < N_ROWS; ++i) {
        EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, i);
        const int rank = 1 + i % K / D;
        for (int j = 0; j < D; ++j) {
            x[i * D + j] = emix_rng_normal(&rng) + (j == i % K % D ? apart * rank : 0.0);
        }
    }
    return x;
}

/* An engine; `moments` must outlive it. */
static EmixEngine *engine_on(EmixCovariance covariance, const EmixDataset *data,
                             const EmixMoments *moments, const EmixKernels *kernels,
                             const double *x)
{
    EmixMixture *mixture = NULL;
    EmixEngine *e = NULL;
    double covariances[K * D * D] = {0};
    struct EmixSpec spec = emix_spec_of_one_gaussian;
    spec.covariance = covariance;
    spec.n_components = K;
    for (int i = 0; i < K * D; ++i) {
        covariances[i / D * D * D + i % D * (D + 1)] = 1.5;
    }
    const EmixFacts facts = {.kernels = kernels,
                             .shape = {.n_rows = 192, .n_features = D, .n_components = K},
                             .centre = moments->mean,
                             .moments = moments,
                             .whole = moments};
    const EmixGroupRequest group = {.family = emix_family_find("gaussian", &spec),
                                    .n_components = K};
    cr_assert(eq(int, emix_mixture_create(1, &group, &spec, &facts, &mixture, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_create(&emix_mixture_ops, mixture, data, 2, &e, NULL), EMIX_OK));
    for (int k = 0; k < K; ++k) {
        e->current.params[k] = 1.0 / K;
    }
    gaussian_set(mixture, x, covariances, e->current.params);
    cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
    return e;
}

static EmixMoments moments_of(const EmixDataSummary *summary)
{
    EmixMoments moments = emix_scan_moments(summary);
    moments.max_eigenvalue = 1e-4;
    return moments;
}

static void engine_release(EmixEngine *e)
{
    EmixMixture *mixture = (EmixMixture *)e->self;
    emix_engine_destroy(e);
    emix_mixture_destroy(mixture);
}

static void pass_and_m_step(EmixEngine *e)
{
    cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
}

Test(separated, gathering_begins_by_itself_and_changes_nothing_but_rounding)
{
    double *x = clumps(40.0);
    EmixDataset *data = NULL;
    EmixDataSummary summary;
    emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL);
    for (int table = 0; emix_kernels_available(table) != NULL; ++table) {
        const EmixKernels *kernels = emix_kernels_available(table);
        cr_assert(eq(int, emix_scan_run(data, EMIX_MOMENTS_FULL, kernels, 1, NULL, &summary, NULL),
                     EMIX_OK));
        const EmixMoments moments = moments_of(&summary);
        EmixEngine *e = engine_on(EMIX_COVARIANCE_FULL, data, &moments, kernels, x);
        pass_and_m_step(e);
        cr_expect(zero(dbl, emix_engine_stats(e)[EMIX_STAT_SEPARATED]), "nothing is known yet");
        emix_engine_advance(e);
        pass_and_m_step(e);
        cr_expect(gt(dbl, emix_engine_stats(e)[EMIX_STAT_SEPARATED], 0.0), "%s", kernels->name);
        const double q = emix_engine_expected_log_joint(e, &e->next);

        /* the same point, newly prepared, has no record of separation and takes moments of all
         * rows */
        EmixEngine *dense = engine_on(EMIX_COVARIANCE_FULL, data, &moments, kernels, x);
        memcpy(dense->current.params, e->current.params, (size_t)e->sizes.params * sizeof(double));
        cr_assert(eq(int, emix_engine_prepare(dense, NULL), EMIX_OK));
        pass_and_m_step(dense);
        cr_expect(zero(dbl, emix_engine_stats(dense)[EMIX_STAT_SEPARATED]));
        for (emix_index i = 0; i < e->sizes.params; ++i) {
            const double difference = fabs(e->next.params[i] - dense->next.params[i]);
            /* a common centre about 100 standard deviations away costs 1e4 eps */
            cr_expect(lt(dbl, difference, 1e-10), "%s, parameter %d", kernels->name, (int)i);
        }
        cr_expect(
            lt(dbl, fabs(q - emix_engine_expected_log_joint(dense, &dense->next)), 1e-9 * fabs(q)));
        engine_release(dense);
        engine_release(e);
        emix_scan_clear(&summary);
    }
    emix_dataset_destroy(data);
    free(x);
}

/* Variance of a feature of a clump, by two sweeps in extended precision. */
static long double variance_of(const double *x, int clump, int feature)
{
    long double sum = 0.0L;
    int n = 0;
    for (int i = clump; i < N_ROWS; i += K) {
        sum += x[i * D + feature];
        ++n;
    }
    const long double mean = sum / n;
    long double squares = 0.0L;
    for (int i = clump; i < N_ROWS; i += K) {
        squares += (x[i * D + feature] - mean) * (x[i * D + feature] - mean);
    }
    return squares / n;
}

Test(separated, variances_keep_their_digits_however_far_the_centre)
{
    double *x = clumps(1e6); /* about the common centre, 1e12 eps would be lost */
    EmixDataset *data = NULL;
    EmixDataSummary summary;
    emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL);
    for (int table = 0; emix_kernels_available(table) != NULL; ++table) {
        const EmixKernels *kernels = emix_kernels_available(table);
        cr_assert(eq(int, emix_scan_run(data, EMIX_MOMENTS_FULL, kernels, 1, NULL, &summary, NULL),
                     EMIX_OK));
        const EmixMoments moments = moments_of(&summary);
        EmixEngine *e = engine_on(EMIX_COVARIANCE_FULL, data, &moments, kernels, x);
        pass_and_m_step(e);
        emix_engine_advance(e);
        pass_and_m_step(e);
        double means[K * D];
        double covariances[K * D * D];
        gaussian_get(e->self, e->next.params, means, covariances);
        for (int k = 0; k < K; ++k) {
            const double *covariance = covariances + k * D * D;
            for (int j = 0; j < D; ++j) {
                const double exact = (double)variance_of(x, k, j);
                /* x itself is rounded to 1e6 eps; results computed from x are exact to eps */
                cr_expect(lt(dbl, fabs(covariance[j * D + j] - exact), 1e-13 * exact),
                          "%s, component %d, feature %d: %.17g, exact %.17g", kernels->name, k, j,
                          covariance[j * D + j], exact);
            }
        }
        engine_release(e);
        emix_scan_clear(&summary);
    }
    emix_dataset_destroy(data);
    free(x);
}

/* Bound on the error of a variance from moments about a common centre: it is the difference of two
 * sums, each larger by (distance / sd)^2 and rounded to a few eps. */
static double loss_bound(const EmixDataSummary *summary, double apart, int clump, int feature)
{
    const int steps = 1 + clump / D;
    const double mean = feature == clump % D ? apart * steps : 0.0;
    const double away = mean - summary->mean[feature];
    return 8.0 * DBL_EPSILON * (1.0 + away * away); /* the standard deviations are about 1 */
}

/* Checks, after one EM iteration beyond the first, the errors of variances in structures that do
 * not gather rows. */
static void check_loss(EmixCovariance structure, const EmixKernels *kernels, double apart,
                       const double *x, const EmixDataset *data)
{
    EmixDataSummary summary;
    cr_assert(
        eq(int, emix_scan_run(data, EMIX_MOMENTS_FULL, kernels, 1, NULL, &summary, NULL), EMIX_OK));
    const EmixMoments moments = moments_of(&summary);
    EmixEngine *e = engine_on(structure, data, &moments, kernels, x);
    pass_and_m_step(e);
    emix_engine_advance(e);
    pass_and_m_step(e);
    double means[K * D];
    double covariances[K * D * D];
    gaussian_get(e->self, e->next.params, means, covariances);
    for (int j = 0; j < D; ++j) {
        double pooled = 0.0;
        double largest_bound = 0.0;
        for (int k = 0; k < K; ++k) {
            const double exact = (double)variance_of(x, k, j);
            const double bound = loss_bound(&summary, apart, k, j);
            const int n_rows = (N_ROWS - k + K - 1) / K;
            pooled += exact * n_rows / N_ROWS;
            largest_bound = fmax(largest_bound, bound);
            const double variance = covariances[k * D * D + j * D + j];
            cr_expect(structure == EMIX_COVARIANCE_TIED || fabs(variance / exact - 1.0) < bound,
                      "%s, component %d, feature %d: %.17g, exact %.17g", kernels->name, k, j,
                      variance, exact);
        }
        cr_expect(structure != EMIX_COVARIANCE_TIED ||
                      fabs(covariances[j * D + j] / pooled - 1.0) < largest_bound,
                  "%s, feature %d: %.17g, exact %.17g", kernels->name, j, covariances[j * D + j],
                  pooled);
    }
    engine_release(e);
    emix_scan_clear(&summary);
}

Test(separated, variances_about_a_common_centre_lose_what_its_distance_costs_and_no_more)
{
    static const double distances[] = {1e2, 1e3, 1e4};
    for (int i = 0; i < 3; ++i) {
        const double apart = distances[i];
        double *x = clumps(apart);
        EmixDataset *data = NULL;
        emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL);
        for (int table = 0; emix_kernels_available(table) != NULL; ++table) {
            check_loss(EMIX_COVARIANCE_TIED, emix_kernels_available(table), apart, x, data);
            check_loss(EMIX_COVARIANCE_DIAG, emix_kernels_available(table), apart, x, data);
        }
        emix_dataset_destroy(data);
        free(x);
    }
}
