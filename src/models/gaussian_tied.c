/* Gaussian components that share one covariance (EEE).
 *
 * params  : K x mean[D] | covariance[D x D], symmetric
 * derived : log_norm | flags | 6 spare | log_norms[K] | offsets[K x D] | w[D x D] | packed factor
 *           covariance = L L', w = L^-1, offset_k = w (mean_k - centre)
 * stats   : n_k, sum_x about the centre; no second moments
 * block   : the packed rows | the rows whitened
 *
 * The total scatter T of the data about the centre never changes, so the M-step needs first
 * moments alone: W = T - sum_k n_k (m_k - c)(m_k - c)'. The rows are whitened once for all
 * components. A pass costs N D^2 + 4 N K D flops, not N K D^2.
 *
 * W is a difference: relative to a variance, its error is some eps times the largest
 * ((m_k - c) / sd)^2, 1e-8 for components 1e4 sds from the centre. Variances below the eigenvalue
 * floor, 1e-10 of the columns', are not estimated at all, so that five digits remain at worst.
 *
 * Reference: Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 * 28(5), 781-793, model [lambda D A D']. */
#include "models/component_ops.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "models/covariance.h"
#include "models/covariance_chart.h"
#include "models/eigenvalue_ratio.h"
#include "models/prior.h"

enum { LOG_DET_HALF = 0, FLAGS = 1, DERIVED_HEADER = 8 };

typedef struct Layout {
    emix_index d;
    emix_index n_components;
    emix_index slice;      /* a mean */
    emix_index covariance; /* place in params */
    emix_index log_norms;  /* places in derived */
    emix_index offsets;
    emix_index w;
    emix_index factor;
    emix_index whitened; /* place in a block */
} Layout;

static Layout layout_of(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index n_components = spec->kernel_shape.n_components;
    Layout at = {.d = d, .n_components = n_components, .slice = emix_align_doubles(d)};
    at.covariance = n_components * at.slice;
    at.log_norms = DERIVED_HEADER;
    at.offsets = at.log_norms + emix_align_doubles(n_components);
    at.w = at.offsets + emix_align_doubles(n_components * d);
    at.factor = at.w + emix_align_doubles(d * d);
    at.whitened = emix_align_doubles(spec->kernels->panel_size(&spec->kernel_shape));
    return at;
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const Layout at = layout_of(spec);
    const EmixKernelShape *shape = &spec->kernel_shape;
    *sizes = (EmixComponentSizes){
        .slice = at.slice,
        .params = at.covariance + emix_align_doubles(at.d * at.d),
        .derived = at.factor + emix_align_doubles(spec->kernels->factor_size(shape)),
        .stats = emix_align_doubles(spec->kernels->sums_size(shape, EMIX_SQUARES_NONE)),
        .block = 2 * at.whitened,
        .block_scratch = spec->kernels->sums_scratch_size(shape, EMIX_SQUARES_NONE),
        .task_scratch = emix_covariance_scratch_size(at.d),
        .min_rows = 1,
        .shared = true,
    };
}

/* A running average, which leaves a covariance that all components agree on as it is. */
static void set(const EmixModelSpec *spec, emix_index k, const double *weights, const double *mean,
                const double *covariance, double *params)
{
    const Layout at = layout_of(spec);
    double *shared = params + at.covariance;
    memcpy(params + k * at.slice, mean, (size_t)at.d * sizeof *params);
    double so_far = 0.0;
    for (emix_index c = 0; c <= k; ++c) {
        so_far += weights[c];
    }
    const double share = so_far > 0.0 ? weights[k] / so_far : 0.0;
    for (emix_index i = 0; i < at.d * at.d; ++i) {
        shared[i] = k == 0 ? covariance[i] : shared[i] + share * (covariance[i] - shared[i]);
    }
}

static void get(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance)
{
    const Layout at = layout_of(spec);
    memcpy(mean, params + k * at.slice, (size_t)at.d * sizeof *mean);
    memcpy(covariance, params + at.covariance, (size_t)(at.d * at.d) * sizeof *covariance);
}

static void derive(const EmixModelSpec *spec, const double *weights, const double *params,
                   const EmixCovarianceFactor *factor, double *derived, double *difference)
{
    const Layout at = layout_of(spec);
    derived[LOG_DET_HALF] = factor->log_det_half;
    derived[FLAGS] = (double)factor->flags;
    spec->kernels->pack_factor(&spec->kernel_shape, derived + at.w, derived + at.factor);
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double *mean = params + k * at.slice;
        for (emix_index i = 0; i < at.d; ++i) {
            difference[i] = mean[i] - spec->centre[i];
        }
        emix_multiply_lower(at.d, derived + at.w, difference, derived + at.offsets + k * at.d);
        derived[at.log_norms + k] = log(weights[k]) - 0.5 * (double)at.d * EMIX_LOG_2PI -
                                    factor->log_det_half;
    }
}

