/* Densities and sums of components that treat features one by one. Lanes are rows.
 *
 * Diagonal and spherical covariances scale each feature by itself. With a tied covariance the rows
 * are whitened once for all components, which then differ only by their offsets. Per row and
 * component that costs 2 n_features fused operations for the density and n_features for a sum,
 * instead of order n_features^2.
 *
 * sums [n_components][n_features + 1][LANES], the last one being the count, then
 *      [n_components][number of squares][LANES]: one partial sum per lane. */
#ifndef EMIX_KERNELS_VECTOR_SEPARABLE_H
#define EMIX_KERNELS_VECTOR_SEPARABLE_H

#include "kernels/vector_density.h"

enum {
    SEPARABLE_TILE_COMPONENTS = MANY_REGISTERS ? 4 : 2,
    SUMS_TILE = MANY_REGISTERS ? 4 : 3 /* features and components of a register tile */
};

/* ---- whitening ---- */

/** Features first ... first + n_rows - 1 of W x for one group of rows. */
INLINE void whiten_tile_to(const int n_rows, emix_index first, const double *group,
                           const double *factor, double *whitened)
{
    Vec y[TILE_ROWS][GROUP_VECTORS] = {{{0}}};
    for (emix_index l = 0; l < first + n_rows; ++l) {
        UNROLL
        for (int j = 0; j < n_rows; ++j) {
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                y[j][v] += factor[l * n_rows + j] * load(group + l * GROUP + v * LANES);
            }
        }
    }
    UNROLL
    for (int j = 0; j < n_rows; ++j) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store(whitened + (first + j) * GROUP + v * LANES, y[j][v]);
        }
    }
}

static void whiten(const EmixKernelShape *shape, emix_index padded_rows, const double *panel,
                   const double *factor, double *whitened)
{
    const emix_index n_features = shape->n_features;
    for (emix_index g = 0; g < padded_rows / GROUP; ++g) {
        const double *tile = factor;
        const double *group = panel + g * group_size(shape);
        double *target = whitened + g * group_size(shape);
        emix_index first = 0;
        for (; first + TILE_ROWS <= n_features; first += TILE_ROWS) {
            whiten_tile_to(TILE_ROWS, first, group, tile, target);
            tile += factor_tile_size(first, TILE_ROWS);
        }
        /* one row of W after the other; the tile is n_rows wide */
        const emix_index n_rows = n_features - first;
        for (emix_index j = 0; j < n_rows; ++j) {
            Vec y[GROUP_VECTORS] = {{0}};
            for (emix_index l = 0; l <= first + j; ++l) {
                UNROLL
                for (int v = 0; v < GROUP_VECTORS; ++v) {
                    y[v] += tile[l * n_rows + j] * load(group + l * GROUP + v * LANES);
                }
            }
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                store(target + (first + j) * GROUP + v * LANES, y[v]);
            }
        }
    }
}

/* ---- densities ---- */

/** Arguments of separable_density. */
typedef struct SeparableTask {
    emix_index n_features;
    const double *scales; /* NULL = all 1 */
    const double *offsets;
    const double *log_norms;
    double *a;
    emix_index lda;
} SeparableTask;

/** Components k ... k + n_components - 1 for one group of rows. */
INLINE void separable_tile(const int n_components, const bool scaled, const SeparableTask *task,
                           const double *group, emix_index first_row, emix_index k)
{
    const emix_index n_features = task->n_features;
    const double *offsets = task->offsets + k * n_features;
    const double *scales = scaled ? task->scales + k * n_features : task->offsets;
    Vec squares[SEPARABLE_TILE_COMPONENTS][GROUP_VECTORS] = {{{0}}};
    for (emix_index j = 0; j < n_features; ++j) {
        Vec x[GROUP_VECTORS];
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            x[v] = load(group + j * GROUP + v * LANES);
        }
        UNROLL
        for (int c = 0; c < n_components; ++c) {
            const Vec offset = splat(offsets[c * n_features + j]);
            const Vec scale = splat(scales[c * n_features + j]);
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                const Vec y = scaled ? scale * x[v] - offset : x[v] - offset;
                squares[c][v] += y * y;
            }
        }
    }
    UNROLL
    for (int c = 0; c < n_components; ++c) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store_unaligned(task->a + (k + c) * task->lda + first_row + v * LANES,
                            task->log_norms[k + c] - 0.5 * squares[c][v]);
        }
    }
}

INLINE void separable_groups(const bool scaled, const EmixKernelShape *shape,
                             const SeparableTask *task, emix_index padded_rows, const double *panel)
{
    for (emix_index g = 0; g < padded_rows / GROUP; ++g) {
        const double *group = panel + g * group_size(shape);
        emix_index k = 0;
        for (; k + SEPARABLE_TILE_COMPONENTS <= shape->n_components;
             k += SEPARABLE_TILE_COMPONENTS) {
            separable_tile(SEPARABLE_TILE_COMPONENTS, scaled, task, group, g * GROUP, k);
        }
        for (; k < shape->n_components; ++k) {
            separable_tile(1, scaled, task, group, g * GROUP, k);
        }
    }
}

static void separable_density(const EmixKernelShape *shape, emix_index padded_rows,
                              const double *panel, const double *scales, const double *offsets,
                              const double *log_norms, double *a, emix_index lda)
{
    const SeparableTask task = {.n_features = shape->n_features,
                                .scales = scales,
                                .offsets = offsets,
                                .log_norms = log_norms,
                                .a = a,
                                .lda = lda};
    if (scales != NULL) {
        separable_groups(true, shape, &task, padded_rows, panel);
    } else {
        separable_groups(false, shape, &task, padded_rows, panel);
    }
}

/* ---- sums ---- */

