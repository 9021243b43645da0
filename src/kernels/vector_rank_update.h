/* The product the other two moments tilings share: C += P B, a sum over the rows of a block. */
#ifndef EMIX_KERNELS_VECTOR_RANK_UPDATE_H
#define EMIX_KERNELS_VECTOR_RANK_UPDATE_H

#include "kernels/vector.h"

enum {
    UPDATE_HEIGHT = MANY_REGISTERS ? 12 : 6, /* of the tile that is two vectors wide */
    UPDATE_WIDTH = 2
};

/** C[h][w] += sum_i P[h][i] B[i][w] for h < height and w < width vectors.
 * P has row stride ldp, B ldb, C ldc; B and C are aligned. */
INLINE void rank_update(const int height, const int width, emix_index n_rows, const Real *p,
                        emix_index ldp, const Real *b, emix_index ldb, double *c, emix_index ldc)
{
    Vec sum[2 * UPDATE_HEIGHT][UPDATE_WIDTH];
    UNROLL
    for (int h = 0; h < height; ++h) {
        UNROLL
        for (int w = 0; w < width; ++w) {
            sum[h][w] = splat(0);
        }
    }
    for (emix_index i = 0; i < n_rows; ++i) {
        UNROLL
        for (int h = 0; h < height; ++h) {
            UNROLL
            for (int w = 0; w < width; ++w) {
                sum[h][w] += p[h * ldp + i] * load(b + i * ldb + w * LANES);
            }
        }
    }
    UNROLL
    for (int h = 0; h < height; ++h) {
        UNROLL
        for (int w = 0; w < width; ++w) {
            accumulate(c + h * ldc + w * LANES, sum[h][w]);
        }
    }
}

/** Brings what a tile will add to into the cache, for writing. */
INLINE void prefetch_rows(const double *c, emix_index height, emix_index width, emix_index ldc)
{
    for (emix_index h = 0; h < height; ++h) {
        for (emix_index w = 0; w < width; w += CACHE_LINE_DOUBLES) {
            __builtin_prefetch(c + h * ldc + w, 1);
        }
    }
}

#endif
