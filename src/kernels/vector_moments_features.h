/* Moments with lanes = features, one component after the other.
 *
 * Features are z = (x, 1): sum r z_i x_j for j <= i holds sum_xx and, in its last row, sum_x. Its
 * columns come a strip of the panel at a time, times r, which stays in the first-level cache; its
 * rows are the groups of the panel as they are, from the strip's diagonal down. A tile is two
 * vectors of columns wide, or one where the rows end left of the second.
 *
 * moments [n_components][strips][n_features + 1 - first feature of the strip][STRIP]: a strip's
 *         columns from its diagonal down, unused right of the diagonal; [n_components]: count
 * scratch [n_rows][STRIP] */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H
#define EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H

#include <assert.h>
#include <string.h>

#include "kernels/vector_panel.h"
#include "kernels/vector_rank_update.h"

/** Where the strip that begins at feature `column` is in a component's accumulator. */
INLINE emix_index features_strip(const EmixKernelShape *shape, emix_index column)
{
    /* The strips before it have n_features + 1, n_features + 1 - STRIP, ... rows. */
    const emix_index n_before = column / STRIP;
    return column * (shape->n_features + 1) - column * STRIP * (n_before - 1) / 2;
}

INLINE emix_index features_component_size(const EmixKernelShape *shape)
{
    return features_strip(shape, n_strips(shape) * STRIP);
}

/** Where the count of the first component is. */
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

/** What the rank updates of one component share. */
typedef struct FeaturesTask {
    emix_index n_rows; /* of the block, padded */
    emix_index group_size;
    const Real *panel;
    const Real *r;
} FeaturesTask;

/** columns [n_rows][STRIP] = r times a strip of the panel. */
static void weigh_strip(const FeaturesTask *task, const Real *strip, Real *columns)
{
    for (emix_index i = 0; i < task->n_rows; ++i) {
        UNROLL
        for (int v = 0; v < UPDATE_WIDTH; ++v) {
            const emix_index at = i * STRIP + v * LANES;
            store(columns + at, task->r[i] * load(strip + at));
        }
    }
}

#define UPDATE_CASE(height)                                                                        \
    case height: rank_update(height, width, task->n_rows, rows, columns, STRIP, sums, STRIP); break

/** Adds to sum r z_i x_j for `height` rows i from `first` on and `width` vectors of columns. */
INLINE void update_tile(const int width, emix_index height, const FeaturesTask *task,
                        emix_index first, const Real *columns, double *sums)
{
    const UpdateRows rows = {task->panel + first * GROUP, task->group_size, GROUP};
    prefetch_rows(sums, height, width * LANES, STRIP);
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

/** Rows first ... end - 1, in tiles as high as each other: in a low one, every addition would have
 * to wait for the one before. */
INLINE void update_rows(const int width, const FeaturesTask *task, emix_index first, emix_index end,
                        const Real *columns, double *sums)
{
    emix_index n_tiles = (end - first + UPDATE_HEIGHT - 1) / UPDATE_HEIGHT;
    for (; n_tiles > 0; --n_tiles) {
        const emix_index height = (end - first + n_tiles - 1) / n_tiles;
        update_tile(width, height, task, first, columns, sums);
        first += height;
        sums += height * STRIP;
    }
}

static void update_wide_rows(const FeaturesTask *task, emix_index first, emix_index end,
                             const Real *columns, double *sums)
{
    update_rows(2, task, first, end, columns, sums);
}

static void update_narrow_rows(const FeaturesTask *task, emix_index first, emix_index end,
                               const Real *columns, double *sums)
{
    update_rows(1, task, first, end, columns, sums);
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
            const emix_index second = column + LANES;
            const emix_index wide = second < n_features ? second : n_features + 1;
            double *sums = own + features_strip(shape, column);
            weigh_strip(&task, panel_strips(shape, panel) + column * shape->n_rows, scratch);
            update_narrow_rows(&task, column, wide, scratch, sums);
            update_wide_rows(&task, wide, n_features + 1, scratch, sums + (wide - column) * STRIP);
        }
    }
}

static void features_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                    emix_index component, double *count, double *sum_x,
                                    double *sum_xx)
{
    const emix_index n = shape->n_features;
    const double *own = moments + component * features_component_size(shape);
    for (emix_index column = 0; column < n; column += STRIP) {
        const double *sums = own + features_strip(shape, column);
        for (emix_index j = column; j < n && sum_xx != NULL; ++j) {
            const emix_index width = smaller_index(STRIP, j + 1 - column);
            memcpy(sum_xx + j * n + column, sums + (j - column) * STRIP,
                   (size_t)width * sizeof *sum_xx);
        }
        memcpy(sum_x + column, sums + (n - column) * STRIP,
               (size_t)smaller_index(STRIP, n - column) * sizeof *sum_x);
    }
    *count = moments[features_counts(shape) + component];
}

#endif
