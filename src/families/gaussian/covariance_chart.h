/* The chart of one Gaussian's mean and full covariance about an anchor (mean0, covariance0 = L L'):
 *
 *     u = s w (mean - mean0),   V = s / sqrt 2 logm(w covariance w'),   w = L^-1,
 *
 * where s^2 is the part of the total row weight that determines them. The squared Euclidean norm of
 * (u, V) is their complete-data Fisher information at the anchor, and an affine map of the data
 * only rotates V. Every point of the chart is a valid Gaussian. Matrices are [D x D], row-major.
 * Logarithmic coordinates of covariances: Arsigny, Fillard, Pennec, Ayache (2007). SIAM J. Matrix
 * Anal. Appl. 29(1), 328-347. */
#ifndef EMIX_FAMILIES_GAUSSIAN_COVARIANCE_CHART_H
#define EMIX_FAMILIES_GAUSSIAN_COVARIANCE_CHART_H

#include "families/gaussian/covariance.h"

/** True if a mean may be `sds` standard deviations from the anchor's: the squares of such distances
 * must not overflow. False for a NaN. */
bool emix_chart_holds(double sds);

/** u [D]. Uses s->vector[0]. */
void emix_chart_encode_mean(emix_index d, double scale, const double *w, const double *anchor_mean,
                            const double *mean, const EmixCovarianceScratch *s, double *u);

/** V, symmetric; exactly 0 at the anchor; not finite if the ratio of an eigenvalue to the anchor's
 * is below rounding. Uses s->matrix[0 ... 1], s->vector[0] and the workspace. About 15 D^3
 * flops. */
void emix_chart_encode_covariance(emix_index d, double scale, const double *w,
                                  const double *anchor_covariance, const double *covariance,
                                  const EmixCovarianceScratch *s, double *v);

/** Stores the anchor's Cholesky factor for the decoders below, in s->matrix[1].
 * @return EMIX_OK or EMIX_ERR_NONFINITE. */
EmixStatus emix_chart_factorise(emix_index d, const double *anchor_covariance,
                                const EmixCovarianceScratch *s);

/** mean = mean0 + L u / s. Uses s->vector[0 ... 1].
 * @return EMIX_OK or EMIX_ERR_NONFINITE. */
EmixStatus emix_chart_decode_mean(emix_index d, double scale, const double *anchor_mean,
                                  const double *u, const EmixCovarianceScratch *s, double *mean);

/** covariance = L expm(sqrt 2 V / s) L', raised to the eigenvalue floor if it is below: positive
 * definite in floating point. Reads the lower triangle of V. Overwrites the factor and all of the
 * scratch. About 15 D^3 flops.
 * @return EMIX_OK or EMIX_ERR_NONFINITE. */
EmixStatus emix_chart_decode_covariance(const EmixGaussian *g, double scale, const double *v,
                                        const EmixCovarianceScratch *s, double *covariance);

#endif
