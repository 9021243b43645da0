/* Random changes of units and axes, y = A x + shift, for tests of what must not depend on them. */
#ifndef EMIX_TESTS_SUPPORT_AFFINE_H
#define EMIX_TESTS_SUPPORT_AFFINE_H

#include <emix/model.h>

#include "core/rng.h"

/** A [d x d] of the group that a covariance structure is equivariant to: any for full and tied
 * ones, scalings of the features for diagonal ones, a rotation times a factor for spherical ones.
 */
void affine_random(EmixCovariance covariance, emix_index d, EmixRng *rng, double *a);

/** y = A x + shift, the same shift for all features; x and y [d], not the same. */
void affine_map(emix_index d, const double *a, double shift, const double *x, double *y);

/** C <- A C A', exactly symmetric; c [d x d] on or below 16 x 16. */
void affine_map_covariance(emix_index d, const double *a, double *c);

#endif
