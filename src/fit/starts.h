/* Starting points: parameters from seeds drawn at random.
 *
 * Start s of a seed is the same for any number of starts or threads, because all its random numbers
 * come from the stream (seed, EMIX_RNG_START, s). */
#ifndef EMIX_FIT_STARTS_H
#define EMIX_FIT_STARTS_H

#include <emix/fit.h>

#include "em/engine.h"
#include "seeds/seed_sample.h"

/** Makes starts for one engine, and owns the memory for that. */
typedef struct EmixStarter EmixStarter;

EmixStatus emix_starter_create(EmixEngine *engine, const EmixSeedSample *sample,
                               EmixStarter **starter, EmixError *error);
void emix_starter_destroy(EmixStarter *starter);

/** True if k-means++ in a metric is among the first n_starts starts, or may be when some are drawn
 * again. */
bool emix_starts_need_kmeanspp(EmixInitMethod method, int n_starts, EmixMetric metric);

/** Sets the engine's current point to start number `start`, and prepares it.
 *
 * A start is drawn again, from another stream and as the next kind of the tournament, where its
 * earlier draws, n_redrawn of them, proved unusable.
 *
 * The tournament's starts alternate: (a) K random rows, with the data's covariance shrunk by
 * K^(2/D); (b) k-means++ on scaled columns; (c) k-means++ on sphered data; (d) random rows. In the
 * last three each row is assigned to the nearest seed. k-means++: Arthur & Vassilvitskii (2007),
 * "k-means++: the advantages of careful seeding". It chooses among the rows of the metric's pool
 * (seeds/seed_sample.h); random rows come from the sample.
 *
 * In every kind of start, a component with rows of known origin is seeded from one of those, and
 * known rows keep their component. If all rows are known, every start is the maximum of the
 * likelihood. */
EmixStatus emix_starter_start(EmixStarter *starter, EmixInitMethod method, uint64_t seed, int start,
                              int n_redrawn, EmixError *error);

/** As emix_starter_start(), from greedy k-means++ seeds on scaled columns (seeds/greedy.h) and the
 * rows nearest to each. Not for data with labels. */
EmixStatus emix_starter_start_greedily(EmixStarter *starter, uint64_t seed, int start,
                                       EmixError *error);

#endif
