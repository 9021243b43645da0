/* Moments with lanes = features, one component after the other.
 *
 * Rows of the product are r x_j, UPDATE_HEIGHT at a time for the whole block, in the first-level
 * cache; columns are the strips of features of the panel, up to the diagonal. Near it the tiles are
 * lower, to waste little on the other side. Rows of the product for sum r x are the r themselves.
 *
 * moments [n_components][n_features, padded to UPDATE_HEIGHT][n_features, padded to STRIP]: sum_xx,
 *         unused right of the diagonal; [n_components][n_features, padded to STRIP]: sum_x;
 *         [n_components]: count */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H
#define EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H

#include <assert.h>
#include <string.h>

#include "kernels/vector_panel.h"
#include "kernels/vector_rank_update.h"

enum { SUB_HEIGHT = MANY_REGISTERS ? 4 : 2 };

INLINE emix_index features_row_size(const EmixKernelShape *shape)
{
    return n_strips(shape) * STRIP;
}

INLINE emix_index features_component_size(const EmixKernelShape *shape)
{
    return round_up(shape->n_features, UPDATE_HEIGHT) * features_row_size(shape);
}

/** Where sum_x of the first component begins. */
INLINE emix_index features_sum_x(const EmixKernelShape *shape)
{
    return shape->n_components * features_component_size(shape);
}

/** Where the count of the first component is. */
INLINE emix_index features_counts(const EmixKernelShape *shape)
{
    return features_sum_x(shape) + shape->n_components * features_row_size(shape);
}

static emix_index features_moments_size(const EmixKernelShape *shape)
{
    return features_counts(shape) + round_up(shape->n_components, LANES);
}

static emix_index features_scratch_size(const EmixKernelShape *shape)
{
    return UPDATE_HEIGHT * shape->n_rows;
}

/** Rows r x_j of the product for j = first ... first + UPDATE_HEIGHT - 1, 0 behind the last. */
static void weigh_features(const EmixKernelShape *shape, emix_index padded_rows, const Real *panel,
                           const Real *r, emix_index first, Real *product)
{
    const emix_index n = smaller_index(UPDATE_HEIGHT, shape->n_features - first);
    for (emix_index i = 0; i < padded_rows; i += GROUP) {
        const Real *group = panel + i / GROUP * group_size(shape) + first * GROUP;
        Vec weight[GROUP_VECTORS];
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            weight[v] = load_unaligned(r + i + v * LANES);
        }
        for (emix_index j = 0; j < n; ++j) {
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                store(product + (i * UPDATE_HEIGHT + j * GROUP + v * LANES),
                      weight[v] * load(group + j * GROUP + v * LANES));
            }
        }
    }
    for (emix_index i = 0; i < padded_rows && n < UPDATE_HEIGHT; i += GROUP) {
        Real *unused = product + (i * UPDATE_HEIGHT + n * GROUP);
        memset(unused, 0, (size_t)(UPDATE_HEIGHT - n) * GROUP * sizeof *unused);
    }
}

/** What the rank updates of a block share. */
typedef struct FeaturesBlock {
    emix_index n_rows; /* padded */
    emix_index row_size;
} FeaturesBlock;

/** rank_update with `height` rows, a multiple of SUB_HEIGHT up to UPDATE_HEIGHT. */
INLINE void update_strip(const int width, emix_index height, const FeaturesBlock *block,
                         const Real *product, const Real *strip, double *target)
{
    switch (height / SUB_HEIGHT) {
    case 1:
        rank_update(SUB_HEIGHT, width, block->n_rows, grouped_rows(product, UPDATE_HEIGHT), strip,
                    STRIP, target, block->row_size);
        break;
    case 2:
        rank_update(2 * SUB_HEIGHT, width, block->n_rows, grouped_rows(product, UPDATE_HEIGHT),
                    strip, STRIP, target, block->row_size);
        break;
    case 3:
        rank_update(3 * SUB_HEIGHT, width, block->n_rows, grouped_rows(product, UPDATE_HEIGHT),
                    strip, STRIP, target, block->row_size);
        break;
    default: break;
    }
}

static_assert(UPDATE_HEIGHT == 3 * SUB_HEIGHT, "update_strip knows three heights");

/** Rows first ... first + UPDATE_HEIGHT - 1 of sum_xx, the strip of columns from `column` on. Rows
 * come SUB_HEIGHT at a time: some end left of the strip, some in its first vector, the rest in its
 * second one or behind it. */
