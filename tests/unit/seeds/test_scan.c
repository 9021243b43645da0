/* Moments of a data set: of each kind, and what they take. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "data/dataset.h"
#include "seeds/metric.h"
#include "seeds/scan.h"
#include "support/blobs.h"

enum { N_ROWS = 503, N_FEATURES = 7, WIDE = 20000, FEW_ROWS = 5 };

static EmixDataset *dataset_of(const double *x, emix_index n_rows, emix_index n_features)
{
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_create(n_rows, n_features, x, n_features, NULL, &data, &error),
                 EMIX_OK),
              "%s", error.message);
    return data;
}

static EmixDataSummary scanned(const EmixDataset *data, EmixMomentsKind kind,
                               const EmixKernels *kernels)
{
    EmixDataSummary summary;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_scan_run(data, kind, kernels, 1, NULL, &summary, &error), EMIX_OK), "%s",
              error.message);
    return summary;
}

Test(scan, diagonal_moments_are_those_of_the_full_ones_without_a_matrix)
{
    double *x = blobs(N_ROWS, 3, N_FEATURES, 5);
    EmixDataset *data = dataset_of(x, N_ROWS, N_FEATURES);
    for (int table = 0; emix_kernels_available(table) != NULL; ++table) {
        const EmixKernels *kernels = emix_kernels_available(table);
        EmixDataSummary full = scanned(data, EMIX_MOMENTS_FULL, kernels);
        EmixDataSummary diagonal = scanned(data, EMIX_MOMENTS_DIAGONAL, kernels);
        cr_expect(eq(ptr, diagonal.covariance, NULL));
        cr_expect(eq(ptr, diagonal.whitener, NULL));
        cr_expect(eq(dbl, diagonal.max_eigenvalue, 1.0));
        cr_expect(ne(ptr, full.whitener, NULL));
        for (int j = 0; j < N_FEATURES; ++j) {
            const double variance = full.covariance[j * (N_FEATURES + 1)];
            cr_expect(eq(dbl, full.variances[j], variance));
            cr_expect(eq(dbl, full.sds[j], sqrt(variance)));
            cr_expect(epsilon_eq(dbl, diagonal.variances[j], variance, 1e-12 * variance));
            cr_expect(epsilon_eq(dbl, diagonal.sds[j], full.sds[j], 1e-12 * full.sds[j]));
            cr_expect(eq(dbl, diagonal.mean[j], full.mean[j]));
        }
        emix_scan_clear(&diagonal);
        emix_scan_clear(&full);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(scan, memory_of_diagonal_moments_is_linear_in_the_features)
{
    double *x = malloc(sizeof(double) * FEW_ROWS * WIDE);
    for (int i = 0; i < FEW_ROWS * WIDE; ++i) {
        x[i] = (double)(i * 7919LL % 10007);
    }
    EmixDataset *data = dataset_of(x, FEW_ROWS, WIDE);
    const EmixKernels *kernels = emix_kernels_select(NULL);
    EmixDataSummary summary;
    emix_alloc_fail_above((emix_index)480 * WIDE * (emix_index)sizeof(double));
    const EmixStatus diagonal = emix_scan_run(data, EMIX_MOMENTS_DIAGONAL, kernels, 2, NULL,
                                              &summary, NULL);
    emix_scan_clear(&summary);
    const EmixStatus full = emix_scan_run(data, EMIX_MOMENTS_FULL, kernels, 2, NULL, &summary,
                                          NULL);
    emix_alloc_fail_above(-1);
    cr_expect(eq(int, diagonal, EMIX_OK));
    cr_expect(eq(int, full, EMIX_ERR_NOMEM), "the limit is below that of a matrix");
    emix_dataset_destroy(data);
    free(x);
}

Test(scan, only_loose_moments_may_have_a_constant_column)
{
    static const double x[] = {1.0, 4.0, 2.0, 4.0, 6.0, 4.0};
    EmixDataset *data = dataset_of(x, 3, 2);
    const EmixKernels *kernels = emix_kernels_select(NULL);
    EmixDataSummary summary;
    EmixError error = {{0}};
    cr_expect(eq(int,
                 emix_scan_run(data, EMIX_MOMENTS_DIAGONAL, kernels, 1, NULL, &summary, &error),
                 EMIX_ERR_DEGENERATE));
    summary = scanned(data, EMIX_MOMENTS_LOOSE, kernels);
    cr_expect(eq(dbl, summary.variances[1], 0.0));
    cr_expect(eq(dbl, summary.sds[1], 1.0));
    emix_scan_clear(&summary);
    emix_dataset_destroy(data);
}

Test(scan, the_sphered_metric_of_diagonal_moments_is_the_scaled_one)
{
    double *x = blobs(N_ROWS, 3, N_FEATURES, 5);
    EmixDataset *data = dataset_of(x, N_ROWS, N_FEATURES);
    EmixDataSummary full = scanned(data, EMIX_MOMENTS_FULL, emix_kernels_select(NULL));
    EmixDataSummary diagonal = scanned(data, EMIX_MOMENTS_DIAGONAL, emix_kernels_select(NULL));
    double scaled[N_FEATURES];
    double sphered[N_FEATURES];
    emix_metric_transform(&diagonal, N_FEATURES, EMIX_METRIC_SCALED, x, scaled);
    emix_metric_transform(&diagonal, N_FEATURES, EMIX_METRIC_SPHERED, x, sphered);
    for (int j = 0; j < N_FEATURES; ++j) {
        cr_expect(eq(dbl, sphered[j], scaled[j]));
    }
    cr_expect(emix_metric_scales(&diagonal, EMIX_METRIC_SPHERED));
    cr_expect(not(emix_metric_scales(&full, EMIX_METRIC_SPHERED)));
    emix_scan_clear(&diagonal);
    emix_scan_clear(&full);
    emix_dataset_destroy(data);
    free(x);
}
