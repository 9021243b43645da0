/* The inside of a mixture, shared by the files that make it. */
#ifndef EMIX_MIXTURE_MIXTURE_INTERNAL_H
#define EMIX_MIXTURE_MIXTURE_INTERNAL_H

#include "mixture/mixture.h"

EmixComponentSizes emix_mixture_family_sizes(const EmixModelSpec *spec);

/** The regions of a worker's scratch memory while it works on a shard. */
typedef struct EmixMixtureScratch {
    double *a; /* [K x lda] log densities, then responsibilities */
    emix_index lda;
    double *block;  /* the packed shard */
    double *family; /* for accumulate */
    double *spare;  /* like a */
} EmixMixtureScratch;

/** Doubles of it. */
emix_index emix_mixture_scratch_size(const EmixModelSpec *spec);
EmixMixtureScratch emix_mixture_view_scratch(const EmixModelSpec *spec, double *scratch);

/** n_rows rounded up to the kernels' row group. */
emix_index emix_mixture_pad_rows(const EmixModelSpec *spec, emix_index n_rows);

/** Packs a shard into s->block and leaves w_i q_ik in s->a: the posterior, or where the shard asks
 * for it a tempered or one-hot one. Rows of density 0 go to the nearest component.
 * @param[in,out] stats  Gains the entropy of a partial pass, and the tempered log-likelihood.
 * @return The log-likelihood, whatever q. */
EmixSoftmaxSums emix_mixture_responsibilities(const EmixModelSpec *spec, const double *derived,
                                              const EmixShard *shard, const EmixMixtureScratch *s,
                                              double *stats);

/** EmixModelOps.e_step, .begin_lane, .end_lane and .given_step. */
EmixStatus emix_mixture_e_step(const EmixModelSpec *spec, const double *derived,
                               const EmixShard *shard, double *scratch, double *stats);
void emix_mixture_begin_lane(const EmixModelSpec *spec, const double *derived, double *scratch);
void emix_mixture_end_lane(const EmixModelSpec *spec, const double *derived, double *scratch,
                           double *stats);
void emix_mixture_given_step(const EmixModelSpec *spec, const EmixShard *shard, double *r,
                             emix_index ld, double *scratch, double *stats);

#endif
