/* Checking the data and taking their moments about their mean. */
#include "seeds/scan.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"

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
    EmixMomentsKind kind;
    const EmixDomain *domain; /* NULL = any */
    const EmixKernels *kernels;
    EmixKernelShape shape;
    EmixSweepJob job;     /* its lanes are extents, then moments */
    const double *origin; /* [D] what the running sweep subtracts */
    double *scratch;      /* [n_workers x scratch_size]: panel, weights, moments scratch */
    emix_index scratch_size;
    emix_index weights_at;
    emix_index moments_at;
} Scan;

static Extent view_extent(const Scan *scan, void *lane)
{
    const emix_index d = scan->shape.n_features;
    double *at = lane;
    return (Extent){.sum = at, .min = at + d, .max = at + 2 * d};
}

static void begin_extent(void *context, int worker, void *lane)
{
    (void)worker;
    const Scan *scan = context;
    const Extent extent = view_extent(scan, lane);
    for (emix_index j = 0; j < scan->shape.n_features; ++j) {
        extent.min[j] = INFINITY;
        extent.max[j] = -INFINITY;
    }
}

/* Whether a shard's values lie in the domain. */
static EmixStatus check_domain(const Scan *scan, const EmixRows *rows, EmixError *error)
{
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        for (emix_index j = 0; j < scan->shape.n_features; ++j) {
            const double value = rows->x[i * rows->ldx + j];
            if (!scan->domain->accepts(value)) {
                char row[64];
                char column[256];
                return emix_fail(
                    error, EMIX_ERR_FORMAT, "%s, %s: the value %.15g is not %s",
                    emix_data_describe_feature(scan->job.data, j, column, sizeof column),
                    emix_data_describe_row(scan->job.data, rows->first_row + i, row, sizeof row),
                    value, scan->domain->noun);
            }
        }
    }
    return EMIX_OK;
}

static EmixStatus extend(void *context, const EmixRows *rows, int worker, void *lane,
                         EmixError *error)
{
    (void)worker;
    const Scan *scan = context;
    if (scan->domain != NULL) {
        const EmixStatus status = check_domain(scan, rows, error);
        if (status != EMIX_OK) {
            return status;
        }
    }
    const Extent extent = view_extent(scan, lane);
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double w = emix_rows_weight(rows, i);
        for (emix_index j = 0; j < scan->shape.n_features && w > 0.0; ++j) {
            const double value = rows->x[i * rows->ldx + j];
            extent.sum[j] += w * (value - scan->origin[j]);
            extent.min[j] = fmin(extent.min[j], value);
            extent.max[j] = fmax(extent.max[j], value);
        }
    }
    return EMIX_OK;
}

static void join_extents(void *context, void *into, const void *from)
{
    const Scan *scan = context;
    const emix_index d = scan->shape.n_features;
    const Extent total = view_extent(scan, into);
    const double *part = from;
    for (emix_index j = 0; j < d; ++j) {
        total.sum[j] += part[j];
        total.min[j] = fmin(total.min[j], part[d + j]);
        total.max[j] = fmax(total.max[j], part[2 * d + j]);
    }
}

static EmixStatus add_moments(void *context, const EmixRows *rows, int worker, void *lane,
                              EmixError *error)
{
    (void)error;
    const Scan *scan = context;
    const EmixKernels *kernels = scan->kernels;
    double *panel = scan->scratch + (emix_index)worker * scan->scratch_size;
    double *weights = panel + scan->weights_at;
    double *moments_scratch = panel + scan->moments_at;
    const emix_index group = kernels->row_group;
    const emix_index padded_rows = (rows->n_rows + group - 1) / group * group;
    for (emix_index i = 0; i < padded_rows; ++i) {
        weights[i] = i >= rows->n_rows ? 0.0 : emix_rows_weight(rows, i);
    }
    kernels->pack(&scan->shape, rows->n_rows, padded_rows, rows->x, rows->ldx, scan->origin, panel);
    if (scan->kind == EMIX_MOMENTS_FULL) {
        kernels->moments_add(&scan->shape, padded_rows, panel, weights, padded_rows,
                             moments_scratch, lane);
    } else {
        kernels->sums_add(&scan->shape, EMIX_SQUARES_EACH, padded_rows, panel, weights, padded_rows,
                          moments_scratch, lane);
    }
    return EMIX_OK;
}

