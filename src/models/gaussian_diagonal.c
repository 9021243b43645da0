/* Gaussian components with diagonal (VVI) or spherical (VII) covariances.
 *
 * params  : K x [ mean[D] | variances[D] ]; the variances of a spherical component are equal
 * derived : log_norms[K] | flags[K] | scales[K x D] | offsets[K x D]
 *           scale = 1 / sd, offset = (mean - centre) / sd
 * stats   : n_k, sum_x about the centre, and sum_x2 by feature (diagonal) or in total (spherical)
 *
 * A pass costs about 8 N K D flops, not 2 N K D^2.
 *
 * A variance is the difference of two sums about the centre: its relative error is some eps times
 * ((mean - centre) / sd)^2, 1e-8 for a component 1e4 sds from it.
 *
 * Reference: Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 * 28(5), 781-793, models [lambda_k A_k] and [lambda_k I]. */
#include "models/component_ops.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "models/covariance.h"
#include "models/covariance_chart.h"
#include "models/eigenvalue_ratio.h"
#include "models/prior.h"

typedef struct Layout {
    emix_index d;
    emix_index n_components;
    emix_index slice;
    emix_index flags; /* places in derived; log_norms come first */
    emix_index scales;
    emix_index offsets;
    emix_index derived;
} Layout;

static Layout layout_of(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index n_components = spec->kernel_shape.n_components;
    Layout at = {.d = d, .n_components = n_components, .slice = emix_align_doubles(2 * d)};
    at.flags = emix_align_doubles(n_components);
    at.scales = 2 * at.flags;
    at.offsets = at.scales + emix_align_doubles(n_components * d);
    at.derived = at.offsets + emix_align_doubles(n_components * d);
    return at;
}

static bool is_spherical(const EmixModelSpec *spec)
{
    return spec->component->covariance == EMIX_COVARIANCE_SPHERICAL;
}

static EmixSquares squares_of(const EmixModelSpec *spec)
{
    return is_spherical(spec) ? EMIX_SQUARES_SUM : EMIX_SQUARES_EACH;
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const Layout at = layout_of(spec);
    const EmixKernelShape *shape = &spec->kernel_shape;
    *sizes = (EmixComponentSizes){
        .slice = at.slice,
        .params = at.n_components * at.slice,
        .derived = at.derived,
        .stats = emix_align_doubles(spec->kernels->sums_size(shape, squares_of(spec))),
        .block = spec->kernels->panel_size(shape),
        .block_scratch = spec->kernels->sums_scratch_size(shape, squares_of(spec)),
        .task_scratch = 2 * emix_align_doubles(at.d),
        .min_rows = 2,
    };
}

/* Spherical components take the mean of the variances. */
static void make_spherical(emix_index d, double *variances)
{
    double mean = variances[0];
    for (emix_index j = 1; j < d; ++j) {
        mean += (variances[j] - mean) / (double)(j + 1); /* exact where all are equal */
    }
    for (emix_index j = 0; j < d; ++j) {
        variances[j] = mean;
    }
}

static void set(const EmixModelSpec *spec, emix_index k, const double *weights, const double *mean,
                const double *covariance, double *params)
{
    (void)weights;
    const Layout at = layout_of(spec);
    double *own = params + k * at.slice;
    memcpy(own, mean, (size_t)at.d * sizeof *own);
    for (emix_index j = 0; j < at.d; ++j) {
        own[at.d + j] = covariance[j * at.d + j];
    }
    if (is_spherical(spec)) {
        make_spherical(at.d, own + at.d);
    }
}

static void get(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance)
{
    const Layout at = layout_of(spec);
    const double *own = params + k * at.slice;
    memcpy(mean, own, (size_t)at.d * sizeof *mean);
    memset(covariance, 0, (size_t)(at.d * at.d) * sizeof *covariance);
    for (emix_index j = 0; j < at.d; ++j) {
        covariance[j * at.d + j] = own[at.d + j];
    }
}

