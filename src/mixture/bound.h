/* The parts of the evidence lower bound of a mixture, shard by shard. */
#ifndef EMIX_MIXTURE_BOUND_H
#define EMIX_MIXTURE_BOUND_H

#include "core/compensated.h"
#include "mixture/mixture.h"

/** Sums over rows; see EmixElbo. Terms that are not finite are left out and recorded as flags. */
typedef struct EmixBoundSums {
    EmixSum log_likelihood;
    EmixSum expected_log_joint;
    EmixSum entropy;
    EmixSum kl;
    bool lost_row;   /* a row of density 0 under every component   */
    bool impossible; /* q > 0 where the joint density is 0         */
} EmixBoundSums;

/** Adds a shard's rows.
 * @param q  [n_rows x K], row stride ldq, each >= 0; the sum of each row is positive. */
void emix_bound_add(emix_index n_components, const EmixShard *shard, const EmixJoint *joint,
                    const double *q, emix_index ldq, EmixBoundSums *sums);

/** Adds the sums of other rows. */
void emix_bound_merge(EmixBoundSums *sums, const EmixBoundSums *other);

#endif
