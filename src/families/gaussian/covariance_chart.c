/* Anchored coordinates of a mean and a covariance. */
#include "families/gaussian/covariance_chart.h"

#include <math.h>
#include <string.h>

#include "linalg/linalg.h"

bool emix_chart_holds(double sds)
{
    return fabs(sds) < 1e100;
}

void emix_chart_encode_mean(emix_index d, double scale, const double *w, const double *anchor_mean,
                            const double *mean, const EmixCovarianceScratch *s, double *u)
{
    double *difference = s->vector[0];
    for (emix_index i = 0; i < d; ++i) {
        difference[i] = scale * (mean[i] - anchor_mean[i]);
    }
    emix_multiply_lower(d, w, difference, u);
}

/* Eigenvalues of w (covariance - away) w' in s->vector[0], eigenvectors as rows of s->matrix[0];
 * away NULL = 0. */
static int whitened_eigen(emix_index d, const double *w, const double *covariance,
                          const double *away, const EmixCovarianceScratch *s)
{
    double *whitened = s->matrix[0];
    for (emix_index i = 0; i < d * d; ++i) {
        whitened[i] = covariance[i] - (away != NULL ? away[i] : 0.0);
    }
    emix_linalg_congruence(d, w, whitened);
    return emix_linalg_eigen(d, true, whitened, s->vector[0], s->workspace);
}

void emix_chart_encode_covariance(emix_index d, double scale, const double *w,
                                  const double *anchor_covariance, const double *covariance,
                                  const EmixCovarianceScratch *s, double *v)
{
    double *values = s->vector[0];
    /* Near the anchor, take logarithms of 1 + a small difference, which is known more accurately
     * than the sum. */
    int failed = whitened_eigen(d, w, covariance, anchor_covariance, s);
    const bool near = failed == 0 && values[0] > -0.5 && values[d - 1] < 0.5;
    if (!near) {
        failed = whitened_eigen(d, w, covariance, NULL, s);
    }
    for (emix_index e = 0; e < d; ++e) {
        const double log_ratio = near ? log1p(values[e]) : log(values[e]);
        values[e] = failed ? (double)NAN : scale * sqrt(0.5) * log_ratio;
    }
    emix_linalg_from_eigen(d, s->matrix[0], values, s->matrix[1], v);
}

EmixStatus emix_chart_factorise(emix_index d, const double *anchor_covariance,
                                const EmixCovarianceScratch *s)
{
    memcpy(s->matrix[1], anchor_covariance, (size_t)(d * d) * sizeof(double));
    return emix_linalg_cholesky(d, s->matrix[1]) == 0 ? EMIX_OK : EMIX_ERR_NONFINITE;
}

EmixStatus emix_chart_decode_mean(emix_index d, double scale, const double *anchor_mean,
                                  const double *u, const EmixCovarianceScratch *s, double *mean)
{
    double *sds = s->vector[0];
    double *away = s->vector[1];
    for (emix_index i = 0; i < d; ++i) {
        sds[i] = u[i] / scale;
        if (!emix_chart_holds(sds[i])) {
            return EMIX_ERR_NONFINITE;
        }
    }
    emix_multiply_lower(d, s->matrix[1], sds, away);
    for (emix_index i = 0; i < d; ++i) {
        mean[i] = anchor_mean[i] + away[i];
        if (!isfinite(mean[i])) {
            return EMIX_ERR_NONFINITE;
        }
    }
    return EMIX_OK;
}

static bool all_finite(emix_index n, const double *x)
{
    for (emix_index i = 0; i < n; ++i) {
        if (!isfinite(x[i])) {
            return false;
        }
    }
    return true;
}

EmixStatus emix_chart_decode_covariance(const EmixGaussian *g, double scale, const double *v,
                                        const EmixCovarianceScratch *s, double *covariance)
{
    const emix_index d = g->shape.n_features;
    double *vectors = s->matrix[0];
    for (emix_index i = 0; i < d * d; ++i) {
        vectors[i] = v[i] / (scale * sqrt(0.5));
    }
    /* LAPACK must not get a NaN: it may iterate for ever. */
    if (!all_finite(d * d, vectors) ||
        emix_linalg_eigen(d, true, vectors, s->vector[0], s->workspace) != 0) {
        return EMIX_ERR_NONFINITE;
    }
    /* With B_e = exp(value_e / 2) (L v_e)' the covariance is B' B, and so positive semidefinite in
     * spite of rounding. */
    for (emix_index e = 0; e < d; ++e) {
        const double root = exp(0.5 * s->vector[0][e]);
        for (emix_index j = 0; j < d; ++j) {
            vectors[e * d + j] *= root;
        }
    }
    emix_linalg_multiply_lower_transposed(d, s->matrix[1], vectors);
    emix_linalg_gram(d, vectors, covariance);
    if (!all_finite(d * d, covariance)) {
        return EMIX_ERR_NONFINITE;
    }
    double *w = s->matrix[2];
    double log_det_half = 0.0;
    const EmixStatus status = emix_covariance_factorise_above_floor(g, 0, covariance, w,
                                                                    &log_det_half, s, NULL);
    return status == EMIX_OK && all_finite(d * d, w) ? EMIX_OK : EMIX_ERR_NONFINITE;
}
