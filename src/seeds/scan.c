/* Checking the data and taking their moments about their mean. */
#include "seeds/scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "data/shard_plan.h"
#include "data/stream.h"
#include "linalg/linalg.h"
#include "parallel/parallel.h"

/* Below this a variance is too close to the smallest doubles to divide by. */
static const double min_variance = 1e-280;
/* Columns are called dependent when the correlation matrix is this close to singular: every
 * component would sit on its covariance floor. */
static const double min_eigenvalue_ratio = 1e-10;

/* A lane's results of the first sweep. */
typedef struct Extent {
    double *sum; /* [D] of w (x - first row) */
    double *min; /* [D] */
    double *max; /* [D] */
} Extent;

typedef struct Scan {
    const EmixDataset *data;
    EmixScanKind kind;
    const EmixKernels *kernels;
    EmixKernelShape shape;
    EmixShardPlan plan;
    const double *origin; /* [D] what the running sweep subtracts */
    double *lanes;        /* [n_lanes x lane_size] */
    emix_index lane_size;
    double *scratch; /* [n_workers x scratch_size]: rows, panel, weights, moments scratch */
    emix_index scratch_size;
    emix_index panel_at;
    emix_index weights_at;
    emix_index moments_at;
} Scan;

EmixStatus emix_scan_check_rows(const EmixDataset *data, emix_index first_row, emix_index n_rows,
                                const double *x, emix_index ldx, EmixError *error)
{
    for (emix_index i = 0; i < n_rows; ++i) {
        for (emix_index j = 0; j < data->n_features; ++j) {
            const double value = x[i * ldx + j];
            if (fabs(value) <= EMIX_VALUE_LIMIT) {
                continue;
            }
            char row[64];
            char column[256];
            return emix_fail(error, EMIX_ERR_NONFINITE, "%s, %s: the value %g is %s",
                             emix_data_describe_feature(data, j, column, sizeof column),
                             emix_data_describe_row(data, first_row + i, row, sizeof row), value,
                             isnan(value)   ? "missing"
                             : isinf(value) ? "not finite"
                                            : "beyond the limit of 1e150");
        }
    }
    return EMIX_OK;
}

static Extent view_extent(const Scan *scan, int lane)
{
    const emix_index d = scan->shape.n_features;
    double *at = scan->lanes + (emix_index)lane * scan->lane_size;
    return (Extent){.sum = at, .min = at + d, .max = at + 2 * d};
}

static EmixSweep begin_lane(const Scan *scan, int lane)
{
    return emix_data_sweep_begin(scan->data, emix_shard_plan_lane_row(&scan->plan, lane),
                                 emix_shard_plan_lane_row(&scan->plan, lane + 1));
}

static EmixStatus extent_lane(void *context, int lane, int worker)
{
    const Scan *scan = context;
    const emix_index d = scan->shape.n_features;
    const Extent extent = view_extent(scan, lane);
    double *buffer = scan->scratch + (emix_index)worker * scan->scratch_size;
    for (emix_index j = 0; j < d; ++j) {
        extent.sum[j] = 0.0;
        extent.min[j] = INFINITY;
        extent.max[j] = -INFINITY;
    }
    const emix_index end = emix_shard_plan_first(&scan->plan, lane + 1);
    EmixSweep sweep = begin_lane(scan, lane);
    EmixStatus status = EMIX_OK;
    for (emix_index s = emix_shard_plan_first(&scan->plan, lane); s < end; ++s) {
        emix_index n_rows = 0;
        emix_index ldx = 0;
        const emix_index first = emix_shard_plan_rows(&scan->plan, s, &n_rows);
        const double *x = emix_data_sweep_view(&sweep, first, n_rows, buffer, &ldx);
        if (emix_scan_check_rows(scan->data, first, n_rows, x, ldx, NULL) != EMIX_OK) {
            status = EMIX_ERR_NONFINITE;
            break;
        }
        for (emix_index i = 0; i < n_rows; ++i) {
            const double w = scan->data->row_weights ? scan->data->row_weights[first + i] : 1.0;
            for (emix_index j = 0; j < d && w > 0.0; ++j) {
                const double value = x[i * ldx + j];
                extent.sum[j] += w * (value - scan->origin[j]);
                extent.min[j] = fmin(extent.min[j], value);
                extent.max[j] = fmax(extent.max[j], value);
            }
        }
    }
    emix_data_sweep_end(&sweep);
    return status;
}

