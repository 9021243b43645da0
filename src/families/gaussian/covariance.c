/* Factor, floor and metric of one covariance matrix. */
#include "families/gaussian/covariance.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"

/* Three matrices, three vectors and the eigenvalue solver's workspace. */
emix_index emix_covariance_scratch_size(emix_index n_features)
{
    return 3 * emix_align_doubles(n_features * n_features) + 3 * emix_align_doubles(n_features) +
           emix_align_doubles(emix_linalg_eigen_workspace(n_features));
}

EmixCovarianceScratch emix_covariance_view_scratch(emix_index n_features, double *scratch)
{
    const emix_index dd = emix_align_doubles(n_features * n_features);
    const emix_index d = emix_align_doubles(n_features);
    double *vectors = scratch + 3 * dd;
    return (EmixCovarianceScratch){
        .matrix = {scratch, scratch + dd, scratch + 2 * dd},
        .vector = {vectors, vectors + d, vectors + 2 * d},
        .workspace = vectors + 3 * d,
    };
}

void emix_multiply_lower(emix_index n, const double *l, const double *x, double *out)
{
    for (emix_index i = 0; i < n; ++i) {
        double sum = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            sum += l[i * n + j] * x[j];
        }
        out[i] = sum;
    }
}

double emix_multiply_lower_norm2(emix_index n, const double *l, const double *x)
{
    double norm2 = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        double sum = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            sum += l[i * n + j] * x[j];
        }
        norm2 += sum * sum;
    }
    return norm2;
}

/* Returns 0, or the order of the leading minor that is not positive definite. */
static emix_index factorise(emix_index d, const double *covariance, double *w, double *log_det_half)
{
    memcpy(w, covariance, (size_t)(d * d) * sizeof *w);
    const emix_index bad = emix_linalg_cholesky(d, w);
    if (bad != 0) {
        return bad;
    }
    *log_det_half = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        *log_det_half += log(w[i * d + i]);
    }
    emix_linalg_invert_lower(d, w);
    return 0;
}

EmixStatus emix_covariance_factorise(emix_index n_features, emix_index component,
                                     const double *covariance, double *w, double *log_det_half,
                                     EmixError *error)
{
    const emix_index bad = factorise(n_features, covariance, w, log_det_half);
    if (bad != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "covariance of component %lld is not positive definite (leading minor "
                         "%lld)",
                         (long long)component, (long long)bad);
    }
    return EMIX_OK;
}

/* Eigenvalues of the covariance with columns scaled to unit variance, ascending, in
 * s->vector[0]; with `vectors`, eigenvectors as rows of s->matrix[0]. */
static int standardised_eigen(const EmixGaussian *g, bool vectors, const double *covariance,
                              const EmixCovarianceScratch *s)
{
    const emix_index d = g->shape.n_features;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            s->matrix[0][i * d + j] = covariance[i * d + j] / g->column_sds[i] / g->column_sds[j];
        }
    }
    return emix_linalg_eigen(d, vectors, s->matrix[0], s->vector[0], s->workspace);
}

/* Squared Frobenius norm of w diag(column_sds). Its inverse is a lower bound of the smallest
 * eigenvalue of the covariance with columns scaled to unit variance. */
static double standardised_norm2(const EmixGaussian *g, const double *w)
{
    const emix_index d = g->shape.n_features;
    double sum = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double z = w[i * d + j] * g->column_sds[j];
            sum += z * z;
        }
    }
    return sum;
}

unsigned emix_covariance_state(const EmixGaussian *g, const double *covariance, const double *w,
                               const EmixCovarianceScratch *s, double *min_eigenvalue)
{
    const double collapse = emix_gaussian_collapse(g);
    if (g->column_sds == NULL ||
        (min_eigenvalue == NULL && standardised_norm2(g, w) * collapse < 1.0)) {
        return 0;
    }
    const bool known = standardised_eigen(g, false, covariance, s) == 0;
    const double least = known ? s->vector[0][0] : (double)NAN;
    if (min_eigenvalue != NULL && known) {
        *min_eigenvalue = least;
    }
    return collapse == 0.0 || least > collapse ? 0u : (unsigned)EMIX_FLAG_FLOOR;
}

/* Raises the eigenvalues that standardised_eigen() left in s to the floor: with eigenvectors v_e as
 * rows, the covariance is B' B for B_e = sqrt(value_e) v_e diag(column_sds). */
static void clip_covariance(const EmixGaussian *g, double *covariance,
                            const EmixCovarianceScratch *s)
{
    const emix_index d = g->shape.n_features;
    for (emix_index e = 0; e < d; ++e) {
        const double root = sqrt(fmax(s->vector[0][e], g->eigenvalue_floor));
        for (emix_index j = 0; j < d; ++j) {
            s->matrix[0][e * d + j] *= root * g->column_sds[j];
        }
    }
    emix_linalg_gram(d, s->matrix[0], covariance);
}

EmixStatus emix_covariance_factorise_above_floor(const EmixGaussian *g, emix_index component,
                                                 double *covariance, double *w,
                                                 double *log_det_half,
                                                 const EmixCovarianceScratch *s, EmixError *error)
{
    const emix_index d = g->shape.n_features;
    if (g->column_sds == NULL || (g->fixed & EMIX_PART_COVARIANCES) != 0) {
        return emix_covariance_factorise(d, component, covariance, w, log_det_half, error);
    }
    const emix_index bad = factorise(d, covariance, w, log_det_half);
    /* This bound is cheap and nearly always enough; only if it fails are eigenvalues needed. */
    if (bad == 0 && standardised_norm2(g, w) * g->eigenvalue_floor < 1.0) {
        return EMIX_OK;
    }
    if (standardised_eigen(g, true, covariance, s) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "component %lld: the eigenvalues of its covariance cannot be computed",
                         (long long)component);
    }
    if (bad == 0 && s->vector[0][0] >= g->eigenvalue_floor) {
        return EMIX_OK;
    }
    clip_covariance(g, covariance, s);
    return emix_covariance_factorise(d, component, covariance, w, log_det_half, error);
}

void emix_covariance_whiten(emix_index n_features, const double *w, double *scatter)
{
    for (emix_index i = 0; i < n_features; ++i) {
        for (emix_index j = 0; j < i; ++j) {
            scatter[j * n_features + i] = scatter[i * n_features + j];
        }
    }
    emix_linalg_congruence(n_features, w, scatter);
}

double emix_covariance_change2(emix_index n_features, const double *w, const double *old_covariance,
                               const double *new_covariance, const EmixCovarianceScratch *s)
{
    double *change = s->matrix[0];
    for (emix_index i = 0; i < n_features * n_features; ++i) {
        change[i] = new_covariance[i] - old_covariance[i];
    }
    emix_linalg_congruence(n_features, w, change);
    double sum = 0.0;
    for (emix_index i = 0; i < n_features * n_features; ++i) {
        sum += change[i] * change[i];
    }
    return sum;
}

long double emix_covariance_distance2(const EmixGaussian *g, const double *w, const double *offset,
                                      const double *x)
{
    const emix_index d = g->shape.n_features;
    long double sum = 0.0L;
    for (emix_index i = 0; i < d; ++i) {
        long double z = -(long double)offset[i];
        for (emix_index j = 0; j <= i; ++j) {
            z += (long double)w[i * d + j] * ((long double)x[j] - g->centre[j]);
        }
        sum += z * z;
    }
    return sum;
}
