/* Gaussian components that share one covariance (EEE): densities and what a pass adds up. The
 * layout is that of families/gaussian/tied.h, the M-step in families/gaussian/tied_m_step.c.
 *
 * The total scatter T of the data about the centre never changes, so the M-step needs first
 * moments alone: W = T - sum_k n_k (m_k - c)(m_k - c)'. The rows are whitened once for all
 * components. A pass costs N D^2 + 4 N K D flops, not N K D^2.
 *
 * Reference: Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 * 28(5), 781-793, model [lambda D A D']. */
#include "families/gaussian/tied.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/parts.h"
#include "families/gaussian/query.h"
#include "families/gaussian/scores.h"
#include "families/gaussian/structure.h"

EmixTiedLayout emix_tied_layout(const EmixGaussian *g)
{
    const emix_index d = g->shape.n_features;
    const emix_index n_components = g->shape.n_components;
    EmixTiedLayout at = {.d = d, .n_components = n_components, .slice = emix_align_doubles(d)};
    at.covariance = n_components * at.slice;
    at.log_norms = EMIX_TIED_HEADER;
    at.offsets = at.log_norms + emix_align_doubles(n_components);
    at.w = at.offsets + emix_align_doubles(n_components * d);
    at.factor = at.w + emix_align_doubles(d * d);
    at.whitened = emix_align_doubles(g->kernels->panel_size(&g->shape));
    return at;
}

static void measure(const void *self, EmixFamilySizes *sizes)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixKernelShape *shape = &g->shape;
    *sizes = (EmixFamilySizes){
        .slice = at.slice,
        .params = at.covariance + emix_align_doubles(at.d * at.d),
        .derived = at.factor + emix_align_doubles(g->kernels->factor_size(shape)),
        .sums = g->kernels->sums_size(shape, EMIX_SQUARES_NONE),
        .stats = at.covariance,
        .block = 2 * at.whitened,
        .block_scratch = g->kernels->sums_scratch_size(shape, EMIX_SQUARES_NONE),
        .min_rows = 1,
        .shared = true,
    };
    emix_gaussian_complete_sizes(g, sizes);
}

static void import(const void *self, emix_index k, const EmixParts *from, double *params)
{
    const EmixTiedLayout at = emix_tied_layout(self);
    const size_t bytes = (size_t)at.d * sizeof *params;
    memcpy(params + k * at.slice, emix_gaussian_mean(from, k), bytes);
    if (k == 0) {
        memcpy(params + at.covariance, emix_gaussian_covariance(from, k), (size_t)at.d * bytes);
    }
}

static void export(const void *self, emix_index k, const double *params, EmixParts *to)
{
    const EmixTiedLayout at = emix_tied_layout(self);
    emix_gaussian_export(to, k, params + k * at.slice, params + at.covariance);
}

static void place(const void *self, emix_index k, const double *x, double *params)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    const size_t bytes = (size_t)at.d * sizeof *params;
    memcpy(params + k * at.slice, x, bytes);
    if (k == 0) {
        memcpy(params + at.covariance, g->share, (size_t)at.d * bytes);
    }
}

void emix_tied_derive(const EmixGaussian *g, const double *weights, const double *params,
                      double log_det_half, double *derived, double *difference)
{
    const EmixTiedLayout at = emix_tied_layout(g);
    derived[EMIX_TIED_LOG_DET_HALF] = log_det_half;
    g->kernels->pack_factor(&g->shape, derived + at.w, derived + at.factor);
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double *mean = params + k * at.slice;
        for (emix_index i = 0; i < at.d; ++i) {
            difference[i] = mean[i] - g->centre[i];
        }
        emix_multiply_lower(at.d, derived + at.w, difference, derived + at.offsets + k * at.d);
        derived[at.log_norms + k] = log(weights[k]) - 0.5 * (double)at.d * EMIX_LOG_2PI -
                                    log_det_half;
    }
}

static EmixStatus prepare(const void *self, EmixComponentRange range, const double *weights,
                          const double *params, double *derived, double *scratch, EmixError *error)
{
    const EmixGaussian *g = self;
    (void)range;
    const EmixTiedLayout at = emix_tied_layout(g);
    double log_det_half = 0.0;
    const EmixStatus status = emix_covariance_factorise(at.d, 0, params + at.covariance,
                                                        derived + at.w, &log_det_half, error);
    if (status == EMIX_OK) {
        emix_tied_derive(g, weights, params, log_det_half, derived, scratch);
    }
    return status;
}

static void transform(const void *self, const double *derived, emix_index padded_rows,
                      double *block)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    g->kernels->whiten(&g->shape, padded_rows, block, derived + at.factor, block + at.whitened);
}

static void log_densities(const void *self, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    g->kernels->separable_density(&g->shape, padded_rows, block + at.whitened, NULL,
                                  derived + at.offsets, derived + at.log_norms, a, lda);
}

static long double distance(const void *self, emix_index k, const double *derived, const double *x)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    if (isinf(derived[at.log_norms + k])) {
        return INFINITY;
    }
    return emix_covariance_distance2(g, derived + at.w, derived + at.offsets + k * at.d, x);
}

static void accumulate(const void *self, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    g->kernels->sums_add(&g->shape, EMIX_SQUARES_NONE, padded_rows, block, r, ldr, scratch, sums);
}

static unsigned state(const void *self, emix_index k, const double *params, const double *derived,
                      double *scratch, double *min_eigenvalue)
{
    (void)k;
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_covariance_state(g, params + at.covariance, derived + at.w, &s, min_eigenvalue);
}

static emix_index task_scratch(const EmixGaussian *g)
{
    return emix_covariance_scratch_size(g->shape.n_features);
}

const EmixGaussianDensity emix_tied_density = {
    .task_scratch = task_scratch,
    .maximise = emix_tied_maximise,
    .clip = emix_tied_clip,
};

const EmixFamily emix_gaussian_tied = {
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
    .prepare = prepare,
    .load = emix_gaussian_load,
    .transform = transform,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .collect = emix_tied_collect,
    .m_step = emix_gaussian_m_step,
    .project = emix_gaussian_project,
    .step_length2 = emix_tied_step_length2,
    .step_noise2 = emix_tied_step_noise2,
    .log_prior = emix_tied_log_prior,
    .expected_log_density = emix_tied_expected_log_density,
    .encode = emix_tied_encode,
    .decode = emix_tied_decode,
    .state = state,
    .flag_together = emix_gaussian_flag_together,
    .explain = emix_gaussian_explain,
};
