/* One full covariance matrix of a Gaussian component: its factor, its floor, its metric.
 * Matrices are [D x D], row-major; w is the inverse of the Cholesky factor, lower triangle. */
#ifndef EMIX_FAMILIES_GAUSSIAN_COVARIANCE_H
#define EMIX_FAMILIES_GAUSSIAN_COVARIANCE_H

#include "families/gaussian/gaussian.h"

/** The pieces of a task's scratch memory. */
typedef struct EmixCovarianceScratch {
    double *matrix[3]; /* [D x D] each */
    double *vector[3]; /* [D] each */
    double *workspace; /* of the eigenvalue solver */
} EmixCovarianceScratch;

emix_index emix_covariance_scratch_size(emix_index n_features);
EmixCovarianceScratch emix_covariance_view_scratch(emix_index n_features, double *scratch);

/** Factorises a covariance as it is.
 * @param component          For the message: 0-based.
 * @param[out] log_det_half  sum_i log L_ii.
 * @return EMIX_OK or EMIX_ERR_DEGENERATE. */
EmixStatus emix_covariance_factorise(emix_index n_features, emix_index component,
                                     const double *covariance, double *w, double *log_det_half,
                                     EmixError *error);

/** Factorises a covariance. Unless it is fixed, eigenvalues (with columns scaled to unit variance)
 * below g->eigenvalue_floor are first raised to that floor. The result is the maximiser of Q under
 * this bound (Ingrassia & Rocci (2007), Comput. Stat. Data Anal. 51(11), 5339-5351). Uses
 * s->matrix[0], s->vector[0] and the workspace. */
EmixStatus emix_covariance_factorise_above_floor(const EmixGaussian *g, emix_index component,
                                                 double *covariance, double *w,
                                                 double *log_det_half,
                                                 const EmixCovarianceScratch *s, EmixError *error);

/** EmixFamily.state of a component with this covariance, a function of it alone.
 * @param w                   Inverse of its Cholesky factor: shows cheaply that it is sound.
 * @param[out] min_eigenvalue Smallest eigenvalue, with columns scaled to unit variance; untouched if
 *                            NULL, without data, or if it cannot be computed. */
unsigned emix_covariance_state(const EmixGaussian *g, const double *covariance, const double *w,
                               const EmixCovarianceScratch *s, double *min_eigenvalue);

/** scatter <- w scatter w' for a symmetric matrix given by its lower triangle. */
void emix_covariance_whiten(emix_index n_features, const double *w, double *scatter);

/** |w (new - old) w'|_F^2, the squared length of the change in the metric of w. Uses
 * s->matrix[0]. */
double emix_covariance_change2(emix_index n_features, const double *w, const double *old_covariance,
                               const double *new_covariance, const EmixCovarianceScratch *s);

/** |w (x - centre) - offset|^2 of one row, in extended range. */
long double emix_covariance_distance2(const EmixGaussian *g, const double *w, const double *offset,
                                      const double *x);

/** out <- L x for a lower-triangular matrix. */
void emix_multiply_lower(emix_index n, const double *l, const double *x, double *out);

/** |L x|^2 for a lower-triangular matrix. */
double emix_multiply_lower_norm2(emix_index n, const double *l, const double *x);

#endif