static EmixStatus moments_lane(void *context, int lane, int worker)
{
    const Scan *scan = context;
    double *rows = scan->scratch + (emix_index)worker * scan->scratch_size;
    double *panel = rows + scan->panel_at;
    double *weights = rows + scan->weights_at;
    double *moments = scan->lanes + (emix_index)lane * scan->lane_size;
    const emix_index group = scan->kernels->row_group;
    memset(moments, 0, (size_t)scan->lane_size * sizeof *moments);
    const emix_index end = emix_shard_plan_first(&scan->plan, lane + 1);
    EmixSweep sweep = begin_lane(scan, lane);
    for (emix_index s = emix_shard_plan_first(&scan->plan, lane); s < end; ++s) {
        emix_index n_rows = 0;
        emix_index ldx = 0;
        const emix_index first = emix_shard_plan_rows(&scan->plan, s, &n_rows);
        const emix_index padded_rows = (n_rows + group - 1) / group * group;
        const double *x = emix_data_sweep_view(&sweep, first, n_rows, rows, &ldx);
        for (emix_index i = 0; i < padded_rows; ++i) {
            const double *w = scan->data->row_weights;
            weights[i] = i >= n_rows ? 0.0 : w ? w[first + i] : 1.0;
        }
        scan->kernels->pack(&scan->shape, n_rows, padded_rows, x, ldx, scan->origin, panel);
        if (scan->kind == EMIX_SCAN_FULL) {
            scan->kernels->moments_add(&scan->shape, padded_rows, panel, weights, padded_rows,
                                       rows + scan->moments_at, moments);
        } else {
            scan->kernels->sums_add(&scan->shape, EMIX_SQUARES_EACH, padded_rows, panel, weights,
                                    padded_rows, rows + scan->moments_at, moments);
        }
    }
    emix_data_sweep_end(&sweep);
    return EMIX_OK;
}

/* Finds the first value that is not acceptable, row by row, for the message. */
static EmixStatus report_bad_value(Scan *scan, EmixError *error)
{
    for (emix_index s = 0; s < scan->plan.n_shards; ++s) {
        emix_index n_rows = 0;
        emix_index ldx = 0;
        const emix_index first = emix_shard_plan_rows(&scan->plan, s, &n_rows);
        const double *x = emix_data_view_rows(scan->data, first, n_rows, scan->scratch, &ldx);
        if (emix_scan_check_rows(scan->data, first, n_rows, x, ldx, error) != EMIX_OK) {
            break;
        }
    }
    return EMIX_ERR_NONFINITE;
}

static EmixStatus check_extent(const Scan *scan, const Extent *total, EmixError *error)
{
    char column[256];
    for (emix_index j = 0; j < scan->shape.n_features; ++j) {
        if (total->min[j] == total->max[j]) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "%s is constant (%.17g in all rows): the likelihood is unbounded; "
                             "leave the column out",
                             emix_data_describe_feature(scan->data, j, column, sizeof column),
                             total->min[j]);
        }
    }
    return EMIX_OK;
}

