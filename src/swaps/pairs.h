/* Pairs of components that may become one, and what that would lose. */
#ifndef EMIX_SWAPS_PAIRS_H
#define EMIX_SWAPS_PAIRS_H

#include "swaps/ownership.h"
#include "mixture/family_query.h"

/** Components i < j, and the predicted loss when one takes the rows of both. */
typedef struct EmixPair {
    emix_index i;
    emix_index j;
    double loss; /* nats: of the lower bound F(theta, q), all other responsibilities held */
} EmixPair;

/** Pairs by rising loss; owned. */
typedef struct EmixPairs {
    emix_index n;
    EmixPair *all; /* [n] */
    emix_index n_near;
    emix_index *near; /* [K x n_near] the components nearest to each, nearest first; -1 = none */
} EmixPairs;

/** Finds the pairs of least loss.
 *
 * What F loses is what the expected log density loses (EmixQueryOps.merge), plus the change of the
 * entropy of the responsibilities and of the mixing weights' part:
 *
 *     Q_i + Q_j - Q_ij - (f(n_ij) - f(n_i) - f(n_j)) + sum_rows w (f(r_i + r_j) - f(r_i) - f(r_j))
 *
 * with f(x) = x log x. Of many components only those near each other are looked at.
 *
 * @param parts  Of the mixture.
 * @param[out] pairs  What it held is released. Release with emix_pairs_clear(). */
EmixStatus emix_pairs_find(const EmixParts *parts, const EmixQueryOps *query,
                           const EmixDataset *data, const EmixOwnership *ownership, int n_workers,
                           EmixPairs *pairs, EmixError *error);

void emix_pairs_clear(EmixPairs *pairs);

#endif
