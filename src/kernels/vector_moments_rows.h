/* Moments with lanes = rows.
 *
 * Features are z = (1, x), so that sum r z_i z_j for j <= i holds all moments. A register tile
 * covers some rows i and some columns j of that triangle for one component. Its accumulators stay
 * in registers over the block and keep one partial sum per lane.
 *
 * moments [n_components][n_z (n_z + 1) / 2][WIDE_LANES], n_z = n_features + 1. */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_ROWS_H
#define EMIX_KERNELS_VECTOR_MOMENTS_ROWS_H

#include "kernels/vector_panel.h"

enum {
    ROWS_TILE_HEIGHT = MANY_REGISTERS ? 4 : 2,
    ROWS_TILE_WIDTH = 6,
    ROWS_TRIANGLE_MAX = MANY_REGISTERS ? 6 : 4, /* the largest that fits in the registers */
    ROWS_SUMS_MAX = MANY_REGISTERS ? 24 : 9,
    ROWS_TILE_COLUMNS = ROWS_TILE_WIDTH + ROWS_TRIANGLE_MAX
};

/** Position of element (i, j), j <= i, in a packed triangle. */
INLINE emix_index pair_index(emix_index i, emix_index j)
{
    return i * (i + 1) / 2 + j;
}

INLINE emix_index rows_component_size(const EmixKernelShape *shape)
{
    const emix_index n_z = shape->n_features + 1;
    return pair_index(n_z, 0) * WIDE_LANES;
}

/** One component's part of the block. */
typedef struct RowsTask {
    emix_index n_groups;
    emix_index group_size;
    const Real *panel;
    const Real *r;
    double *moments;
} RowsTask;

/** The part of the triangle that a tile covers: rows i0 ... i0 + height - 1; columns from j0 on,
 * `width` of them left of column i0; and, if `diagonal`, the columns from i0 up to the diagonal.
 * Column 0 is the constant, which needs no multiplication; `edge` marks a tile that contains it. */
typedef struct RowsTile {
    int height;
    int width;
    bool diagonal;
    bool edge;
} RowsTile;

/** The end of the columns in row i of the tile. */
INLINE int rows_tile_end(const RowsTile tile, int i)
{
    return tile.diagonal ? tile.width + i + 1 : tile.width;
}

/** Adds r z_i z_j of LANES rows to `sum`. x points to z_1; features are GROUP apart. */
INLINE void rows_tile_step(const RowsTile tile, emix_index i0, emix_index j0, const Real *x,
                           Vec weight, Vec sum[ROWS_TRIANGLE_MAX][ROWS_TILE_COLUMNS])
{
    const bool constant_row = tile.edge && tile.diagonal && tile.width == 0;
    Vec weighted[ROWS_TRIANGLE_MAX];
    UNROLL
    for (int i = 0; i < tile.height; ++i) {
        weighted[i] = weight;
        if (i > 0 || !constant_row) weighted[i] *= load(x + (i0 + i - 1) * GROUP);
        if (tile.edge) sum[i][0] += weighted[i];
    }
    UNROLL
    for (int j = tile.edge ? 1 : 0; j < tile.width + tile.height; ++j) {
        if (j >= tile.width && !tile.diagonal) break;
        const Vec column = load(x + (j0 + j - 1) * GROUP);
        UNROLL
        for (int i = 0; i < tile.height; ++i) {
            if (j < rows_tile_end(tile, i)) sum[i][j] += weighted[i] * column;
        }
    }
}

/** Sets of accumulators of a tile. With few accumulators there is one set for each vector of a
 * group; otherwise every addition would have to wait for the previous one. */
INLINE int rows_tile_sets(const RowsTile tile)
{
    const int n_sums = tile.height * (tile.height + 1) / 2;
    return tile.edge && tile.diagonal && tile.width == 0 && 3 * n_sums <= ROWS_SUMS_MAX ? 3 : 1;
}

#if EMIX_VECTOR_SINGLE

/** Begin and end of the sum in a register for the accumulator of a pair in memory. */
INLINE Vec rows_sum_begin(const double *moments)
{
    (void)moments;
    return splat(0);
}

INLINE void rows_sum_end(double *moments, Vec sum)
{
    store_wide(moments, load_wide(moments) + fold(sum));
}

#else

INLINE Vec rows_sum_begin(const double *moments)
{
    return load(moments);
}

INLINE void rows_sum_end(double *moments, Vec sum)
{
    store(moments, sum);
}

#endif

