/* A random subsample of a large data set, for the early rounds of the tournament. */
#ifndef EMIX_SEEDS_SUBSAMPLE_H
#define EMIX_SEEDS_SUBSAMPLE_H

#include "data/dataset.h"

/** The purpose of a subsample; each has its own random numbers. Append only: the values determine
 * what a seed yields. */
typedef enum EmixSubsampleStream {
    EMIX_SUBSAMPLE_OF_SEEDS = 0,
    EMIX_SUBSAMPLE_OF_TOURNAMENT = 1,
    EMIX_SUBSAMPLE_OF_SEARCH = 2,
    EMIX_SUBSAMPLE_OF_GREEDY_SEEDS = 3 /* and the number of the start */
} EmixSubsampleStream;

/** Copies min(n_rows, max(10,000, 50 n_parameters)) rows, at most 256 MiB of them. They are drawn
 * without replacement and kept in the order of the data, with their weights and labels.
 *
 * @param n_parameters  Approximate number of parameters that the rows must determine, such as
 *                      K D^2 for full covariances and K D for diagonal ones.
 * @param least_rows    A subsample of fewer rows is useless.
 * @param[out] subsample  NULL if it would be half of the data or more. */
EmixStatus emix_subsample_create(const EmixDataset *data, double n_parameters,
                                 emix_index least_rows, uint64_t seed, EmixDataset **subsample,
                                 EmixError *error);

/** Copies n_rows rows, drawn in the same way for another purpose. */
EmixStatus emix_subsample_create_of(const EmixDataset *data, emix_index n_rows, uint64_t seed,
                                    EmixSubsampleStream stream, EmixDataset **subsample,
                                    EmixError *error);

/** Chooses `wanted` of n_rows rows, each set with equal probability, ascending: Knuth, The Art of
 * Computer Programming 2, section 3.4.2, algorithm S. */
void emix_subsample_choose(emix_index n_rows, emix_index wanted, uint64_t seed,
                           EmixSubsampleStream stream, emix_index *chosen);

/** Copies chosen rows and their weights; rows [n x D], weights [n]. */
EmixStatus emix_subsample_copy(const EmixDataset *data, emix_index n, const emix_index *chosen,
                               double *rows, double *weights, EmixError *error);

#endif
