/* Gaussian components with full covariances (VVV).
 *
 * params  : K x [ mean[D] | covariance[D x D], symmetric ]
 * derived : K x [ log_norm | flags | 6 spare | offset[D] | w[D x D] | packed factor ]
 *           log_norm = log weight - D/2 log 2 pi - sum_i log L_ii,  covariance = L L',
 *           w = L^-1 (precisions_cholesky),  offset = w (mean - centre)
 * stats   : the kernels' accumulator of n_k, sum_x, sum_xx about the centre
 *
 * Densities are whitened, log f = log_norm - |w (x - centre) - offset|^2 / 2, which loses
 * sqrt(kappa) eps where an expanded quadratic form loses kappa eps.
 *
 * References
 *   [1] Dempster, Laird, Rubin (1977). Maximum likelihood from incomplete data via the EM
 *       algorithm. J. R. Stat. Soc. B 39(1), 1-38.
 *   [2] Bishop (2006). Pattern Recognition and Machine Learning, section 9.2.
 *   [3] Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 *       28(5), 781-793.
 *   [4] Ingrassia, Rocci (2007). Constrained monotone EM algorithms for finite mixture of
 *       multivariate Gaussians. Comput. Stat. Data Anal. 51(11), 5339-5351: clipped eigenvalues
 *       maximise Q under the bound. */
#include "models/component_ops.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "linalg/linalg.h"

enum { LOG_NORM = 0, FLAGS = 1, DERIVED_HEADER = 8 };

static const double log_2pi = 1.8378770664093454836;

typedef struct Layout {
    emix_index d;
    emix_index params; /* doubles a component */
    emix_index offset; /* places in a component's derived region */
    emix_index w;
    emix_index factor;
    emix_index derived; /* doubles a component */
} Layout;

static emix_index align(emix_index n_doubles)
{
    return (n_doubles + 7) / 8 * 8;
}

static Layout layout_of(const EmixModelSpec *spec)
{
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index w = DERIVED_HEADER + align(d);
    const emix_index factor = w + align(d * d);
    return (Layout){
        .d = d,
        .params = align(d + d * d),
        .offset = DERIVED_HEADER,
        .w = w,
        .factor = factor,
        .derived = factor + align(spec->kernels->factor_size(&spec->kernel_shape)),
    };
}

static void measure(const EmixModelSpec *spec, EmixComponentSizes *sizes)
{
    const Layout at = layout_of(spec);
    const emix_index k = spec->kernel_shape.n_components;
    *sizes = (EmixComponentSizes){
        .params = k * at.params,
        .derived = k * at.derived,
        .stats = spec->kernels->moments_size(&spec->kernel_shape),
        .block = spec->kernels->panel_size(&spec->kernel_shape),
        .block_scratch = spec->kernels->moments_scratch_size(&spec->kernel_shape),
        /* three matrices, three vectors and the eigenvalue solver's own */
        .task_scratch = 3 * align(at.d * at.d) + 3 * align(at.d) +
                        emix_linalg_eigen_workspace(at.d),
    };
}

/* The pieces of a task's scratch memory. */
typedef struct TaskScratch {
    double *matrix[3]; /* [D x D] each */
    double *vector[3]; /* [D] each */
    double *workspace; /* of emix_linalg_eigen() */
} TaskScratch;

static TaskScratch view_task_scratch(emix_index d, double *scratch)
{
    const emix_index dd = align(d * d);
    double *vectors = scratch + 3 * dd;
    return (TaskScratch){
        .matrix = {scratch, scratch + dd, scratch + 2 * dd},
        .vector = {vectors, vectors + align(d), vectors + 2 * align(d)},
        .workspace = vectors + 3 * align(d),
    };
}

/* out = L x for a lower-triangular matrix. */
static void multiply_lower(emix_index d, const double *l, const double *x, double *out)
{
    for (emix_index i = 0; i < d; ++i) {
        double sum = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            sum += l[i * d + j] * x[j];
        }
        out[i] = sum;
    }
}

/* Everything the density needs, from mean and covariance. Returns 0, or the order of the
 * leading minor that is not positive definite. */
