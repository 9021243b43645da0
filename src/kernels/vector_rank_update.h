/* The product shared by the tilings with lanes = components and lanes = features: C += P B, a sum
 * over the rows of a block. */
#ifndef EMIX_KERNELS_VECTOR_RANK_UPDATE_H
#define EMIX_KERNELS_VECTOR_RANK_UPDATE_H

#include "kernels/vector.h"

enum {
    UPDATE_HEIGHT = MANY_REGISTERS ? 12 : 6, /* of a tile two vectors wide */
    UPDATE_WIDTH = 2
};

/** The rows of P. Element i of row h of group g, of GROUP elements, is at
 * p[g * group_step + h * row_step + i]. If both steps are constants, one address serves all rows; a
 * pointer for each row would not leave enough registers. */
typedef struct UpdateRows {
    const Real *p;
    emix_index group_step;
    emix_index row_step;
} UpdateRows;

/** The layout of the products that the tilings make, `height` rows at a time. */
INLINE UpdateRows grouped_rows(const Real *p, const int height)
{
    return (UpdateRows){p, height * GROUP, GROUP};
}

/** C[h][w] += sum_i P[h][i] B[i][w] for h < height and w < width vectors, i < n_rows.
 * B has row stride ldb, C ldc; both are aligned. */
INLINE void rank_update(const int height, const int width, emix_index n_rows, const UpdateRows rows,
                        const Real *b, emix_index ldb, double *c, emix_index ldc)
{
    Vec sum[2 * UPDATE_HEIGHT][UPDATE_WIDTH];
    UNROLL
    for (int h = 0; h < height; ++h) {
        UNROLL
        for (int w = 0; w < width; ++w) {
            sum[h][w] = splat(0);
        }
    }
    const Real *p = rows.p;
    for (emix_index first = 0; first < n_rows; first += GROUP) {
        for (emix_index i = 0; i < GROUP; ++i) {
            UNROLL
            for (int h = 0; h < height; ++h) {
                UNROLL
                for (int w = 0; w < width; ++w) {
                    sum[h][w] += p[h * rows.row_step + i] * load(b + w * LANES);
                }
            }
            b += ldb;
        }
        p += rows.group_step;
    }
    UNROLL
    for (int h = 0; h < height; ++h) {
        UNROLL
        for (int w = 0; w < width; ++w) {
            accumulate(c + h * ldc + w * LANES, sum[h][w]);
        }
    }
}

/** Prefetches for writing what a tile will add to. */
INLINE void prefetch_rows(const double *c, emix_index height, emix_index width, emix_index ldc)
{
    for (emix_index h = 0; h < height; ++h) {
        for (emix_index w = 0; w < width; w += CACHE_LINE_DOUBLES) {
            __builtin_prefetch(c + h * ldc + w, 1);
        }
    }
}

#endif
