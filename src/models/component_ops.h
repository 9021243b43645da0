/* What a family of component densities provides to become a mixture (models/mixture.c).
 *
 * Regions of the flat vectors are handed over whole: component_params, component_derived and
 * component_stats begin where the family's own slots do; k names the component. */
#ifndef EMIX_MODELS_COMPONENT_OPS_H
#define EMIX_MODELS_COMPONENT_OPS_H

#include "models/model_ops.h"

/** Lengths in doubles, for all components together. */
typedef struct EmixComponentSizes {
    emix_index params; /* n_components slices of equal length */
    emix_index derived;
    emix_index stats;
    emix_index block;         /* a packed shard */
    emix_index block_scratch; /* beside it, for accumulate */
    emix_index task_scratch;  /* for prepare, m_step, step_length2, expected_log_joint */
} EmixComponentSizes;

typedef struct EmixComponentOps {
    const char *family;
    const char *covariance; /* three letters, or "" for a family without one */

    void (*measure)(const EmixModelSpec *spec, EmixComponentSizes *sizes);

    /** Places component k at a mean with a covariance; mean [D], covariance [D x D]. */
    void (*set)(const EmixModelSpec *spec, emix_index k, const double *mean,
                const double *covariance, double *params);

    /** Copies component k's mean and covariance out. */
    void (*get)(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance);

    /** weight may be 0, which gives a log density of -inf everywhere. */
    EmixStatus (*prepare)(const EmixModelSpec *spec, emix_index k, double weight,
                          const double *params, double *derived, double *scratch, EmixError *error);

    /** Packs the rows of a shard; padded_rows is n_rows rounded up to the kernels' row group. */
    void (*load)(const EmixModelSpec *spec, const EmixShard *shard, emix_index padded_rows,
                 double *block);

    /** a[i] = log weight_k + log f_k(x_i). */
    void (*log_density)(const EmixModelSpec *spec, emix_index k, const double *derived,
                        const double *block, emix_index padded_rows, double *a);

    /** Mahalanobis-like distance of one row, in extended range, for rows of density 0. */
    long double (*distance)(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x);

    /** Adds the block's statistics; r [K x ldr] times row weights. */
    void (*accumulate)(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats);

    /** The effective count n_k. */
    double (*count)(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch);

    /** Maximises Q over component k, whose count is > 0, and prepares it. */
    EmixStatus (*m_step)(const EmixModelSpec *spec, emix_index k, double weight,
                         const double *stats, const EmixShrinkage *shrinkage, double *params,
                         double *derived, double *scratch, EmixError *error);

    /** The component's part of the squared step length, per unit of its effective count. */
    double (*step_length2)(const EmixModelSpec *spec, emix_index k, const double *params,
                           const double *derived, const double *new_params, double *scratch);

    /** sum_i w_i r_ik log f_k(x_i) from the statistics. */
    double (*expected_log_density)(const EmixModelSpec *spec, emix_index k, const double *stats,
                                   const double *params, const double *derived, double *scratch);

    /** EmixFlag bits of the component; and, unless min_eigenvalue is NULL, the smallest
     * eigenvalue of its covariance with columns scaled to unit variance (untouched where there
     * is none). */
    unsigned (*state)(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue);
} EmixComponentOps;

extern const EmixComponentOps emix_gaussian_full_ops;

#endif
