/* The inside of a mixture, shared by the files that make it. */
#ifndef EMIX_MIXTURE_MIXTURE_INTERNAL_H
#define EMIX_MIXTURE_MIXTURE_INTERNAL_H

#include "mixture/mixture.h"

/** The regions of a worker's scratch memory during work on a shard. Each group's regions are at its
 * own position in `groups`. */
typedef struct EmixMixtureScratch {
    double *a; /* [K x lda] log densities, then responsibilities */
    emix_index lda;
    double *groups; /* blocks and scratch of all groups */
    double *spare;  /* like a */
} EmixMixtureScratch;

/** Sets the groups' positions in the scratch memory; the second function returns its size in
 * doubles. */
void emix_mixture_place_scratch(EmixMixture *mixture);
emix_index emix_mixture_scratch_size(const EmixMixture *mixture);
EmixMixtureScratch emix_mixture_view_scratch(const EmixMixture *mixture, double *scratch);

/** n_rows rounded up to the kernels' row group. */
emix_index emix_mixture_pad_rows(const EmixMixture *mixture, emix_index n_rows);

/** Loads a shard for all groups and leaves w_i q_ik in s->a. q is the posterior, or a tempered or
 * one-hot one if the shard asks for it. Rows of density 0 go to the nearest component.
 * @param[in,out] sums  The entropy of a partial pass and the tempered log-likelihood are added.
 * @return The log-likelihood, for any q. */
EmixSoftmaxSums emix_mixture_responsibilities(const EmixMixture *mixture, const double *derived,
                                              const EmixShard *shard, const EmixMixtureScratch *s,
                                              double *sums);

/** EmixModelOps.e_step, .begin_lane, .end_lane and .given_step. */
EmixStatus emix_mixture_e_step(const void *self, const double *derived, const EmixShard *shard,
                               double *scratch, double *sums);
void emix_mixture_begin_lane(const void *self, const double *derived, double *scratch);
void emix_mixture_end_lane(const void *self, const double *derived, double *scratch, double *sums);
void emix_mixture_given_step(const void *self, const EmixShard *shard, double *r, emix_index ld,
                             double *scratch, double *sums);

#endif