static emix_index factorise(const EmixModelSpec *spec, double weight, const double *mean,
                            const double *covariance, double *derived, double *difference)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    double *w = derived + at.w;
    memcpy(w, covariance, (size_t)(d * d) * sizeof *w);
    const emix_index bad = emix_linalg_cholesky(d, w);
    if (bad != 0) {
        return bad;
    }
    double log_det_half = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        log_det_half += log(w[i * d + i]);
        difference[i] = mean[i] - spec->centre[i];
    }
    emix_linalg_invert_lower(d, w);
    multiply_lower(d, w, difference, derived + at.offset);
    derived[LOG_NORM] = log(weight) - 0.5 * (double)d * log_2pi - log_det_half;
    spec->kernels->pack_factor(&spec->kernel_shape, w, derived + at.factor);
    return 0;
}

static void set(const EmixModelSpec *spec, emix_index k, const double *mean,
                const double *covariance, double *params)
{
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

static EmixStatus prepare(const EmixModelSpec *spec, emix_index k, double weight,
                          const double *params, double *derived, double *scratch, EmixError *error)
{
    const Layout at = layout_of(spec);
    const double *mean = params + k * at.params;
    double *own = derived + k * at.derived;
    own[FLAGS] = 0.0;
    const emix_index bad = factorise(spec, weight, mean, mean + at.d, own, scratch);
    if (bad != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "covariance of component %lld is not positive definite (leading minor "
                         "%lld)",
                         (long long)k + 1, (long long)bad);
    }
    return EMIX_OK;
}

static void load(const EmixModelSpec *spec, const EmixShard *shard, emix_index padded_rows,
                 double *block)
{
    spec->kernels->pack(&spec->kernel_shape, shard->n_rows, padded_rows, shard->x, shard->ldx,
                        spec->centre, block);
}

static void log_density(const EmixModelSpec *spec, emix_index k, const double *derived,
                        const double *block, emix_index padded_rows, double *a)
{
    const Layout at = layout_of(spec);
    const double *own = derived + k * at.derived;
    spec->kernels->log_density(&spec->kernel_shape, padded_rows, block, own + at.factor,
                               own + at.offset, own[LOG_NORM], a);
}

static long double distance(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x)
{
    const Layout at = layout_of(spec);
    const double *own = derived + k * at.derived;
    if (isinf(own[LOG_NORM])) {
        return INFINITY; /* an empty component takes no rows */
    }
    long double sum = 0.0L;
    for (emix_index i = 0; i < at.d; ++i) {
        long double z = -(long double)own[at.offset + i];
        for (emix_index j = 0; j <= i; ++j) {
            z += (long double)own[at.w + i * at.d + j] * ((long double)x[j] - spec->centre[j]);
        }
        sum += z * z;
    }
    return sum;
}

static void accumulate(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats)
{
    spec->kernels->moments_add(&spec->kernel_shape, padded_rows, block, r, ldr, scratch, stats);
}

static double count(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch)
{
    double n = 0.0;
    const TaskScratch s = view_task_scratch(spec->kernel_shape.n_features, scratch);
    spec->kernels->moments_unpack(&spec->kernel_shape, stats, k, &n, s.vector[0], s.matrix[0]);
    return n;
}

/* The scatter sum w r (x - m)(x - m)' of component k, m its own mean; lower triangle.
 * Returns n_k; mean is relative to the centre. */
static double own_moments(const EmixModelSpec *spec, emix_index k, const double *stats,
                          double *mean, double *scatter)
{
    const emix_index d = spec->kernel_shape.n_features;
    double n = 0.0;
    spec->kernels->moments_unpack(&spec->kernel_shape, stats, k, &n, mean, scatter);
    for (emix_index i = 0; i < d; ++i) {
        const double sum_i = mean[i];
        mean[i] = sum_i / n;
        /* sum_xx_ij - sum_i sum_j / n; rows below i still hold their sums in mean[j > i] */
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * d + j] -= sum_i * mean[j];
        }
    }
    return n;
}

