/* Gaussian components with diagonal (VVI) or spherical (VII) covariances: densities and what a pass
 * adds up. The layout is that of families/gaussian/diagonal.h, the M-step in
 * families/gaussian/diagonal_m_step.c.
 *
 * A pass costs about 8 N K D flops, not 2 N K D^2.
 *
 * Reference: Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 * 28(5), 781-793, models [lambda_k A_k] and [lambda_k I]. */
#include "families/gaussian/diagonal.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/covariance.h"

EmixDiagonalLayout emix_diagonal_layout(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index n_components = spec->kernel_shape.n_components;
    EmixDiagonalLayout at = {
        .d = d, .n_components = n_components, .slice = emix_align_doubles(2 * d)};
    at.flags = emix_align_doubles(n_components);
    at.scales = 2 * at.flags;
    at.offsets = at.scales + emix_align_doubles(n_components * d);
    at.derived = at.offsets + emix_align_doubles(n_components * d);
    return at;
}

bool emix_diagonal_is_spherical(const EmixModelSpec *spec)
{
    return spec->component->covariance == EMIX_COVARIANCE_SPHERICAL;
}

EmixSquares emix_diagonal_squares(const EmixModelSpec *spec)
{
    return emix_diagonal_is_spherical(spec) ? EMIX_SQUARES_SUM : EMIX_SQUARES_EACH;
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
    const EmixKernelShape *shape = &spec->kernel_shape;
    *sizes = (EmixComponentSizes){
        .slice = at.slice,
        .params = at.n_components * at.slice,
        .derived = at.derived,
        .stats = emix_align_doubles(spec->kernels->sums_size(shape, emix_diagonal_squares(spec))),
        .block = spec->kernels->panel_size(shape),
        .block_scratch = spec->kernels->sums_scratch_size(shape, emix_diagonal_squares(spec)),
        .task_scratch = 2 * emix_align_doubles(at.d),
        .min_rows = 2,
    };
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

static void set(const EmixModelSpec *spec, emix_index k, const double *weights, const double *mean,
                const double *covariance, double *params)
{
    (void)weights;
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
    double *own = params + k * at.slice;
    memcpy(own, mean, (size_t)at.d * sizeof *own);
    for (emix_index j = 0; j < at.d; ++j) {
        own[at.d + j] = covariance[j * at.d + j];
    }
    if (emix_diagonal_is_spherical(spec)) {
        emix_diagonal_make_spherical(at.d, own + at.d);
    }
}

static void get(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
    const double *own = params + k * at.slice;
    memcpy(mean, own, (size_t)at.d * sizeof *mean);
    memset(covariance, 0, (size_t)(at.d * at.d) * sizeof *covariance);
    for (emix_index j = 0; j < at.d; ++j) {
        covariance[j * at.d + j] = own[at.d + j];
    }
}

EmixStatus emix_diagonal_prepare(const EmixModelSpec *spec, EmixComponentRange range,
                                 const double *weights, const double *params, double *derived,
                                 double *scratch, EmixError *error)
{
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
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
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
    spec->kernels->separable_density(&spec->kernel_shape, padded_rows, block, derived + at.scales,
                                     derived + at.offsets, derived, a, lda);
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
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
    spec->kernels->sums_add(&spec->kernel_shape, emix_diagonal_squares(spec), padded_rows, block, r,
                            ldr, scratch, stats + EMIX_STAT_HEADER);
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    (void)scratch;
    const EmixDiagonalLayout at = emix_diagonal_layout(spec);
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

/* The structures differ in what the functions make of spec->component->covariance. */
#define DIAGONAL_OPS(structure)                                                                    \
    {                                                                                              \
        .family = "gaussian", .covariance = structure, .measure = measure, .set = set, .get = get, \
        .prepare = emix_diagonal_prepare, .log_densities = log_densities, .distance = distance,    \
        .accumulate = accumulate, .count = emix_diagonal_count, .m_step = emix_diagonal_m_step,    \
        .clip_eigenvalues = emix_diagonal_clip_eigenvalues,                                        \
        .step_length2 = emix_diagonal_step_length2, .log_prior = emix_diagonal_log_prior,          \
        .expected_log_density = emix_diagonal_expected_log_density,                                \
        .encode = emix_diagonal_encode, .decode = emix_diagonal_decode, .state = state,            \
    }

const EmixComponentOps emix_gaussian_diag_ops = DIAGONAL_OPS(EMIX_COVARIANCE_DIAG);
const EmixComponentOps emix_gaussian_spherical_ops = DIAGONAL_OPS(EMIX_COVARIANCE_SPHERICAL);
