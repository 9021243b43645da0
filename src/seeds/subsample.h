/* A random subsample of a large data set, for the early rounds of the tournament. */
#ifndef EMIX_SEEDS_SUBSAMPLE_H
#define EMIX_SEEDS_SUBSAMPLE_H

#include "data/dataset.h"

/** Which of a seed's subsamples. Append only: the values are part of what a seed means. */
typedef enum EmixSubsampleStream {
    EMIX_SUBSAMPLE_OF_SEEDS = 0,
    EMIX_SUBSAMPLE_OF_TOURNAMENT = 1
} EmixSubsampleStream;

/** Copies min(n_rows, max(10,000, 50 n_parameters)) rows, at most 256 MiB of them, drawn without
 * replacement, in the order of the data, with their weights and labels.
 *
 * @param n_parameters  About how many parameters the rows are to determine, such as K D^2.
 * @param least_rows    With fewer a subsample is no use.
 * @param[out] subsample  NULL when it would be no less than half of the data. */
EmixStatus emix_subsample_create(const EmixDataset *data, double n_parameters,
                                 emix_index least_rows, uint64_t seed, EmixDataset **subsample,
                                 EmixError *error);

/** Chooses `wanted` of n_rows rows, each set equally likely, ascending: Knuth, The Art of
 * Computer Programming 2, section 3.4.2, algorithm S. */
void emix_subsample_choose(emix_index n_rows, emix_index wanted, uint64_t seed,
                           EmixSubsampleStream stream, emix_index *chosen);

/** Copies chosen rows and their weights; rows [n x D], weights [n]. */
EmixStatus emix_subsample_copy(const EmixDataset *data, emix_index n, const emix_index *chosen,
                               double *rows, double *weights, EmixError *error);

#endif