static EmixStatus prepare(const EmixModelSpec *spec, EmixComponentRange range,
                          const double *weights, const double *params, double *derived,
                          double *scratch, EmixError *error)
{
    (void)range;
    const Layout at = layout_of(spec);
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise(at.d, 1, params + at.covariance,
                                                        derived + at.w, &factor, error);
    if (status == EMIX_OK) {
        derive(spec, weights, params, &factor, derived, scratch);
    }
    return status;
}

static void transform(const EmixModelSpec *spec, const double *derived, emix_index padded_rows,
                      double *block)
{
    const Layout at = layout_of(spec);
    spec->kernels->whiten(&spec->kernel_shape, padded_rows, block, derived + at.factor,
                          block + at.whitened);
}

static void log_densities(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const Layout at = layout_of(spec);
    spec->kernels->separable_density(&spec->kernel_shape, padded_rows, block + at.whitened, NULL,
                                     derived + at.offsets, derived + at.log_norms, a, lda);
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const Layout at = layout_of(spec);
    if (isinf(derived[at.log_norms + k])) {
        return INFINITY;
    }
    return emix_covariance_distance2(spec, derived + at.w, derived + at.offsets + k * at.d, x);
}

static void accumulate(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats)
{
    spec->kernels->sums_add(&spec->kernel_shape, EMIX_SQUARES_NONE, padded_rows, block, r, ldr,
                            scratch, stats + EMIX_STAT_HEADER);
}

/* n_k and sum_x of a component. */
static double unpack(const EmixModelSpec *spec, emix_index k, const double *stats, double *sum_x)
{
    double n = 0.0;
    spec->kernels->sums_unpack(&spec->kernel_shape, EMIX_SQUARES_NONE, stats + EMIX_STAT_HEADER, k,
                               &n, sum_x, NULL);
    return n;
}

static double count(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch)
{
    return unpack(spec, k, stats, scratch);
}

/* The scatter within components, sum_k sum_i w r (x - m_k)(x - m_k)', lower triangle. Returns the
 * total weight. */
static double within_scatter(const EmixModelSpec *spec, const double *stats, double *sum_x,
                             double *scatter)
{
    const Layout at = layout_of(spec);
    double total = 0.0;
    memset(scatter, 0, (size_t)(at.d * at.d) * sizeof *scatter);
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double n = unpack(spec, k, stats, sum_x);
        total += n;
        for (emix_index i = 0; i < at.d && n > 0.0; ++i) {
            for (emix_index j = 0; j <= i; ++j) {
                scatter[i * at.d + j] -= sum_x[i] * sum_x[j] / n;
            }
        }
    }
    for (emix_index i = 0; i < at.d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * at.d + j] += total * spec->covariance[i * at.d + j];
        }
    }
    return total;
}

/* New means, and in `scatter`, lower triangle, the scatter about them with the prior's rows.
 * Returns the total weight. */
static double fill_means(const EmixModelSpec *spec, const EmixMStep *step,
                         const EmixCovarianceScratch *s, double *scatter)
{
    const Layout at = layout_of(spec);
    const double total = within_scatter(spec, step->stats, s->vector[0], scatter);
    for (emix_index k = 0; k < at.n_components; ++k) {
        double *mean = step->params + k * at.slice;
        double n = unpack(spec, k, step->stats, mean);
        n = emix_is_empty(n, step->stats) ? 0.0 : n;
        for (emix_index i = 0; i < at.d; ++i) {
            mean[i] = n > 0.0 ? mean[i] / n : 0.0;
        }
        emix_prior_place_mean(spec, n, spec->centre, step->old_params + k * at.slice, mean,
                              s->vector[0]);
        emix_prior_add_outer(spec, n, mean, s->vector[0], scatter);
    }
    return total;
}

static EmixStatus m_step(const EmixModelSpec *spec, EmixComponentRange range, const double *weights,
                         const EmixMStep *step, double *scratch, EmixError *error)
{
    (void)range;
    double *derived = step->derived;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    double *covariance = step->params + at.covariance;
    const double total = fill_means(spec, step, &s, s.matrix[0]);
    if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, at.d * at.d, step->old_params + at.covariance,
                         covariance)) {
        emix_prior_fill_covariance(spec, step->shrinkage, total, at.n_components, s.matrix[0],
                                   covariance);
    }
    if (spec->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* to be clipped first */
    }
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise_above_floor(
        spec, 1, covariance, derived + at.w, &factor, &s, error);
    if (status == EMIX_OK) {
        derive(spec, weights, step->params, &factor, derived, s.vector[1]);
    }
    return status;
}

