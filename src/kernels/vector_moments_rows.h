/* Moments with lanes = rows.
 *
 * Features are z = (x, 1): sum r z_i z_j for j <= i holds all moments. A register tile is some
 * rows i of that triangle and some columns j for one component; the accumulators stay in registers
 * over the block and keep one partial sum per lane.
 *
 * moments [n_components][n_z (n_z + 1) / 2][LANES], n_z = n_features + 1. */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_ROWS_H
#define EMIX_KERNELS_VECTOR_MOMENTS_ROWS_H

#include "kernels/vector_pack.h"

enum {
    ROWS_TILE_HEIGHT = MANY_REGISTERS ? 4 : 2,
    ROWS_TILE_WIDTH = 6,
    ROWS_TRIANGLE_MAX = MANY_REGISTERS ? 6 : 4 /* the largest that fits in the registers */
};

/** Where element (i, j), j <= i, of a packed triangle is. */
INLINE emix_index pair_index(emix_index i, emix_index j)
{
    return i * (i + 1) / 2 + j;
}

INLINE emix_index rows_component_size(const EmixKernelShape *shape)
{
    const emix_index n_z = shape->n_features + 1;
    return pair_index(n_z, 0) * LANES;
}

/** One component's share of the block. */
typedef struct RowsTask {
    emix_index n_groups;
    emix_index group_size;
    const double *panel;
    const double *r;
    double *moments;
} RowsTask;

/** Rows i0 ... i0 + height - 1 and columns j0 ... j0 + width - 1 of the triangle; then, if asked,
 * the columns from there up to the diagonal, where j0 + width must be i0. */
INLINE void rows_tile(const int height, const int width, const bool triangle, const RowsTask *task,
                      emix_index i0, emix_index j0)
{
    Vec sum[ROWS_TRIANGLE_MAX][ROWS_TILE_WIDTH + ROWS_TRIANGLE_MAX];
    UNROLL
    for (int i = 0; i < height; ++i) {
        const int end = triangle ? width + i + 1 : width;
        UNROLL
        for (int j = 0; j < end; ++j) {
            sum[i][j] = load(task->moments + pair_index(i0 + i, j0 + j) * LANES);
        }
    }
    const double *group = task->panel;
    const double *r = task->r;
    for (emix_index g = 0; g < task->n_groups; ++g) {
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            const Vec weight = load_unaligned(r + v * LANES);
            Vec weighted[ROWS_TRIANGLE_MAX];
            UNROLL
            for (int i = 0; i < height; ++i) {
                weighted[i] = weight * load(group + (i0 + i) * GROUP + v * LANES);
            }
            const int n_columns = triangle ? width + height : width;
            UNROLL
            for (int j = 0; j < n_columns; ++j) {
                const Vec z = load(group + (j0 + j) * GROUP + v * LANES);
                UNROLL
                for (int i = 0; i < height; ++i) {
                    if (j <= width + i) sum[i][j] += weighted[i] * z;
                }
            }
        }
        group += task->group_size;
        r += GROUP;
    }
    UNROLL
    for (int i = 0; i < height; ++i) {
        const int end = triangle ? width + i + 1 : width;
        UNROLL
        for (int j = 0; j < end; ++j) {
            store(task->moments + pair_index(i0 + i, j0 + j) * LANES, sum[i][j]);
        }
    }
}

/** The top of the triangle, `height` rows. */
static void rows_top(int height, const RowsTask *task)
{
    switch (height) {
    case 2: rows_tile(2, 0, true, task, 0, 0); break;
    case 3: rows_tile(3, 0, true, task, 0, 0); break;
    case 4: rows_tile(4, 0, true, task, 0, 0); break;
#if MANY_REGISTERS
    case 5: rows_tile(5, 0, true, task, 0, 0); break;
    case 6: rows_tile(6, 0, true, task, 0, 0); break;
#endif
    default: break;
    }
}

/** ROWS_TILE_HEIGHT rows from i on, from the left edge to the diagonal. */
static void rows_strip(const RowsTask *task, emix_index i)
{
    enum { H = ROWS_TILE_HEIGHT };
    emix_index j = 0;
    for (; j + ROWS_TILE_WIDTH <= i; j += ROWS_TILE_WIDTH) {
        rows_tile(H, ROWS_TILE_WIDTH, false, task, i, j);
    }
    switch (i - j) {
    case 0: rows_tile(H, 0, true, task, i, j); break;
    case 1: rows_tile(H, 1, true, task, i, j); break;
    case 2: rows_tile(H, 2, true, task, i, j); break;
    case 3: rows_tile(H, 3, true, task, i, j); break;
    case 4: rows_tile(H, 4, true, task, i, j); break;
    default: rows_tile(H, 5, false, task, i, j); rows_tile(H, 0, true, task, i, i);
    }
}

static void rows_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                             const double *panel, const double *r, emix_index ldr, double *moments)
{
    const emix_index n_z = shape->n_features + 1;
    emix_index top = n_z;
    if (n_z > ROWS_TRIANGLE_MAX) {
        top = ROWS_TRIANGLE_MAX - ROWS_TILE_HEIGHT + 1;
        top += (n_z - top) % ROWS_TILE_HEIGHT;
    }
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const RowsTask task = {.n_groups = padded_rows / GROUP,
                               .group_size = group_size(shape),
                               .panel = panel,
                               .r = r + k * ldr,
                               .moments = moments + k * rows_component_size(shape)};
        rows_top((int)top, &task);
        for (emix_index i = top; i < n_z; i += ROWS_TILE_HEIGHT) {
            rows_strip(&task, i);
        }
    }
}

static void rows_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                emix_index component, double *count, double *sum_x, double *sum_xx)
{
    const emix_index n = shape->n_features;
    const double *sums = moments + component * rows_component_size(shape);
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            sum_xx[i * n + j] = sum_lanes(load(sums + pair_index(i, j) * LANES));
        }
        sum_x[i] = sum_lanes(load(sums + pair_index(n, i) * LANES));
    }
    *count = sum_lanes(load(sums + pair_index(n, n) * LANES));
}

#endif