static emix_index n_squares(const EmixKernelShape *shape, EmixSquares squares)
{
    switch (squares) {
    case EMIX_SQUARES_EACH: return shape->n_features;
    case EMIX_SQUARES_SUM: return 1;
    default: return 0;
    }
}

static emix_index sums_size(const EmixKernelShape *shape, EmixSquares squares)
{
    return shape->n_components * (shape->n_features + 1 + n_squares(shape, squares)) * LANES;
}

/* The squares of the block, in groups like the panel's. */
static emix_index sums_scratch_size(const EmixKernelShape *shape, EmixSquares squares)
{
    return shape->n_rows * n_squares(shape, squares);
}

/** Arguments of sums_add: features in groups of rows, and their sums. */
typedef struct SumsTask {
    emix_index n_groups;
    emix_index group_size;
    const double *groups;
    const double *r;
    emix_index ldr;
    double *sums; /* [n_components][n_features][LANES] */
    emix_index n_features;
} SumsTask;

/** sum r_k f_j over the block for n_features features from j on, n_components components from k. */
INLINE void sums_tile(const int n_features, const int n_components, const SumsTask *task,
                      emix_index j, emix_index k)
{
    Vec sum[SUMS_TILE][SUMS_TILE];
    double *target = task->sums + (k * task->n_features + j) * LANES;
    const emix_index step = task->n_features * LANES;
    UNROLL
    for (int c = 0; c < n_components; ++c) {
        UNROLL
        for (int f = 0; f < n_features; ++f) {
            sum[c][f] = load(target + c * step + f * LANES);
        }
    }
    const double *group = task->groups + j * GROUP;
    const double *r = task->r + k * task->ldr;
    for (emix_index g = 0; g < task->n_groups; ++g) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            Vec x[SUMS_TILE];
            UNROLL
            for (int f = 0; f < n_features; ++f) {
                x[f] = load(group + f * GROUP + v * LANES);
            }
            UNROLL
            for (int c = 0; c < n_components; ++c) {
                const Vec weight = load_unaligned(r + c * task->ldr + v * LANES);
                UNROLL
                for (int f = 0; f < n_features; ++f) {
                    sum[c][f] += weight * x[f];
                }
            }
        }
        group += task->group_size;
        r += GROUP;
    }
    UNROLL
    for (int c = 0; c < n_components; ++c) {
        UNROLL
        for (int f = 0; f < n_features; ++f) {
            store(target + c * step + f * LANES, sum[c][f]);
        }
    }
}

/** All features for n_components components from k on. */
INLINE void sums_components(const int n_components, const SumsTask *task, emix_index k)
{
    emix_index j = 0;
    for (; j + SUMS_TILE <= task->n_features; j += SUMS_TILE) {
        sums_tile(SUMS_TILE, n_components, task, j, k);
    }
    for (; j < task->n_features; ++j) {
        sums_tile(1, n_components, task, j, k);
    }
}

static void add_sums(const SumsTask *task, emix_index n_components)
{
    emix_index k = 0;
    for (; k + SUMS_TILE <= n_components; k += SUMS_TILE) {
        sums_components(SUMS_TILE, task, k);
    }
    for (; k < n_components; ++k) {
        sums_components(1, task, k);
    }
}

/** Squares of the features, or their sum over features, for all rows of the block. */
static void make_squares(const EmixKernelShape *shape, EmixSquares squares, emix_index n_groups,
                         const double *panel, double *target)
{
    const emix_index n_kept = n_squares(shape, squares);
    for (emix_index g = 0; g < n_groups; ++g) {
        const double *group = panel + g * group_size(shape);
        double *kept = target + g * n_kept * GROUP;
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            Vec sum = {0};
            for (emix_index j = 0; j < shape->n_features; ++j) {
                const Vec x = load(group + j * GROUP + v * LANES);
                if (squares == EMIX_SQUARES_EACH) {
                    store(kept + j * GROUP + v * LANES, x * x);
                } else {
                    sum += x * x;
                }
            }
            if (squares == EMIX_SQUARES_SUM) {
                store(kept + v * LANES, sum);
            }
        }
    }
}

static void sums_add(const EmixKernelShape *shape, EmixSquares squares, emix_index padded_rows,
                     const double *panel, const double *r, emix_index ldr, double *scratch,
                     double *sums)
{
    SumsTask task = {.n_groups = padded_rows / GROUP,
                     .group_size = group_size(shape),
                     .groups = panel,
                     .r = r,
                     .ldr = ldr,
                     .sums = sums,
                     .n_features = shape->n_features + 1};
    add_sums(&task, shape->n_components);
    if (squares != EMIX_SQUARES_NONE) {
        make_squares(shape, squares, task.n_groups, panel, scratch);
        task.sums += shape->n_components * task.n_features * LANES;
        task.n_features = n_squares(shape, squares);
        task.groups = scratch;
        task.group_size = task.n_features * GROUP;
        add_sums(&task, shape->n_components);
    }
}

static void sums_unpack(const EmixKernelShape *shape, EmixSquares squares, const double *sums,
                        emix_index component, double *count, double *sum_x, double *sum_squares)
{
    const emix_index n_features = shape->n_features;
    const emix_index n_kept = n_squares(shape, squares);
    const double *own = sums + component * (n_features + 1) * LANES;
    for (emix_index j = 0; j < n_features; ++j) {
        sum_x[j] = sum_lanes(load(own + j * LANES));
    }
    *count = sum_lanes(load(own + n_features * LANES));
    own = sums + (shape->n_components * (n_features + 1) + component * n_kept) * LANES;
    for (emix_index j = 0; j < n_kept; ++j) {
        sum_squares[j] = sum_lanes(load(own + j * LANES));
    }
}

#endif
