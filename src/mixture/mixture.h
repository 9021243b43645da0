/* Mixtures of any component family as an EM model, and what only mixtures have. */
#ifndef EMIX_MIXTURE_MIXTURE_H
#define EMIX_MIXTURE_MIXTURE_H

#include "mixture/family.h"
#include "model/model_ops.h"

extern const EmixModelOps emix_mixture_ops;

/** Arrays for the rows of a shard; a NULL member is not filled. */
typedef struct EmixPosterior {
    double *log_density;      /* [n_rows] */
    double *responsibilities; /* [n_rows x K], C order */
    emix_index *labels;       /* [n_rows], 0-based */
} EmixPosterior;

/** Densities, responsibilities and labels of a shard's rows. */
void emix_mixture_posterior(const EmixModelSpec *spec, const double *derived,
                            const EmixShard *shard, double *scratch, const EmixPosterior *out);

/** What a mixture knows of a shard's rows, row weights left out. */
typedef struct EmixJoint {
    const double *log_joint;        /* [K x ld] log weight_k + log f_k(x_i)                 */
    const double *responsibilities; /* [K x ld]; all 0 in a row of density 0                */
    const double *log_density;      /* [n_rows] log p(x_i), -inf in a row of density 0      */
    emix_index ld;
} EmixJoint;

/** Doubles of the buffer that emix_mixture_joint() needs. */
emix_index emix_mixture_joint_size(const EmixModelSpec *spec);

/** Joint and posterior of a shard's rows: views into the buffer and the scratch memory. */
EmixJoint emix_mixture_joint(const EmixModelSpec *spec, const double *derived,
                             const EmixShard *shard, double *scratch, double *buffer);

/** Where the component family's slots begin in a params vector: behind the K weights. */
double *emix_mixture_component_params(const EmixModelSpec *spec, double *params);

/** n_k from the statistics of a pass. */
double emix_mixture_count(const EmixModelSpec *spec, emix_index k, const double *stats,
                          double *scratch);

/** EmixFlag bits of a component, by its count and its covariance.
 * @param mean_row_weight  Total weight / rows: what one row counts for.
 * @param[out] min_eigenvalue  Smallest eigenvalue of its covariance, columns scaled to unit
 *                             variance; untouched for an empty component. NULL = not wanted. */
unsigned emix_mixture_state(const EmixModelSpec *spec, emix_index k, const double *stats,
                            const double *params, const double *derived, double mean_row_weight,
                            double *scratch, double *min_eigenvalue);

#endif