static EmixStatus prepare(const EmixModelSpec *spec, EmixComponentRange range,
                          const double *weights, const double *params, double *derived,
                          double *scratch, EmixError *error)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const double *mean = params + k * at.slice;
    const double *variances = mean + at.d;
    double log_det_half = 0.0;
    for (emix_index j = 0; j < at.d; ++j) {
        if (!(variances[j] > 0.0)) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "component %lld: its variance of feature %lld is %g", (long long)k + 1,
                             (long long)j + 1, variances[j]);
        }
        const double scale = 1.0 / sqrt(variances[j]);
        derived[at.scales + k * at.d + j] = scale;
        derived[at.offsets + k * at.d + j] = scale * (mean[j] - spec->centre[j]);
        log_det_half += 0.5 * log(variances[j]);
    }
    derived[k] = log(weights[k]) - 0.5 * (double)at.d * EMIX_LOG_2PI - log_det_half;
    derived[at.flags + k] = 0.0;
    return EMIX_OK;
}

static void log_densities(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const Layout at = layout_of(spec);
    spec->kernels->separable_density(&spec->kernel_shape, padded_rows, block, derived + at.scales,
                                     derived + at.offsets, derived, a, lda);
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const Layout at = layout_of(spec);
    if (isinf(derived[k])) {
        return INFINITY;
    }
    long double sum = 0.0L;
    for (emix_index j = 0; j < at.d; ++j) {
        const long double z = (long double)derived[at.scales + k * at.d + j] *
                                  ((long double)x[j] - spec->centre[j]) -
                              derived[at.offsets + k * at.d + j];
        sum += z * z;
    }
    return sum;
}

static void accumulate(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats)
{
    spec->kernels->sums_add(&spec->kernel_shape, squares_of(spec), padded_rows, block, r, ldr,
                            scratch, stats + EMIX_STAT_HEADER);
}

static double count(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch)
{
    double n = 0.0;
    spec->kernels->sums_unpack(&spec->kernel_shape, squares_of(spec), stats + EMIX_STAT_HEADER, k,
                               &n, scratch,
                               scratch + emix_align_doubles(spec->kernel_shape.n_features));
    return n;
}

/* n_k, 0 for an empty component; mean relative to the centre; scatter about it by feature, a
 * spherical component's spread evenly over the features. */
static double own_moments(const EmixModelSpec *spec, emix_index k, const double *stats,
                          double *mean, double *scatter)
{
    const emix_index d = spec->kernel_shape.n_features;
    double n = 0.0;
    double sum_of_squares = 0.0;
    spec->kernels->sums_unpack(&spec->kernel_shape, squares_of(spec), stats + EMIX_STAT_HEADER, k,
                               &n, mean, scatter);
    if (emix_is_empty(n, stats)) {
        memset(mean, 0, (size_t)d * sizeof *mean);
        memset(scatter, 0, (size_t)d * sizeof *scatter);
        return 0.0;
    }
    const double total = scatter[0];
    for (emix_index j = 0; j < d; ++j) {
        const double sum = mean[j];
        mean[j] = sum / n;
        sum_of_squares += sum * mean[j];
        if (!is_spherical(spec)) {
            scatter[j] -= sum * mean[j];
        }
    }
    for (emix_index j = 0; j < d && is_spherical(spec); ++j) {
        scatter[j] = (total - sum_of_squares) / (double)d;
    }
    return n;
}

/* Raises variances below the floor to it; columns are scaled to unit variance for the comparison,
 * which a spherical component can only do on average. Returns the flags. */
static unsigned clip_variances(const EmixModelSpec *spec, double *variances)
{
    const emix_index d = spec->kernel_shape.n_features;
    unsigned flags = 0;
    double mean_variance = 0.0;
    for (emix_index j = 0; j < d && spec->column_sds != NULL; ++j) {
        mean_variance += spec->column_sds[j] * spec->column_sds[j] / (double)d;
    }
    for (emix_index j = 0; j < d && spec->column_sds != NULL; ++j) {
        const double unit = is_spherical(spec) ? mean_variance
                                               : spec->column_sds[j] * spec->column_sds[j];
        const double least = spec->eigenvalue_floor * unit;
        if (variances[j] < least) {
            variances[j] = least;
            flags = EMIX_FLAG_FLOOR;
        }
    }
    return flags;
}

