/* Starting points: parameters from seeds drawn at random.
 *
 * Start s of a seed is the same whatever the number of starts or threads: all its random numbers
 * come from the stream (seed, EMIX_RNG_START, s). */
#ifndef EMIX_ENGINE_STARTS_H
#define EMIX_ENGINE_STARTS_H

#include <emix/fit.h>

#include "engine/engine.h"
#include "engine/scan.h"

/** Rows that seeds are drawn from: all of a small data set, a random sample of a large one.
 * Read-only once made, shared by all starters. */
typedef struct EmixSeedSample {
    emix_index n_rows;
    emix_index n_features;
    double *rows;                   /* [n x D] as in the data */
    double *scaled;                 /* [n x D] columns centred and scaled to unit variance */
    double *sphered;                /* [n x D] whitened by the covariance of the data */
    double *weights;                /* [n] row weights */
    const EmixDataSummary *summary; /* BORROWED */
} EmixSeedSample;

/** Draws the sample; release with emix_seed_sample_clear(). Rows of weight 0 are left out. */
EmixStatus emix_seed_sample_init(const EmixDataset *data, const EmixDataSummary *summary,
                                 emix_index n_components, uint64_t seed, EmixSeedSample *sample,
                                 EmixError *error);
void emix_seed_sample_clear(EmixSeedSample *sample);

/** Makes starts for one engine; holds the memory for it. */
typedef struct EmixStarter EmixStarter;

EmixStatus emix_starter_create(EmixEngine *engine, const EmixSeedSample *sample,
                               EmixStarter **starter, EmixError *error);
void emix_starter_destroy(EmixStarter *starter);

/** Sets the engine's current point, prepared, to start number `start`.
 *
 * The tournament's starts are in rotation: (a) K random rows with the data's covariance shrunk
 * by K^(2/D); (b) k-means++ on scaled columns, (c) k-means++ on sphered data, (d) random rows,
 * the last three with each row given to the nearest seed. k-means++: Arthur & Vassilvitskii
 * (2007), "k-means++: the advantages of careful seeding". */
EmixStatus emix_starter_start(EmixStarter *starter, EmixInitMethod method, uint64_t seed, int start,
                              EmixError *error);

#endif
