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
#include "families/gaussian/parts.h"
#include "families/gaussian/query.h"
#include "families/gaussian/scores.h"
#include "families/gaussian/structure.h"

/* Room for n floats in a vector of doubles, in whole cache lines. */
static emix_index doubles_of_floats(emix_index n)
{
    return emix_align_doubles((n + 1) / 2);
}

EmixFullLayout emix_full_layout(const EmixGaussian *g)
{
    const emix_index d = g->shape.n_features;
    const emix_index w = EMIX_FULL_HEADER + 2 * emix_align_doubles(d);
    EmixKernelShape one = g->shape;
    one.n_components = 1;
    const emix_index factor = w + emix_align_doubles(d * d);
    const EmixSingleKernels *single = g->kernels->single;
    const emix_index single_factor = factor +
                                     emix_align_doubles(g->kernels->factor_size(&g->shape));
    const emix_index single_offset =
        single_factor + (g->mixed ? doubles_of_floats(single->factor_size(&g->shape)) : 0);
    return (EmixFullLayout){
        .d = d,
        .params = emix_align_doubles(d + d * d),
        .mean = EMIX_FULL_HEADER,
        .offset = EMIX_FULL_HEADER + emix_align_doubles(d),
        .w = w,
        .factor = factor,
        .single_factor = single_factor,
        .single_offset = single_offset,
        .derived = single_offset + (g->mixed ? doubles_of_floats(d) : 0),
        .one = one,
        .own_sums = emix_align_doubles(g->kernels->moments_size(&one)),
        .own_scatter = emix_align_doubles(d + d * d),
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

static SingleScratch view_single_scratch(const EmixGaussian *g, double *scratch)
{
    const EmixKernelShape *shape = &g->shape;
    const EmixSingleKernels *single = g->kernels->single;
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

static void measure(const void *self, EmixFamilySizes *sizes)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index k = g->shape.n_components;
    const emix_index together = g->kernels->moments_size(&g->shape);
    const emix_index pass_scratch = g->kernels->moments_scratch_size(&g->shape);
    const emix_index gather_scratch = emix_gather_scratch_size(
        g, g->kernels->moments_scratch_size(&at.one));
    emix_index sums = together > k * at.own_sums ? together : k * at.own_sums;
    if (g->mixed) {
        const emix_index single = g->kernels->single->moments_size(&g->shape);
        sums = sums > single ? sums : single;
    }
    *sizes = (EmixFamilySizes){
        .slice = at.params,
        .params = k * at.params,
        .derived = k * at.derived,
        .sums = sums,
        .stats = k * at.own_scatter,
        .block = g->kernels->panel_size(&g->shape),
        .block_scratch = pass_scratch > gather_scratch ? pass_scratch : gather_scratch,
        .single_scratch = g->mixed ? view_single_scratch(g, NULL).size : 0,
        .min_rows = at.d + 1,
    };
    emix_gaussian_complete_sizes(g, sizes);
}

static void import(const void *self, emix_index k, const EmixParts *from, double *params)
{
    const EmixFullLayout at = emix_full_layout(self);
    double *own = params + k * at.params;
    memcpy(own, emix_gaussian_mean(from, k), (size_t)at.d * sizeof *own);
    memcpy(own + at.d, emix_gaussian_covariance(from, k), (size_t)(at.d * at.d) * sizeof *own);
}

static void export(const void *self, emix_index k, const double *params, EmixParts *to)
{
    const EmixFullLayout at = emix_full_layout(self);
    const double *own = params + k * at.params;
    emix_gaussian_export(to, k, own, own + at.d);
}

static void place(const void *self, emix_index k, const double *x, double *params)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    double *own = params + k * at.params;
    memcpy(own, x, (size_t)at.d * sizeof *own);
    memcpy(own + at.d, g->share, (size_t)(at.d * at.d) * sizeof *own);
}

void emix_full_derive(const EmixGaussian *g, double weight, const double *mean, bool sparse,
                      double log_det_half, double *own, double *difference)
{
    const EmixFullLayout at = emix_full_layout(g);
    const bool far = emix_is_far(g, mean, mean + at.d, at.d + 1);
    own[EMIX_FULL_SEPARATED] = sparse || (far && weight > 0.0) ? 1.0 : 0.0;
    memcpy(own + at.mean, mean, (size_t)at.d * sizeof *own);
    for (emix_index i = 0; i < at.d; ++i) {
        difference[i] = mean[i] - g->centre[i];
    }
    emix_multiply_lower(at.d, own + at.w, difference, own + at.offset);
    own[EMIX_FULL_LOG_NORM] = log(weight) - 0.5 * (double)at.d * EMIX_LOG_2PI - log_det_half;
    g->kernels->pack_factor(&g->shape, own + at.w, own + at.factor);
    if (g->mixed) {
        float *offset = (float *)(own + at.single_offset);
        for (emix_index i = 0; i < at.d; ++i) {
            offset[i] = (float)own[at.offset + i];
        }
        g->kernels->single->pack_factor(&g->shape, own + at.w, (float *)(own + at.single_factor));
    }
}

EmixStatus emix_full_prepare(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, double *derived, double *scratch,
                             EmixError *error)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index k = range.first;
    const double *mean = params + k * at.params;
    double *own = derived + k * at.derived;
    double log_det_half = 0.0;
    const EmixStatus status = emix_covariance_factorise(at.d, k, mean + at.d, own + at.w,
                                                        &log_det_half, error);
    if (status == EMIX_OK) {
        emix_full_derive(g, weights[k], mean, false, log_det_half, own, scratch);
    }
    return status;
}