static EmixStatus check_extent(const Scan *scan, const Extent *total, EmixError *error)
{
    char column[256];
    for (emix_index j = 0; j < scan->shape.n_features && scan->kind != EMIX_MOMENTS_LOOSE; ++j) {
        if (total->min[j] == total->max[j]) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "%s is constant (%.17g in all rows): the likelihood is unbounded; "
                             "leave the column out",
                             emix_data_describe_feature(scan->job.data, j, column, sizeof column),
                             total->min[j]);
        }
    }
    return EMIX_OK;
}

/* First sweep: finite values, the mean. */
static EmixStatus find_mean(Scan *scan, double *mean, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = scan->shape.n_features;
    emix_index ldx = 0;
    /* About the first row, so that a common offset costs no digits. */
    const double *first_row = emix_data_view_rows(scan->job.data, 0, 1, mean, &ldx);
    memmove(mean, first_row, (size_t)d * sizeof *mean);
    scan->origin = mean;
    scan->job.check = true;
    scan->job.begin_lane = begin_extent;
    scan->job.shard = extend;
    scan->job.add = join_extents;
    EMIX_TRY(emix_sweep_run(&scan->job, error));
    const Extent total = view_extent(scan, emix_sweep_lane(&scan->job, 0));
    for (emix_index j = 0; j < d; ++j) {
        mean[j] += total.sum[j] / scan->job.data->total_weight;
    }
    EMIX_TRY(check_extent(scan, &total, error));
cleanup:
    return status;
}

/* Sums about the mean, in place, become the covariance; its diagonal are the variances. */
static void divide_covariance(emix_index d, double count, const double *sum_x, double *covariance,
                              double *variances)
{
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double value = (covariance[i * d + j] - sum_x[i] * sum_x[j] / count) / count;
            covariance[i * d + j] = value;
            covariance[j * d + i] = value;
        }
        variances[i] = covariance[i * d + i];
    }
}

static void divide_variances(emix_index d, double count, const double *sum_x, double *variances)
{
    for (emix_index j = 0; j < d; ++j) {
        variances[j] = (variances[j] - sum_x[j] * sum_x[j] / count) / count;
    }
}

static EmixStatus find_sds(const Scan *scan, EmixDataSummary *summary, EmixError *error)
{
    char column[256];
    for (emix_index j = 0; j < scan->shape.n_features; ++j) {
        const double variance = summary->variances[j];
        const bool usable = variance > min_variance && isfinite(variance);
        if (!usable && scan->kind != EMIX_MOMENTS_LOOSE) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "%s has variance %g, outside %g ... 1e300: rescale it",
                             emix_data_describe_feature(scan->job.data, j, column, sizeof column),
                             variance, min_variance);
        }
        summary->sds[j] = usable ? sqrt(variance) : 1.0;
    }
    return EMIX_OK;
}

