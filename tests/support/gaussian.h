/* Means and covariances of a mixture's params, for tests of Gaussian components. */
#ifndef EMIX_TESTS_SUPPORT_GAUSSIAN_H
#define EMIX_TESTS_SUPPORT_GAUSSIAN_H

#include "mixture/mixture.h"

/** Means [K x D] and full covariances [K x D x D] of a mixture of Gaussian components. */
void gaussian_get(const EmixMixture *mixture, const double *params, double *means,
                  double *covariances);

/** Sets them, as far as the structure has such covariances: what is shared becomes the average by
 * the weights, which params hold already. */
void gaussian_set(const EmixMixture *mixture, const double *means, const double *covariances,
                  double *params);

#endif