/* One covariance, whose eigenvalues stand for those of every component. */
static EmixStatus clip_eigenvalues(const EmixModelSpec *spec, const double *counts, double *params,
                                   double *values, double *scratch, EmixError *error)
{
    (void)counts;
    static const double all = 1.0;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const EmixStatus status = emix_eigenvalue_ratio_clip(spec, 1, &all, params + at.covariance, 0,
                                                         values, &s, error);
    for (emix_index i = at.d; i < at.n_components * at.d; ++i) {
        values[i] = values[i - at.d];
    }
    return status;
}

static double step_length2(const EmixModelSpec *spec, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch)
{
    (void)range;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + at.w;
    double sum = 0.5 * emix_covariance_change2(at.d, w, params + at.covariance,
                                               new_params + at.covariance, &s);
    sum += emix_prior_count(spec, at.n_components) / total * sum;
    for (emix_index k = 0; k < at.n_components; ++k) {
        for (emix_index i = 0; i < at.d; ++i) {
            s.vector[0][i] = new_params[k * at.slice + i] - params[k * at.slice + i];
        }
        sum += (weights[k] + emix_prior_shrinkage(spec) / total) *
               emix_multiply_lower_norm2(at.d, w, s.vector[0]);
    }
    return sum;
}

static double log_prior(const EmixModelSpec *spec, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch)
{
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_prior_log_covariance(spec, derived + at.w, range.end - range.first, params,
                                     at.slice, &s);
}

static double expected_log_density(const EmixModelSpec *spec, EmixComponentRange range,
                                   const double *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch)
{
    (void)stats_params;
    (void)range;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + at.w;
    const double total = within_scatter(spec, stats, s.vector[0], s.matrix[0]);
    emix_covariance_whiten(at.d, w, s.matrix[0]);
    double quadratic = 0.0;
    for (emix_index i = 0; i < at.d; ++i) {
        quadratic += s.matrix[0][i * at.d + i];
    }
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double n = unpack(spec, k, stats, s.vector[0]);
        for (emix_index i = 0; i < at.d && n > 0.0; ++i) {
            s.vector[0][i] = s.vector[0][i] / n - (params[k * at.slice + i] - spec->centre[i]);
        }
        quadratic += n > 0.0 ? n * emix_multiply_lower_norm2(at.d, w, s.vector[0]) : 0.0;
    }
    return -total * (0.5 * (double)at.d * EMIX_LOG_2PI + derived[LOG_DET_HALF]) - 0.5 * quadratic;
}

/* A shared covariance is known from all rows, so its scale is that of weight 1. */
static void encode(const EmixModelSpec *spec, EmixComponentRange range,
                   const double *anchor_weights, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch)
{
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = anchor_derived + at.w;
    for (emix_index k = range.first; k < range.end; ++k) {
        const emix_index own = k * at.slice;
        if (anchor_weights[k] > 0.0) {
            emix_chart_encode_mean(at.d, sqrt(anchor_weights[k]), w, anchor_params + own,
                                   params + own, &s, coordinates + own);
        }
    }
    emix_chart_encode_covariance(at.d, 1.0, w, anchor_params + at.covariance,
                                 params + at.covariance, &s, coordinates + at.covariance);
}

static EmixStatus decode(const EmixModelSpec *spec, EmixComponentRange range,
                         const double *anchor_weights, const double *anchor_params,
                         const double *anchor_derived, const double *coordinates, double *params,
                         double *scratch)
{
    (void)anchor_derived;
    EmixStatus status = EMIX_OK;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    EMIX_TRY(emix_chart_factorise(at.d, anchor_params + at.covariance, &s));
    for (emix_index k = range.first; k < range.end; ++k) {
        const emix_index own = k * at.slice;
        if (!emix_keep_fixed(spec, EMIX_PART_MEANS, at.d, anchor_params + own, params + own) &&
            anchor_weights[k] > 0.0) {
            EMIX_TRY(emix_chart_decode_mean(at.d, sqrt(anchor_weights[k]), anchor_params + own,
                                            coordinates + own, &s, params + own));
        }
    }
    if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, at.d * at.d, anchor_params + at.covariance,
                         params + at.covariance)) {
        EMIX_TRY(emix_chart_decode_covariance(spec, 1.0, coordinates + at.covariance, &s,
                                              params + at.covariance));
    }
cleanup:
    return status;
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    (void)k;
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    if (min_eigenvalue != NULL && spec->column_sds != NULL) {
        *min_eigenvalue = emix_covariance_min_eigenvalue(spec, params + at.covariance, &s);
    }
    return (unsigned)derived[FLAGS];
}

const EmixComponentOps emix_gaussian_tied_ops = {
    .family = "gaussian",
    .covariance = EMIX_COVARIANCE_TIED,
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = prepare,
    .transform = transform,
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
