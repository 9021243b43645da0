/* The rows that belong to one component, collected over a lane.
 *
 * If components lie far apart, most responsibilities are negligible, and moments of the rows that
 * matter to a component cost a fraction of moments of all rows. Moments about the component's own
 * mean also keep digits that a distant common centre loses: about the centre, the relative error of
 * a variance grows like (distance / sd)^2 eps.
 *
 * Rows wait in a buffer for each component until there are enough to fill the kernels' groups; the
 * end of a lane empties the buffers. The rows added, and their order, depend only on the lane. */
#ifndef EMIX_FAMILIES_GAUSSIAN_GATHER_H
#define EMIX_FAMILIES_GAUSSIAN_GATHER_H

#include "families/gaussian/gaussian.h"

/** Takes the waiting rows of a component: in `panel`, minus its mean, with a kernel shape of one
 * component; r [padded_rows] are responsibilities times row weights. */
typedef void (*EmixGatherSink)(const EmixGaussian *g, const EmixKernelShape *one, emix_index k,
                               emix_index padded_rows, const double *panel, const double *r,
                               double *kernel_scratch, double *sums);

/** How a family collects rows: the means of its components, and the function that takes the
 * rows. */
typedef struct EmixGather {
    const double *means; /* mean of component k at means + k * stride */
    emix_index stride;
    emix_index kernel_scratch; /* doubles that the sink needs */
    EmixGatherSink sink;
} EmixGather;

/** Doubles of scratch memory for emix_gather_*, whose contents must be kept from the beginning of a
 * lane to its end. */
emix_index emix_gather_scratch_size(const EmixGaussian *g, emix_index kernel_scratch);

/** Begins a lane: no rows wait. */
void emix_gather_begin(const EmixGaussian *g, const EmixGather *gather, double *scratch);

/** Collects the rows of a shard; r [K x ldr]. Passes full buffers to the sink. */
void emix_gather_shard(const EmixGaussian *g, const EmixGather *gather, const EmixShard *shard,
                       const double *r, emix_index ldr, double *scratch, double *sums);

/** Ends a lane: passes all waiting rows to the sink. */
void emix_gather_end(const EmixGaussian *g, const EmixGather *gather, double *scratch,
                     double *sums);

/** True if gathering is faster: less than a quarter of the sampled responsibilities are not
 * negligible. header: EMIX_STAT_* of a pass. */
bool emix_gather_pays(const EmixGaussian *g, const double *header);

/** True if a mean is so far from the centre that moments about the centre lose too many digits:
 * (mean_j - centre_j)^2 / variance_j is above 1e6 for some feature.
 * @param stride  Distance from one variance to the next, doubles. */
bool emix_is_far(const EmixGaussian *g, const double *mean, const double *variances,
                 emix_index stride);

#endif
