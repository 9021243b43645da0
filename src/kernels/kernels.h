/* The inner loops of an E-step: pure functions on arrays, one table per instruction set.
 *
 * Rules: arrays in, arrays out; no allocation, status, input or output, threads or globals. Every
 * array is caller-owned and does not overlap another; buffers marked "vector" are aligned to 64
 * bytes. A block is up to a few hundred rows, on which all kernels work in turn while it is in
 * cache:
 *
 *     pack            rows, centred, into the layout the others read       once per block
 *     log_density     a_k = log_norm_k - |W_k (x - c) - b_k|^2 / 2         per component
 *     softmax         a -> w r, and the sum of w log sum_k exp a_k         once per block
 *     moments_add     n_k, sum_x_k, sum_xx_k += over the block             once per block
 *     moments_unpack  the table's own accumulator layout -> plain arrays   once per pass
 *
 * `reference` is the plain version that every other table is tested against. */
#ifndef EMIX_KERNELS_KERNELS_H
#define EMIX_KERNELS_KERNELS_H

#include <stdbool.h>

#include <emix/status.h>

/** The shape that determines all sizes of a table. */
typedef struct EmixKernelShape {
    emix_index n_rows; /* rows of the largest block; a multiple of row_group */
    emix_index n_features;
    emix_index n_components;
    bool sums_only; /* moments_add is not used: its layout of the rows is left out of the panel */
} EmixKernelShape;

/** What softmax yields besides the responsibilities. */
typedef struct EmixSoftmaxSums {
    double log_likelihood;      /* sum_i w_i lse_i over rows with positive density, leading part */
    double log_likelihood_tail; /* rounding error of log_likelihood; add it for the full sum */
    emix_index n_lost_rows;     /* rows whose density is 0 under every component */
} EmixSoftmaxSums;

/** The second moments that sums_add keeps besides n_k and sum_x_k. */
typedef enum EmixSquares {
    EMIX_SQUARES_NONE, /* none: the total scatter is known                 */
    EMIX_SQUARES_EACH, /* sum w r x_j^2 for every feature j                */
    EMIX_SQUARES_SUM   /* sum w r |x|^2                                    */
} EmixSquares;

/** The kernels for full covariances in single precision. Centred rows, densities and
 * responsibilities are floats; sums over blocks, of log-likelihood and moments, are doubles.
 * Layouts, padding rows and lost rows are as in EmixKernels. */
typedef struct EmixSingleKernels {
    /** Rows of a block are padded to a multiple of this. 48 must be such a multiple. */
    emix_index row_group;

    /* Sizes of vector buffers, in floats; those of moments in doubles. */
    emix_index (*panel_size)(const EmixKernelShape *shape);
    emix_index (*factor_size)(const EmixKernelShape *shape); /* of one component */
    emix_index (*moments_size)(const EmixKernelShape *shape);
    emix_index (*moments_scratch_size)(const EmixKernelShape *shape);

    /** The rows are x_single or x_double; the other is NULL. The difference to the centre is within
     * one unit in the last place of a float, even if leading digits cancel. */
    void (*pack)(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const float *x_single, const double *x_double, emix_index ldx,
                 const double *centre, float *panel);

    void (*pack_factor)(const EmixKernelShape *shape, const double *w, float *factor);

    void (*log_density)(const EmixKernelShape *shape, emix_index padded_rows, const float *panel,
                        const float *factor, const float *offset, float log_norm, float *a);

    /** exp is 0 below -87, near the end of the range of floats. */
    EmixSoftmaxSums (*softmax)(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, float *a, emix_index lda,
                               const double *row_weights);

    void (*moments_add)(const EmixKernelShape *shape, emix_index padded_rows, const float *panel,
                        const float *r, emix_index ldr, float *scratch, double *moments);

    void (*moments_unpack)(const EmixKernelShape *shape, const double *moments,
                           emix_index component, double *count, double *sum_x, double *sum_xx);
} EmixSingleKernels;

