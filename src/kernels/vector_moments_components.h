/* Moments with lanes = components.
 *
 * Features are z = (x, 1). The products z_i z_j, j >= i, are made PRODUCTS at a time for the whole
 * block, in the first-level cache, and multiplied with the responsibilities of all components.
 *
 * moments [pairs i <= j of z, in rows of i, padded to PRODUCTS][n_components, padded to LANES]
 * scratch r, transposed: two vectors of components for all rows, the next two, ...; products */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_COMPONENTS_H
#define EMIX_KERNELS_VECTOR_MOMENTS_COMPONENTS_H

#include <string.h>

#include "kernels/vector_panel.h"
#include "kernels/vector_rank_update.h"

enum { PRODUCTS = UPDATE_HEIGHT };

INLINE emix_index padded_components(const EmixKernelShape *shape)
{
    return round_up(shape->n_components, LANES);
}

INLINE emix_index n_products(const EmixKernelShape *shape)
{
    const emix_index n_z = shape->n_features + 1;
    return n_z * (n_z + 1) / 2;
}

static emix_index components_moments_size(const EmixKernelShape *shape)
{
    return round_up(n_products(shape), PRODUCTS) * padded_components(shape);
}

static emix_index components_scratch_size(const EmixKernelShape *shape)
{
    return shape->n_rows * (padded_components(shape) + PRODUCTS);
}

/** r [K][ldr] -> [K / w][rows][w], with w = 2 LANES; w = LANES for the last components if no more
 * are left. */
static void transpose_responsibilities(const EmixKernelShape *shape, emix_index padded_rows,
                                       const Real *r, emix_index ldr, Real *transposed)
{
    const emix_index padded = padded_components(shape);
    for (emix_index k = 0; k < padded; k += LANES) {
        const bool paired = k / STRIP * STRIP + STRIP <= padded;
        const emix_index width = paired ? STRIP : LANES;
        Real *target = transposed + k / STRIP * STRIP * shape->n_rows + k % STRIP;
        const emix_index n = smaller_index(LANES, shape->n_components - k);
        for (emix_index i = 0; i < padded_rows; i += LANES) {
            Vec v[LANES];
            UNROLL
            for (int lane = 0; lane < LANES; ++lane) {
                v[lane] = lane < n ? load_unaligned(r + (k + lane) * ldr + i) : splat(0);
            }
            transpose(v);
            UNROLL
            for (int row = 0; row < LANES; ++row) {
                store(target + (i + row) * width, v[row]);
            }
        }
    }
}

/** A position in the list of pairs (0, 0), (0, 1), ... (0, n), (1, 1), ... */
typedef struct PairCursor {
    emix_index i;
    emix_index j;
} PairCursor;

/** z_i z_j ... z_i z_(j + n - 1) for one group of rows. */
INLINE void multiply_features(const Real *group, PairCursor at, emix_index n, Real *products)
{
    const Real *right = group + at.j * GROUP;
    Vec left[GROUP_VECTORS];
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        left[v] = load(group + at.i * GROUP + v * LANES);
    }
    for (emix_index f = 0; f < n; ++f) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store(products + v * LANES, left[v] * load(right + v * LANES));
        }
        products += GROUP;
        right += GROUP;
    }
}

/** Makes the products of PRODUCTS pairs from `cursor` on, with 0 behind the last pair, and returns
 * the next pair. products [groups][PRODUCTS][GROUP]. */
static PairCursor make_products(const EmixKernelShape *shape, emix_index padded_rows,
                                const Real *panel, PairCursor cursor, Real *products)
{
    const emix_index n_z = shape->n_features + 1;
    emix_index n = 0;
    while (n < PRODUCTS && cursor.i < n_z) {
        const emix_index run = smaller_index(PRODUCTS - n, n_z - cursor.j);
        for (emix_index first = 0; first < padded_rows; first += GROUP) {
            multiply_features(panel + first / GROUP * group_size(shape), cursor, run,
                              products + (first * PRODUCTS + n * GROUP));
        }
        n += run;
        cursor.j += run;
        if (cursor.j == n_z) cursor.j = ++cursor.i;
    }
    for (emix_index first = 0; first < padded_rows && n < PRODUCTS; first += GROUP) {
        Real *unused = products + (first * PRODUCTS + n * GROUP);
        memset(unused, 0, (size_t)(PRODUCTS - n) * GROUP * sizeof *unused);
    }
    return cursor;
}

static void components_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                                   const Real *panel, const Real *r, emix_index ldr, Real *scratch,
                                   double *moments)
{
    const emix_index padded = padded_components(shape);
    const emix_index n_rows = shape->n_rows;
    Real *products = scratch + n_rows * padded;
    transpose_responsibilities(shape, padded_rows, r, ldr, scratch);
    PairCursor cursor = {0, 0};
    while (cursor.i <= shape->n_features) {
        prefetch_rows(moments, PRODUCTS, padded, padded);
        cursor = make_products(shape, padded_rows, panel, cursor, products);
        emix_index k = 0;
        for (; k + STRIP <= padded; k += STRIP) {
            const Real *weights = scratch + k * n_rows;
            rank_update(UPDATE_HEIGHT, 2, padded_rows, grouped_rows(products, PRODUCTS), weights,
                        STRIP, moments + k, padded);
        }
        if (k < padded) {
            rank_update(PRODUCTS, 1, padded_rows, grouped_rows(products, PRODUCTS),
                        scratch + k * n_rows, LANES, moments + k, padded);
        }
        moments += PRODUCTS * padded;
    }
}

static void components_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                      emix_index component, double *count, double *sum_x,
                                      double *sum_xx)
{
    const emix_index n = shape->n_features;
    const double *sum = moments + component;
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = i; j < n && sum_xx != NULL; ++j) {
            sum_xx[j * n + i] = sum[(j - i) * padded_components(shape)];
        }
        sum += (n - i) * padded_components(shape);
        sum_x[i] = *sum;
        sum += padded_components(shape);
    }
    *count = *sum;
}

#endif
