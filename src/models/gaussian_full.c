/* Gaussian components with full covariances (VVV).
 *
 * params  : K x [ mean[D] | covariance[D x D], symmetric ]
 * derived : K x [ log_norm | flags | separated | 5 spare | mean[D] | offset[D] | w[D x D] |
 *                 packed factor | the same in single precision: packed factor, offset[D] ]
 *           log_norm = log weight - D/2 log 2 pi - sum_i log L_ii,  covariance = L L',
 *           w = L^-1 (precisions_cholesky),  offset = w (mean - centre)
 * stats   : the kernels' accumulator of n_k, sum_x, sum_xx about the centre; or, in a separated
 *           pass, K accumulators of a single component each, about the component's mean; or
 *           the accumulator of the single-precision kernels
 *
 * Densities are whitened, log f = log_norm - |w (x - centre) - offset|^2 / 2, which loses
 * sqrt(kappa) eps where an expanded quadratic form loses kappa eps.
 *
 * References
 *   [1] Dempster, Laird, Rubin (1977). Maximum likelihood from incomplete data via the EM
 *       algorithm. J. R. Stat. Soc. B 39(1), 1-38.
 *   [2] Bishop (2006). Pattern Recognition and Machine Learning, section 9.2.
 *   [3] Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 *       28(5), 781-793. */
#include "models/component_ops.h"

#include <math.h>
#include <string.h>

#include "linalg/linalg.h"
#include "core/alloc.h"
#include "models/covariance.h"
#include "models/covariance_chart.h"
#include "models/eigenvalue_ratio.h"
#include "models/gather.h"
#include "models/prior.h"

enum { LOG_NORM = 0, FLAGS = 1, SEPARATED = 2, DERIVED_HEADER = 8 };

static const double log_2pi = 1.8378770664093454836;

typedef struct Layout {
    emix_index d;
    emix_index params; /* doubles a component */
    emix_index mean;   /* places in a component's derived region */
    emix_index offset;
    emix_index w;
    emix_index factor;
    emix_index single_factor; /* floats, at these doubles */
    emix_index single_offset;
    emix_index derived;   /* doubles a component */
    EmixKernelShape one;  /* the shape of a single component */
    emix_index own_stats; /* doubles of its accumulator */
} Layout;

/* Room for n floats in a vector of doubles, in whole cache lines. */
static emix_index doubles_of_floats(emix_index n)
{
    return emix_align_doubles((n + 1) / 2);
}

static Layout layout_of(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index w = DERIVED_HEADER + 2 * emix_align_doubles(d);
    EmixKernelShape one = spec->kernel_shape;
    one.n_components = 1;
    const emix_index factor = w + emix_align_doubles(d * d);
    const EmixSingleKernels *single = spec->kernels->single;
    const emix_index single_factor = factor + emix_align_doubles(
                                                  spec->kernels->factor_size(&spec->kernel_shape));
    const emix_index single_offset =
        single_factor +
        (spec->mixed ? doubles_of_floats(single->factor_size(&spec->kernel_shape)) : 0);
    return (Layout){
        .d = d,
        .params = emix_align_doubles(d + d * d),
        .mean = DERIVED_HEADER,
        .offset = DERIVED_HEADER + emix_align_doubles(d),
        .w = w,
        .factor = factor,
        .single_factor = single_factor,
        .single_offset = single_offset,
        .derived = single_offset + (spec->mixed ? doubles_of_floats(d) : 0),
        .one = one,
        .own_stats = emix_align_doubles(spec->kernels->moments_size(&one)),
    };
}

/* The regions of a worker's scratch memory during single_step, all of floats. */
typedef struct SingleScratch {
    float *a; /* [K x lda] */
    emix_index lda;
    float *panel;
    float *moments;
    emix_index size; /* doubles in all */
} SingleScratch;

