/* Moments with lanes = features, one component after the other.
 *
 * Rows of the product are r z_j with z = (x, 1), UPDATE_HEIGHT at a time for the whole block, in
 * the first-level cache; columns are the strips of features of the panel, up to the diagonal.
 * Near it the tiles are SUB_HEIGHT rows high, to waste little on the other side.
 *
 * moments [n_components][n_features + 1, padded to UPDATE_HEIGHT][n_features, padded to STRIP],
 *         then the counts [n_components]; what lies right of the diagonal is not used */
#ifndef EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H
#define EMIX_KERNELS_VECTOR_MOMENTS_FEATURES_H

#include "kernels/vector_pack.h"
#include "kernels/vector_rank_update.h"

enum { SUB_HEIGHT = MANY_REGISTERS ? 4 : 2 };

INLINE emix_index features_row_size(const EmixKernelShape *shape)
{
    return n_strips(shape) * STRIP;
}

INLINE emix_index features_component_size(const EmixKernelShape *shape)
{
    return round_up(shape->n_features + 1, UPDATE_HEIGHT) * features_row_size(shape);
}

static emix_index features_moments_size(const EmixKernelShape *shape)
{
    const emix_index n_components = shape->n_components;
    return n_components * features_component_size(shape) + round_up(n_components, LANES);
}

static emix_index features_scratch_size(const EmixKernelShape *shape)
{
    return UPDATE_HEIGHT * shape->n_rows;
}

/** Rows r z_j of the product for j = first ... first + UPDATE_HEIGHT - 1, 0 behind the last. */
static void weigh_features(const EmixKernelShape *shape, emix_index padded_rows,
                           const double *panel, const double *r, emix_index first, double *product)
{
    const emix_index n_rows = shape->n_rows;
    const emix_index n = smaller_index(UPDATE_HEIGHT, shape->n_features + 1 - first);
    for (emix_index i = 0; i < padded_rows; i += GROUP) {
        const double *group = panel + i / GROUP * group_size(shape) + first * GROUP;
        Vec weight[GROUP_VECTORS];
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            weight[v] = load_unaligned(r + i + v * LANES);
        }
        for (emix_index j = 0; j < n; ++j) {
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                store(product + j * n_rows + i + v * LANES,
                      weight[v] * load(group + j * GROUP + v * LANES));
            }
        }
    }
    for (emix_index j = n; j < UPDATE_HEIGHT; ++j) {
        memset(product + j * n_rows, 0, (size_t)padded_rows * sizeof *product);
    }
}

/** Rows first ... first + UPDATE_HEIGHT - 1 times the strip of features from `column` on, which
 * meets the diagonal or the end of the features. */
static void update_at_diagonal(const EmixKernelShape *shape, emix_index padded_rows,
                               const double *product, const double *strip, emix_index first,
                               emix_index column, double *rows)
{
    const emix_index row_size = features_row_size(shape);
    for (emix_index h = 0; h < UPDATE_HEIGHT; h += SUB_HEIGHT) {
        const emix_index last = smaller_index(first + h + SUB_HEIGHT - 1, shape->n_features - 1);
        const double *p = product + h * shape->n_rows;
        double *target = rows + h * row_size + column;
        if (first + h > shape->n_features || last < column) continue;
        if (last >= column + LANES) {
            rank_update(SUB_HEIGHT, 2, padded_rows, p, shape->n_rows, strip, STRIP, target,
                        row_size);
        } else {
            rank_update(SUB_HEIGHT, 1, padded_rows, p, shape->n_rows, strip, STRIP, target,
                        row_size);
        }
    }
}

static void features_component_add(const EmixKernelShape *shape, emix_index padded_rows,
                                   const double *panel, const double *r, double *product,
                                   double *moments)
{
    const emix_index row_size = features_row_size(shape);
    const emix_index n_rows = shape->n_rows;
    for (emix_index first = 0; first <= shape->n_features; first += UPDATE_HEIGHT) {
        double *rows = moments + first * row_size;
        const emix_index end = smaller_index(first + UPDATE_HEIGHT, shape->n_features);
        prefetch_rows(rows, UPDATE_HEIGHT, end, row_size);
        weigh_features(shape, padded_rows, panel, r, first, product);
        for (emix_index column = 0; column < end; column += STRIP) {
            const double *strip = panel_strips(shape, panel) + column * n_rows;
            const bool whole = column + STRIP <= first + 1 &&
                               first + UPDATE_HEIGHT <= shape->n_features + 1;
            if (whole) {
                rank_update(UPDATE_HEIGHT, 2, padded_rows, product, n_rows, strip, STRIP,
                            rows + column, row_size);
            } else {
                update_at_diagonal(shape, padded_rows, product, strip, first, column, rows);
            }
        }
    }
}

static void features_moments_add(const EmixKernelShape *shape, emix_index padded_rows,
                                 const double *panel, const double *r, emix_index ldr,
                                 double *scratch, double *moments)
{
    double *counts = moments + shape->n_components * features_component_size(shape);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        Vec count = {0};
        for (emix_index i = 0; i < padded_rows; i += LANES) {
            count += load_unaligned(r + k * ldr + i);
        }
        counts[k] += sum_lanes(count);
        features_component_add(shape, padded_rows, panel, r + k * ldr, scratch,
                               moments + k * features_component_size(shape));
    }
}

static void features_moments_unpack(const EmixKernelShape *shape, const double *moments,
                                    emix_index component, double *count, double *sum_x,
                                    double *sum_xx)
{
    const emix_index n = shape->n_features;
    const emix_index row_size = features_row_size(shape);
    const double *rows = moments + component * features_component_size(shape);
    for (emix_index j = 0; j < n; ++j) {
        memcpy(sum_xx + j * n, rows + j * row_size, (size_t)(j + 1) * sizeof *sum_xx);
    }
    memcpy(sum_x, rows + n * row_size, (size_t)n * sizeof *sum_x);
    *count = moments[shape->n_components * features_component_size(shape) + component];
}

#endif
