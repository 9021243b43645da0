/* Starting points: parameters from seeds drawn at random.
 *
 * Start s of a seed is the same whatever the number of starts or threads: all its random numbers
 * come from the stream (seed, EMIX_RNG_START, s). */
#ifndef EMIX_FIT_STARTS_H
#define EMIX_FIT_STARTS_H

#include <emix/fit.h>

#include "em/engine.h"
#include "seeds/seed_sample.h"

/** Makes starts for one engine; holds the memory for it. */
typedef struct EmixStarter EmixStarter;

EmixStatus emix_starter_create(EmixEngine *engine, const EmixSeedSample *sample,
                               EmixStarter **starter, EmixError *error);
void emix_starter_destroy(EmixStarter *starter);

/** Whether k-means++ in a metric is among the first n_starts starts. */
bool emix_starts_need_kmeanspp(EmixInitMethod method, int n_starts, EmixMetric metric);

/** Sets the engine's current point, prepared, to start number `start`.
 *
 * The tournament's starts are in rotation: (a) K random rows with the data's covariance shrunk
 * by K^(2/D); (b) k-means++ on scaled columns, (c) k-means++ on sphered data, (d) random rows,
 * the last three with each row given to the nearest seed. k-means++: Arthur & Vassilvitskii
 * (2007), "k-means++: the advantages of careful seeding". It chooses among the rows of the metric's
 * pool (seeds/seed_sample.h), random rows come from the sample.
 *
 * A component with rows that are known to come from it is seeded from one of those, whatever the
 * kind, and known rows keep their component. When all are known, every start is the maximum of the
 * likelihood. */
EmixStatus emix_starter_start(EmixStarter *starter, EmixInitMethod method, uint64_t seed, int start,
                              EmixError *error);

#endif