static SingleScratch view_single_scratch(const EmixModelSpec *spec, double *scratch)
{
    const EmixKernelShape *shape = &spec->kernel_shape;
    const EmixSingleKernels *single = spec->kernels->single;
    const emix_index group = single->row_group;
    const emix_index lda = (shape->n_rows + group - 1) / group * group;
    const emix_index panel = doubles_of_floats(shape->n_components * lda);
    const emix_index moments = panel + doubles_of_floats(single->panel_size(shape));
    SingleScratch s = {.lda = lda,
                       .size = moments + doubles_of_floats(single->moments_scratch_size(shape))};
    if (scratch != NULL) {
        s.a = (float *)scratch;
        s.panel = (float *)(scratch + panel);
        s.moments = (float *)(scratch + moments);
    }
    return s;
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const Layout at = layout_of(spec);
    const emix_index k = spec->kernel_shape.n_components;
    const emix_index together = spec->kernels->moments_size(&spec->kernel_shape);
    const emix_index pass_scratch = spec->kernels->moments_scratch_size(&spec->kernel_shape);
    const emix_index gather_scratch = emix_gather_scratch_size(
        spec, spec->kernels->moments_scratch_size(&at.one));
    emix_index stats = together > k * at.own_stats ? together : k * at.own_stats;
    if (spec->mixed) {
        const emix_index single = spec->kernels->single->moments_size(&spec->kernel_shape);
        stats = stats > single ? stats : single;
    }
    *sizes = (EmixComponentSizes){
        .slice = at.params,
        .params = k * at.params,
        .derived = k * at.derived,
        .stats = stats,
        .block = spec->kernels->panel_size(&spec->kernel_shape),
        .block_scratch = pass_scratch > gather_scratch ? pass_scratch : gather_scratch,
        .single_scratch = spec->mixed ? view_single_scratch(spec, NULL).size : 0,
        .task_scratch = emix_covariance_scratch_size(at.d),
        .min_rows = at.d + 1,
    };
}

static void set(const EmixModelSpec *spec, emix_index k, const double *weights, const double *mean,
                const double *covariance, double *params)
{
    (void)weights;
    const Layout at = layout_of(spec);
    double *own = params + k * at.params;
    memcpy(own, mean, (size_t)at.d * sizeof *own);
    memcpy(own + at.d, covariance, (size_t)(at.d * at.d) * sizeof *own);
}

static void get(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance)
{
    const Layout at = layout_of(spec);
    const double *own = params + k * at.params;
    memcpy(mean, own, (size_t)at.d * sizeof *mean);
    memcpy(covariance, own + at.d, (size_t)(at.d * at.d) * sizeof *covariance);
}

/* Everything else that passes need, once w is there. mean is followed by the covariance; sparse:
 * what is known of the responsibilities says that gathering pays. */
static void derive(const EmixModelSpec *spec, double weight, const double *mean, bool sparse,
                   const EmixCovarianceFactor *factor, double *own, double *difference)
{
    const Layout at = layout_of(spec);
    const bool far = emix_is_far(spec, mean, mean + at.d, at.d + 1);
    own[SEPARATED] = sparse || (far && weight > 0.0) ? 1.0 : 0.0;
    memcpy(own + at.mean, mean, (size_t)at.d * sizeof *own);
    for (emix_index i = 0; i < at.d; ++i) {
        difference[i] = mean[i] - spec->centre[i];
    }
    emix_multiply_lower(at.d, own + at.w, difference, own + at.offset);
    own[LOG_NORM] = log(weight) - 0.5 * (double)at.d * log_2pi - factor->log_det_half;
    own[FLAGS] = (double)factor->flags;
    spec->kernels->pack_factor(&spec->kernel_shape, own + at.w, own + at.factor);
    if (spec->mixed) {
        float *offset = (float *)(own + at.single_offset);
        for (emix_index i = 0; i < at.d; ++i) {
            offset[i] = (float)own[at.offset + i];
        }
        spec->kernels->single->pack_factor(&spec->kernel_shape, own + at.w,
                                           (float *)(own + at.single_factor));
    }
}

static EmixStatus prepare(const EmixModelSpec *spec, EmixComponentRange range,
                          const double *weights, const double *params, double *derived,
                          double *scratch, EmixError *error)
{
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const double *mean = params + k * at.params;
    double *own = derived + k * at.derived;
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise(at.d, k + 1, mean + at.d, own + at.w,
                                                        &factor, error);
    if (status == EMIX_OK) {
        derive(spec, weights[k], mean, false, &factor, own, scratch);
    }
    return status;
}

