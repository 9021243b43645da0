/* Moments, by the tiling that suits the shape. */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_H
#define EMIX_KERNELS_VECTOR_MOMENTS_H

#include "kernels/vector_moments_components.h"
#include "kernels/vector_moments_features.h"
#include "kernels/vector_moments_rows.h"

static emix_index moments_size(const EmixKernelShape *shape)
{
    switch (choose_moments(shape)) {
    case MOMENTS_LANES_ROWS: return shape->n_components * rows_component_size(shape);
    case MOMENTS_LANES_COMPONENTS: return components_moments_size(shape);
    default: return features_moments_size(shape);
    }
}

static emix_index moments_scratch_size(const EmixKernelShape *shape)
{
    switch (choose_moments(shape)) {
    case MOMENTS_LANES_ROWS: return 0;
    case MOMENTS_LANES_COMPONENTS: return components_scratch_size(shape);
    default: return features_scratch_size(shape);
    }
}

static void moments_add(const EmixKernelShape *shape, emix_index padded_rows, const Real *panel,
                        const Real *r, emix_index ldr, Real *scratch, double *moments)
{
    switch (choose_moments(shape)) {
    case MOMENTS_LANES_ROWS: rows_moments_add(shape, padded_rows, panel, r, ldr, moments); break;
    case MOMENTS_LANES_COMPONENTS:
        components_moments_add(shape, padded_rows, panel, r, ldr, scratch, moments);
        break;
    default: features_moments_add(shape, padded_rows, panel, r, ldr, scratch, moments);
    }
}

static void moments_unpack(const EmixKernelShape *shape, const double *moments,
                           emix_index component, double *count, double *sum_x, double *sum_xx)
{
    switch (choose_moments(shape)) {
    case MOMENTS_LANES_ROWS:
        rows_moments_unpack(shape, moments, component, count, sum_x, sum_xx);
        break;
    case MOMENTS_LANES_COMPONENTS:
        components_moments_unpack(shape, moments, component, count, sum_x, sum_xx);
        break;
    default: features_moments_unpack(shape, moments, component, count, sum_x, sum_xx);
    }
}

#endif