/* Second sweep: the second moments about the mean. */
static EmixStatus find_second_moments(Scan *scan, EmixDataSummary *summary, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = scan->shape.n_features;
    double count = 0.0;
    scan->origin = summary->mean;
    scan->job.check = false;
    scan->job.begin_lane = NULL;
    scan->job.shard = add_moments;
    scan->job.add = NULL;
    EMIX_TRY(emix_sweep_run(&scan->job, error));
    const double *moments = emix_sweep_lane(&scan->job, 0);
    double *sum_x = summary->sds; /* until the deviations are known */
    if (scan->kind == EMIX_MOMENTS_FULL) {
        scan->kernels->moments_unpack(&scan->shape, moments, 0, &count, sum_x, summary->covariance);
        divide_covariance(d, count, sum_x, summary->covariance, summary->variances);
    } else {
        scan->kernels->sums_unpack(&scan->shape, EMIX_SQUARES_EACH, moments, 0, &count, sum_x,
                                   summary->variances);
        divide_variances(d, count, sum_x, summary->variances);
    }
    EMIX_TRY(find_sds(scan, summary, error));
cleanup:
    return status;
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
static EmixStatus scan_create(const EmixDataset *data, EmixMomentsKind kind,
                              const EmixKernels *kernels, int n_workers, const EmixWatch *watch,
                              Scan *scan, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    const emix_index rows = emix_kernels_block_rows(d, data->n_rows);
    const bool full = kind == EMIX_MOMENTS_FULL;
    *scan = (Scan){
        .kind = kind,
        .kernels = kernels,
        .shape = {.n_rows = rows, .n_features = d, .n_components = 1, .sums_only = !full},
    };
    const emix_index moments = full ? kernels->moments_size(&scan->shape)
                                    : kernels->sums_size(&scan->shape, EMIX_SQUARES_EACH);
    const emix_index moments_scratch = full ? kernels->moments_scratch_size(&scan->shape)
                                            : kernels->sums_scratch_size(&scan->shape,
                                                                         EMIX_SQUARES_EACH);
    const emix_index lane_size = emix_align_doubles(moments > 3 * d ? moments : 3 * d);
    const emix_index lane_bytes = lane_size * (emix_index)sizeof(double);
    scan->job = (EmixSweepJob){
        .data = data,
        .plan = emix_shard_plan(data->n_rows, rows, lane_bytes),
        .n_workers = n_workers,
        .watch = watch,
        .context = scan,
        .lane_stride = (size_t)lane_bytes,
        .lane_bytes = (size_t)lane_bytes,
        .sum = EMIX_LANES_IN_ORDER,
    };
    scan->weights_at = emix_align_doubles(kernels->panel_size(&scan->shape));
    scan->moments_at = scan->weights_at + emix_align_doubles(rows);
    scan->scratch_size = emix_align_doubles(scan->moments_at + moments_scratch);
    EMIX_TRY(emix_sweep_allocate(&scan->job, error));
    EMIX_TRY_ALLOC(scan->scratch, n_workers * scan->scratch_size);
cleanup:
    return status;
}

EmixStatus emix_scan_run_within(const EmixDataset *data, EmixMomentsKind kind,
                                const EmixDomain *domain, const EmixKernels *kernels, int n_workers,
                                const EmixWatch *watch, EmixDataSummary *summary, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    Scan scan = {0};
    const bool full = kind == EMIX_MOMENTS_FULL;
    *summary = (EmixDataSummary){.total_weight = data->total_weight, .max_eigenvalue = 1.0};
    EMIX_TRY(scan_create(data, kind, kernels, n_workers, watch, &scan, error));
    scan.domain = domain;
    EMIX_TRY_ALLOC(summary->mean, d);
    EMIX_TRY_ALLOC(summary->variances, d);
    EMIX_TRY_ALLOC(summary->sds, d);
    if (full) {
        EMIX_TRY_ALLOC(summary->covariance, d * d);
        EMIX_TRY_ALLOC(summary->whitener, d * d);
    }
    EMIX_TRY(find_mean(&scan, summary->mean, error));
    EMIX_TRY(find_second_moments(&scan, summary, error));
    if (full) {
        EMIX_TRY(factorise(data, summary, error));
    }
cleanup:
    emix_free(scan.scratch);
    emix_sweep_clear(&scan.job);
    if (status != EMIX_OK) {
        emix_scan_clear(summary);
    }
    return status;
}

EmixStatus emix_scan_run(const EmixDataset *data, EmixMomentsKind kind, const EmixKernels *kernels,
                         int n_workers, const EmixWatch *watch, EmixDataSummary *summary,
                         EmixError *error)
{
    return emix_scan_run_within(data, kind, NULL, kernels, n_workers, watch, summary, error);
}

EmixMoments emix_scan_moments(const EmixDataSummary *summary)
{
    return (EmixMoments){.total_weight = summary->total_weight,
                         .mean = summary->mean,
                         .variances = summary->variances,
                         .sds = summary->sds,
                         .covariance = summary->covariance,
                         .max_eigenvalue = summary->max_eigenvalue};
}

void emix_scan_clear(EmixDataSummary *summary)
{
    emix_free(summary->whitener);
    emix_free(summary->covariance);
    emix_free(summary->sds);
    emix_free(summary->variances);
    emix_free(summary->mean);
    *summary = (EmixDataSummary){0};
}
