/* Gaussian components with diagonal or spherical covariances: from statistics to parameters, Q, and
 * steps in the complete-data Fisher metric.
 *
 * A variance is the difference of two sums about the centre. Its relative error is about eps times
 * ((mean - centre) / sd)^2: 1e-8 for a component 1e4 standard deviations from the centre. */
#include "families/gaussian/diagonal.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/covariance_chart.h"
#include "families/gaussian/eigenvalue_ratio.h"
#include "families/gaussian/prior.h"

void emix_diagonal_collect(const void *self, emix_index k, const double *header, const double *sums,
                           double *count, double *stats)
{
    (void)header;
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double *own = stats + k * at.own_squares;
    g->kernels->sums_unpack(&g->shape, emix_diagonal_squares(g), sums, k, count, own, own + at.d);
}

/* Returns n_k, 0 for an empty component. mean is relative to the centre; scatter is about the mean,
 * by feature. That of a spherical component is spread evenly over the features. */
static double own_moments(const EmixGaussian *g, emix_index k, const EmixGroupStats *stats,
                          double *mean, double *scatter)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const emix_index d = at.d;
    const double *sum_x = stats->own + k * at.own_squares;
    const double *squares = sum_x + d;
    const double n = stats->counts[k];
    double sum_of_squares = 0.0;
    if (emix_is_empty(n, stats->header)) {
        memset(mean, 0, (size_t)d * sizeof *mean);
        memset(scatter, 0, (size_t)d * sizeof *scatter);
        return 0.0;
    }
    for (emix_index j = 0; j < d; ++j) {
        mean[j] = sum_x[j] / n;
        sum_of_squares += sum_x[j] * mean[j];
        if (!emix_diagonal_is_spherical(g)) {
            scatter[j] = squares[j] - sum_x[j] * mean[j];
        }
    }
    for (emix_index j = 0; j < d && emix_diagonal_is_spherical(g); ++j) {
        scatter[j] = (squares[0] - sum_of_squares) / (double)d;
    }
    return n;
}

/* Raises variances below the floor to it. */
static void clip_variances(const EmixGaussian *g, double *variances)
{
    if (g->column_sds == NULL) {
        return;
    }
    const double common = emix_diagonal_common_unit(g);
    for (emix_index j = 0; j < g->shape.n_features; ++j) {
        const double unit = common > 0.0 ? common : g->column_sds[j] * g->column_sds[j];
        const double least = g->eigenvalue_floor * unit;
        if (variances[j] < least) { /* not where it is NaN */
            variances[j] = least;
        }
    }
}

/* Sets the mean of component k, and adds its scatter about the mean to the scatter of its variance,
 * which may be shared. Returns n_k. */
static double add_component(const EmixGaussian *g, emix_index k, const EmixGroupStep *step,
                            bool is_first, double *scratch, double *pooled)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double *scatter = scratch;
    double *offset = scratch + emix_align_doubles(at.d);
    double *mean = step->params + k * at.slice;
    const double *old_mean = step->old_params + k * at.slice;
    const double n = own_moments(g, k, &step->stats, mean, scatter);
    if (n == 0.0 && g->prior == NULL) {
        memcpy(mean, old_mean, (size_t)at.d * sizeof *mean);
        return 0.0;
    }
    emix_prior_place_mean(g, n, g->centre, old_mean, mean, offset);
    emix_prior_add_squares(g, n, mean, offset, is_first, scatter);
    for (emix_index j = 0; j < at.d; ++j) {
        pooled[j] += scatter[j];
    }
    return n;
}

/* Sets the means of the range, and in `variances` the values that maximise Q plus the log prior at
 * these means. */
static void fill_range(const EmixGaussian *g, EmixComponentRange range, const EmixGroupStep *step,
                       double *scratch, double *variances)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const double *old_variances = step->old_params + range.first * at.slice + at.d;
    double *pooled = scratch + 2 * emix_align_doubles(at.d);
    double n = 0.0;
    emix_index n_seen = 0;
    memset(pooled, 0, (size_t)at.d * sizeof *pooled);
    for (emix_index k = range.first; k < range.end; ++k) {
        const double own = add_component(g, k, step, n_seen == 0, scratch, pooled);
        n += own;
        n_seen += own > 0.0 || g->prior != NULL;
    }
    if (n_seen == 0) {
        memcpy(variances, old_variances, (size_t)at.d * sizeof *variances);
        return;
    }
    if (emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, at.d, old_variances, variances)) {
        return;
    }
    const double extra = step->shrinkage * (double)n_seen;
    const double count = n + extra + emix_prior_count(g, n_seen);
    for (emix_index j = 0; j < at.d; ++j) {
        const double added = extra > 0.0 ? extra * g->share[j] : 0.0;
        variances[j] = (pooled[j] + added) / count;
    }
    if (emix_diagonal_is_spherical(g)) {
        emix_diagonal_make_spherical(at.d, variances);
    }
    if (!(g->eigenvalue_ratio > 0.0)) {
        clip_variances(g, variances);
    }
}

