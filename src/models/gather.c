/* Gathering rows by component. */
#include "models/gather.h"

#include <string.h>

#include "models/covariance.h"

/* Moments about the common centre keep ten digits up to here: 1e6 times eps. */
static const double far_distance2 = 1e6;
/* Gathering pays below this part of the responsibilities. */
static const double sparse_part = 0.25;

static EmixKernelShape one_component(const EmixModelSpec *spec)
{
    EmixKernelShape shape = spec->kernel_shape;
    shape.n_components = 1;
    return shape;
}

emix_index emix_gather_scratch_size(const EmixModelSpec *spec, emix_index kernel_scratch)
{
    const EmixKernelShape shape = one_component(spec);
    return emix_align_doubles(shape.n_rows * shape.n_features) +
           emix_align_doubles(spec->kernels->panel_size(&shape)) +
           emix_align_doubles(shape.n_rows) + kernel_scratch;
}

EmixGathered emix_gather_rows(const EmixModelSpec *spec, const EmixShard *shard, const double *r,
                              const double *mean, double *scratch)
{
    const EmixKernelShape shape = one_component(spec);
    const emix_index d = shape.n_features;
    const emix_index group = spec->kernels->row_group;
    double *rows = scratch;
    EmixGathered gathered = {.shape = shape};
    gathered.panel = rows + emix_align_doubles(shape.n_rows * d);
    gathered.r = gathered.panel + emix_align_doubles(spec->kernels->panel_size(&shape));
    gathered.scratch = gathered.r + emix_align_doubles(shape.n_rows);
    emix_index n = 0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (r[i] > EMIX_NEGLIGIBLE_RESPONSIBILITY * w) {
            memcpy(rows + n * d, shard->x + i * shard->ldx, (size_t)d * sizeof *rows);
            gathered.r[n++] = r[i];
        }
    }
    gathered.padded_rows = (n + group - 1) / group * group;
    for (emix_index i = n; i < gathered.padded_rows; ++i) {
        gathered.r[i] = 0.0;
    }
    if (n > 0) {
        spec->kernels->pack(&shape, n, gathered.padded_rows, rows, d, mean, gathered.panel);
    }
    return gathered;
}

bool emix_gather_pays(const EmixModelSpec *spec, const double *stats)
{
    const double looked_at = stats[EMIX_STAT_SAMPLED_ROWS] *
                             (double)spec->kernel_shape.n_components;
    return stats[EMIX_STAT_ACTIVE] < sparse_part * looked_at;
}

bool emix_is_far(const EmixModelSpec *spec, const double *mean, const double *variances,
                 emix_index stride)
{
    for (emix_index j = 0; j < spec->kernel_shape.n_features; ++j) {
        const double away = mean[j] - spec->centre[j];
        if (away * away > far_distance2 * variances[j * stride]) {
            return true;
        }
    }
    return false;
}
