/* Gaussian components without correlations, densities and what a pass adds up; the structure says
 * which variances are one (families/gaussian/structure.h). The layout is that of
 * families/gaussian/diagonal.h, the M-step in families/gaussian/diagonal_m_step.c.
 *
 * A pass costs about 8 N K D flops, not 2 N K D^2.
 *
 * Reference: Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 * 28(5), 781-793, models with D_k = I. */
#include "families/gaussian/diagonal.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/parts.h"
#include "families/gaussian/query.h"
#include "families/gaussian/scores.h"
#include "families/gaussian/structure.h"

EmixDiagonalLayout emix_diagonal_layout(const EmixGaussian *g)
{
    const emix_index d = g->shape.n_features;
    const emix_index n_components = g->shape.n_components;
    EmixDiagonalLayout at = {
        .d = d, .n_components = n_components, .slice = emix_align_doubles(2 * d)};
    at.scales = emix_align_doubles(n_components);
    at.offsets = at.scales + emix_align_doubles(n_components * d);
    at.derived = at.offsets + emix_align_doubles(n_components * d);
    at.own_squares = emix_align_doubles(2 * d);
    return at;
}

bool emix_diagonal_is_spherical(const EmixGaussian *g)
{
    return g->structure->pool_features;
}

EmixSquares emix_diagonal_squares(const EmixGaussian *g)
{
    return emix_diagonal_is_spherical(g) ? EMIX_SQUARES_SUM : EMIX_SQUARES_EACH;
}

static void measure(const void *self, EmixFamilySizes *sizes)
{
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const EmixKernelShape *shape = &g->shape;
    *sizes = (EmixFamilySizes){
        .slice = at.slice,
        .params = at.n_components * at.slice,
        .derived = at.derived,
        .sums = g->kernels->sums_size(shape, emix_diagonal_squares(g)),
        .stats = at.n_components * at.own_squares,
        .block = g->kernels->panel_size(shape),
        .block_scratch = g->kernels->sums_scratch_size(shape, emix_diagonal_squares(g)),
        .min_rows = g->structure->pool_components ? 1 : 2,
        .shared = g->structure->pool_components,
    };
    emix_gaussian_complete_sizes(g, sizes);
}

double emix_diagonal_common_unit(const EmixGaussian *g)
{
    const emix_index d = g->shape.n_features;
    double mean = 0.0;
    for (emix_index j = 0; j < d && emix_diagonal_is_spherical(g); ++j) {
        mean += g->column_sds[j] * g->column_sds[j] / (double)d;
    }
    return mean;
}

void emix_diagonal_make_spherical(emix_index d, double *variances)
{
    double mean = variances[0];
    for (emix_index j = 1; j < d; ++j) {
        mean += (variances[j] - mean) / (double)(j + 1); /* exact where all are equal */
    }
    for (emix_index j = 0; j < d; ++j) {
        variances[j] = mean;
    }
}

static void import(const void *self, emix_index k, const EmixParts *from, double *params)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(self);
    double *own = params + k * at.slice;
    memcpy(own, emix_gaussian_mean(from, k), (size_t)at.d * sizeof *own);
    for (emix_index j = 0; j < at.d; ++j) {
        own[at.d + j] = from->family->variance(from, k, j);
    }
}

static void export(const void *self, emix_index k, const double *params, EmixParts *to)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(self);
    const double *own = params + k * at.slice;
    emix_gaussian_export(to, k, own, own + at.d);
}

static void place(const void *self, emix_index k, const double *x, double *params)
{
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    double *own = params + k * at.slice;
    memcpy(own, x, (size_t)at.d * sizeof *own);
    memcpy(own + at.d, g->share, (size_t)at.d * sizeof *own);
    if (emix_diagonal_is_spherical(g)) {
        emix_diagonal_make_spherical(at.d, own + at.d);
    }
}

