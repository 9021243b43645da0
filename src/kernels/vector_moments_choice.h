/* Chooses one of three register tilings for the moments of a shape. They differ in what the lanes
 * of a vector are:
 *
 *     rows         each pair of features is multiplied again for every component; one partial sum
 *                  per lane, so the accumulators are large
 *     components   each pair is multiplied once and serves all components
 *     features     features times r, once per component; strips of pairs and tiles below them
 *
 * The costs below were measured with bench_kernels on a Zen 5, in units of a pass at the peak
 * rate. */
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
    STRIP = 2 * LANES,  /* features side by side, in a panel for lanes = features */
    ROWS_SMALL = 65536, /* doubles in accumulators: half a second-level cache */
    ROWS_LARGEST = 2 * ROWS_SMALL
};

/** One operation in four to six is the multiplication by r. Adding floats to accumulators that are
 * doubles takes about a fifth of the instructions of a block. */
INLINE double rows_cost(double n_features, double n_components)
{
    const double size = (n_features + 1.0) * (n_features + 2.0) / 2.0 * n_components * WIDE_LANES;
    if (size > ROWS_LARGEST) return HUGE_VAL;
    const double in_double = MANY_REGISTERS ? 1.45 : 1.5;
    const double in_single = MANY_REGISTERS ? 1.8 : 1.7;
    return (EMIX_VECTOR_SINGLE ? in_single : in_double) + (size > ROWS_SMALL ? 0.15 : 0.0);
}

/** Terms: lanes without a component, pairs with the constant, and making the products. */
INLINE double components_cost(double n_features, double n_components, double n_lanes)
{
    return n_lanes / n_components * (n_features + 2.0) / n_features * (1.15 + 5.0 / n_lanes);
}

/** Counts vector operations per row and component: a constant per strip, and two vectors of columns
 * for each feature below the strip. Packing the strips is shared by all components. */
INLINE double features_cost(emix_index n_features, double n_components)
{
    const double n_pairs = (double)(n_features * (n_features + 1)) / 2.0;
    const double strip = (MANY_REGISTERS ? 3.0 : 4.5) * LANES;
    double n_operations = 0.0;
    for (emix_index end = STRIP; end - STRIP < n_features; end += STRIP) {
        const emix_index below = n_features > end ? n_features - end : 0;
        n_operations += strip + 1.05 * 2.0 * (double)below;
    }
    return LANES * (n_operations / n_pairs + 3.0 / (n_components * (double)n_features));
}

static MomentsTiling choose_moments(const EmixKernelShape *shape)
{
    const double n_features = (double)shape->n_features;
    const double n_components = (double)shape->n_components;
    const double n_lanes = (double)round_up(shape->n_components, LANES);
    const double rows = rows_cost(n_features, n_components);
    const double components = components_cost(n_features, n_components, n_lanes);
    const double features = features_cost(shape->n_features, n_components);
    if (rows <= components && rows <= features) return MOMENTS_LANES_ROWS;
    return components <= features ? MOMENTS_LANES_COMPONENTS : MOMENTS_LANES_FEATURES;
}

#endif
