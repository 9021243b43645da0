/* Log densities: whitening by the packed triangle W. Lanes are rows.
 *
 * W comes in tiles of TILE_ROWS of its rows. A register tile is TILE_ROWS features of y = W x - b
 * for one group of rows. The rectangle left of the diagonal is a plain product, the triangle at the
 * diagonal is unrolled exactly, and y is squared in the registers. */
#ifndef EMIX_KERNELS_VECTOR_DENSITY_H
#define EMIX_KERNELS_VECTOR_DENSITY_H

#include "kernels/vector_panel.h"

enum {
    TILE_ROWS = MANY_REGISTERS ? 8 : 4,
    /* from here on, a group of rows and a tile of W no longer fit in the first-level cache
     * together */
    TILES_OUTERMOST_FEATURES = 192
};

/** Size of the tile of `n` rows of W that starts at row `first`. It is stored column by column, up
 * to the diagonal and including the whole diagonal block. */
INLINE emix_index factor_tile_size(emix_index first, emix_index n)
{
    return (first + n) * n;
}

static emix_index factor_size(const EmixKernelShape *shape)
{
    emix_index size = 0;
    for (emix_index first = 0; first < shape->n_features; first += TILE_ROWS) {
        const emix_index n = smaller_index(TILE_ROWS, shape->n_features - first);
        size += factor_tile_size(first, n);
    }
    return round_up(size, CACHE_LINE_REALS);
}

static void pack_factor(const EmixKernelShape *shape, const double *w, Real *factor)
{
    const emix_index n_features = shape->n_features;
    for (emix_index first = 0; first < n_features; first += TILE_ROWS) {
        const emix_index n = smaller_index(TILE_ROWS, n_features - first);
        for (emix_index l = 0; l < first + n; ++l) {
            for (emix_index j = first; j < first + n; ++j) {
                *factor++ = l <= j ? (Real)w[j * n_features + l] : 0;
            }
        }
    }
}

/** Adds the squares of features first ... first + n_rows - 1 of W x - b to `squares`. */
INLINE void whiten_tile(const int n_rows, emix_index first, const Real *group, const Real *factor,
                        const Real *offset, Vec squares[GROUP_VECTORS])
{
    Vec y[TILE_ROWS][GROUP_VECTORS];
    UNROLL
    for (int j = 0; j < n_rows; ++j) {
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            y[j][v] = splat(-offset[first + j]);
        }
    }
    for (emix_index l = 0; l < first; ++l) {
        UNROLL
        for (int j = 0; j < n_rows; ++j) {
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                y[j][v] += factor[j] * load(group + v * LANES);
            }
        }
        group += GROUP;
        factor += n_rows;
    }
    UNROLL
    for (int l = 0; l < n_rows; ++l) {
        UNROLL
        for (int j = 0; j < n_rows; ++j) {
            if (j < l) continue;
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                y[j][v] += factor[l * n_rows + j] * load(group + l * GROUP + v * LANES);
            }
        }
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            squares[v] += y[l][v] * y[l][v];
        }
    }
}

/** Arguments of log_density. */
typedef struct DensityTask {
    emix_index n_features;
    emix_index n_groups;
    const Real *panel;
    const Real *factor;
    const Real *offset;
    Real log_norm;
    Real *a;
} DensityTask;

/** Small D: W is a single tile. */
INLINE void log_density_one_tile(const int n_features, const DensityTask *task)
{
    const Real *group = task->panel;
    Real *a = task->a;
    for (emix_index g = 0; g < task->n_groups; ++g) {
        Vec squares[GROUP_VECTORS] = {{0}};
        whiten_tile(n_features, 0, group, task->factor, task->offset, squares);
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store_unaligned(a + v * LANES, task->log_norm - (Real)0.5 * squares[v]);
        }
        group += (n_features + 1) * GROUP;
        a += GROUP;
    }
}