/* The variances of largest Q and prior about a new mean, from the scatter about the rows' own. */
static void fill_variances(const EmixModelSpec *spec, const EmixMStep *step, double n,
                           const double *mean, const double *offset, double *scatter,
                           double *variances)
{
    const emix_index d = spec->kernel_shape.n_features;
    const EmixShrinkage *shrinkage = step->shrinkage;
    const double extra = shrinkage ? shrinkage->count : 0.0;
    const double count = n + extra + emix_prior_count(spec, 1);
    emix_prior_add_squares(spec, n, mean, offset, scatter);
    for (emix_index j = 0; j < d; ++j) {
        const double added = shrinkage ? extra * shrinkage->covariance[j * d + j] : 0.0;
        variances[j] = (scatter[j] + added) / count;
    }
    if (is_spherical(spec)) {
        make_spherical(d, variances);
    }
}

static EmixStatus m_step(const EmixModelSpec *spec, EmixComponentRange range, const double *weights,
                         const EmixMStep *step, double *scratch, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const double *old_own = step->old_params + k * at.slice;
    double *mean = step->params + k * at.slice;
    double *variances = mean + d;
    double *offset = scratch + emix_align_doubles(d);
    const double n = own_moments(spec, k, step->stats, mean, scratch);
    if (n == 0.0 && spec->prior == NULL) {
        memcpy(mean, old_own, (size_t)at.slice * sizeof *mean);
        return prepare(spec, range, weights, step->params, step->derived, scratch, error);
    }
    emix_prior_place_mean(spec, n, spec->centre, old_own, mean, offset);
    unsigned flags = 0;
    if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, d, old_own + d, variances)) {
        fill_variances(spec, step, n, mean, offset, scratch, variances);
        flags = spec->eigenvalue_ratio > 0.0 ? 0u : clip_variances(spec, variances);
    }
    for (emix_index j = 0; j < d; ++j) {
        if (!isfinite(mean[j]) || !isfinite(variances[j])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "component %lld: its mean or variance of feature %lld is not finite",
                             (long long)k + 1, (long long)j + 1);
        }
    }
    if (spec->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* to be clipped first */
    }
    EMIX_TRY(prepare(spec, range, weights, step->params, step->derived, scratch, error));
    step->derived[at.flags + k] = (double)flags;
cleanup:
    return status;
}

static EmixStatus clip_eigenvalues(const EmixModelSpec *spec, const double *counts, double *params,
                                   double *values, double *scratch, EmixError *error)
{
    (void)scratch;
    (void)error;
    const Layout at = layout_of(spec);
    emix_eigenvalue_ratio_clip_diagonal(spec, at.n_components, counts, params + at.d, at.slice,
                                        values);
    return EMIX_OK;
}

static double step_length2(const EmixModelSpec *spec, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const double *old_own = params + k * at.slice;
    const double *new_own = new_params + k * at.slice;
    double sum = 0.0;
    double of_prior = 0.0;
    for (emix_index j = 0; j < at.d; ++j) {
        const double scale = derived[at.scales + k * at.d + j];
        const double dmean = scale * (new_own[j] - old_own[j]);
        const double dvariance = scale * scale * (new_own[at.d + j] - old_own[at.d + j]);
        sum += dmean * dmean + 0.5 * dvariance * dvariance;
        of_prior += emix_prior_shrinkage(spec) * dmean * dmean +
                    0.5 * emix_prior_count(spec, 1) * dvariance * dvariance;
    }
    return weights[k] * sum + of_prior / total;
}

static double log_prior(const EmixModelSpec *spec, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    const EmixPrior *prior = spec->prior;
    const emix_index k = range.first;
    double sum = prior->mean_log_norm;
    for (emix_index j = 0; j < at.d; ++j) {
        const double scale = derived[at.scales + k * at.d + j];
        const double away = scale * (params[k * at.slice + j] - prior->mean[j]);
        sum += prior->covariance_log_norm + emix_prior_count(spec, 1) * log(scale) -
               0.5 * (prior->variance * scale * scale + prior->shrinkage * away * away);
    }
    return sum;
}

