/* Which of three register tilings adds up the moments of a shape: what the lanes of a vector are.
 *
 *     rows         any number of components, few features: each pair of features is multiplied
 *                  again for every component
 *     components   many components: each pair is multiplied once and serves them all
 *     features     many features: rows times r once per component, tiles below the diagonal */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_CHOICE_H
#define EMIX_KERNELS_VECTOR_MOMENTS_CHOICE_H

#include "kernels/vector.h"

typedef enum MomentsTiling {
    MOMENTS_LANES_ROWS,
    MOMENTS_LANES_COMPONENTS,
    MOMENTS_LANES_FEATURES
} MomentsTiling;

static MomentsTiling choose_moments(const EmixKernelShape *shape)
{
    const emix_index n_features = shape->n_features;
    const emix_index n_components = shape->n_components;
    if (n_features <= 5) return MOMENTS_LANES_ROWS;
    if (n_components >= 2 * LANES && n_features < 2 * n_components + 36) {
        return MOMENTS_LANES_COMPONENTS;
    }
    return n_features <= 30 ? MOMENTS_LANES_ROWS : MOMENTS_LANES_FEATURES;
}

#endif
