/* Splits: the best fit of two components to the rows of one. */
#ifndef EMIX_SWAPS_SPLIT_H
#define EMIX_SWAPS_SPLIT_H

#include "swaps/local.h"

/** Two components in place of one. */
typedef struct EmixSplit {
    double gain;    /* nats, of all rows of the component; -INFINITY = none was found */
    double *values; /* [n_values of parts of two components], their weights summing to 1; owned */
} EmixSplit;

typedef struct EmixSplitOptions {
    emix_index most_rows; /* of the component that are looked at */
    int n_beginnings;     /* from which EM climbs, at least 1 */
} EmixSplitOptions;

/** Looks for the best split of component k.
 *
 * EM begins at halves of its rows: cut at the median of the first principal axis; those near its
 * centre and those far out, for one cluster within another; nearest to one of two random rows; and
 * at the median of the second axis, if there are beginnings for it.
 *
 * @param parts  Of the whole mixture.
 * @param rows   Memory for the rows.
 * @param[in,out] split  Its values must have room.
 * @param[in,out] cost   Rows x components of the passes made are added.
 * @return EMIX_OK, also if no split is sound; EMIX_ERR_NOMEM. */
EmixStatus emix_split_find(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                           const EmixParts *parts, emix_index k, const EmixSplitOptions *options,
                           EmixRng *rng, EmixLocalRows *rows, EmixSplit *split, double *cost,
                           EmixError *error);

#endif
