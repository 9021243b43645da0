/* Packing rows of floats or doubles into a panel of floats.
 *
 * The centre is subtracted before anything is rounded to float. For rows of doubles that is one
 * subtraction in double. For rows of floats it is two subtractions in float, of the leading digits
 * of the centre and of the rest: the first is exact where it cancels, so the result is within one
 * unit in the last place. */
#ifndef EMIX_KERNELS_VECTOR_PACK_SINGLE_H
#define EMIX_KERNELS_VECTOR_PACK_SINGLE_H

#include "kernels/vector_panel.h"

/** The rows to pack; one of the two pointers is NULL. */
typedef struct PackSource {
    const float *x_single;
    const double *x_double;
    emix_index ldx;
    emix_index n_rows;
    emix_index n_features;
    const double *centre;
} PackSource;

/** Some features of the centre, one per lane, as doubles and as sums of two floats. */
typedef struct CentrePart {
    Wide low; /* the first half of the lanes */
    Wide high;
    Vec leading;
    Vec rest;
} CentrePart;

INLINE void split_centre(CentrePart *part)
{
    part->leading = narrow(part->low, part->high);
    part->rest = narrow(part->low - wide_low(part->leading), part->high - wide_high(part->leading));
}

/** Features j ... j + LANES - 1 of the centre, 0 behind the last. */

static CentrePart centre_part(const PackSource *source, emix_index j)
{
    CentrePart part = {.low = {0}, .high = {0}};
    for (emix_index lane = 0; lane < LANES && j + lane < source->n_features; ++lane) {
        Wide *half = lane < WIDE_LANES ? &part.low : &part.high;
        (*half)[lane % WIDE_LANES] = source->centre[j + lane];
    }
    split_centre(&part);
    return part;
}

/** Both features of the centre, one after the other. */
static CentrePart centre_pairs(const PackSource *source)
{
    CentrePart part;
    for (int lane = 0; lane < WIDE_LANES; ++lane) {
        part.low[lane] = source->centre[lane % 2];
    }
    part.high = part.low;
    split_centre(&part);
    return part;
}

/** LANES elements from index `at` on, minus the centre. */
INLINE Vec load_centred(const bool is_single, const PackSource *source, emix_index at,
                        const CentrePart *centre)
{
    if (is_single) {
        return (load_unaligned(source->x_single + at) - centre->leading) - centre->rest;
    }
    const double *x = source->x_double + at;
    return narrow(load_wide_unaligned(x) - centre->low,
                  load_wide_unaligned(x + WIDE_LANES) - centre->high);
}

/** Elements j ... j + LANES - 1 of row i minus the centre, with 0 for elements that do not
 * exist. */
static Vec load_clipped(const PackSource *source, emix_index i, emix_index j)
{
    Vec v = {0};
    if (i < source->n_rows) {
        const emix_index n = smaller_index(LANES, source->n_features - j);
        for (emix_index lane = 0; lane < n; ++lane) {
            const emix_index at = i * source->ldx + j + lane;
            const double x = source->x_single != NULL ? (double)source->x_single[at]
                                                      : source->x_double[at];
            v[lane] = (float)(x - source->centre[j + lane]);
        }
    }
    return v;
}

/** True if whole vectors at feature j can be read from rows i ... i + n - 1: all rows exist, and
 * the last vector ends inside the array. It may extend into the gap or the row behind. */
INLINE bool can_read_vectors(const PackSource *source, emix_index i, emix_index n, emix_index j)
{
    const emix_index end = (source->n_rows - 1) * source->ldx + source->n_features;
    return i + n <= source->n_rows && (i + n - 1) * source->ldx + j + LANES <= end;
}

/** Prefetches what the next block will read at the same position; blocks follow each other in
 * memory. */
INLINE void prefetch_next_block(const bool is_single, const PackSource *source, emix_index i)
{
    const size_t row_bytes = (size_t)source->ldx * (is_single ? sizeof(float) : sizeof(double));
    const void *x = is_single ? (const void *)source->x_single : (const void *)source->x_double;
    /* The address may lie behind the data: prefetching it is harmless, but it is not a valid
     * pointer. */
    const uintptr_t next = (uintptr_t)x + (size_t)(source->n_rows + i) * row_bytes;
    for (size_t byte = 0; byte < GROUP * row_bytes; byte += 64) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
        __builtin_prefetch((const void *)(next + byte), 0, 2);
    }
}

/** Packs features j ... j + n_columns - 1, as far as they exist, of rows i ... i + LANES - 1. Fewer
 * columns need fewer shuffles in the transposition. */