/* Squared Frobenius norm of w diag(column_sds): its inverse bounds the smallest eigenvalue of
 * the covariance, columns scaled to unit variance, from below. */
static double standardised_norm2(const EmixModelSpec *spec, const double *w)
{
    const emix_index d = spec->kernel_shape.n_features;
    double sum = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double z = w[i * d + j] * spec->column_sds[j];
            sum += z * z;
        }
    }
    return sum;
}

/* Eigenvalues of the covariance with columns scaled to unit variance, ascending, in
 * s->vector[0]; with `vectors`, eigenvectors as rows of s->matrix[0]. */
static EmixStatus standardised_eigen(const EmixModelSpec *spec, emix_index k, bool vectors,
                                     const double *covariance, const TaskScratch *s,
                                     EmixError *error)
{
    const emix_index d = spec->kernel_shape.n_features;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            s->matrix[0][i * d + j] = covariance[i * d + j] / spec->column_sds[i] /
                                      spec->column_sds[j];
        }
    }
    if (emix_linalg_eigen(d, vectors, s->matrix[0], s->vector[0], s->workspace) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "component %lld: the eigenvalues of its covariance cannot be computed",
                         (long long)k + 1);
    }
    return EMIX_OK;
}

/* Replaces the covariance by the nearest one whose eigenvalues, columns scaled to unit variance,
 * are at least the floor: the maximiser of Q under that bound [4]. Eigenvalues and eigenvectors
 * are those standardised_eigen() left in s. */
static void clip_covariance(const EmixModelSpec *spec, double *covariance, const TaskScratch *s)
{
    const emix_index d = spec->kernel_shape.n_features;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            double sum = 0.0;
            for (emix_index e = 0; e < d; ++e) {
                const double value = fmax(s->vector[0][e], spec->eigenvalue_floor);
                sum += s->matrix[0][e * d + i] * value * s->matrix[0][e * d + j];
            }
            sum *= spec->column_sds[i] * spec->column_sds[j];
            covariance[i * d + j] = sum;
            covariance[j * d + i] = sum;
        }
    }
}

/* Factorises the new covariance, with the floor where the data call for one. */
static EmixStatus factorise_above_floor(const EmixModelSpec *spec, emix_index k, double weight,
                                        double *mean, double *derived, const TaskScratch *s,
                                        EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const Layout at = layout_of(spec);
    double *covariance = mean + at.d;
    derived[FLAGS] = 0.0;
    const emix_index bad = factorise(spec, weight, mean, covariance, derived, s->vector[1]);
    if (spec->column_sds == NULL) {
        return bad == 0 ? EMIX_OK
                        : emix_fail(error, EMIX_ERR_DEGENERATE,
                                    "covariance of component %lld is singular", (long long)k + 1);
    }
    /* The bound is cheap and nearly always settles it; only then are eigenvalues needed. */
    if (bad == 0 && standardised_norm2(spec, derived + at.w) * spec->eigenvalue_floor < 1.0) {
        return EMIX_OK;
    }
    EMIX_TRY(standardised_eigen(spec, k, true, covariance, s, error));
    if (bad != 0 || s->vector[0][0] < spec->eigenvalue_floor) {
        clip_covariance(spec, covariance, s);
        if (factorise(spec, weight, mean, covariance, derived, s->vector[1]) != 0) {
            EMIX_TRY(emix_fail(error, EMIX_ERR_DEGENERATE,
                               "covariance of component %lld is singular", (long long)k + 1));
        }
        derived[FLAGS] = (double)EMIX_FLAG_FLOOR;
    }
cleanup:
    return status;
}

