/* Gaussian components with full covariances (VVV): densities and what a pass adds up. The layout is
 * that of families/gaussian/full.h, the M-step in families/gaussian/full_m_step.c.
 *
 * Densities are whitened, log f = log_norm - |w (x - centre) - offset|^2 / 2, which loses
 * sqrt(kappa) eps where an expanded quadratic form loses kappa eps. */
#include "families/gaussian/full.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/gather.h"

/* Room for n floats in a vector of doubles, in whole cache lines. */
static emix_index doubles_of_floats(emix_index n)
{
    return emix_align_doubles((n + 1) / 2);
}

EmixFullLayout emix_full_layout(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index w = EMIX_FULL_HEADER + 2 * emix_align_doubles(d);
    EmixKernelShape one = spec->kernel_shape;
    one.n_components = 1;
    const emix_index factor = w + emix_align_doubles(d * d);
    const EmixSingleKernels *single = spec->kernels->single;
    const emix_index single_factor = factor + emix_align_doubles(
                                                  spec->kernels->factor_size(&spec->kernel_shape));
    const emix_index single_offset =
        single_factor +
        (spec->mixed ? doubles_of_floats(single->factor_size(&spec->kernel_shape)) : 0);
    return (EmixFullLayout){
        .d = d,
        .params = emix_align_doubles(d + d * d),
        .mean = EMIX_FULL_HEADER,
        .offset = EMIX_FULL_HEADER + emix_align_doubles(d),
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
    const EmixFullLayout at = emix_full_layout(spec);
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
    const EmixFullLayout at = emix_full_layout(spec);
    double *own = params + k * at.params;
    memcpy(own, mean, (size_t)at.d * sizeof *own);
    memcpy(own + at.d, covariance, (size_t)(at.d * at.d) * sizeof *own);
}

static void get(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance)
{
    const EmixFullLayout at = emix_full_layout(spec);
    const double *own = params + k * at.params;
    memcpy(mean, own, (size_t)at.d * sizeof *mean);
    memcpy(covariance, own + at.d, (size_t)(at.d * at.d) * sizeof *covariance);
}

void emix_full_derive(const EmixModelSpec *spec, double weight, const double *mean, bool sparse,
                      const EmixCovarianceFactor *factor, double *own, double *difference)
{
    const EmixFullLayout at = emix_full_layout(spec);
    const bool far = emix_is_far(spec, mean, mean + at.d, at.d + 1);
    own[EMIX_FULL_SEPARATED] = sparse || (far && weight > 0.0) ? 1.0 : 0.0;
    memcpy(own + at.mean, mean, (size_t)at.d * sizeof *own);
    for (emix_index i = 0; i < at.d; ++i) {
        difference[i] = mean[i] - spec->centre[i];
    }
    emix_multiply_lower(at.d, own + at.w, difference, own + at.offset);
    own[EMIX_FULL_LOG_NORM] = log(weight) - 0.5 * (double)at.d * EMIX_LOG_2PI -
                              factor->log_det_half;
    own[EMIX_FULL_FLAGS] = (double)factor->flags;
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

EmixStatus emix_full_prepare(const EmixModelSpec *spec, EmixComponentRange range,
                             const double *weights, const double *params, double *derived,
                             double *scratch, EmixError *error)
{
    const EmixFullLayout at = emix_full_layout(spec);
    const emix_index k = range.first;
    const double *mean = params + k * at.params;
    double *own = derived + k * at.derived;
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise(at.d, k + 1, mean + at.d, own + at.w,
                                                        &factor, error);
    if (status == EMIX_OK) {
        emix_full_derive(spec, weights[k], mean, false, &factor, own, scratch);
    }
    return status;
}

static void log_densities(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const EmixFullLayout at = emix_full_layout(spec);
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        const double *own = derived + k * at.derived;
        spec->kernels->log_density(&spec->kernel_shape, padded_rows, block, own + at.factor,
                                   own + at.offset, own[EMIX_FULL_LOG_NORM], a + k * lda);
    }
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const EmixFullLayout at = emix_full_layout(spec);
    const double *own = derived + k * at.derived;
    if (isinf(own[EMIX_FULL_LOG_NORM])) {
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
    const EmixFullLayout at = emix_full_layout(spec);
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        if (derived[k * at.derived + EMIX_FULL_SEPARATED] != 0.0) {
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
                               stats + EMIX_STAT_HEADER + k * emix_full_layout(spec).own_stats);
}

static EmixGather gather_of(const EmixModelSpec *spec, const double *derived)
{
    const EmixFullLayout at = emix_full_layout(spec);
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
    const EmixFullLayout at = emix_full_layout(spec);
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
                            (const float *)(own + at.single_offset), (float)own[EMIX_FULL_LOG_NORM],
                            s.a + k * s.lda);
    }
    const EmixSoftmaxSums sums = single->softmax(shape, shard->n_rows, padded_rows, s.a, s.lda,
                                                 shard->row_weights);
    single->moments_add(shape, padded_rows, s.panel, s.a, s.lda, s.moments,
                        stats + EMIX_STAT_HEADER);
    return sums;
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    const EmixFullLayout at = emix_full_layout(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    if (min_eigenvalue != NULL && spec->column_sds != NULL) {
        *min_eigenvalue = emix_covariance_min_eigenvalue(spec, params + k * at.params + at.d, &s);
    }
    return (unsigned)derived[k * at.derived + EMIX_FULL_FLAGS];
}

const EmixComponentOps emix_gaussian_full_ops = {
    .family = "gaussian",
    .covariance = EMIX_COVARIANCE_FULL,
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = emix_full_prepare,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .is_separated = is_separated,
    .begin_separated = begin_separated,
    .accumulate_separated = accumulate_separated,
    .end_separated = end_separated,
    .single_step = single_step,
    .count = emix_full_count,
    .m_step = emix_full_m_step,
    .clip_eigenvalues = emix_full_clip_eigenvalues,
    .step_length2 = emix_full_step_length2,
    .log_prior = emix_full_log_prior,
    .expected_log_density = emix_full_expected_log_density,
    .encode = emix_full_encode,
    .decode = emix_full_decode,
    .state = state,
};
