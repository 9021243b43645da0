/* Log joint densities to responsibilities, in doubles. */
#ifndef EMIX_KERNELS_VECTOR_SOFTMAX_H
#define EMIX_KERNELS_VECTOR_SOFTMAX_H

#include <string.h>

#include "kernels/vector_softmax_group.h"

/** A sum in every lane, and the sum of its rounding errors (Neumaier 1974). */
typedef struct LaneSums {
    Vec sum;
    Vec tail;
} LaneSums;

/* Knuth's two-sum: the exact error of an addition, in either order of the operands. */
INLINE void lane_sums_add(LaneSums *sums, Vec term)
{
    const Vec old = sums->sum;
    const Vec sum = old + term;
    const Vec added = sum - old;
    sums->tail += (old - (sum - added)) + (term - added);
    sums->sum = sum;
}

/** State of a block. */
typedef struct SoftmaxState {
    LaneSums log_likelihood;
    Vec product;       /* product of sums whose logarithm is not yet taken */
    int n_factors;     /* factors of `product`, in every lane */
    int n_factors_max; /* factors that cannot overflow */
    VecMask n_lost;    /* minus the number of lost rows */
} SoftmaxState;

INLINE void flush_product(SoftmaxState *state)
{
    lane_sums_add(&state->log_likelihood, log_positive(state->product));
    state->product = splat(1.0);
    state->n_factors = 0;
}

/** A whole group of rows of weight 1, without results per row. */
INLINE void softmax_plain_group(emix_index n_components, double *a, emix_index lda,
                                SoftmaxState *state)
{
    SoftmaxGroup group;
    exponentials(n_components, a, lda, &group);
    if (state->n_factors + GROUP_VECTORS > state->n_factors_max) flush_product(state);
    state->n_factors += GROUP_VECTORS;
    Vec scale[GROUP_VECTORS];
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        lane_sums_add(&state->log_likelihood, group.shift[v]);
        state->product *= group.sum[v];
        state->n_lost += group.lost[v];
        scale[v] = 1.0 / group.sum[v];
    }
    scale_rows(n_components, a, lda, scale);
}

/** A group with row weights (0 for padding rows), results per row, or fewer rows than a whole
 * group. `valid` is set for all but the padding rows. */
INLINE void softmax_general_group(emix_index n_components, double *a, emix_index lda,
                                  const double *weights, const VecMask valid[GROUP_VECTORS],
                                  double *lse, SoftmaxState *state)
{
    SoftmaxGroup group;
    exponentials(n_components, a, lda, &group);
    Vec scale[GROUP_VECTORS];
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        const Vec weight = load_unaligned(weights + v * LANES);
        const Vec row_lse = group.shift[v] + log_positive(group.sum[v]);
        const Vec term = choose(valid[v], weight * row_lse, splat(0.0));
        lane_sums_add(&state->log_likelihood, term);
        state->n_lost += group.lost[v] & valid[v];
        scale[v] = weight / group.sum[v];
        store_unaligned(lse + v * LANES, choose(group.lost[v], splat(-HUGE_VAL), row_lse));
    }
    scale_rows(n_components, a, lda, scale);
}

/** softmax_general_group for a group whose first n rows are not padding. */
static void softmax_some_rows(emix_index n_components, emix_index n, double *a, emix_index lda,
                              const double *row_weights, double *lse, SoftmaxState *state)
{
    double weights[GROUP] = {0};
    double row_lse[GROUP];
    int64_t indices[GROUP];
    VecMask valid[GROUP_VECTORS];
    for (int i = 0; i < GROUP; ++i) {
        indices[i] = -(int64_t)(i < n);
        if (i < n) weights[i] = row_weights != NULL ? row_weights[i] : 1.0;
    }
    memcpy(valid, indices, sizeof valid);
    softmax_general_group(n_components, a, lda, weights, valid, row_lse, state);
    if (lse != NULL) memcpy(lse, row_lse, (size_t)n * sizeof *lse);
}

static EmixSoftmaxSums reduce_softmax(const SoftmaxState *state)
{
    EmixSoftmaxSums sums = {0.0, 0.0, 0};
    for (int lane = 0; lane < LANES; ++lane) {
        const double term = state->log_likelihood.sum[lane];
        const double old = sums.log_likelihood;
        sums.log_likelihood = old + term;
        const double added = sums.log_likelihood - old;
        sums.log_likelihood_tail += (old - (sums.log_likelihood - added)) + (term - added);
        sums.log_likelihood_tail += state->log_likelihood.tail[lane];
        sums.n_lost_rows -= state->n_lost[lane];
    }
    return sums;
}

static EmixSoftmaxSums softmax(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, double *a, emix_index lda,
                               const double *row_weights, double *lse)
{
    const bool plain = row_weights == NULL && lse == NULL;
    SoftmaxState state = {.product = splat(1.0),
                          .n_factors_max = product_limit(shape->n_components)};
    emix_index i = 0;
    if (plain) {
        for (; i + GROUP <= n_rows; i += GROUP) {
            softmax_plain_group(shape->n_components, a + i, lda, &state);
        }
    }
    for (; i < padded_rows; i += GROUP) {
        const emix_index n = n_rows > i ? smaller_index(GROUP, n_rows - i) : 0;
        softmax_some_rows(shape->n_components, n, a + i, lda,
                          row_weights != NULL ? row_weights + i : NULL,
                          lse != NULL ? lse + i : NULL, &state);
    }
    flush_product(&state);
    return reduce_softmax(&state);
}

#endif