INLINE void rows_tile(const RowsTile tile, const RowsTask *task, emix_index i0, emix_index j0)
{
    const int n_sets = rows_tile_sets(tile);
    Vec sum[GROUP_VECTORS][ROWS_TRIANGLE_MAX][ROWS_TILE_COLUMNS];
    UNROLL
    for (int i = 0; i < tile.height; ++i) {
        UNROLL
        for (int j = 0; j < tile.width + tile.height; ++j) {
            if (j >= rows_tile_end(tile, i)) continue;
            sum[0][i][j] = rows_sum_begin(task->moments + pair_index(i0 + i, j0 + j) * WIDE_LANES);
            UNROLL
            for (int s = 1; s < n_sets; ++s) {
                sum[s][i][j] = splat(0);
            }
        }
    }
    const Real *x = task->panel;
    const Real *r = task->r;
    for (emix_index g = 0; g < task->n_groups; ++g) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            rows_tile_step(tile, i0, j0, x + v * LANES, load_unaligned(r + v * LANES),
                           sum[v % n_sets]);
        }
        x += task->group_size;
        r += GROUP;
    }
    UNROLL
    for (int i = 0; i < tile.height; ++i) {
        UNROLL
        for (int j = 0; j < tile.width + tile.height; ++j) {
            if (j >= rows_tile_end(tile, i)) continue;
            UNROLL
            for (int s = 1; s < n_sets; ++s) {
                sum[0][i][j] += sum[s][i][j];
            }
            rows_sum_end(task->moments + pair_index(i0 + i, j0 + j) * WIDE_LANES, sum[0][i][j]);
        }
    }
}

/** The top of the triangle, `height` rows. */
static void rows_top(emix_index height, const RowsTask *task)
{
    switch (height) {
    case 2: rows_tile((RowsTile){2, 0, true, true}, task, 0, 0); break;
    case 3: rows_tile((RowsTile){3, 0, true, true}, task, 0, 0); break;
    case 4: rows_tile((RowsTile){4, 0, true, true}, task, 0, 0); break;
#if MANY_REGISTERS
    case 5: rows_tile((RowsTile){5, 0, true, true}, task, 0, 0); break;
    case 6: rows_tile((RowsTile){6, 0, true, true}, task, 0, 0); break;
#endif
    default: break;
    }
}

/** ROWS_TILE_HEIGHT rows from i on, from the left edge to the diagonal. */
static void rows_strip(const RowsTask *task, emix_index i)
{
    enum { H = ROWS_TILE_HEIGHT, W = ROWS_TILE_WIDTH };
    switch (i) { /* strips narrower than a whole tile at the left edge */
    case 3: rows_tile((RowsTile){H, 3, true, true}, task, i, 0); return;
    case 4: rows_tile((RowsTile){H, 4, true, true}, task, i, 0); return;
    case 5:
        rows_tile((RowsTile){H, 5, false, true}, task, i, 0);
        rows_tile((RowsTile){H, 0, true, false}, task, i, i);
        return;
    default: rows_tile((RowsTile){H, W, false, true}, task, i, 0);
    }
    emix_index j = W;
    for (; j + W <= i; j += W) {
        rows_tile((RowsTile){H, W, false, false}, task, i, j);
    }
    switch (i - j) {
    case 0: rows_tile((RowsTile){H, 0, true, false}, task, i, j); break;
    case 1: rows_tile((RowsTile){H, 1, true, false}, task, i, j); break;
    case 2: rows_tile((RowsTile){H, 2, true, false}, task, i, j); break;
    case 3: rows_tile((RowsTile){H, 3, true, false}, task, i, j); break;
    case 4: rows_tile((RowsTile){H, 4, true, false}, task, i, j); break;
    default:
        rows_tile((RowsTile){H, 5, false, false}, task, i, j);
        rows_tile((RowsTile){H, 0, true, false}, task, i, i);
    }
}

static void rows_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                             const Real *panel, const Real *r, emix_index ldr, double *moments)
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
        rows_top(top, &task);
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
    *count = sum_lanes(load_wide(sums));
    for (emix_index i = 0; i < n; ++i) {
        sum_x[i] = sum_lanes(load_wide(sums + pair_index(i + 1, 0) * WIDE_LANES));
        for (emix_index j = 0; j <= i && sum_xx != NULL; ++j) {
            sum_xx[i * n + j] = sum_lanes(load_wide(sums + pair_index(i + 1, j + 1) * WIDE_LANES));
        }
    }
}

#endif
