/* Random changes of units and axes, y = A x + shift, for tests that results do not depend on
 * them. */
#ifndef EMIX_TESTS_SUPPORT_AFFINE_H
#define EMIX_TESTS_SUPPORT_AFFINE_H

#include <emix/model.h>

#include "core/rng.h"

/** Draws A [d x d] from the group under which a covariance structure is equivariant: any matrix where
 * features are correlated, scalings of the features where they are not, a rotation times a factor
 * where all have one variance. */
void affine_random(EmixCovariance covariance, emix_index d, EmixRng *rng, double *a);

/** y = A x + shift, with the same shift for all features; x and y [d] must not overlap. */
void affine_map(emix_index d, const double *a, double shift, const double *x, double *y);

/** C <- A C A', exactly symmetric; c [d x d], d <= 16. */
void affine_map_covariance(emix_index d, const double *a, double *c);

#endif
