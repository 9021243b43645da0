/* Packing rows of doubles into a panel. */
#ifndef EMIX_KERNELS_VECTOR_PACK_H
#define EMIX_KERNELS_VECTOR_PACK_H

#include "kernels/vector_panel.h"

/** The rows to pack. */
typedef struct PackSource {
    const double *x;
    emix_index ldx;
    emix_index n_rows;
    emix_index n_features;
    const double *centre;
} PackSource;

/** Prefetches what the next block will read at the same position; blocks follow each other in
 * memory. */
INLINE void prefetch_next_block(const PackSource *source, emix_index i)
{
    const size_t row_bytes = (size_t)source->ldx * sizeof(double);
    /* The address may lie behind the data: prefetching it is harmless, but it is not a valid
     * pointer. */
    const uintptr_t next = (uintptr_t)source->x + (size_t)(source->n_rows + i) * row_bytes;
    for (size_t byte = 0; byte < GROUP * row_bytes; byte += 64) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
        __builtin_prefetch((const void *)(next + byte), 0, 2);
    }
}

/** True if whole vectors at feature j can be read from rows i ... i + n - 1: all rows exist, and
 * the last vector ends inside the array. It may extend into the gap or the row behind. */
INLINE bool can_read_vectors(const PackSource *source, emix_index i, emix_index n, emix_index j)
{
    const emix_index end = (source->n_rows - 1) * source->ldx + source->n_features;
    return i + n <= source->n_rows && (i + n - 1) * source->ldx + j + LANES <= end;
}

/** Elements j ... j + LANES - 1 of row i, with 0 for elements that do not exist. */
static Vec load_clipped(const PackSource *source, emix_index i, emix_index j)
{
    Vec v = {0};
    if (i < source->n_rows) {
        const double *row = source->x + i * source->ldx;
        const emix_index n = smaller_index(LANES, source->n_features - j);
        for (emix_index lane = 0; lane < n; ++lane) {
            v[lane] = row[j + lane];
        }
    }
    return v;
}

/** Packs features j ... j + n_columns - 1, as far as they exist, of rows i ... i + LANES - 1. Fewer
 * columns need fewer shuffles in the transposition. */
INLINE void pack_tile(const int n_columns, const PackSource *source, emix_index i, emix_index j,
                      double *target)
{
    Vec v[LANES];
    if (can_read_vectors(source, i, LANES, j)) {
        const double *x = source->x + i * source->ldx + j;
        UNROLL
        for (int row = 0; row < LANES; ++row) {
            v[row] = load_unaligned(x + row * source->ldx);
        }
    } else {
        UNROLL
        for (int row = 0; row < LANES; ++row) {
            v[row] = load_clipped(source, i + row, j);
        }
    }
    transpose(v);
    UNROLL
    for (int column = 0; column < n_columns; ++column) {
        if (j + column < source->n_features) {
            store(target + column * GROUP, v[column] - source->centre[j + column]);
        }
    }
}

/** LANES rows from i on. */
static void pack_rows(const PackSource *source, emix_index i, double *target)
{
    emix_index j = 0;
    for (; j + LANES / 2 < source->n_features; j += LANES) {
        pack_tile(LANES, source, i, j, target + j * GROUP);
    }
    if (j < source->n_features) pack_tile(LANES / 2, source, i, j, target + j * GROUP);
}

/** The two features of LANES contiguous rows. */
INLINE void pack_pairs(const PackSource *source, emix_index i, double *target)
{
    const Vec low = load_unaligned(source->x + 2 * i);
    const Vec high = load_unaligned(source->x + 2 * i + LANES);
    store(target, EVEN_LANES(low, high) - source->centre[0]);
    store(target + GROUP, ODD_LANES(low, high) - source->centre[1]);
}

static void pack_group(const PackSource *source, emix_index first, double *group)
{
    const emix_index n_features = source->n_features;
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        const emix_index i = first + v * LANES;
        double *target = group + v * LANES;
        if (n_features == 2 && source->ldx == 2 && i + LANES <= source->n_rows) {
            pack_pairs(source, i, target);
        } else {
            pack_rows(source, i, target);
        }
        store(target + n_features * GROUP, splat(1.0));
    }
}

/** Packs the rows minus the centre, untransposed, STRIP features at a time. */
static void pack_strips(const EmixKernelShape *shape, const PackSource *source,
                        emix_index padded_rows, double *strips)
{
    for (emix_index j = 0; j < n_strips(shape) * STRIP; j += LANES) {
        double *target = strips + j / STRIP * STRIP * shape->n_rows + j % STRIP;
        const emix_index n = smaller_index(LANES, source->n_features - j);
        Vec centre = {0};
        for (emix_index lane = 0; lane < n; ++lane) {
            centre[lane] = source->centre[j + lane];
        }
        for (emix_index i = 0; i < source->n_rows; ++i) {
            const Vec row = n == LANES ? load_unaligned(source->x + i * source->ldx + j)
                                       : load_clipped(source, i, j);
            store(target + i * STRIP, row - centre);
        }
        for (emix_index i = source->n_rows; i < padded_rows; ++i) {
            store(target + i * STRIP, splat(0.0));
        }
    }
}

static void pack(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const double *x, emix_index ldx, const double *centre, double *panel)
{
    const PackSource source = {x, ldx, n_rows, shape->n_features, centre};
    for (emix_index i = 0; i < padded_rows; i += GROUP) {
        double *group = panel + i / GROUP * group_size(shape);
        prefetch_next_block(&source, i);
        pack_group(&source, i, group);
        if (i + GROUP > n_rows) clear_padding(shape, n_rows > i ? n_rows - i : 0, group);
    }
    if (has_strips(shape)) {
        pack_strips(shape, &source, padded_rows, panel + groups_size(shape));
    }
}

#endif