typedef struct EmixKernels {
    const char *name; /* as EMIX_ISA spells it */

    /** Rows of a block are padded to a multiple of this: a power of two, or 3 times one. */
    emix_index row_group;

    /* Sizes in doubles, of vector buffers. */
    emix_index (*panel_size)(const EmixKernelShape *shape);
    emix_index (*factor_size)(const EmixKernelShape *shape); /* of one component */
    emix_index (*moments_size)(const EmixKernelShape *shape);
    emix_index (*moments_scratch_size)(const EmixKernelShape *shape);

    /** Copies n_rows rows minus the centre into `panel` and zeroes the padding up to
     * padded_rows. x [n_rows x D], row stride ldx; centre [D]. */
    void (*pack)(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const double *x, emix_index ldx, const double *centre, double *panel);

    /** Rearranges W = L^-1 [D x D], lower triangle, row-major, for log_density. */
    void (*pack_factor)(const EmixKernelShape *shape, const double *w, double *factor);

    /** a[i] = log_norm - sum_j (sum_l W_jl panel_il - offset_j)^2 / 2 for padded_rows rows.
     * offset [D] = W (mean - centre). a is a vector buffer. */
    void (*log_density)(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                        const double *factor, const double *offset, double log_norm, double *a);

    /** Log joint densities to weighted responsibilities, in place, max-shifted.
     *
     *     lse_i = log sum_k exp a_ki;  a_ki <- w_i exp(a_ki - lse_i)        Bishop (2006), 9.23
     *
     * a [K x lda], rows contiguous, lda >= padded_rows; row_weights [n_rows] or NULL for all 1;
     * lse [n_rows] or NULL. a_ki may be -inf, never NaN or +inf. Padding rows become 0; so does
     * a row that is -inf everywhere, which is counted as lost and gets lse = -inf. */
    EmixSoftmaxSums (*softmax)(const EmixKernelShape *shape, emix_index n_rows,
                               emix_index padded_rows, double *a, emix_index lda,
                               const double *row_weights, double *lse);

    /** Adds the block's moments about the panel's centre to `moments`, all components at once.
     * r [K x ldr] as softmax left it. scratch: a vector buffer of moments_scratch_size. */
    void (*moments_add)(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                        const double *r, emix_index ldr, double *scratch, double *moments);

    /** Extracts one component from the accumulator, or from a sum of several: count = sum w r;
     * sum_x [D]; sum_xx [D x D], row-major, lower triangle. sum_xx NULL if only the others are
     * wanted. */
    void (*moments_unpack)(const EmixKernelShape *shape, const double *moments,
                           emix_index component, double *count, double *sum_x, double *sum_xx);

    /** y_i = exp x_i for x_i <= 0, -inf included; 0 below -708. x and y may be unaligned. */
    void (*exp_array)(emix_index n, const double *x, double *y);

    /** y_i = log x_i for positive normal x_i. x and y may be unaligned. */
    void (*log_array)(emix_index n, const double *x, double *y);

    /* Separable densities: a sum over features, directly or after a whitening that all components
     * share. */

    /** whitened <- W (x - c) for each row; both in the panel's layout, factor from pack_factor. */
    void (*whiten)(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                   const double *factor, double *whitened);

    /** a_ki = log_norms[k] - sum_j (scales[k x D + j] panel_ij - offsets[k x D + j])^2 / 2 for all
     * components; scales NULL = all 1. a [K x lda]. */
    void (*separable_density)(const EmixKernelShape *shape, emix_index padded_rows,
                              const double *panel, const double *scales, const double *offsets,
                              const double *log_norms, double *a, emix_index lda);

    /** Doubles of the accumulator and of the scratch memory of sums_add. */
    emix_index (*sums_size)(const EmixKernelShape *shape, EmixSquares squares);
    emix_index (*sums_scratch_size)(const EmixKernelShape *shape, EmixSquares squares);

    /** As moments_add, for first moments and the second moments that `squares` names. */
    void (*sums_add)(const EmixKernelShape *shape, EmixSquares squares, emix_index padded_rows,
                     const double *panel, const double *r, emix_index ldr, double *scratch,
                     double *sums);

    /** Extracts one component: count; sum_x [D]; sum_squares [D] or [1], or not written. */
    void (*sums_unpack)(const EmixKernelShape *shape, EmixSquares squares, const double *sums,
                        emix_index component, double *count, double *sum_x, double *sum_squares);

    const EmixSingleKernels *single; /* never NULL */
} EmixKernels;

/* The tables of this build. emix_kernels_select() knows which of them this machine can run. */
extern const EmixKernels emix_kernels_reference;
extern const EmixKernels emix_kernels_baseline;
extern const EmixKernels emix_kernels_avx2;   /* x86-64 */
extern const EmixKernels emix_kernels_avx512; /* x86-64 */
extern const EmixSingleKernels emix_single_kernels_reference;
extern const EmixSingleKernels emix_single_kernels_baseline;
extern const EmixSingleKernels emix_single_kernels_avx2;   /* x86-64 */
extern const EmixSingleKernels emix_single_kernels_avx512; /* x86-64 */

/** The table of that name, "avx512", "avx2", "baseline" or "reference"; NULL or "" asks for the
 * best one this machine can run. An unknown name, or one this machine cannot run, gives NULL. */
const EmixKernels *emix_kernels_select(const char *isa);

/** Table number i of those this machine can run, best first; NULL behind the last. */
const EmixKernels *emix_kernels_available(int i);

/** Rows of a block of a data set of n_rows: a multiple of 48, and so of every table's row_group;
 * no more than hold them all. It must not depend on the table, the machine or the threads, because
 * it determines the order of sums. */
emix_index emix_kernels_block_rows(emix_index n_features, emix_index n_rows);

#endif