static void log_densities(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const Layout at = layout_of(spec);
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        const double *own = derived + k * at.derived;
        spec->kernels->log_density(&spec->kernel_shape, padded_rows, block, own + at.factor,
                                   own + at.offset, own[LOG_NORM], a + k * lda);
    }
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const Layout at = layout_of(spec);
    const double *own = derived + k * at.derived;
    if (isinf(own[LOG_NORM])) {
        return INFINITY; /* an empty component takes no rows */
    }
    return emix_covariance_distance2(spec, own + at.w, own + at.offset, x);
}

static void accumulate(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats)
{
    spec->kernels->moments_add(&spec->kernel_shape, padded_rows, block, r, ldr, scratch,
                               stats + EMIX_STAT_HEADER);
}

static bool is_separated(const EmixModelSpec *spec, const double *derived)
{
    const Layout at = layout_of(spec);
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        if (derived[k * at.derived + SEPARATED] != 0.0) {
            return true;
        }
    }
    return false;
}

/* EmixGatherSink: into the component's own accumulator. */
static void add_own_moments(const EmixModelSpec *spec, const EmixKernelShape *one, emix_index k,
                            emix_index padded_rows, const double *panel, const double *r,
                            double *kernel_scratch, double *stats)
{
    spec->kernels->moments_add(one, padded_rows, panel, r, padded_rows, kernel_scratch,
                               stats + EMIX_STAT_HEADER + k * layout_of(spec).own_stats);
}

static EmixGather gather_of(const EmixModelSpec *spec, const double *derived)
{
    const Layout at = layout_of(spec);
    return (EmixGather){
        .means = derived + at.mean,
        .stride = at.derived,
        .kernel_scratch = spec->kernels->moments_scratch_size(&at.one),
        .sink = add_own_moments,
    };
}

static void begin_separated(const EmixModelSpec *spec, const double *derived, double *scratch)
{
    const EmixGather gather = gather_of(spec, derived);
    emix_gather_begin(spec, &gather, scratch);
}

static void accumulate_separated(const EmixModelSpec *spec, const double *derived,
                                 const EmixShard *shard, const double *r, emix_index ldr,
                                 double *scratch, double *stats)
{
    const EmixGather gather = gather_of(spec, derived);
    emix_gather_shard(spec, &gather, shard, r, ldr, scratch, stats);
}

static void end_separated(const EmixModelSpec *spec, const double *derived, double *scratch,
                          double *stats)
{
    const EmixGather gather = gather_of(spec, derived);
    emix_gather_end(spec, &gather, scratch, stats);
}

static EmixSoftmaxSums single_step(const EmixModelSpec *spec, const double *derived,
                                   const EmixShard *shard, double *scratch, double *stats)
{
    const Layout at = layout_of(spec);
    const EmixKernelShape *shape = &spec->kernel_shape;
    const EmixSingleKernels *single = spec->kernels->single;
    const emix_index group = single->row_group;
    const emix_index padded_rows = (shard->n_rows + group - 1) / group * group;
    const SingleScratch s = view_single_scratch(spec, scratch);
    single->pack(shape, shard->n_rows, padded_rows, shard->x_single, shard->x, shard->ldx,
                 spec->centre, s.panel);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const double *own = derived + k * at.derived;
        single->log_density(shape, padded_rows, s.panel, (const float *)(own + at.single_factor),
                            (const float *)(own + at.single_offset), (float)own[LOG_NORM],
                            s.a + k * s.lda);
    }
    const EmixSoftmaxSums sums = single->softmax(shape, shard->n_rows, padded_rows, s.a, s.lda,
                                                 shard->row_weights);
    single->moments_add(shape, padded_rows, s.panel, s.a, s.lda, s.moments,
                        stats + EMIX_STAT_HEADER);
    return sums;
}

/* n_k, sum_x and, unless it is NULL, sum_xx of component k as a pass left them. Returns n_k. */
static double unpack(const EmixModelSpec *spec, emix_index k, const double *stats, double *sum_x,
                     double *sum_xx)
{
    const Layout at = layout_of(spec);
    const double *own = stats + EMIX_STAT_HEADER;
    double n = 0.0;
    if (stats[EMIX_STAT_SINGLE] > 0.0) {
        spec->kernels->single->moments_unpack(&spec->kernel_shape, own, k, &n, sum_x, sum_xx);
    } else if (stats[EMIX_STAT_SEPARATED] > 0.0) {
        spec->kernels->moments_unpack(&at.one, own + k * at.own_stats, 0, &n, sum_x, sum_xx);
    } else {
        spec->kernels->moments_unpack(&spec->kernel_shape, own, k, &n, sum_x, sum_xx);
    }
    return n;
}

