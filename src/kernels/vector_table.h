/* One table of vector kernels; see vector.h for what the including file defines. */
#ifndef EMIX_KERNELS_VECTOR_TABLE_H
#define EMIX_KERNELS_VECTOR_TABLE_H

#include "kernels/vector_density.h"
#include "kernels/vector_math.h"
#include "kernels/vector_moments_components.h"
#include "kernels/vector_moments_features.h"
#include "kernels/vector_moments_rows.h"
#include "kernels/vector_separable.h"
#include "kernels/vector_softmax.h"

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

static void moments_add(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                        const double *r, emix_index ldr, double *scratch, double *moments)
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

const EmixKernels EMIX_VECTOR_TABLE = {
    .name = EMIX_VECTOR_NAME,
    .row_group = GROUP,
    .panel_size = panel_size,
    .factor_size = factor_size,
    .moments_size = moments_size,
    .moments_scratch_size = moments_scratch_size,
    .pack = pack,
    .pack_factor = pack_factor,
    .log_density = log_density,
    .softmax = softmax,
    .moments_add = moments_add,
    .moments_unpack = moments_unpack,
    .whiten = whiten,
    .separable_density = separable_density,
    .sums_size = sums_size,
    .sums_scratch_size = sums_scratch_size,
    .sums_add = sums_add,
    .sums_unpack = sums_unpack,
    .exp_array = exp_array,
    .log_array = log_array,
    .single = &emix_single_kernels_reference,
};

#endif
