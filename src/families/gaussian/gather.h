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

#include "model/model_ops.h"

/** A responsibility at most this large is negligible: leaving it out changes an effective count of
 * n rows by no more than n times this. */
#define EMIX_NEGLIGIBLE_RESPONSIBILITY 1e-16

/** Takes the waiting rows of a component: in `panel`, less its mean, with a kernel shape of one
 * component; r [padded_rows] are responsibilities times row weights. */
typedef void (*EmixGatherSink)(const EmixModelSpec *spec, const EmixKernelShape *one, emix_index k,
                               emix_index padded_rows, const double *panel, const double *r,
                               double *kernel_scratch, double *stats);

/** How a family collects: where the means of its components are, and what becomes of the rows. */
typedef struct EmixGather {
    const double *means; /* of component k at means + k * stride */
    emix_index stride;
    emix_index kernel_scratch; /* doubles that the sink needs */
    EmixGatherSink sink;
} EmixGather;

/** Doubles of scratch memory for emix_gather_*, kept from the beginning of a lane to its end. */
emix_index emix_gather_scratch_size(const EmixModelSpec *spec, emix_index kernel_scratch);

/** A lane begins: nothing waits. */
void emix_gather_begin(const EmixModelSpec *spec, const EmixGather *gather, double *scratch);

/** Collects the rows of a shard; r [K x ldr]. Full buffers go to the sink. */
void emix_gather_shard(const EmixModelSpec *spec, const EmixGather *gather, const EmixShard *shard,
                       const double *r, emix_index ldr, double *scratch, double *stats);

/** A lane ends: what waits goes to the sink. */
void emix_gather_end(const EmixModelSpec *spec, const EmixGather *gather, double *scratch,
                     double *stats);

/** Whether components lie apart: of the responsibilities looked at, per row, fewer than a quarter
 * of the components' matter. stats: a whole vector, its header first. */
bool emix_gather_pays(const EmixModelSpec *spec, const double *stats);

/** Whether a mean is so far from the centre that moments about that lose more than half of their
 * digits less some: (mean_j - centre_j)^2 / variance_j above 1e6 for some feature.
 * @param stride  From one variance to the next. */
bool emix_is_far(const EmixModelSpec *spec, const double *mean, const double *variances,
                 emix_index stride);

#endif