/* What the moments of component k are about; stats_params are those of the pass. */
static const double *moments_centre(const EmixModelSpec *spec, emix_index k, const double *stats,
                                    const double *stats_params)
{
    return stats[EMIX_STAT_SEPARATED] > 0.0 ? stats_params + k * layout_of(spec).params
                                            : spec->centre;
}

static double count(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch)
{
    const emix_index d = spec->kernel_shape.n_features;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    return unpack(spec, k, stats, s.vector[0], NULL);
}

/* The scatter sum w r (x - m)(x - m)' of component k, m its own mean; lower triangle.
 * Returns n_k, or 0 for an empty component; mean is relative to moments_centre(). */
static double own_moments(const EmixModelSpec *spec, emix_index k, const double *stats,
                          double *mean, double *scatter)
{
    const emix_index d = spec->kernel_shape.n_features;
    const double n = unpack(spec, k, stats, mean, scatter);
    if (emix_is_empty(n, stats)) {
        memset(mean, 0, (size_t)d * sizeof *mean);
        memset(scatter, 0, (size_t)(d * d) * sizeof *scatter);
        return 0.0;
    }
    for (emix_index i = 0; i < d; ++i) {
        const double sum_i = mean[i];
        mean[i] = sum_i / n;
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * d + j] -= sum_i * mean[j];
        }
    }
    return n;
}

static EmixStatus m_step(const EmixModelSpec *spec, EmixComponentRange range, const double *weights,
                         const EmixMStep *step, double *scratch, EmixError *error)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *old_mean = step->old_params + k * at.params;
    double *mean = step->params + k * at.params;
    double *covariance = mean + d;
    double *own = step->derived + k * at.derived;
    const double n = own_moments(spec, k, step->stats, mean, s.matrix[0]);
    if (n == 0.0 && spec->prior == NULL) {
        memcpy(mean, old_mean, (size_t)at.params * sizeof *mean);
        return prepare(spec, range, weights, step->params, step->derived, scratch, error);
    }
    emix_prior_place_mean(spec, n, moments_centre(spec, k, step->stats, step->old_params), old_mean,
                          mean, s.vector[0]);
    if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, d * d, old_mean + d, covariance)) {
        emix_prior_add_outer(spec, n, mean, s.vector[0], s.matrix[0]);
        emix_prior_fill_covariance(spec, step->shrinkage, n, 1, s.matrix[0], covariance);
    }
    for (emix_index i = 0; i < d; ++i) {
        if (!isfinite(mean[i]) || !isfinite(covariance[i * d + i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "component %lld: its mean or variance of feature %lld is not finite",
                             (long long)k + 1, (long long)i + 1);
        }
    }
    if (spec->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* to be clipped first */
    }
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise_above_floor(spec, k + 1, covariance,
                                                                    own + at.w, &factor, &s, error);
    if (status == EMIX_OK) {
        derive(spec, weights[k], mean, emix_gather_pays(spec, step->stats), &factor, own,
               s.vector[1]);
    }
    return status;
}

static EmixStatus clip_eigenvalues(const EmixModelSpec *spec, const double *counts, double *params,
                                   double *values, double *scratch, EmixError *error)
{
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_eigenvalue_ratio_clip(spec, spec->kernel_shape.n_components, counts, params + at.d,
                                      at.params, values, &s, error);
}

/* weight (|w dmu|^2 + |w dSigma w'|_F^2 / 2), the step in the complete-data Fisher metric. */
static double step_length2(const EmixModelSpec *spec, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *w = derived + k * at.derived + at.w;
    const double *old_own = params + k * at.params;
    const double *new_own = new_params + k * at.params;
    for (emix_index i = 0; i < d; ++i) {
        s.vector[0][i] = new_own[i] - old_own[i];
    }
    const double mean_step = emix_multiply_lower_norm2(d, w, s.vector[0]);
    const double covariance_step = 0.5 *
                                   emix_covariance_change2(d, w, old_own + d, new_own + d, &s);
    return weights[k] * (mean_step + covariance_step) +
           (emix_prior_shrinkage(spec) * mean_step + emix_prior_count(spec, 1) * covariance_step) /
               total;
}

