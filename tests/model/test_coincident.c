/* Components that coincide are named in the report. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdbool.h>
#include <stdlib.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/fit_case.h"

enum { N_ROWS = 601, K = 3, D = 3 };

/* Three components at given distances, in standard deviations of the first; not fitted. */
static EmixModel *as_they_are(const EmixDataset *data, EmixCovariance covariance, double apart,
                              double wider)
{
    enum { SIZE = D * D };
    static const double factor[D][D] = {{2.0, 0.0, 0.0}, {1.0, 0.5, 0.0}, {-3.0, 1.0, 4.0}};
    const double weights[K] = {0.3, 0.5, 0.2};
    double means[K * D] = {0.0};
    double covariances[K * SIZE] = {0.0};
    const bool diagonal = covariance == EMIX_COVARIANCE_DIAG;
    for (int i = 0; i < D; ++i) {
        means[D + i] = diagonal ? (i == 2) * apart * factor[2][2] : factor[i][0] * apart;
        means[2 * D + i] = 30.0;
        for (int j = 0; j < D; ++j) {
            double sum = diagonal ? (i == j) * factor[i][i] * factor[i][i] : 0.0;
            for (int l = 0; l < D && !diagonal; ++l)
                sum += factor[i][l] * factor[j][l];
            for (int k = 0; k < K; ++k)
                covariances[k * SIZE + i * D + j] = sum;
        }
    }
    for (int i = 0; i < SIZE; ++i)
        covariances[SIZE + i] *= wider;
    EmixModel *start = NULL;
    EmixModel *model = NULL;
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_model_create_gaussian(covariance, K, D, weights, means, covariances, &start,
                                            &error),
                 EMIX_OK),
              "%s", error.message);
    FitCase options = fit_case_default();
    options.n_components = K;
    options.covariance = covariance;
    options.initial = start;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.max_iterations = 0;
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK));
    emix_fit_destroy(fit);
    emix_model_destroy(start);
    return model;
}

Test(coincident, components_within_a_tenth_of_a_standard_deviation_are_said_to_coincide)
{
    static const struct {
        double apart, wider; /* |L^-1 step|, and the factor of the covariance */
        bool one;
    } pairs[] = {{0.0, 1.0, true},   {0.09, 1.0, true},
                 {0.11, 1.0, false}, {0.0, 1.07, true}, /* 3/2 0.07^2 < 0.01 */
                 {0.0, 1.09, false}, {0.07, 1.07, false}};
    static const EmixCovariance structures[] = {EMIX_COVARIANCE_FULL, EMIX_COVARIANCE_DIAG};
    double *x = blobs(N_ROWS, K, D, 21);
    for (int i = 0; i < 100; ++i) { /* rows for the third component */
        for (int j = 0; j < D; ++j)
            x[i * D + j] += 30.0;
    }
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    for (int c = 0; c < 12; ++c) {
        EmixModel *model = as_they_are(data, structures[c % 2], pairs[c / 2].apart,
                                       pairs[c / 2].wider);
        const unsigned *flags = emix_model_component_flags(model);
        const unsigned all = emix_model_report(model)->flags;
        for (int k = 0; k < K; ++k) {
            const bool expected = k < 2 && pairs[c / 2].one;
            cr_expect(eq(int, (flags[k] & EMIX_FLAG_COINCIDENT) != 0, expected),
                      "pair %d, structure %d, component %d", c / 2, c % 2, k);
        }
        cr_expect(eq(int, (all & EMIX_FLAG_COINCIDENT) != 0, pairs[c / 2].one));
        emix_model_destroy(model);
    }
    emix_dataset_destroy(data);
    free(x);
}
