/* The rows that seeds come from, and their coordinates in each metric. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "core/alloc.h"
#include "data/dataset.h"
#include "seeds/seed_sample.h"
#include "support/blobs.h"

enum { N_ROWS = 9001, N_FEATURES = 3, N_COMPONENTS = 4 };

/* Every row's coordinates must be those that its metric says. */
static void check_coordinates(const EmixSeedSample *sample)
{
    double z[N_FEATURES];
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        for (emix_index i = 0; i < sample->n_all; ++i) {
            emix_metric_transform(sample->summary, N_FEATURES, (EmixMetric)metric,
                                  sample->rows + i * N_FEATURES, z);
            for (int j = 0; j < N_FEATURES; ++j) {
                cr_assert(eq(dbl, sample->coordinates[metric][i * N_FEATURES + j], z[j]));
            }
        }
    }
}

Test(seed_sample, coordinates_are_kept_once_where_every_metric_only_scales)
{
    const long live = emix_alloc_live_blocks();
    const EmixKernels *kernels = emix_kernels_select(NULL);
    double *x = blobs(N_ROWS, N_COMPONENTS, N_FEATURES, 11);
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, N_FEATURES, x, N_FEATURES, NULL, &data, NULL),
                 EMIX_OK));
    for (int full = 0; full < 2; ++full) {
        EmixDataSummary summary;
        EmixSeedSample sample;
        cr_assert(eq(int,
                     emix_scan_run(data, full ? EMIX_MOMENTS_FULL : EMIX_MOMENTS_DIAGONAL, kernels,
                                   1, NULL, &summary, NULL),
                     EMIX_OK));
        cr_assert(eq(int, emix_seed_sample_init(data, &summary, N_COMPONENTS, 3, &sample, NULL),
                     EMIX_OK));
        cr_assert(sample.is_part);
        for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
            const EmixOversampling how = {.n_components = N_COMPONENTS,
                                          .metric = (EmixMetric)metric,
                                          .seed = 3,
                                          .n_workers = 1};
            const emix_index before = sample.n_all;
            cr_assert(
                eq(int, emix_seed_sample_oversample(data, kernels, &how, &sample, NULL), EMIX_OK));
            cr_expect(gt(i64, sample.n_all, before), "candidates are added");
        }
        const bool once = sample.coordinates[EMIX_METRIC_SCALED] ==
                          sample.coordinates[EMIX_METRIC_SPHERED];
        cr_expect(eq(int, once, !full));
        check_coordinates(&sample);
        emix_seed_sample_clear(&sample);
        emix_scan_clear(&summary);
    }
    emix_dataset_destroy(data);
    free(x);
    cr_expect(eq(long, emix_alloc_live_blocks(), live));
}
