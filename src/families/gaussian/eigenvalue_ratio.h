/* A bound on the ratio of any two eigenvalues of all covariances of a model. With it the likelihood
 * is bounded, and no component can collapse while others do not.
 *
 * Let the covariances that maximise Q (plus a log prior) one by one have eigenvalues d_kj and
 * counts n_k. The constrained maximum has the same eigenvectors, and eigenvalues l_kj clipped to an
 * interval [m, c m], where m minimises sum_k n_k sum_j (log l_kj + d_kj / l_kj).
 *
 * Reference: Fritz, Garcia-Escudero, Mayo-Iscar (2013). A fast algorithm for robust constrained
 * clustering. Comput. Stat. Data Anal. 61, 124-136. */
#ifndef EMIX_FAMILIES_GAUSSIAN_EIGENVALUE_RATIO_H
#define EMIX_FAMILIES_GAUSSIAN_EIGENVALUE_RATIO_H

#include "families/gaussian/gaussian.h"
#include "families/gaussian/covariance.h"

/** The lower end m of the interval; 0 if the ratio of all values is within the bound, up to
 * rounding, and none is below `least`.
 *
 * @param values  [n_groups x n_values]
 * @param counts  [n_groups] >= 0. Values of groups with count 0 do not change m, but they do count
 *                for the decision if anything must be clipped.
 * @param ratio   At least 1.
 * @param least   > 0, lower bound of m.
 *
 * Cost: about 10 to 60 sweeps over the values. */
double emix_eigenvalue_ratio_interval(emix_index n_groups, emix_index n_values,
                                      const double *values, const double *counts, double ratio,
                                      double least);

/** Clips the eigenvalues of n full covariances, `stride` doubles apart, by g->eigenvalue_ratio.
 * values [n x D], out: the eigenvalues found, ascending. Uses s->matrix[0] and the workspace.
 * @return EMIX_OK or EMIX_ERR_DEGENERATE when eigenvalues cannot be computed. */
EmixStatus emix_eigenvalue_ratio_clip(const EmixGaussian *g, emix_index n, const double *counts,
                                      double *covariances, emix_index stride, double *values,
                                      const EmixCovarianceScratch *s, EmixError *error);

/** As emix_eigenvalue_ratio_clip(), for n diagonals [D]. */
void emix_eigenvalue_ratio_clip_diagonal(const EmixGaussian *g, emix_index n, const double *counts,
                                         double *variances, emix_index stride, double *values);

/** Clips the covariances of all components. After the M-step `step` they maximise Q (plus a log
 * prior) one by one. If step is NULL they can be any covariances, and the weights [K] are used as
 * counts. params are the group's. The scratch is emix_eigenvalue_ratio_scratch_size() doubles
 * longer than a density's.
 * @return EMIX_OK or EMIX_ERR_DEGENERATE if eigenvalues cannot be computed. */
EmixStatus emix_eigenvalue_ratio_constrain(const EmixGaussian *g, const EmixGroupStep *step,
                                           const double *weights, double *params, double *scratch,
                                           EmixError *error);
emix_index emix_eigenvalue_ratio_scratch_size(const EmixGaussian *g);

/** Adds EMIX_FLAG_EIGENVALUE_RATIO to the flags [K] of components with an eigenvalue at the bound.
 * params satisfy the constraint; they are clipped again, which changes nothing.
 * @return EMIX_OK or EMIX_ERR_DEGENERATE if eigenvalues cannot be computed. */
EmixStatus emix_eigenvalue_ratio_flag(const EmixGaussian *g, const double *weights, double *params,
                                      double *scratch, unsigned *flags, EmixError *error);

#endif