static double expected_log_density(const EmixModelSpec *spec, EmixComponentRange range,
                                   const double *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch)
{
    (void)stats_params;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    double *mean = scratch;
    double *scatter = scratch + emix_align_doubles(at.d);
    const double n = own_moments(spec, k, stats, mean, scatter);
    if (!(n > 0.0) || isinf(derived[k])) {
        return 0.0;
    }
    const double *own = params + k * at.slice;
    double sum = -n * 0.5 * (double)at.d * EMIX_LOG_2PI;
    for (emix_index j = 0; j < at.d; ++j) {
        const double away = mean[j] - (own[j] - spec->centre[j]);
        const double scale = derived[at.scales + k * at.d + j];
        sum += n * log(scale) - 0.5 * scale * scale * (scatter[j] + n * away * away);
    }
    return sum;
}

/* u = s (mean - mean0) / sd0 and v = s / sqrt 2 log(variance / variance0), s = sqrt(weight0): D
 * equal v of a spherical component have the norm of its one coordinate s sqrt(D / 2) log(...). */
static void encode(const EmixModelSpec *spec, EmixComponentRange range,
                   const double *anchor_weights, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const double *anchor = anchor_params + k * at.slice;
    const double *own = params + k * at.slice;
    double *out = coordinates + k * at.slice;
    const double root = sqrt(anchor_weights[k]);
    for (emix_index j = 0; j < at.d && root > 0.0; ++j) {
        out[j] = root * anchor_derived[at.scales + k * at.d + j] * (own[j] - anchor[j]);
        out[at.d + j] = root * sqrt(0.5) * log(own[at.d + j] / anchor[at.d + j]);
    }
}

static EmixStatus decode(const EmixModelSpec *spec, EmixComponentRange range,
                         const double *anchor_weights, const double *anchor_params,
                         const double *anchor_derived, const double *coordinates, double *params,
                         double *scratch)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const double *anchor = anchor_params + k * at.slice;
    const double *own = coordinates + k * at.slice;
    double *mean = params + k * at.slice;
    double *variances = mean + at.d;
    const double root = sqrt(anchor_weights[k]);
    if (root == 0.0) {
        return EMIX_OK;
    }
    for (emix_index j = 0; j < at.d; ++j) {
        variances[j] = own[at.d + j] / (root * sqrt(0.5)); /* log of a ratio, for now */
    }
    if (is_spherical(spec)) {
        make_spherical(at.d, variances);
    }
    for (emix_index j = 0; j < at.d; ++j) {
        const double sds = own[j] / root;
        variances[j] = anchor[at.d + j] * exp(variances[j]);
        mean[j] = anchor[j] + sds / anchor_derived[at.scales + k * at.d + j];
        if (!emix_chart_holds(sds) || !isfinite(mean[j]) || !isnormal(variances[j])) {
            return EMIX_ERR_NONFINITE;
        }
    }
    emix_keep_fixed(spec, EMIX_PART_MEANS, at.d, anchor, mean);
    if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, at.d, anchor + at.d, variances)) {
        clip_variances(spec, variances);
    }
    return EMIX_OK;
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    (void)scratch;
    const Layout at = layout_of(spec);
    if (min_eigenvalue != NULL && spec->column_sds != NULL) {
        double least = INFINITY;
        for (emix_index j = 0; j < at.d; ++j) {
            const double sd = spec->column_sds[j];
            least = fmin(least, params[k * at.slice + at.d + j] / (sd * sd));
        }
        *min_eigenvalue = least;
    }
    return (unsigned)derived[at.flags + k];
}

const EmixComponentOps emix_gaussian_diag_ops = {
    .family = "gaussian",
    .covariance = EMIX_COVARIANCE_DIAG,
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = prepare,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .count = count,
    .m_step = m_step,
    .clip_eigenvalues = clip_eigenvalues,
    .step_length2 = step_length2,
    .log_prior = log_prior,
    .expected_log_density = expected_log_density,
    .encode = encode,
    .decode = decode,
    .state = state,
};

const EmixComponentOps emix_gaussian_spherical_ops = {
    .family = "gaussian",
    .covariance = EMIX_COVARIANCE_SPHERICAL,
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = prepare,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .count = count,
    .m_step = m_step,
    .clip_eigenvalues = clip_eigenvalues,
    .step_length2 = step_length2,
    .log_prior = log_prior,
    .expected_log_density = expected_log_density,
    .encode = encode,
    .decode = decode,
    .state = state,
};
