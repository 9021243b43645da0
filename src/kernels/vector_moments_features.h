/* Moments with lanes = features, one component after the other.
 *
 * The columns of sum r x x' are computed one strip of the panel at a time; a strip is two vectors
 * wide. Pairs within a vector are r x times x rotated by 0 to half of its lanes. Pairs of the two
 * vectors, and pairs with the features that follow the strip, are r x times one feature in all
 * lanes. For the latter, r x is left in scratch, in the first-level cache.
 *
 * moments [n_components][strips]: rotated [LANES / 2 + 1][STRIP], sum r x_j x_(j + n) at [n][j];
 *                                 sum r x_j [STRIP];
 *                                 square [LANES][LANES], sum r x_i x_j of the second vector and
 *                                 the first;
 *                                 below [n_features - end of the strip][STRIP], sum r x_i x_j;
 *         [n_components]: count
 * scratch [n_rows][STRIP] */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H
#define EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H

#include <assert.h>
#include <string.h>

#include "kernels/vector_panel.h"
#include "kernels/vector_rank_update.h"

/* Rows of STRIP numbers in the accumulator of a strip. ALL_PAIRS_AT_ONCE: the sums of all pairs
 * within a strip fit in the registers. */
enum {
    ROTATED_ROWS = LANES / 2 + 1,
    SQUARE_ROW = ROTATED_ROWS + 1,
    BELOW_ROW = SQUARE_ROW + LANES / 2,
    ALL_PAIRS_AT_ONCE = MANY_REGISTERS && LANES <= 8
};

/** Position of the strip that begins at feature `column` in a component's accumulator. */
INLINE emix_index features_strip(const EmixKernelShape *shape, emix_index column)
{
    /* The earlier strips have n_features - STRIP, n_features - 2 STRIP, ... rows below them. */
    const emix_index n_before = column / STRIP;
    const emix_index below = n_before * shape->n_features - column * (n_before + 1) / 2;
    return (n_before * BELOW_ROW + below) * STRIP;
}

INLINE emix_index features_component_size(const EmixKernelShape *shape)
{
    /* The last strip has nothing below it. */
    return features_strip(shape, (n_strips(shape) - 1) * STRIP) + BELOW_ROW * STRIP;
}

/** Position of the counts. */
INLINE emix_index features_counts(const EmixKernelShape *shape)
{
    return shape->n_components * features_component_size(shape);
}

static emix_index features_moments_size(const EmixKernelShape *shape)
{
    return features_counts(shape) + round_up(shape->n_components, CACHE_LINE_DOUBLES);
}

static emix_index features_scratch_size(const EmixKernelShape *shape)
{
    return STRIP * shape->n_rows;
}

/** Shared by the rank updates of one component. */
typedef struct FeaturesTask {
    emix_index n_rows; /* of the block, padded */
    emix_index group_size;
    const Real *panel;
    const Real *r;
} FeaturesTask;

#define ROTATED_STEP(n)                                                                            \
    if ((n) < ROTATED_ROWS) {                                                                      \
        rotated[n][0] += low * ROTATE_LANES(x_low, n);                                             \
        rotated[n][1] += high * ROTATE_LANES(x_high, n);                                           \
    }

/** If `within`: the pairs within each vector of a strip, sum r x, and columns [n_rows][STRIP] = r
 * x. If `square`: the pairs of the first vector and the second. */
INLINE void strip_pairs(const bool within, const bool square, const FeaturesTask *task,
                        const Real *strip, Real *columns, double *sums)
{
    Vec rotated[ROTATED_ROWS][2] = {{{0}}};
    Vec total[2] = {{0}};
    Vec across[LANES] = {{0}};
    for (emix_index i = 0; i < task->n_rows; ++i) {
        Vec low = load(columns);
        if (within) {
            const Vec x_low = load(strip);
            const Vec x_high = load(strip + LANES);
            const Vec high = task->r[i] * x_high;
            low = task->r[i] * x_low;
            store(columns, low);
            store(columns + LANES, high);
            total[0] += low;
            total[1] += high;
            rotated[0][0] += low * x_low;
            rotated[0][1] += high * x_high;
            ROTATED_STEP(1)
            ROTATED_STEP(2)
            ROTATED_STEP(3)
            ROTATED_STEP(4)
            ROTATED_STEP(5)
            ROTATED_STEP(6)
            ROTATED_STEP(7)
            ROTATED_STEP(8)
        }
        if (square) {
            UNROLL
            for (int h = 0; h < LANES; ++h) {
                across[h] += strip[LANES + h] * low;
            }
        }
        strip += STRIP;
        columns += STRIP;
    }
    UNROLL
    for (int n = 0; n < ROTATED_ROWS; ++n) {
        if (!within) continue;
        accumulate(sums + n * STRIP, rotated[n][0]);
        accumulate(sums + n * STRIP + LANES, rotated[n][1]);
    }
    if (within) {
        accumulate(sums + ROTATED_ROWS * STRIP, total[0]);
        accumulate(sums + ROTATED_ROWS * STRIP + LANES, total[1]);
    }
    UNROLL
    for (int h = 0; h < LANES; ++h) {
        if (square) accumulate(sums + SQUARE_ROW * STRIP + h * LANES, across[h]);
    }
}

