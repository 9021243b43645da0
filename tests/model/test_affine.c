/* Fits do not depend on units and axes: neither the result nor the number of passes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <emix/emix.h>

#include "support/affine.h"
#include "support/blobs.h"
#include "support/structure.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { N = 400, K = 3, D = 3, N_MAPS = 20 };

/* Rows and an initial model, as plain numbers. */
typedef struct Setting {
    double x[N * D];
    double weights[K];
    double means[K * D];
    double covariances[K * D * D];
} Setting;

/* Overlapping blobs, and a start with spherical covariances of different sizes. */
static void begin(EmixCovariance covariance, uint64_t seed, Setting *s)
{
    double *x = blobs(N, K, D, seed);
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 1 << 25);
    for (int i = 0; i < N * D; ++i) {
        s->x[i] = x[i] + 2.0 * emix_rng_normal(&rng);
    }
    free(x);
    for (int k = 0; k < K; ++k) {
        double *own = s->covariances + k * D * D;
        s->weights[k] = (k + 2.0) / 9.0;
        for (int i = 0; i < D * D; ++i) {
            own[i] = i % (D + 1) == 0 ? 9.0 + 2.0 * k : 0.0;
        }
        for (int j = 0; j < D; ++j) {
            s->means[k * D + j] = s->x[k * D + j];
        }
    }
    structure_impose(covariance, K, D, s->covariances);
}

static Setting image_of(const Setting *s, EmixCovariance covariance, const double *a, double shift)
{
    Setting image = *s;
    for (int i = 0; i < N; ++i) {
        affine_map(D, a, shift, s->x + i * D, image.x + i * D);
    }
    for (int k = 0; k < K; ++k) {
        affine_map(D, a, shift, s->means + k * D, image.means + k * D);
        affine_map_covariance(D, a, image.covariances + k * D * D);
    }
    structure_impose(covariance, K, D, image.covariances); /* less what rounding has added */
    return image;
}

static EmixFitReport fit(const Setting *s, EmixCovariance covariance)
{
    EmixError error = {{0}};
    EmixDataset *data = NULL;
    EmixModel *start = NULL;
    EmixFit *f = NULL;
    FitCase options = fit_case_default();
    cr_assert(eq(int, emix_dataset_create(N, D, s->x, D, NULL, &data, &error), EMIX_OK));
    cr_assert(eq(int,
                 emix_model_create_gaussian(covariance, K, D, s->weights, s->means, s->covariances,
                                            &start, &error),
                 EMIX_OK),
              "%s", error.message);
    options.n_components = K;
    options.covariance = covariance;
    options.initial = start;
    use_workers(2);
    cr_assert(eq(int, fit_case_create(workers(), data, &options, &f, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(f, &error), EMIX_OK), "%s", error.message);
    const EmixFitReport report = *emix_fit_report(f);
    emix_fit_destroy(f);
    emix_model_destroy(start);
    emix_dataset_destroy(data);
    return report;
}

static double log_det(const double *a)
{
    const double det = a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
                       a[2] * (a[3] * a[7] - a[4] * a[6]);
    return log(fabs(det));
}

Test(affine, passes_and_result_do_not_depend_on_units_or_axes)
{
    for (int c = 0; c < EMIX_N_COVARIANCES; ++c) {
        const EmixCovariance covariance = (EmixCovariance)c;
        const char *name = emix_covariance_letters(covariance);
        int n_extrapolations = 0;
        for (uint64_t seed = 1; seed <= 4; ++seed) {
            Setting s;
            begin(covariance, seed, &s);
            EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 1 << 26);
            const EmixFitReport plain = fit(&s, covariance);
            n_extrapolations += plain.n_extrapolations;
            cr_expect(eq(int, plain.stop, EMIX_STOP_CONVERGED));
            for (int map = 0; map < N_MAPS; ++map) {
                double a[D * D];
                affine_random(covariance, D, &rng, a);
                const Setting image = image_of(&s, covariance, a, 10.0 * emix_rng_normal(&rng));
                const EmixFitReport mapped = fit(&image, covariance);
                /* Mapping rounds the data, and a run amplifies that: allow two passes. */
                cr_expect(le(int, abs(mapped.n_passes - plain.n_passes), 2),
                          "%s, seed %d, map %d: %d passes, not %d", name, (int)seed, map,
                          mapped.n_passes, plain.n_passes);
                /* Both are within the tolerance of the same maximum; the map divides densities by
                 * |A|. */
                cr_expect(epsilon_eq(dbl, mapped.log_likelihood + N * log_det(a),
                                     plain.log_likelihood, 2e-6),
                          "%s, seed %d, map %d", name, (int)seed, map);
            }
        }
        cr_expect(gt(int, n_extrapolations, 20), "%s was accelerated", name);
    }
}