static void log_densities(const void *self, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    for (emix_index k = 0; k < g->shape.n_components; ++k) {
        const double *own = derived + k * at.derived;
        g->kernels->log_density(&g->shape, padded_rows, block, own + at.factor, own + at.offset,
                                own[EMIX_FULL_LOG_NORM], a + k * lda);
    }
}

static long double distance(const void *self, emix_index k, const double *derived, const double *x)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const double *own = derived + k * at.derived;
    if (isinf(own[EMIX_FULL_LOG_NORM])) {
        return INFINITY; /* an empty component takes no rows */
    }
    return emix_covariance_distance2(g, own + at.w, own + at.offset, x);
}

static void accumulate(const void *self, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    g->kernels->moments_add(&g->shape, padded_rows, block, r, ldr, scratch, sums);
}

static bool is_separated(const void *self, const double *derived)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    for (emix_index k = 0; k < g->shape.n_components; ++k) {
        if (derived[k * at.derived + EMIX_FULL_SEPARATED] != 0.0) {
            return true;
        }
    }
    return false;
}

/* EmixGatherSink: into the component's own accumulator. */
static void add_own_moments(const EmixGaussian *g, const EmixKernelShape *one, emix_index k,
                            emix_index padded_rows, const double *panel, const double *r,
                            double *kernel_scratch, double *sums)
{
    g->kernels->moments_add(one, padded_rows, panel, r, padded_rows, kernel_scratch,
                            sums + k * emix_full_layout(g).own_sums);
}

static EmixGather gather_of(const EmixGaussian *g, const double *derived)
{
    const EmixFullLayout at = emix_full_layout(g);
    return (EmixGather){
        .means = derived + at.mean,
        .stride = at.derived,
        .kernel_scratch = g->kernels->moments_scratch_size(&at.one),
        .sink = add_own_moments,
    };
}

static void begin_separated(const void *self, const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixGather gather = gather_of(g, derived);
    emix_gather_begin(g, &gather, scratch);
}

static void accumulate_separated(const void *self, const double *derived, const EmixShard *shard,
                                 const double *r, emix_index ldr, double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    const EmixGather gather = gather_of(g, derived);
    emix_gather_shard(g, &gather, shard, r, ldr, scratch, sums);
}

static void end_separated(const void *self, const double *derived, double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    const EmixGather gather = gather_of(g, derived);
    emix_gather_end(g, &gather, scratch, sums);
}

static EmixSoftmaxSums single_step(const void *self, const double *derived, const EmixShard *shard,
                                   double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const EmixKernelShape *shape = &g->shape;
    const EmixSingleKernels *single = g->kernels->single;
    const emix_index group = single->row_group;
    const emix_index padded_rows = (shard->n_rows + group - 1) / group * group;
    const SingleScratch s = view_single_scratch(g, scratch);
    single->pack(shape, shard->n_rows, padded_rows, shard->x_single, shard->x, shard->ldx,
                 g->centre, s.panel);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const double *own = derived + k * at.derived;
        single->log_density(shape, padded_rows, s.panel, (const float *)(own + at.single_factor),
                            (const float *)(own + at.single_offset), (float)own[EMIX_FULL_LOG_NORM],
                            s.a + k * s.lda);
    }
    const EmixSoftmaxSums found = single->softmax(shape, shard->n_rows, padded_rows, s.a, s.lda,
                                                  shard->row_weights);
    single->moments_add(shape, padded_rows, s.panel, s.a, s.lda, s.moments, sums);
    return found;
}

static unsigned state(const void *self, emix_index k, const double *params, const double *derived,
                      double *scratch, double *min_eigenvalue)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_covariance_state(g, params + k * at.params + at.d, derived + k * at.derived + at.w,
                                 &s, min_eigenvalue);
}

static emix_index task_scratch(const EmixGaussian *g)
{
    return emix_covariance_scratch_size(g->shape.n_features);
}

const EmixGaussianDensity emix_full_density = {
    .task_scratch = task_scratch,
    .maximise = emix_full_maximise,
    .clip = emix_full_clip,
};

const EmixFamily emix_gaussian_full = {
    .name = "gaussian",
    .moments = EMIX_MOMENTS_FULL,
    .query = &emix_gaussian_query,
    .scores = &emix_gaussian_scores,
    .parts = emix_gaussian_parts_of,
    .create = emix_gaussian_create,
    .destroy = emix_gaussian_destroy,
    .resolve = emix_gaussian_resolve,
    .measure = measure,
    .import = import,
    .export = export,
    .place = place,
    .prepare = emix_full_prepare,
    .load = emix_gaussian_load,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .is_separated = is_separated,
    .begin_separated = begin_separated,
    .accumulate_separated = accumulate_separated,
    .end_separated = end_separated,
    .single_step = single_step,
    .collect = emix_full_collect,
    .m_step = emix_gaussian_m_step,
    .project = emix_gaussian_project,
    .step_length2 = emix_full_step_length2,
    .step_noise2 = emix_full_step_noise2,
    .log_prior = emix_full_log_prior,
    .expected_log_density = emix_full_expected_log_density,
    .encode = emix_full_encode,
    .decode = emix_full_decode,
    .state = state,
    .flag_together = emix_gaussian_flag_together,
    .explain = emix_gaussian_explain,
};