#undef ROTATED_STEP

static void add_strip(const FeaturesTask *task, const Real *strip, Real *columns, double *sums)
{
    prefetch_rows(sums, BELOW_ROW, STRIP, STRIP);
    if (ALL_PAIRS_AT_ONCE) {
        strip_pairs(true, true, task, strip, columns, sums);
    } else {
        strip_pairs(true, false, task, strip, columns, sums);
        strip_pairs(false, true, task, strip, columns, sums);
    }
}

#define UPDATE_CASE(height)                                                                        \
    case height:                                                                                   \
        rank_update(height, UPDATE_WIDTH, task->n_rows, rows, columns, STRIP, sums, STRIP);        \
        break

/** Adds to sum r x_i x_j for `height` features i from `first` on and the columns j of a strip. */
static void update_tile(emix_index height, const FeaturesTask *task, emix_index first,
                        const Real *columns, double *sums)
{
    const UpdateRows rows = {task->panel + first * GROUP, task->group_size, GROUP};
    prefetch_rows(sums, height, STRIP, STRIP);
    switch (height) {
        UPDATE_CASE(1);
        UPDATE_CASE(2);
        UPDATE_CASE(3);
        UPDATE_CASE(4);
        UPDATE_CASE(5);
        UPDATE_CASE(6);
#if MANY_REGISTERS
        UPDATE_CASE(7);
        UPDATE_CASE(8);
        UPDATE_CASE(9);
        UPDATE_CASE(10);
        UPDATE_CASE(11);
        UPDATE_CASE(12);
#endif
    default: break;
    }
}

#undef UPDATE_CASE

static_assert(UPDATE_HEIGHT == (MANY_REGISTERS ? 12 : 6), "update_tile knows these heights");

/** Features i from `first` on, in tiles of equal height. In a low tile every addition would have to
 * wait for the previous one. */
static void update_below(const EmixKernelShape *shape, const FeaturesTask *task, emix_index first,
                         const Real *columns, double *sums)
{
    const emix_index end = shape->n_features;
    emix_index n_tiles = (end - first + UPDATE_HEIGHT - 1) / UPDATE_HEIGHT;
    for (; n_tiles > 0; --n_tiles) {
        const emix_index height = (end - first + n_tiles - 1) / n_tiles;
        update_tile(height, task, first, columns, sums);
        first += height;
        sums += height * STRIP;
    }
}

static void features_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                                 const Real *panel, const Real *r, emix_index ldr, Real *scratch,
                                 double *moments)
{
    const emix_index n_features = shape->n_features;
    for (emix_index k = 0; k < shape->n_components; ++k) {
        const FeaturesTask task = {padded_rows, group_size(shape), panel, r + k * ldr};
        double *own = moments + k * features_component_size(shape);
        Vec count = {0};
        for (emix_index i = 0; i < padded_rows; i += LANES) {
            count += load_unaligned(task.r + i);
        }
        moments[features_counts(shape) + k] += sum_lanes(fold(count));
        for (emix_index column = 0; column < n_features; column += STRIP) {
            double *sums = own + features_strip(shape, column);
            add_strip(&task, panel_strips(shape, panel) + column * shape->n_rows, scratch, sums);
            update_below(shape, &task, column + STRIP, scratch, sums + BELOW_ROW * STRIP);
        }
    }
}

/** Row j of sum_xx within its strip, up to the diagonal: columns 0 ... j of the strip. */
INLINE void unpack_strip_row(const double *sums, emix_index j, double *row)
{
    const emix_index first = j / LANES * LANES;
    for (emix_index l = 0; l < first; ++l) {
        row[l] = sums[SQUARE_ROW * STRIP + (j - first) * LANES + l];
    }
    for (emix_index l = first; l <= j; ++l) {
        const emix_index n = j - l;
        row[l] = n <= LANES / 2 ? sums[n * STRIP + l] : sums[(LANES - n) * STRIP + j];
    }
}

static void features_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                    emix_index component, double *count, double *sum_x,
                                    double *sum_xx)
{
    const emix_index n = shape->n_features;
    const double *own = moments + component * features_component_size(shape);
    for (emix_index column = 0; column < n; column += STRIP) {
        const emix_index width = smaller_index(STRIP, n - column);
        const double *sums = own + features_strip(shape, column);
        const double *below = sums + BELOW_ROW * STRIP;
        memcpy(sum_x + column, sums + ROTATED_ROWS * STRIP, (size_t)width * sizeof *sum_x);
        for (emix_index j = column; j < n && sum_xx != NULL; ++j) {
            if (j < column + STRIP) {
                unpack_strip_row(sums, j - column, sum_xx + j * n + column);
            } else {
                memcpy(sum_xx + j * n + column, below, STRIP * sizeof *sum_xx);
                below += STRIP;
            }
        }
    }
    *count = moments[features_counts(shape) + component];
}

#endif