EmixStatus emix_diagonal_maximise(const EmixGaussian *g, EmixComponentRange range,
                                  const EmixGroupStep *step, double *scratch, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const double *variances = step->params + range.first * at.slice + at.d;
    fill_range(g, range, step, scratch, step->params + range.first * at.slice + at.d);
    for (emix_index k = range.first; k < range.end; ++k) {
        double *mean = step->params + k * at.slice;
        for (emix_index j = 0; j < at.d; ++j) {
            mean[at.d + j] = variances[j];
            if (!isfinite(mean[j]) || !isfinite(variances[j])) {
                return emix_fail(
                    error, EMIX_ERR_NONFINITE,
                    "component %lld: its mean or variance of feature %lld is not finite",
                    (long long)k, (long long)j + 1);
            }
        }
    }
    if (g->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* must be clipped before it is prepared */
    }
    EMIX_TRY(emix_diagonal_prepare(g, range, step->weights, step->params, step->derived, scratch,
                                   error));
cleanup:
    return status;
}

EmixStatus emix_diagonal_clip(const EmixGaussian *g, const double *counts, double *params,
                              double *values, double *scratch, EmixError *error)
{
    (void)scratch;
    (void)error;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    emix_eigenvalue_ratio_clip_diagonal(g, at.n_components, counts, params + at.d, at.slice,
                                        values);
    return EMIX_OK;
}

/* The number of rows that a prior adds to the variance of component k of a range. A variance shared
 * by several components has one prior; the prior of each mean adds another row. */
static double variance_count(const EmixGaussian *g, bool is_first)
{
    return is_first ? emix_prior_count(g, 1) : emix_prior_shrinkage(g) > 0.0 ? 1.0 : 0.0;
}

double emix_diagonal_step_length2(const void *self, EmixComponentRange range, double total,
                                  const double *weights, const double *params,
                                  const double *derived, const double *new_params, double *scratch)
{
    const EmixGaussian *g = self;
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double length2 = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *old_own = params + k * at.slice;
        const double *new_own = new_params + k * at.slice;
        const double count = variance_count(g, k == range.first);
        double sum = 0.0;
        double of_prior = 0.0;
        for (emix_index j = 0; j < at.d; ++j) {
            const double scale = derived[at.scales + k * at.d + j];
            const double dmean = scale * (new_own[j] - old_own[j]);
            const double dvariance = scale * scale * (new_own[at.d + j] - old_own[at.d + j]);
            sum += dmean * dmean + 0.5 * dvariance * dvariance;
            of_prior += emix_prior_shrinkage(g) * dmean * dmean +
                        0.5 * count * dvariance * dvariance;
        }
        length2 += weights[k] * sum + of_prior / total;
    }
    return length2;
}

double emix_diagonal_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                                 const double *params, const double *derived, double *scratch)
{
    (void)params;
    (void)scratch;
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double sum = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        double q = 0.0;
        for (emix_index j = 0; j < at.d; ++j) {
            const double away = derived[at.offsets + k * at.d + j];
            q += 1.0 + away * away;
        }
        sum += weights[k] * emix_gaussian_noise2(q);
    }
    return sum;
}

double emix_diagonal_log_prior(const void *self, EmixComponentRange range, const double *params,
                               const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const EmixPrior *prior = g->prior;
    double log_density = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const bool is_first = k == range.first;
        const double log_norm = is_first ? prior->covariance_log_norm : 0.0;
        const double variance = is_first ? prior->variance : 0.0;
        double sum = prior->mean_log_norm;
        for (emix_index j = 0; j < at.d; ++j) {
            const double scale = derived[at.scales + k * at.d + j];
            const double away = scale * (params[k * at.slice + j] - prior->mean[j]);
            sum += log_norm + variance_count(g, is_first) * log(scale) -
                   0.5 * (variance * scale * scale + prior->shrinkage * away * away);
        }
        log_density += sum;
    }
    return log_density;
}

