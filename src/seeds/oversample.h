/* k-means||: a few rows of a large data set, drawn in sweeps over all of it, among which k-means++
 * finds seeds about as good as among all rows.
 *
 * Reference: Bahmani, Moseley, Vattani, Kumar, Vassilvitskii (2012). Scalable k-means++. PVLDB
 * 5(7), 622-633, algorithm 2. */
#ifndef EMIX_SEEDS_OVERSAMPLE_H
#define EMIX_SEEDS_OVERSAMPLE_H

#include "seeds/metric.h"

/** Sweeps that a call makes at most. */
enum { EMIX_OVERSAMPLING_SWEEPS = 6 };

typedef struct EmixOversampling {
    emix_index n_components;
    EmixMetric metric;
    uint64_t seed;
    int n_workers;
    const EmixWatch *watch; /* told how far each sweep is; NULL = nobody */
} EmixOversampling;

/** Rows with weights; owned. */
typedef struct EmixWeightedRows {
    emix_index n_rows;
    double *rows;    /* [n_rows x D] as in the data */
    double *weights; /* [n_rows] */
} EmixWeightedRows;

/** Draws the first row with probability proportional to its weight and then, in each of 5 sweeps,
 * each row i independently with probability
 *
 *     min(1, l w_i d_i^2 / sum_j w_j d_j^2),   l = 2 n_components,
 *
 * d_i being the distance to the nearest row drawn before. A sixth sweep gives each the weight of
 * all rows that are nearest to it. About 10 n_components rows are drawn, and no more than about
 * twice as many; row i's random numbers are its own, so that they are the same for any number of
 * workers.
 *
 * @param summary  Of the data: centre, scale and whitener.
 * @param[out] drawn  Release with emix_oversample_clear(); cleared on failure. Fewer rows than
 *                    components where no more than these differ.
 *
 * Cost: 6 sweeps and 10 n_components distances a row; 31 n_components where the distances of all
 * rows so far, 12 bytes a row, are more than emix_data_working_bytes() allows and are taken again.
 * The same bits either way. */
EmixStatus emix_oversample(const EmixDataset *data, const EmixDataSummary *summary,
                           const EmixKernels *kernels, const EmixOversampling *how,
                           EmixWeightedRows *drawn, EmixError *error);

void emix_oversample_clear(EmixWeightedRows *rows);

#endif
