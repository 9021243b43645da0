/* Which of three register tilings adds up the moments of a shape: what the lanes of a vector are.
 *
 *     rows         each pair of features is multiplied again for every component; one partial sum
 *                  per lane, so the accumulators are large
 *     components   each pair is multiplied once and serves all components
 *     features     features times r, once per component; tiles below the diagonal
 *
 * bench_kernels on a Zen 5 gave the costs below, in units of a pass at the peak rate. */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_CHOICE_H
#define EMIX_KERNELS_VECTOR_MOMENTS_CHOICE_H

#include <math.h>

#include "kernels/vector.h"

typedef enum MomentsTiling {
    MOMENTS_LANES_ROWS,
    MOMENTS_LANES_COMPONENTS,
    MOMENTS_LANES_FEATURES
} MomentsTiling;

enum {
    ROWS_SMALL = 65536, /* doubles of accumulators: half a second-level cache */
    ROWS_LARGEST = 2 * ROWS_SMALL
};

/** One in six to one in four operations is the multiplication by r. To add floats to accumulators
 * that are doubles takes as many instructions as a fifth of a block. */
INLINE double rows_cost(double n_features, double n_components)
{
    const double size = (n_features + 1.0) * (n_features + 2.0) / 2.0 * n_components * WIDE_LANES;
    if (size > ROWS_LARGEST) return HUGE_VAL;
    const double in_double = MANY_REGISTERS ? 1.3 : 1.5;
    return (EMIX_VECTOR_SINGLE ? 1.6 : in_double) + (size > ROWS_SMALL ? 0.15 : 0.0);
}

/** Lanes without a component, pairs with the constant, and making the products. */
INLINE double components_cost(double n_features, double n_components, double n_lanes)
{
    return n_lanes / n_components * (n_features + 2.0) / n_features * (1.1 + 4.0 / n_lanes);
}

/** What tiles waste right of the diagonal; multiplying by r, adding to accumulators that the second
 * cache does not hold. */
INLINE double features_cost(double n_features)
{
    return (1.0 + LANES / n_features) * (1.1 + 10.0 / n_features);
}

static MomentsTiling choose_moments(const EmixKernelShape *shape)
{
    const double n_features = (double)shape->n_features;
    const double n_components = (double)shape->n_components;
    const double n_lanes = (double)round_up(shape->n_components, LANES);
    const double rows = rows_cost(n_features, n_components);
    const double components = components_cost(n_features, n_components, n_lanes);
    const double features = features_cost(n_features);
    if (rows <= components && rows <= features) return MOMENTS_LANES_ROWS;
    return components <= features ? MOMENTS_LANES_COMPONENTS : MOMENTS_LANES_FEATURES;
}

#endif
