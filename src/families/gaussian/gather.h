/* The rows that one component answers for, collected over a lane.
 *
 * Where components are well apart, most responsibilities are negligible, and moments of the rows
 * that matter to a component cost a fraction of moments of all. Taken about the component's own
 * mean they also keep the digits that a common centre far away would cost: about the centre, the
 * relative error of a variance grows like (distance / sd)^2 eps.
 *
 * Rows wait in a buffer for each component until there are enough of them to fill the kernels'
 * groups; a lane ends by emptying the buffers. What is added, and in which order, depends on the
 * lane alone. */
#ifndef EMIX_FAMILIES_GAUSSIAN_GATHER_H
#define EMIX_FAMILIES_GAUSSIAN_GATHER_H

#include "families/gaussian/gaussian.h"

/** Takes the waiting rows of a component: in `panel`, less its mean, with a kernel shape of one
 * component; r [padded_rows] are responsibilities times row weights. */
typedef void (*EmixGatherSink)(const EmixGaussian *g, const EmixKernelShape *one, emix_index k,
                               emix_index padded_rows, const double *panel, const double *r,
                               double *kernel_scratch, double *sums);

/** How a family collects: where the means of its components are, and what becomes of the rows. */
typedef struct EmixGather {
    const double *means; /* of component k at means + k * stride */
    emix_index stride;
    emix_index kernel_scratch; /* doubles that the sink needs */
    EmixGatherSink sink;
} EmixGather;

/** Doubles of scratch memory for emix_gather_*, kept from the beginning of a lane to its end. */
emix_index emix_gather_scratch_size(const EmixGaussian *g, emix_index kernel_scratch);

/** A lane begins: nothing waits. */
void emix_gather_begin(const EmixGaussian *g, const EmixGather *gather, double *scratch);

/** Collects the rows of a shard; r [K x ldr]. Full buffers go to the sink. */
void emix_gather_shard(const EmixGaussian *g, const EmixGather *gather, const EmixShard *shard,
                       const double *r, emix_index ldr, double *scratch, double *sums);

/** A lane ends: what waits goes to the sink. */
void emix_gather_end(const EmixGaussian *g, const EmixGather *gather, double *scratch,
                     double *sums);

/** Whether components lie apart: of the responsibilities looked at, per row, fewer than a quarter
 * of the components' matter. header: EMIX_STAT_* of a pass. */
bool emix_gather_pays(const EmixGaussian *g, const double *header);

/** Whether a mean is so far from the centre that moments about that lose more than half of their
 * digits less some: (mean_j - centre_j)^2 / variance_j above 1e6 for some feature.
 * @param stride  From one variance to the next. */
bool emix_is_far(const EmixGaussian *g, const double *mean, const double *variances,
                 emix_index stride);

#endif
