/* Log joint densities to responsibilities, in floats; the log-likelihood is a sum of doubles. */
#ifndef EMIX_KERNELS_VECTOR_SOFTMAX_SINGLE_H
#define EMIX_KERNELS_VECTOR_SOFTMAX_SINGLE_H

#include <string.h>

#include "kernels/vector_softmax_group.h"

/** State of a block. A plain sum of doubles is accurate enough for a few hundred terms that were
 * rounded to float. */
typedef struct SoftmaxState {
    Wide log_likelihood;
    Wide product;      /* product of sums whose logarithm is not yet taken */
    int n_factors;     /* factors of `product`, in every lane */
    int n_factors_max; /* factors that cannot overflow */
    VecMask n_lost;    /* minus the number of lost rows */
} SoftmaxState;

INLINE void flush_product(SoftmaxState *state)
{
    state->log_likelihood += log_positive(state->product);
    state->product = splat_wide(1.0);
    state->n_factors = 0;
}

/** A whole group of rows of weight 1. */
INLINE void softmax_plain_group(emix_index n_components, float *a, emix_index lda,
                                SoftmaxState *state)
{
    enum { N_FACTORS = 2 * GROUP_VECTORS }; /* a float vector has twice as many lanes */
    SoftmaxGroup group;
    exponentials(n_components, a, lda, &group);
    if (state->n_factors + N_FACTORS > state->n_factors_max) flush_product(state);
    state->n_factors += N_FACTORS;
    Vec scale[GROUP_VECTORS];
    Vec product = splat(1);
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        state->log_likelihood += wide_low(group.shift[v]) + wide_high(group.shift[v]);
        product *= group.sum[v];
        state->n_lost += group.lost[v];
        scale[v] = 1.0F / group.sum[v];
    }
    state->product *= wide_low(product) * wide_high(product);
    scale_rows(n_components, a, lda, scale);
}

/** Sum of w lse over a vector of rows, in pairs of lanes. */
INLINE Wide weighted_sums(Vec shift, Vec sum, const double *weights)
{
    const Wide low = wide_low(shift) + log_positive(wide_low(sum));
    const Wide high = wide_high(shift) + log_positive(wide_high(sum));
    return load_wide_unaligned(weights) * low + load_wide_unaligned(weights + WIDE_LANES) * high;
}

/** A group whose first n rows are not padding. */
static void softmax_some_rows(emix_index n_components, emix_index n, float *a, emix_index lda,
                              const double *row_weights, SoftmaxState *state)
{
    double weights[GROUP] = {0};
    int32_t indices[GROUP];
    VecMask valid[GROUP_VECTORS];
    for (int i = 0; i < GROUP; ++i) {
        indices[i] = -(int32_t)(i < n);
        if (i < n) weights[i] = row_weights != NULL ? row_weights[i] : 1.0;
    }
    memcpy(valid, indices, sizeof valid);
    SoftmaxGroup group;
    exponentials(n_components, a, lda, &group);
    Vec scale[GROUP_VECTORS];
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        const double *own = weights + v * LANES;
        const Vec shift = choose(valid[v], group.shift[v], splat(0));
        const Vec sum = choose(valid[v], group.sum[v], splat(1));
        state->log_likelihood += weighted_sums(shift, sum, own);
        state->n_lost += group.lost[v] & valid[v];
        scale[v] = narrow(load_wide_unaligned(own), load_wide_unaligned(own + WIDE_LANES)) / sum;
    }
    scale_rows(n_components, a, lda, scale);
}

static EmixSoftmaxSums softmax(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, float *a, emix_index lda,
                               const double *row_weights)
{
    SoftmaxState state = {.product = splat_wide(1.0),
                          .n_factors_max = product_limit(shape->n_components)};
    emix_index i = 0;
    if (row_weights == NULL) {
        for (; i + GROUP <= n_rows; i += GROUP) {
            softmax_plain_group(shape->n_components, a + i, lda, &state);
        }
    }
    for (; i < padded_rows; i += GROUP) {
        const emix_index n = n_rows > i ? smaller_index(GROUP, n_rows - i) : 0;
        softmax_some_rows(shape->n_components, n, a + i, lda,
                          row_weights != NULL ? row_weights + i : NULL, &state);
    }
    flush_product(&state);
    EmixSoftmaxSums sums = {.log_likelihood = sum_lanes(state.log_likelihood)};
    for (int lane = 0; lane < LANES; ++lane) {
        sums.n_lost_rows -= state.n_lost[lane];
    }
    return sums;
}

#endif
