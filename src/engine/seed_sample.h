/* Rows that seeds of starts are drawn from. */
#ifndef EMIX_ENGINE_SEED_SAMPLE_H
#define EMIX_ENGINE_SEED_SAMPLE_H

#include "engine/scan.h"

/** What distances between rows are measured in. */
typedef enum EmixMetric {
    EMIX_METRIC_SCALED,  /* columns centred and scaled to unit variance */
    EMIX_METRIC_SPHERED, /* whitened by the covariance of the data      */
    EMIX_N_METRICS
} EmixMetric;

/** All rows of a small data set, a random sample of a large one; and behind them, for each label,
 * some of its rows. Read-only once made, shared by all starters. */
typedef struct EmixSeedSample {
    emix_index n_rows; /* without those of the labels */
    emix_index n_features;
    emix_index n_labels;
    emix_index *label_first; /* [n_labels + 1] rows of label l: label_first[l] ... [l + 1] - 1 */
    double *rows;            /* [all x D] as in the data */
    double *coordinates[EMIX_N_METRICS]; /* [all x D] */
    double *weights;                     /* [all] row weights */
    const EmixDataSummary *summary;      /* BORROWED */
} EmixSeedSample;

/** Draws the sample; release with emix_seed_sample_clear(). Rows of weight 0 are left out. */
EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error);
void emix_seed_sample_clear(EmixSeedSample *sample);

/** Rows of label l in the sample; 0 for a component that no label stands for. */
emix_index emix_seed_sample_n_of_label(const EmixSeedSample *sample, emix_index l);

/** A row x [D] in a metric's coordinates z [D]; they may be the same. */
void emix_seed_sample_transform(const EmixSeedSample *sample, EmixMetric metric, const double *x,
                                double *z);

#endif