/* First sweep: finite values, the mean. */
static EmixStatus find_mean(Scan *scan, int n_workers, double *mean, EmixError *error)
{
    const emix_index d = scan->shape.n_features;
    emix_index ldx = 0;
    /* About the first row, so that a common offset costs no digits. */
    const double *first_row = emix_data_view_rows(scan->data, 0, 1, mean, &ldx);
    memmove(mean, first_row, (size_t)d * sizeof *mean);
    scan->origin = mean;
    if (emix_parallel_for(scan->plan.n_lanes, n_workers, extent_lane, scan) != EMIX_OK) {
        return report_bad_value(scan, error);
    }
    const Extent total = view_extent(scan, 0);
    for (int lane = 1; lane < scan->plan.n_lanes; ++lane) {
        const Extent part = view_extent(scan, lane);
        for (emix_index j = 0; j < d; ++j) {
            total.sum[j] += part.sum[j];
            total.min[j] = fmin(total.min[j], part.min[j]);
            total.max[j] = fmax(total.max[j], part.max[j]);
        }
    }
    for (emix_index j = 0; j < d; ++j) {
        mean[j] += total.sum[j] / scan->data->total_weight;
    }
    return check_extent(scan, &total, error);
}

/* Second sweep: the covariance about the mean; summary->mean is updated by the little that
 * rounding left of the first moment. */
static EmixStatus find_covariance(Scan *scan, int n_workers, EmixDataSummary *summary,
                                  EmixError *error)
{
    const emix_index d = scan->shape.n_features;
    char column[256];
    double count = 0.0;
    scan->origin = summary->mean;
    emix_parallel_for(scan->plan.n_lanes, n_workers, moments_lane, scan);
    for (int lane = 1; lane < scan->plan.n_lanes; ++lane) {
        for (emix_index i = 0; i < scan->lane_size; ++i) {
            scan->lanes[i] += scan->lanes[(emix_index)lane * scan->lane_size + i];
        }
    }
    double *sum_x = summary->sds; /* until the deviations are known */
    if (scan->kind == EMIX_SCAN_FULL) {
        scan->kernels->moments_unpack(&scan->shape, scan->lanes, 0, &count, sum_x,
                                      summary->covariance);
    } else {
        double *variances = summary->whitener; /* until that is known */
        scan->kernels->sums_unpack(&scan->shape, EMIX_SQUARES_EACH, scan->lanes, 0, &count, sum_x,
                                   variances);
        for (emix_index j = 0; j < d; ++j) {
            summary->covariance[j * d + j] = variances[j];
        }
    }
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double value = (summary->covariance[i * d + j] - sum_x[i] * sum_x[j] / count) /
                                 count;
            summary->covariance[i * d + j] = value;
            summary->covariance[j * d + i] = value;
        }
    }
    for (emix_index j = 0; j < d; ++j) {
        const double variance = summary->covariance[j * d + j];
        if (!(variance > min_variance) || !isfinite(variance)) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "%s has variance %g, outside %g ... 1e300: rescale it",
                             emix_data_describe_feature(scan->data, j, column, sizeof column),
                             variance, min_variance);
        }
        summary->sds[j] = sqrt(variance);
    }
    return EMIX_OK;
}

/* Largest eigenvalue of the correlation matrix, and the whitener. */
static EmixStatus factorise(const EmixDataset *data, EmixDataSummary *summary, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    double *values = NULL;
    double *workspace = NULL;
    EMIX_TRY_ALLOC(values, d);
    EMIX_TRY_ALLOC(workspace, emix_linalg_eigen_workspace(d));
    double *correlation = summary->whitener;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j < d; ++j) {
            correlation[i * d + j] = summary->covariance[i * d + j] / summary->sds[i] /
                                     summary->sds[j];
        }
    }
    if (emix_linalg_eigen(d, false, correlation, values, workspace) != 0) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_DEGENERATE,
                           "the eigenvalues of the correlation matrix cannot be computed"));
    }
    summary->max_eigenvalue = values[d - 1];
    memcpy(summary->whitener, summary->covariance, (size_t)(d * d) * sizeof *summary->whitener);
    if (values[0] <= min_eigenvalue_ratio * values[d - 1] ||
        emix_linalg_cholesky(d, summary->whitener) != 0) {
        EMIX_TRY(emix_fail(
            error, EMIX_ERR_DEGENERATE,
            "the %lld columns are linearly dependent over the %lld rows (eigenvalues of their "
            "correlations from %.3g to %.3g): the likelihood is unbounded; leave columns out%s",
            (long long)d, (long long)data->n_rows, values[0], values[d - 1],
            data->n_rows <= d ? " or bring more rows than columns" : ""));
    }
    emix_linalg_invert_lower(d, summary->whitener);
