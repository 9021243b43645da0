/* One table of vector kernels. vector.h says what the including file must define. */
#ifndef EMIX_KERNELS_VECTOR_TABLE_H
#define EMIX_KERNELS_VECTOR_TABLE_H

#include "kernels/vector_density.h"
#include "kernels/vector_math.h"
#include "kernels/vector_moments.h"
#include "kernels/vector_pack.h"
#include "kernels/vector_separable.h"
#include "kernels/vector_softmax.h"

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
    .single = &EMIX_VECTOR_SINGLE_TABLE,
};

#endif
