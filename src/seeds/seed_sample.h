/* The rows from which seeds of starts are drawn. */
#ifndef EMIX_SEEDS_SEED_SAMPLE_H
#define EMIX_SEEDS_SEED_SAMPLE_H

#include "seeds/oversample.h"

/** A range of rows from which k-means++ chooses. */
typedef struct EmixSeedPool {
    emix_index first;
    emix_index n_rows;
} EmixSeedPool;

/** All rows of a small data set, or a random sample of a large one. They are followed, for each
 * label, by some of its rows; then, for a large data set, by the candidates of k-means||, which
 * come from all of it. Read-only once made, shared by all starters. */
typedef struct EmixSeedSample {
    emix_index n_rows; /* of the sample, without labels and candidates */
    emix_index n_all;
    bool is_part; /* the data have more rows than were drawn */
    emix_index n_features;
    emix_index n_labels;
    emix_index *label_first; /* [n_labels + 1] rows of label l: label_first[l] ... [l + 1] - 1 */
    double *rows;            /* [all x D] as in the data */
    int n_coordinates;       /* arrays of coordinates: 1 where every metric only scales */
    double *coordinates[EMIX_N_METRICS]; /* [all x D] of each metric; the first array again from
                                            n_coordinates on */
    double *weights; /* [all] row weights; for a candidate, the weight of all rows nearest to it */
    EmixSeedPool pools[EMIX_N_METRICS]; /* the sample, unless there are candidates */
    const EmixDataSummary *summary;     /* BORROWED */
} EmixSeedSample;

/** Draws the sample; release with emix_seed_sample_clear(). Rows of weight 0 are left out. */
EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error);
void emix_seed_sample_clear(EmixSeedSample *sample);

/** Rows of label l in the sample; 0 for a component without labelled rows. */
emix_index emix_seed_sample_n_of_label(const EmixSeedSample *sample, emix_index l);

/** Adds the candidates of k-means|| in how->metric, and makes them the metric's pool. If so few
 * rows differ that there are fewer candidates than components, the pool stays the sample. */
EmixStatus emix_seed_sample_oversample(const EmixDataset *data, const EmixKernels *kernels,
                                       const EmixOversampling *how, EmixSeedSample *sample,
                                       EmixError *error);

/** Number of rows in the largest pool. */
emix_index emix_seed_sample_largest_pool(const EmixSeedSample *sample);

#endif