/** The last tile of W, with fewer rows than the others. */
INLINE void whiten_last_tile(emix_index n_rows, emix_index first, const Real *group,
                             const Real *factor, const Real *offset, Vec squares[GROUP_VECTORS])
{
    switch (n_rows) {
    case 1: whiten_tile(1, first, group, factor, offset, squares); break;
    case 2: whiten_tile(2, first, group, factor, offset, squares); break;
    case 3: whiten_tile(3, first, group, factor, offset, squares); break;
#if MANY_REGISTERS
    case 4: whiten_tile(4, first, group, factor, offset, squares); break;
    case 5: whiten_tile(5, first, group, factor, offset, squares); break;
    case 6: whiten_tile(6, first, group, factor, offset, squares); break;
    case 7: whiten_tile(7, first, group, factor, offset, squares); break;
#endif
    default: break;
    }
}

/** Outer loop over groups of rows: a group stays in the first-level cache while W is read. */
static void log_density_groups_outermost(const DensityTask *task)
{
    const emix_index n_features = task->n_features;
    for (emix_index g = 0; g < task->n_groups; ++g) {
        const Real *group = task->panel + g * (n_features + 1) * GROUP;
        const Real *factor = task->factor;
        Vec squares[GROUP_VECTORS] = {{0}};
        emix_index first = 0;
        for (; first + TILE_ROWS <= n_features; first += TILE_ROWS) {
            whiten_tile(TILE_ROWS, first, group, factor, task->offset, squares);
            factor += factor_tile_size(first, TILE_ROWS);
        }
        whiten_last_tile(n_features - first, first, group, factor, task->offset, squares);
        UNROLL
        for (int v = 0; v < GROUP_VECTORS; ++v) {
            store_unaligned(task->a + g * GROUP + v * LANES,
                            task->log_norm - (Real)0.5 * squares[v]);
        }
    }
}

/** Outer loop over tiles of W: a tile stays in the first-level cache while the rows are read. */
static void log_density_tiles_outermost(const DensityTask *task)
{
    const emix_index n_features = task->n_features;
    const Real *factor = task->factor;
    for (emix_index i = 0; i < task->n_groups * GROUP; ++i) {
        task->a[i] = task->log_norm;
    }
    for (emix_index first = 0; first < n_features; first += TILE_ROWS) {
        const emix_index n = smaller_index(TILE_ROWS, n_features - first);
        for (emix_index g = 0; g < task->n_groups; ++g) {
            const Real *group = task->panel + g * (n_features + 1) * GROUP;
            Vec squares[GROUP_VECTORS] = {{0}};
            if (n == TILE_ROWS) {
                whiten_tile(TILE_ROWS, first, group, factor, task->offset, squares);
            } else {
                whiten_last_tile(n, first, group, factor, task->offset, squares);
            }
            UNROLL
            for (int v = 0; v < GROUP_VECTORS; ++v) {
                Real *a = task->a + g * GROUP + v * LANES;
                store_unaligned(a, load_unaligned(a) - (Real)0.5 * squares[v]);
            }
        }
        factor += factor_tile_size(first, n);
    }
}

static void log_density(const EmixKernelShape *shape, emix_index padded_rows, const Real *panel,
                        const Real *factor, const Real *offset, Real log_norm, Real *a)
{
    const DensityTask task = {.n_features = shape->n_features,
                              .n_groups = padded_rows / GROUP,
                              .panel = panel,
                              .factor = factor,
                              .offset = offset,
                              .log_norm = log_norm,
                              .a = a};
    switch (shape->n_features) {
    case 1: log_density_one_tile(1, &task); break;
    case 2: log_density_one_tile(2, &task); break;
    case 3: log_density_one_tile(3, &task); break;
    case 4: log_density_one_tile(4, &task); break;
#if MANY_REGISTERS
    case 5: log_density_one_tile(5, &task); break;
    case 6: log_density_one_tile(6, &task); break;
    case 7: log_density_one_tile(7, &task); break;
    case 8: log_density_one_tile(8, &task); break;
#endif
    default:
        if (shape->n_features < TILES_OUTERMOST_FEATURES) {
            log_density_groups_outermost(&task);
        } else {
            log_density_tiles_outermost(&task);
        }
    }
}

#endif
