/* Rows that seeds of starts are drawn from. */
#ifndef EMIX_SEEDS_SEED_SAMPLE_H
#define EMIX_SEEDS_SEED_SAMPLE_H

#include "seeds/oversample.h"

/** A run of rows that k-means++ chooses among. */
typedef struct EmixSeedPool {
    emix_index first;
    emix_index n_rows;
} EmixSeedPool;

/** All rows of a small data set, a random sample of a large one; behind them, for each label, some
 * of its rows; behind those, of a large data set, the candidates of k-means||, which see all of it.
 * Read-only once made, shared by all starters. */
typedef struct EmixSeedSample {
    emix_index n_rows; /* of the sample, without labels and candidates */
    emix_index n_all;
    bool is_part; /* the data have more rows than were drawn */
    emix_index n_features;
    emix_index n_labels;
    emix_index *label_first; /* [n_labels + 1] rows of label l: label_first[l] ... [l + 1] - 1 */
    double *rows;            /* [all x D] as in the data */
    double *coordinates[EMIX_N_METRICS]; /* [all x D] */
    double *weights; /* [all] row weights; of a candidate, those of all rows nearest to it */
    EmixSeedPool pools[EMIX_N_METRICS]; /* the sample itself, unless there are candidates */
    const EmixDataSummary *summary;     /* BORROWED */
} EmixSeedSample;

/** Draws the sample; release with emix_seed_sample_clear(). Rows of weight 0 are left out. */
EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error);
void emix_seed_sample_clear(EmixSeedSample *sample);

/** Rows of label l in the sample; 0 for a component that no label stands for. */
emix_index emix_seed_sample_n_of_label(const EmixSeedSample *sample, emix_index l);

/** Adds the candidates of k-means|| in how->metric, and makes them the metric's pool; where so few
 * rows differ that there are fewer candidates than components, the sample remains it. */
EmixStatus emix_seed_sample_oversample(const EmixDataset *data, const EmixKernels *kernels,
                                       const EmixOversampling *how, EmixSeedSample *sample,
                                       EmixError *error);

/** Rows of the largest pool. */
emix_index emix_seed_sample_largest_pool(const EmixSeedSample *sample);

#endif
