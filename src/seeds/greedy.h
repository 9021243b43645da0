/* Greedy k-means++ seeds: each seed is the best of several that k-means++ would draw (Arthur &
 * Vassilvitskii (2007), "k-means++: the advantages of careful seeding", section 7), and the seeds
 * are then moved to the means of the rows nearest to them (Lloyd (1982), one step). */
#ifndef EMIX_SEEDS_GREEDY_H
#define EMIX_SEEDS_GREEDY_H

#include "core/rng.h"
#include <stdbool.h>

#include "core/status_internal.h"

/** @param rows     [n_rows x D], in coordinates in which distances are measured.
 * @param weights   [n_rows], not all 0.
 * @param[out] seeds  [n_seeds x D]
 * @return EMIX_OK, EMIX_ERR_NOMEM. Cost O(n_rows n_seeds D log n_seeds). */
EmixStatus emix_greedy_seeds(emix_index n_rows, emix_index n_features, const double *rows,
                             const double *weights, emix_index n_seeds, EmixRng *rng, double *seeds,
                             EmixError *error);

#endif