INLINE void pack_tile(const bool is_single, const int n_columns, const PackSource *source,
                      emix_index i, emix_index j, const CentrePart *centre, float *target)
{
    Vec v[LANES];
    if (can_read_vectors(source, i, LANES, j)) {
        UNROLL
        for (int row = 0; row < LANES; ++row) {
            v[row] = load_centred(is_single, source, (i + row) * source->ldx + j, centre);
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
        if (j + column < source->n_features) store(target + column * GROUP, v[column]);
    }
}

/** Packs at most LANES features from j on, of a group of rows. */
INLINE void pack_columns(const bool is_single, const PackSource *source, emix_index first,
                         emix_index j, float *group)
{
    const CentrePart centre = centre_part(source, j);
    const emix_index n = source->n_features - j;
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        const emix_index i = first + v * LANES;
        float *target = group + j * GROUP + v * LANES;
        if (n <= LANES / 4) {
            pack_tile(is_single, LANES / 4, source, i, j, &centre, target);
        } else if (n <= LANES / 2) {
            pack_tile(is_single, LANES / 2, source, i, j, &centre, target);
        } else {
            pack_tile(is_single, LANES, source, i, j, &centre, target);
        }
    }
}

/** The two features of a group of contiguous rows. */
INLINE void pack_pairs(const bool is_single, const PackSource *source, emix_index first,
                       const CentrePart *centre, float *group)
{
    UNROLL
    for (int v = 0; v < GROUP_VECTORS; ++v) {
        const emix_index at = 2 * (first + v * LANES);
        const Vec low = load_centred(is_single, source, at, centre);
        const Vec high = load_centred(is_single, source, at + LANES, centre);
        store(group + v * LANES, EVEN_LANES(low, high));
        store(group + GROUP + v * LANES, ODD_LANES(low, high));
    }
}

INLINE void pack_groups(const bool is_single, const EmixKernelShape *shape,
                        const PackSource *source, emix_index padded_rows, float *panel)
{
    const emix_index n_features = shape->n_features;
    const bool is_pairs = n_features == 2 && source->ldx == 2;
    const CentrePart pair = is_pairs ? centre_pairs(source) : centre_part(source, 0);
    for (emix_index i = 0; i < padded_rows; i += GROUP) {
        float *group = panel + i / GROUP * group_size(shape);
        prefetch_next_block(is_single, source, i);
        if (is_pairs && i + GROUP <= source->n_rows) {
            pack_pairs(is_single, source, i, &pair, group);
        } else {
            for (emix_index j = 0; j < n_features; j += LANES) {
                pack_columns(is_single, source, i, j, group);
            }
        }
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store(group + n_features * GROUP + v * LANES, splat(1));
        }
        if (i + GROUP > source->n_rows) {
            clear_padding(shape, source->n_rows > i ? source->n_rows - i : 0, group);
        }
    }
}

/** Packs the rows minus the centre, untransposed, STRIP features at a time. */
INLINE void pack_strips(const bool is_single, const EmixKernelShape *shape,
                        const PackSource *source, emix_index padded_rows, float *strips)
{
    for (emix_index j = 0; j < n_strips(shape) * STRIP; j += LANES) {
        float *target = strips + j / STRIP * STRIP * shape->n_rows + j % STRIP;
        const bool is_whole = j + LANES <= source->n_features;
        const CentrePart centre = centre_part(source, j);
        for (emix_index i = 0; i < source->n_rows; ++i) {
            store(target + i * STRIP,
                  is_whole ? load_centred(is_single, source, i * source->ldx + j, &centre)
                           : load_clipped(source, i, j));
        }
        for (emix_index i = source->n_rows; i < padded_rows; ++i) {
            store(target + i * STRIP, splat(0));
        }
    }
}

static void pack(const EmixKernelShape *shape, emix_index n_rows, emix_index padded_rows,
                 const float *x_single, const double *x_double, emix_index ldx,
                 const double *centre, float *panel)
{
    const PackSource source = {x_single, x_double, ldx, n_rows, shape->n_features, centre};
    float *strips = panel + groups_size(shape);
    if (x_single != NULL) {
        pack_groups(true, shape, &source, padded_rows, panel);
        if (has_strips(shape)) pack_strips(true, shape, &source, padded_rows, strips);
    } else {
        pack_groups(false, shape, &source, padded_rows, panel);
        if (has_strips(shape)) pack_strips(false, shape, &source, padded_rows, strips);
    }
}

#endif