double emix_diagonal_expected_log_density(const void *self, EmixComponentRange range,
                                          const EmixGroupStats *stats, const double *stats_params,
                                          const double *params, const double *derived,
                                          double *scratch)
{
    const EmixGaussian *g = self;
    (void)stats_params;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double *mean = scratch;
    double *scatter = scratch + emix_align_doubles(at.d);
    double expected = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double n = own_moments(g, k, stats, mean, scatter);
        if (!(n > 0.0) || isinf(derived[k])) {
            continue;
        }
        const double *own = params + k * at.slice;
        double sum = -n * 0.5 * (double)at.d * EMIX_LOG_2PI;
        for (emix_index j = 0; j < at.d; ++j) {
            const double away = mean[j] - (own[j] - g->centre[j]);
            const double scale = derived[at.scales + k * at.d + j];
            sum += n * log(scale) - 0.5 * scale * scale * (scatter[j] + n * away * away);
        }
        expected += sum;
    }
    return expected;
}

/* u = s (mean - mean0) / sd0 and v = s / sqrt 2 log(variance / variance0), s = sqrt(weight0). The D
 * equal v of a spherical component have the norm of its one coordinate s sqrt(D / 2) log(...); the
 * same holds for components that share a variance. */
void emix_diagonal_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                          const double *anchor_params, const double *anchor_derived,
                          const double *params, double *coordinates, double *scratch)
{
    const EmixGaussian *g = self;
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *anchor = anchor_params + k * at.slice;
        const double *own = params + k * at.slice;
        double *out = coordinates + k * at.slice;
        const double root = sqrt(anchor_weights[k]);
        for (emix_index j = 0; j < at.d && root > 0.0; ++j) {
            out[j] = root * anchor_derived[at.scales + k * at.d + j] * (own[j] - anchor[j]);
            out[at.d + j] = root * sqrt(0.5) * log(own[at.d + j] / anchor[at.d + j]);
        }
    }
}

/* Logarithms of the variances' ratios to the anchor's: of the one component of the range, or the
 * average over the components that share the variances, whose logarithms differ only by
 * rounding. */
static void decode_variances(const EmixGaussian *g, EmixComponentRange range,
                             const double *anchor_weights, const double *coordinates,
                             double *log_ratios)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double seen = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *own = coordinates + k * at.slice + at.d;
        const double root = sqrt(anchor_weights[k]);
        seen += anchor_weights[k];
        for (emix_index j = 0; j < at.d && root > 0.0; ++j) {
            const double log_ratio = own[j] / (root * sqrt(0.5));
            log_ratios[j] = seen > anchor_weights[k]
                                ? log_ratios[j] +
                                      anchor_weights[k] / seen * (log_ratio - log_ratios[j])
                                : log_ratio;
        }
    }
    if (emix_diagonal_is_spherical(g)) {
        emix_diagonal_make_spherical(at.d, log_ratios);
    }
}

EmixStatus emix_diagonal_decode(const void *self, EmixComponentRange range,
                                const double *anchor_weights, const double *anchor_params,
                                const double *anchor_derived, const double *coordinates,
                                double *params, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double *log_ratios = scratch;
    if (range.end == range.first + 1 && anchor_weights[range.first] == 0.0) {
        return EMIX_OK;
    }
    decode_variances(g, range, anchor_weights, coordinates, log_ratios);
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *anchor = anchor_params + k * at.slice;
        const double *own = coordinates + k * at.slice;
        double *mean = params + k * at.slice;
        double *variances = mean + at.d;
        const double root = sqrt(anchor_weights[k]);
        for (emix_index j = 0; j < at.d; ++j) {
            const double sds = root > 0.0 ? own[j] / root : 0.0;
            variances[j] = anchor[at.d + j] * exp(log_ratios[j]);
            mean[j] = anchor[j] + sds / anchor_derived[at.scales + k * at.d + j];
            if (!emix_chart_holds(sds) || !isfinite(mean[j]) || !isnormal(variances[j])) {
                return EMIX_ERR_NONFINITE;
            }
        }
        emix_gaussian_keep_fixed(g, EMIX_PART_MEANS, at.d, anchor, mean);
        if (!emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, at.d, anchor + at.d, variances)) {
            clip_variances(g, variances);
        }
    }
    return EMIX_OK;
}