static void update_rows(const FeaturesBlock *block, const Real *product, const Real *strip,
                        emix_index first, emix_index column, double *rows)
{
    emix_index h = 0;
    while (h < UPDATE_HEIGHT && first + h + SUB_HEIGHT - 1 < column)
        h += SUB_HEIGHT;
    const emix_index begin_one = h;
    while (h < UPDATE_HEIGHT && first + h + SUB_HEIGHT - 1 < column + LANES)
        h += SUB_HEIGHT;
    const emix_index begin_two = h;
    rows += column;
    update_strip(1, begin_two - begin_one, block, product + begin_one * GROUP, strip,
                 rows + begin_one * block->row_size);
    update_strip(2, UPDATE_HEIGHT - begin_two, block, product + begin_two * GROUP, strip,
                 rows + begin_two * block->row_size);
}

/** sum r x x' of one component. */
static void update_sum_xx(const EmixKernelShape *shape, const FeaturesBlock *block,
                          const Real *panel, const Real *r, Real *product, double *sum_xx)
{
    for (emix_index first = 0; first < shape->n_features; first += UPDATE_HEIGHT) {
        double *rows = sum_xx + first * block->row_size;
        const emix_index end = smaller_index(first + UPDATE_HEIGHT, shape->n_features);
        prefetch_rows(rows, UPDATE_HEIGHT, end, block->row_size);
        weigh_features(shape, block->n_rows, panel, r, first, product);
        for (emix_index column = 0; column < end; column += STRIP) {
            const Real *strip = panel_strips(shape, panel) + column * shape->n_rows;
            update_rows(block, product, strip, first, column, rows);
        }
    }
}

/** sum r x of all components. */
static void update_sum_x(const EmixKernelShape *shape, const FeaturesBlock *block,
                         const Real *panel, const Real *r, emix_index ldr, double *sum_x)
{
    for (emix_index column = 0; column < block->row_size; column += STRIP) {
        const Real *strip = panel_strips(shape, panel) + column * shape->n_rows;
        emix_index k = 0;
        for (; k + UPDATE_HEIGHT <= shape->n_components; k += UPDATE_HEIGHT) {
            rank_update(UPDATE_HEIGHT, 2, block->n_rows, (UpdateRows){r + k * ldr, GROUP, ldr},
                        strip, STRIP, sum_x + k * block->row_size + column, block->row_size);
        }
        for (; k + SUB_HEIGHT <= shape->n_components; k += SUB_HEIGHT) {
            rank_update(SUB_HEIGHT, 2, block->n_rows, (UpdateRows){r + k * ldr, GROUP, ldr}, strip,
                        STRIP, sum_x + k * block->row_size + column, block->row_size);
        }
        for (; k < shape->n_components; ++k) {
            rank_update(1, 2, block->n_rows, (UpdateRows){r + k * ldr, GROUP, ldr}, strip, STRIP,
                        sum_x + k * block->row_size + column, block->row_size);
        }
    }
}

static void features_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                                 const Real *panel, const Real *r, emix_index ldr, Real *scratch,
                                 double *moments)
{
    const FeaturesBlock block = {padded_rows, features_row_size(shape)};
    for (emix_index k = 0; k < shape->n_components; ++k) {
        Vec count = {0};
        for (emix_index i = 0; i < padded_rows; i += LANES) {
            count += load_unaligned(r + k * ldr + i);
        }
        moments[features_counts(shape) + k] += sum_lanes(fold(count));
        update_sum_xx(shape, &block, panel, r + k * ldr, scratch,
                      moments + k * features_component_size(shape));
    }
    update_sum_x(shape, &block, panel, r, ldr, moments + features_sum_x(shape));
}

static void features_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                    emix_index component, double *count, double *sum_x,
                                    double *sum_xx)
{
    const emix_index n = shape->n_features;
    const emix_index row_size = features_row_size(shape);
    const double *rows = moments + component * features_component_size(shape);
    for (emix_index j = 0; j < n && sum_xx != NULL; ++j) {
        memcpy(sum_xx + j * n, rows + j * row_size, (size_t)(j + 1) * sizeof *sum_xx);
    }
    memcpy(sum_x, moments + features_sum_x(shape) + component * row_size,
           (size_t)n * sizeof *sum_x);
    *count = moments[features_counts(shape) + component];
}

#endif