static double log_prior(const EmixModelSpec *spec, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + k * at.derived + at.w;
    return emix_prior_log_covariance(spec, w, 1, params + k * at.params, at.params, &s);
}

static double expected_log_density(const EmixModelSpec *spec, EmixComponentRange range,
                                   const double *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *own = derived + k * at.derived;
    const double *mean = params + k * at.params;
    const double *about = moments_centre(spec, k, stats, stats_params);
    double *scatter = s.matrix[0];
    const double n = own_moments(spec, k, stats, s.vector[0], scatter);
    if (!(n > 0.0) || isinf(own[LOG_NORM])) {
        return 0.0;
    }
    for (emix_index i = 0; i < d; ++i) {
        s.vector[1][i] = s.vector[0][i] - (mean[i] - about[i]);
        for (emix_index j = 0; j < i; ++j) {
            scatter[j * d + i] = scatter[i * d + j];
        }
    }
    /* tr(w (W_k + n d d') w'), W_k the scatter, d the difference of the means */
    emix_linalg_congruence(d, own + at.w, scatter);
    double quadratic = n * emix_multiply_lower_norm2(d, own + at.w, s.vector[1]);
    double log_det_half = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        quadratic += scatter[i * d + i];
        log_det_half -= log(own[at.w + i * d + i]);
    }
    return -n * (0.5 * (double)d * log_2pi + log_det_half) - 0.5 * quadratic;
}

static void encode(const EmixModelSpec *spec, EmixComponentRange range,
                   const double *anchor_weights, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const emix_index own = k * at.params;
    if (anchor_weights[k] > 0.0) {
        const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
        const double *w = anchor_derived + k * at.derived + at.w;
        const double root = sqrt(anchor_weights[k]);
        emix_chart_encode_mean(at.d, root, w, anchor_params + own, params + own, &s,
                               coordinates + own);
        emix_chart_encode_covariance(at.d, root, w, anchor_params + own + at.d, params + own + at.d,
                                     &s, coordinates + own + at.d);
    }
}

static EmixStatus decode(const EmixModelSpec *spec, EmixComponentRange range,
                         const double *anchor_weights, const double *anchor_params,
                         const double *anchor_derived, const double *coordinates, double *params,
                         double *scratch)
{
    (void)anchor_derived;
    EmixStatus status = EMIX_OK;
    const Layout at = layout_of(spec);
    const emix_index k = range.first;
    const emix_index own = k * at.params;
    if (anchor_weights[k] > 0.0) {
        const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
        const double root = sqrt(anchor_weights[k]);
        EMIX_TRY(emix_chart_factorise(at.d, anchor_params + own + at.d, &s));
        if (!emix_keep_fixed(spec, EMIX_PART_MEANS, at.d, anchor_params + own, params + own)) {
            EMIX_TRY(emix_chart_decode_mean(at.d, root, anchor_params + own, coordinates + own, &s,
                                            params + own));
        }
        if (!emix_keep_fixed(spec, EMIX_PART_COVARIANCES, at.d * at.d, anchor_params + own + at.d,
                             params + own + at.d)) {
            EMIX_TRY(emix_chart_decode_covariance(spec, root, coordinates + own + at.d, &s,
                                                  params + own + at.d));
        }
    }
cleanup:
    return status;
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    const Layout at = layout_of(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    if (min_eigenvalue != NULL && spec->column_sds != NULL) {
        *min_eigenvalue = emix_covariance_min_eigenvalue(spec, params + k * at.params + at.d, &s);
    }
    return (unsigned)derived[k * at.derived + FLAGS];
}

const EmixComponentOps emix_gaussian_full_ops = {
    .family = "gaussian",
    .covariance = EMIX_COVARIANCE_FULL,
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = prepare,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .is_separated = is_separated,
    .begin_separated = begin_separated,
    .accumulate_separated = accumulate_separated,
    .end_separated = end_separated,
    .single_step = single_step,
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
