/* Log joint densities to responsibilities, a group of rows at a time.
 *
 * Three passes over the components, whose numbers are in the first-level cache: the largest; the
 * exponentials and their sum; the division. The log-likelihood needs the logarithms of the sums.
 * Without row weights, as many sums as a double can hold are multiplied first, and one logarithm is
 * taken of the product. */
#ifndef EMIX_KERNELS_VECTOR_SOFTMAX_GROUP_H
#define EMIX_KERNELS_VECTOR_SOFTMAX_GROUP_H

#include "kernels/vector_math.h"

/** The largest element of each row of the group, and the sum of exponentials relative to it. */
typedef struct SoftmaxGroup {
    Vec shift[GROUP_VECTORS]; /* the largest, 0 for a lost row */
    Vec sum[GROUP_VECTORS];   /* 1 for a lost row */
    VecMask lost[GROUP_VECTORS];
} SoftmaxGroup;

/** a <- exp(a - shift) for a group. */
INLINE void exponentials(emix_index n_components, Real *a, emix_index lda, SoftmaxGroup *group)
{
    Vec largest[GROUP_VECTORS];
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        largest[v] = load_unaligned(a + v * LANES);
    }
    for (emix_index k = 1; k < n_components; ++k) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            largest[v] = larger(largest[v], load_unaligned(a + k * lda + v * LANES));
        }
    }
    Vec sum[GROUP_VECTORS];
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        group->lost[v] = largest[v] == splat(-(Real)HUGE_VAL);
        group->shift[v] = choose(group->lost[v], splat(0), largest[v]);
        sum[v] = choose(group->lost[v], splat(1), splat(0));
    }
    for (emix_index k = 0; k < n_components; ++k) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            Real *p = a + k * lda + v * LANES;
            const Vec e = exp_nonpositive(load_unaligned(p) - group->shift[v]);
            sum[v] += e;
            store_unaligned(p, e);
        }
    }
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        group->sum[v] = sum[v];
    }
}

/** a <- a * scale for a group. */
INLINE void scale_rows(emix_index n_components, Real *a, emix_index lda,
                       const Vec scale[GROUP_VECTORS])
{
    for (emix_index k = 0; k < n_components; ++k) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            Real *p = a + k * lda + v * LANES;
            store_unaligned(p, load_unaligned(p) * scale[v]);
        }
    }
}

/** How many factors of at most n_components have a product below 2^1000. */
INLINE int product_limit(emix_index n_components)
{
    int bits = 1;
    while (n_components >> bits != 0)
        ++bits;
    return 1000 / bits;
}

#endif
