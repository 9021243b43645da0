/* One table of single-precision vector kernels. vector.h says what the including file must
 * define. */
#ifndef EMIX_KERNELS_VECTOR_SINGLE_TABLE_H
#define EMIX_KERNELS_VECTOR_SINGLE_TABLE_H

#include "kernels/vector_density.h"
#include "kernels/vector_moments.h"
#include "kernels/vector_pack_single.h"
#include "kernels/vector_softmax_single.h"

const EmixSingleKernels EMIX_VECTOR_SINGLE_TABLE = {
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
};

#endif
