/* Accelerated EM against plain EM from the same starts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { N_ROWS = 700, D = 2 };

static EmixFitReport report_of(const EmixDataset *data, const FitCase *options)
{
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, fit_case_create(workers(), data, options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    const EmixFitReport report = *emix_fit_report(fit);
    emix_fit_destroy(fit);
    return report;
}

static FitCase options_of(EmixCovariance covariance, uint64_t seed)
{
    FitCase options = fit_case_default();
    options.covariance = covariance;
    options.n_components = 3;
    options.init_method = EMIX_INIT_KMEANSPP;
    options.n_starts = 1;
    options.seed = seed;
    options.max_iterations = 100000;
    use_workers(1);
    return options;
}

/* Over structures and overlapping blobs: the geometric mean of the passes saved where both reach
 * the same maximum, no decrease beyond rounding, and both certificates. */
Test(acceleration, saves_passes_and_never_descends)
{
    double log_saving = 0.0;
    int n_same = 0;
    for (uint64_t seed = 0; seed < 8; ++seed) {
        double *x = blobs(N_ROWS, 3, D, 100 + seed);
        EmixDataset *data = NULL;
        cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
        for (int s = 0; s < EMIX_N_COVARIANCES; ++s) {
            FitCase options = options_of((EmixCovariance)s, seed);
            const EmixFitReport fast = report_of(data, &options);
            options.acceleration = EMIX_ACCELERATION_NONE;
            const EmixFitReport plain = report_of(data, &options);
            cr_expect(eq(int, fast.stop, EMIX_STOP_CONVERGED));
            cr_expect(le(dbl, fast.gap, 1e-6));
            cr_expect(le(dbl, fast.decrease_ulps, 64.0));
            cr_expect(le(dbl, plain.decrease_ulps, 64.0));
            cr_expect(zero(int, plain.n_extrapolations + plain.n_rejected));
            cr_expect(eq(int, fast.n_passes, fast.n_iterations + 1));
            if (fabs(fast.log_likelihood - plain.log_likelihood) < 2e-6 && plain.n_passes >= 50) {
                log_saving += log((double)plain.n_passes / fast.n_passes);
                ++n_same;
            }
        }
        emix_dataset_destroy(data);
        free(x);
    }
    cr_assert(ge(int, n_same, 8), "only %d comparable runs", n_same);
    cr_expect(ge(dbl, exp(log_saving / n_same), 2.0), "%d runs save %.2f", n_same,
              exp(log_saving / n_same));
}

Test(acceleration, makes_no_more_iterations_than_asked_for)
{
    double *x = blobs(N_ROWS, 3, D, 5);
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    for (int limit = 0; limit < 20; ++limit) {
        FitCase options = options_of(EMIX_COVARIANCE_FULL, 3);
        options.max_iterations = limit;
        options.stop_rule = EMIX_STOP_ON_NONE;
        const EmixFitReport report = report_of(data, &options);
        cr_expect(eq(int, report.n_iterations, limit));
        cr_expect(eq(int, report.n_passes, limit + 1));
    }
    emix_dataset_destroy(data);
    free(x);
}
