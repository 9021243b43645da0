/* The inside of a mixture, shared by the files that make it. */
#ifndef EMIX_MIXTURE_MIXTURE_INTERNAL_H
#define EMIX_MIXTURE_MIXTURE_INTERNAL_H

#include "mixture/mixture.h"

/** The regions of a worker's scratch memory while it works on a shard; those of the groups are at
 * their own places. */
typedef struct EmixMixtureScratch {
    double *a; /* [K x lda] log densities, then responsibilities */
    emix_index lda;
    double *groups; /* blocks and scratch of the groups */
    double *spare;  /* like a */
} EmixMixtureScratch;

/** Gives the groups their places in the scratch memory, whose doubles the other one says. */
void emix_mixture_place_scratch(EmixMixture *mixture);
emix_index emix_mixture_scratch_size(const EmixMixture *mixture);
EmixMixtureScratch emix_mixture_view_scratch(const EmixMixture *mixture, double *scratch);

/** n_rows rounded up to the kernels' row group. */
emix_index emix_mixture_pad_rows(const EmixMixture *mixture, emix_index n_rows);

/** Loads a shard for all groups and leaves w_i q_ik in s->a: the posterior, or where the shard asks
 * for it a tempered or one-hot one. Rows of density 0 go to the nearest component.
 * @param[in,out] sums  Gains the entropy of a partial pass, and the tempered log-likelihood.
 * @return The log-likelihood, whatever q. */
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