static EmixStatus m_step(const EmixModelSpec *spec, emix_index k, double weight,
                         const double *stats, const EmixShrinkage *shrinkage, double *params,
                         double *derived, double *scratch, EmixError *error)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const TaskScratch s = view_task_scratch(d, scratch);
    double *mean = params + k * at.params;
    double *covariance = mean + d;
    double *scatter = s.matrix[0];
    const double n = own_moments(spec, k, stats, mean, scatter);
    const double extra = shrinkage ? shrinkage->count : 0.0;
    for (emix_index i = 0; i < d; ++i) {
        mean[i] += spec->centre[i];
        for (emix_index j = 0; j <= i; ++j) {
            double sum = scatter[i * d + j];
            if (shrinkage != NULL) {
                sum += extra * shrinkage->covariance[i * d + j];
            }
            covariance[i * d + j] = sum / (n + extra);
            covariance[j * d + i] = covariance[i * d + j];
        }
        if (!isfinite(mean[i]) || !isfinite(covariance[i * d + i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "component %lld: its mean or variance of feature %lld is not finite",
                             (long long)k + 1, (long long)i + 1);
        }
    }
    return factorise_above_floor(spec, k, weight, mean, derived + k * at.derived, &s, error);
}

/* |w dmu|^2 + |w dSigma w'|_F^2 / 2, the step in the complete-data Fisher metric of one row. */
static double step_length2(const EmixModelSpec *spec, emix_index k, const double *params,
                           const double *derived, const double *new_params, double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const TaskScratch s = view_task_scratch(d, scratch);
    const double *w = derived + k * at.derived + at.w;
    const double *old_own = params + k * at.params;
    const double *new_own = new_params + k * at.params;
    double *change = s.matrix[0];
    for (emix_index i = 0; i < d; ++i) {
        s.vector[0][i] = new_own[i] - old_own[i];
    }
    for (emix_index i = 0; i < d * d; ++i) {
        change[i] = new_own[d + i] - old_own[d + i];
    }
    multiply_lower(d, w, s.vector[0], s.vector[1]);
    double sum = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        sum += s.vector[1][i] * s.vector[1][i];
    }
    emix_linalg_congruence(d, w, change);
    double squares = 0.0;
    for (emix_index i = 0; i < d * d; ++i) {
        squares += change[i] * change[i];
    }
    return sum + 0.5 * squares;
}

static double expected_log_density(const EmixModelSpec *spec, emix_index k, const double *stats,
                                   const double *params, const double *derived, double *scratch)
{
    const Layout at = layout_of(spec);
    const emix_index d = at.d;
    const TaskScratch s = view_task_scratch(d, scratch);
    const double *own = derived + k * at.derived;
    const double *mean = params + k * at.params;
    double *scatter = s.matrix[0];
    const double n = own_moments(spec, k, stats, s.vector[0], scatter);
    for (emix_index i = 0; i < d; ++i) {
        s.vector[1][i] = s.vector[0][i] - (mean[i] - spec->centre[i]);
        for (emix_index j = 0; j < i; ++j) {
            scatter[j * d + i] = scatter[i * d + j];
        }
    }
    /* tr(w (W_k + n d d') w'), d the difference of the means; log_norm less the weight's part */
    emix_linalg_congruence(d, own + at.w, scatter);
    multiply_lower(d, own + at.w, s.vector[1], s.vector[2]);
    double quadratic = 0.0;
    double log_det_half = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        quadratic += scatter[i * d + i] + n * s.vector[2][i] * s.vector[2][i];
        log_det_half -= log(own[at.w + i * d + i]);
    }
    return -n * (0.5 * (double)d * log_2pi + log_det_half) - 0.5 * quadratic;
}

static unsigned state(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue)
{
    const Layout at = layout_of(spec);
    const TaskScratch s = view_task_scratch(at.d, scratch);
    if (min_eigenvalue != NULL && spec->column_sds != NULL &&
        standardised_eigen(spec, k, false, params + k * at.params + at.d, &s, NULL) == EMIX_OK) {
        *min_eigenvalue = s.vector[0][0];
    }
    return (unsigned)derived[k * at.derived + FLAGS];
}

const EmixComponentOps emix_gaussian_full_ops = {
    .family = "gaussian",
    .covariance = "VVV",
    .measure = measure,
    .set = set,
    .get = get,
    .prepare = prepare,
    .load = load,
    .log_density = log_density,
    .distance = distance,
    .accumulate = accumulate,
    .count = count,
    .m_step = m_step,
    .step_length2 = step_length2,
    .expected_log_density = expected_log_density,
    .state = state,
};
