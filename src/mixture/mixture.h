/* Mixtures: p(x) = sum_k weights_k f_k(x), of groups of components, each group of one family
 * (Bishop (2006), PRML, 9.2-9.3). */
#ifndef EMIX_MIXTURE_MIXTURE_H
#define EMIX_MIXTURE_MIXTURE_H

#include "mixture/family.h"
#include "model/model_ops.h"

/** `self` of the table is an EmixMixture. */
extern const EmixModelOps emix_mixture_ops;

/** Components of one family. */
typedef struct EmixGroup {
    const EmixFamily *family;
    void *self; /* the family's instance; owned */
    EmixFamilySizes sizes;
    emix_index first; /* its components are first ... first + n_components - 1 of the mixture */
    emix_index n_components;
    emix_index params; /* places of its regions in the mixture's vectors */
    emix_index derived;
    emix_index sums;
    emix_index stats;
    emix_index block; /* in a worker's scratch memory */
    emix_index block_scratch;
    int first_task;
} EmixGroup;

/** Read-only once made; engines and workers share it. */
typedef struct EmixMixture {
    const EmixKernels *kernels;
    EmixKernelShape shape;   /* n_components: of all groups */
    bool fixed_weights;      /* an M-step leaves them as they are */
    bool has_prior;          /* the weights have a Dirichlet prior */
    double concentration;    /* its parameter */
    double weights_log_norm; /* log of its normalising constant */
    int n_groups;
    EmixGroup *groups; /* [n_groups] */
} EmixMixture;

/** A group to be: a family, and how many components of it. */
typedef struct EmixGroupRequest {
    const EmixFamily *family;
    emix_index n_components;
} EmixGroupRequest;

/** Makes a mixture and the instances of its families.
 * @param spec     What is to be fitted.
 * @param facts    Of all groups: shape.n_components is that of the mixture.
 * @param[out] mixture  Release with emix_mixture_destroy(). Untouched on failure.
 * @return EMIX_OK; what EmixFamily.create fails with; EMIX_ERR_NOMEM. */
EmixStatus emix_mixture_create(int n_groups, const EmixGroupRequest *groups, const EmixSpec *spec,
                               const EmixFacts *facts, EmixMixture **mixture, EmixError *error);
void emix_mixture_destroy(EmixMixture *mixture);

/** Arrays for the rows of a shard; a NULL member is not filled. */
typedef struct EmixPosterior {
    double *log_density;      /* [n_rows] */
    double *responsibilities; /* [n_rows x K], C order */
    emix_index *labels;       /* [n_rows], 0-based */
} EmixPosterior;

/** Densities, responsibilities and labels of a shard's rows. */
void emix_mixture_posterior(const EmixMixture *mixture, const double *derived,
                            const EmixShard *shard, double *scratch, const EmixPosterior *out);

/** What a mixture knows of a shard's rows, row weights left out. */
typedef struct EmixJoint {
    const double *log_joint;        /* [K x ld] log weight_k + log f_k(x_i)                 */
    const double *responsibilities; /* [K x ld]; all 0 in a row of density 0                */
    const double *log_density;      /* [n_rows] log p(x_i), -inf in a row of density 0      */
    emix_index ld;
} EmixJoint;

/** Doubles of the buffer that emix_mixture_joint() needs. */
emix_index emix_mixture_joint_size(const EmixMixture *mixture);

/** Joint and posterior of a shard's rows: views into the buffer and the scratch memory. */
EmixJoint emix_mixture_joint(const EmixMixture *mixture, const double *derived,
                             const EmixShard *shard, double *scratch, double *buffer);

/** Fills params, behind the weights, from parts [n_groups], each of a group's components. */
void emix_mixture_import(const EmixMixture *mixture, const EmixParts *from, double *params);

/** Component k's params into its place in such parts [n_groups]: EmixFamily.export. */
void emix_mixture_export(const EmixMixture *mixture, emix_index k, const double *params,
                         EmixParts *to);

/** Copies component k's weight and own params from one whole vector to another. */
void emix_mixture_copy_params(const EmixMixture *mixture, emix_index k, const double *from,
                              double *to);

/** Places component k at a row: EmixFamily.place. params: a whole vector. */
void emix_mixture_place(const EmixMixture *mixture, emix_index k, const double *x, double *params);

/** The effective counts [K] in the statistics of a pass. */
const double *emix_mixture_counts(const double *stats);

/** EmixFlag bits of a component, by its count and its density.
 * @param mean_row_weight  Total weight / rows: what one row counts for.
 * @param[out] min_eigenvalue  EmixFamily.state; untouched for an empty component. NULL = not
 *                             wanted. */
unsigned emix_mixture_state(const EmixMixture *mixture, emix_index k, const double *stats,
                            const double *params, const double *derived, double mean_row_weight,
                            double *scratch, double *min_eigenvalue);

/** Those of the EmixFlag bits that make component k unusable. A weight that is given may be 0. */
unsigned emix_mixture_fatal_flags(const EmixMixture *mixture, emix_index k);

/** Why component k is unusable; flags are fatal ones. */
const char *emix_mixture_explain(const EmixMixture *mixture, emix_index k, unsigned flags);

/** Adds to flags [K] what only components together show: EmixFamily.flag_together. */
EmixStatus emix_mixture_flag_together(const EmixMixture *mixture, double *params, double *scratch,
                                      unsigned *flags, EmixError *error);

#endif
