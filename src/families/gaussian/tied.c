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

EmixTiedLayout emix_tied_layout(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index n_components = spec->kernel_shape.n_components;
    EmixTiedLayout at = {.d = d, .n_components = n_components, .slice = emix_align_doubles(d)};
    at.covariance = n_components * at.slice;
    at.log_norms = EMIX_TIED_HEADER;
    at.offsets = at.log_norms + emix_align_doubles(n_components);
    at.w = at.offsets + emix_align_doubles(n_components * d);
    at.factor = at.w + emix_align_doubles(d * d);
    at.whitened = emix_align_doubles(spec->kernels->panel_size(&spec->kernel_shape));
    return at;
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const EmixTiedLayout at = emix_tied_layout(spec);
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
    const EmixTiedLayout at = emix_tied_layout(spec);
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
    const EmixTiedLayout at = emix_tied_layout(spec);
    memcpy(mean, params + k * at.slice, (size_t)at.d * sizeof *mean);
    memcpy(covariance, params + at.covariance, (size_t)(at.d * at.d) * sizeof *covariance);
}

void emix_tied_derive(const EmixModelSpec *spec, const double *weights, const double *params,
                      const EmixCovarianceFactor *factor, double *derived, double *difference)
{
    const EmixTiedLayout at = emix_tied_layout(spec);
    derived[EMIX_TIED_LOG_DET_HALF] = factor->log_det_half;
    derived[EMIX_TIED_FLAGS] = (double)factor->flags;
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
    const EmixTiedLayout at = emix_tied_layout(spec);
    EmixCovarianceFactor factor = {0};
    const EmixStatus status = emix_covariance_factorise(at.d, 1, params + at.covariance,
                                                        derived + at.w, &factor, error);
    if (status == EMIX_OK) {
        emix_tied_derive(spec, weights, params, &factor, derived, scratch);
    }
    return status;
}

static void transform(const EmixModelSpec *spec, const double *derived, emix_index padded_rows,
                      double *block)
{
    const EmixTiedLayout at = emix_tied_layout(spec);
    spec->kernels->whiten(&spec->kernel_shape, padded_rows, block, derived + at.factor,
                          block + at.whitened);
}

static void log_densities(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const EmixTiedLayout at = emix_tied_layout(spec);
    spec->kernels->separable_density(&spec->kernel_shape, padded_rows, block + at.whitened, NULL,
                                     derived + at.offsets, derived + at.log_norms, a, lda);
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const EmixTiedLayout at = emix_tied_layout(spec);
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

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    (void)k;
    const EmixTiedLayout at = emix_tied_layout(spec);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    if (min_eigenvalue != NULL && spec->column_sds != NULL) {
        *min_eigenvalue = emix_covariance_min_eigenvalue(spec, params + at.covariance, &s);
    }
    return (unsigned)derived[EMIX_TIED_FLAGS];
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
    .count = emix_tied_count,
    .m_step = emix_tied_m_step,
    .clip_eigenvalues = emix_tied_clip_eigenvalues,
    .step_length2 = emix_tied_step_length2,
    .log_prior = emix_tied_log_prior,
    .expected_log_density = emix_tied_expected_log_density,
    .encode = emix_tied_encode,
    .decode = emix_tied_decode,
    .state = state,
};
