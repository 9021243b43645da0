/* The panel: a block of rows, centred, in the layouts the other kernels read.
 *
 *     groups    [n_rows / GROUP][n_features + 1][GROUP]     lanes are rows; feature n_features is 1
 *     features  [features / STRIP][n_rows][STRIP]           lanes are features; only where the
 *                                                           moments kernel asks for it
 *
 * Padding rows are 0 throughout, the constant feature included. */
#ifndef EMIX_KERNELS_VECTOR_PANEL_H
#define EMIX_KERNELS_VECTOR_PANEL_H

#include "kernels/vector_moments_choice.h"

/** Reals from one group of rows to the next. */
INLINE emix_index group_size(const EmixKernelShape *shape)
{
    return (shape->n_features + 1) * GROUP;
}

INLINE emix_index n_strips(const EmixKernelShape *shape)
{
    return (shape->n_features + STRIP - 1) / STRIP;
}

INLINE emix_index groups_size(const EmixKernelShape *shape)
{
    return shape->n_rows / GROUP * group_size(shape);
}

/** Start of the strips of features, in a panel that has them. */
INLINE const Real *panel_strips(const EmixKernelShape *shape, const Real *panel)
{
    return panel + groups_size(shape);
}

INLINE bool has_strips(const EmixKernelShape *shape)
{
    return !shape->sums_only && choose_moments(shape) == MOMENTS_LANES_FEATURES;
}

static emix_index panel_size(const EmixKernelShape *shape)
{
    return groups_size(shape) + (has_strips(shape) ? n_strips(shape) * STRIP * shape->n_rows : 0);
}

/** Zeroes the rows of a group from n_valid on. */
static void clear_padding(const EmixKernelShape *shape, emix_index n_valid, Real *group)
{
    for (emix_index j = 0; j <= shape->n_features; ++j) {
        for (emix_index i = n_valid; i < GROUP; ++i) {
            group[j * GROUP + i] = 0;
        }
    }
}

#endif