cleanup:
    emix_free(workspace);
    emix_free(values);
    return status;
}

/* Sizes and memory of the two sweeps. */
static EmixStatus scan_create(const EmixDataset *data, EmixScanKind kind,
                              const EmixKernels *kernels, int n_workers, Scan *scan,
                              EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index rows = emix_kernels_block_rows(d, 1);
    *scan = (Scan){
        .data = data,
        .kind = kind,
        .kernels = kernels,
        .shape = {.n_rows = rows, .n_features = d, .n_components = 1},
    };
    const bool full = kind == EMIX_SCAN_FULL;
    const emix_index moments = full ? kernels->moments_size(&scan->shape)
                                    : kernels->sums_size(&scan->shape, EMIX_SQUARES_EACH);
    const emix_index moments_scratch = full ? kernels->moments_scratch_size(&scan->shape)
                                            : kernels->sums_scratch_size(&scan->shape,
                                                                         EMIX_SQUARES_EACH);
    scan->lane_size = moments > 3 * d ? moments : 3 * d;
    scan->lane_size = emix_align_doubles(scan->lane_size);
    scan->plan = emix_shard_plan(data->n_rows, rows, scan->lane_size * (emix_index)sizeof(double));
    scan->panel_at = emix_align_doubles(rows * d);
    scan->weights_at = scan->panel_at + emix_align_doubles(kernels->panel_size(&scan->shape));
    scan->moments_at = scan->weights_at + emix_align_doubles(rows);
    scan->scratch_size = emix_align_doubles(scan->moments_at + moments_scratch);
    EMIX_TRY_ALLOC(scan->lanes, scan->plan.n_lanes * scan->lane_size);
    EMIX_TRY_ALLOC(scan->scratch, n_workers * scan->scratch_size);
cleanup:
    return status;
}

/* Without correlations the whitener scales columns. */
static void factorise_diagonal(emix_index d, EmixDataSummary *summary)
{
    summary->max_eigenvalue = 1.0;
    memset(summary->whitener, 0, (size_t)(d * d) * sizeof *summary->whitener);
    for (emix_index j = 0; j < d; ++j) {
        summary->whitener[j * d + j] = 1.0 / summary->sds[j];
    }
}

EmixStatus emix_scan_run(const EmixDataset *data, EmixScanKind kind, const EmixKernels *kernels,
                         int n_workers, EmixDataSummary *summary, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    Scan scan = {0};
    *summary = (EmixDataSummary){0};
    EMIX_TRY(scan_create(data, kind, kernels, n_workers, &scan, error));
    EMIX_TRY_ALLOC(summary->mean, d);
    EMIX_TRY_ALLOC(summary->covariance, d * d);
    EMIX_TRY_ALLOC(summary->sds, d);
    EMIX_TRY_ALLOC(summary->whitener, d * d);
    EMIX_TRY(find_mean(&scan, n_workers, summary->mean, error));
    EMIX_TRY(find_covariance(&scan, n_workers, summary, error));
    if (kind == EMIX_SCAN_FULL) {
        EMIX_TRY(factorise(data, summary, error));
    } else {
        factorise_diagonal(d, summary);
    }
cleanup:
    emix_free(scan.scratch);
    emix_free(scan.lanes);
    if (status != EMIX_OK) {
        emix_scan_clear(summary);
    }
    return status;
}

void emix_scan_clear(EmixDataSummary *summary)
{
    emix_free(summary->whitener);
    emix_free(summary->sds);
    emix_free(summary->covariance);
    emix_free(summary->mean);
    *summary = (EmixDataSummary){0};
}