EmixStatus emix_diagonal_prepare(const void *self, EmixComponentRange range, const double *weights,
                                 const double *params, double *derived, double *scratch,
                                 EmixError *error)
{
    const EmixGaussian *g = self;
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *mean = params + k * at.slice;
        const double *variances = mean + at.d;
        double log_det_half = 0.0;
        for (emix_index j = 0; j < at.d; ++j) {
            if (!(variances[j] > 0.0)) {
                return emix_fail(error, EMIX_ERR_DEGENERATE,
                                 "component %lld: its variance of feature %lld is %g", (long long)k,
                                 (long long)j + 1, variances[j]);
            }
            const double scale = 1.0 / sqrt(variances[j]);
            derived[at.scales + k * at.d + j] = scale;
            derived[at.offsets + k * at.d + j] = scale * (mean[j] - g->centre[j]);
            log_det_half += 0.5 * log(variances[j]);
        }
        derived[k] = log(weights[k]) - 0.5 * (double)at.d * EMIX_LOG_2PI - log_det_half;
    }
    return EMIX_OK;
}

static void log_densities(const void *self, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    g->kernels->separable_density(&g->shape, padded_rows, block, derived + at.scales,
                                  derived + at.offsets, derived, a, lda);
}

static long double distance(const void *self, emix_index k, const double *derived, const double *x)
{
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    if (isinf(derived[k])) {
        return INFINITY;
    }
    long double sum = 0.0L;
    for (emix_index j = 0; j < at.d; ++j) {
        const long double z = (long double)derived[at.scales + k * at.d + j] *
                                  ((long double)x[j] - g->centre[j]) -
                              derived[at.offsets + k * at.d + j];
        sum += z * z;
    }
    return sum;
}

static void accumulate(const void *self, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *sums)
{
    const EmixGaussian *g = self;
    g->kernels->sums_add(&g->shape, emix_diagonal_squares(g), padded_rows, block, r, ldr, scratch,
                         sums);
}

static unsigned state(const void *self, emix_index k, const double *params, const double *derived,
                      double *scratch, double *min_eigenvalue)
{
    (void)derived;
    (void)scratch;
    const EmixGaussian *g = self;
    const EmixDiagonalLayout at = emix_diagonal_layout(g);
    const double *variances = params + k * at.slice + at.d;
    const double collapse = emix_gaussian_collapse(g);
    unsigned flags = 0;
    double least = INFINITY;
    if (g->column_sds == NULL) {
        return 0;
    }
    const double common = emix_diagonal_common_unit(g);
    for (emix_index j = 0; j < at.d; ++j) {
        const double own = g->column_sds[j] * g->column_sds[j];
        least = fmin(least, variances[j] / own);
        if (collapse > 0.0 && !(variances[j] > collapse * (common > 0.0 ? common : own))) {
            flags = EMIX_FLAG_FLOOR;
        }
    }
    if (min_eigenvalue != NULL) {
        *min_eigenvalue = least;
    }
    return flags;
}

static emix_index task_scratch(const EmixGaussian *g)
{
    return 3 * emix_align_doubles(g->shape.n_features);
}

const EmixGaussianDensity emix_diagonal_density = {
    .is_diagonal = true,
    .task_scratch = task_scratch,
    .maximise = emix_diagonal_maximise,
    .clip = emix_diagonal_clip,
};

const EmixFamily emix_gaussian_diagonal = {
    .name = "gaussian",
    .moments = EMIX_MOMENTS_DIAGONAL,
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
    .prepare = emix_diagonal_prepare,
    .load = emix_gaussian_load,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .collect = emix_diagonal_collect,
    .m_step = emix_gaussian_m_step,
    .project = emix_gaussian_project,
    .step_length2 = emix_diagonal_step_length2,
    .step_noise2 = emix_diagonal_step_noise2,
    .log_prior = emix_diagonal_log_prior,
    .expected_log_density = emix_diagonal_expected_log_density,
    .encode = emix_diagonal_encode,
    .decode = emix_diagonal_decode,
    .state = state,
    .flag_together = emix_gaussian_flag_together,
    .explain = emix_gaussian_explain,
};
