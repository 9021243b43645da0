/* What a family of component densities provides to become a mixture (mixture/mixture.c).
 *
 * Regions of the flat vectors are handed over whole: params and derived begin where the family's
 * own slots do, stats with their header (EMIX_STAT_HEADER). Params are n_components slices of equal
 * length, one a component, and behind them what components share. */
#ifndef EMIX_MIXTURE_FAMILY_H
#define EMIX_MIXTURE_FAMILY_H

#include <emix/model.h>

#include "model/model_ops.h"

/** Lengths in doubles. */
typedef struct EmixComponentSizes {
    emix_index slice;  /* of one component's own params */
    emix_index params; /* of all components, and what they share */
    emix_index derived;
    emix_index stats;          /* behind the header */
    emix_index block;          /* a packed shard */
    emix_index block_scratch;  /* beside it, for accumulate */
    emix_index single_scratch; /* for single_step; 0 = not in single precision */
    emix_index task_scratch;   /* for prepare, m_step, step_length2, decode, ... */
    emix_index min_rows;       /* below this count a component is not determined by its rows */
    bool shared;               /* components share params: all are one task */
} EmixComponentSizes;

/** Components first ... end - 1: a single one, or all where they share params. */
typedef struct EmixComponentRange {
    emix_index first;
    emix_index end;
} EmixComponentRange;

/** At or below this part of the rows a division by the count could overflow: no row is left to
 * learn from. */
#define EMIX_LEAST_WEIGHT 1e-290

static inline bool emix_is_empty(double count, const double *stats)
{
    return !(count > EMIX_LEAST_WEIGHT * stats[EMIX_STAT_ROW_WEIGHT]);
}

/** Whether a part (an EmixPart bit) is fixed; then its n numbers are copied. */
bool emix_keep_fixed(const EmixModelSpec *spec, unsigned part, emix_index n, const double *from,
                     double *to);

typedef struct EmixComponentOps {
    const char *family;
    EmixCovariance covariance;

    void (*measure)(const EmixModelSpec *spec, EmixComponentSizes *sizes);

    /** Places component k at a mean with as much of a full covariance as the family has. Shared
     * covariances become the average weighted by the weights of components 0 ... k: components
     * are set in order. weights [K], mean [D], covariance [D x D]. */
    void (*set)(const EmixModelSpec *spec, emix_index k, const double *weights, const double *mean,
                const double *covariance, double *params);

    /** Copies component k's mean and covariance, as a full matrix, out. */
    void (*get)(const EmixModelSpec *spec, emix_index k, const double *params, double *mean,
                double *covariance);

    /** weights [K]; a weight of 0 gives a log density of -inf everywhere. */
    EmixStatus (*prepare)(const EmixModelSpec *spec, EmixComponentRange range,
                          const double *weights, const double *params, double *derived,
                          double *scratch, EmixError *error);

    /** Prepares a block, which begins with the packed rows of a shard, for log_densities. NULL:
     * they are all it takes. padded_rows is n_rows rounded up to the kernels' row group. */
    void (*transform)(const EmixModelSpec *spec, const double *derived, emix_index padded_rows,
                      double *block);

    /** a_ki = log weight_k + log f_k(x_i), a [K x lda]. */
    void (*log_densities)(const EmixModelSpec *spec, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda);

    /** Mahalanobis-like distance of one row, in extended range, for rows of density 0. */
    long double (*distance)(const EmixModelSpec *spec, emix_index k, const double *derived,
                            const double *x);

    /** Adds the block's statistics; r [K x ldr] times row weights. */
    void (*accumulate)(const EmixModelSpec *spec, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *stats);

    /** Whether passes at this point gather moments by component, about its own mean. NULL: never.
     * It depends on nothing but `derived`, so it is the same for all shards of a pass. */
    bool (*is_separated)(const EmixModelSpec *spec, const double *derived);

    /** In such a pass: what is done at the beginning of a lane, instead of accumulate for each of
     * its shards, and at its end. scratch is the same, and left alone, throughout the lane. */
    void (*begin_separated)(const EmixModelSpec *spec, const double *derived, double *scratch);
    void (*accumulate_separated)(const EmixModelSpec *spec, const double *derived,
                                 const EmixShard *shard, const double *r, emix_index ldr,
                                 double *scratch, double *stats);
    void (*end_separated)(const EmixModelSpec *spec, const double *derived, double *scratch,
                          double *stats);

    /** E-step of a shard in single precision, statistics included. NULL: there is none. A row of
     * density 0 is counted as lost and otherwise left out. */
    EmixSoftmaxSums (*single_step)(const EmixModelSpec *spec, const double *derived,
                                   const EmixShard *shard, double *scratch, double *stats);

    /** The effective count n_k. */
    double (*count)(const EmixModelSpec *spec, emix_index k, const double *stats, double *scratch);

    /** Maximises Q, and the prior if there is one, over the range and prepares it. Without a prior,
     * components without rows (emix_is_empty()) keep their slice of the old params. weights [K] are
     * the new ones; params and old_params in `step` begin with the family's slots. */
    EmixStatus (*m_step)(const EmixModelSpec *spec, EmixComponentRange range, const double *weights,
                         const EmixMStep *step, double *scratch, EmixError *error);

    /** Clips the eigenvalues of all covariances by spec->eigenvalue_ratio, counts [K] being what
     * their scatters were divided by; values [K x D], out: the eigenvalues found. See
     * families/gaussian/eigenvalue_ratio.h. */
    EmixStatus (*clip_eigenvalues)(const EmixModelSpec *spec, const double *counts, double *params,
                                   double *values, double *scratch, EmixError *error);

    /** The range's part of the squared step length, per unit of the total row weight; total is that
     * weight, which a prior's rows are compared with. */
    double (*step_length2)(const EmixModelSpec *spec, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch);

    /** Log density of the range's means and covariances under spec->prior, which is not NULL. */
    double (*log_prior)(const EmixModelSpec *spec, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch);

    /** sum_i w_i r_ik log f_k(x_i) over the range, from the statistics made at stats_params. */
    double (*expected_log_density)(const EmixModelSpec *spec, EmixComponentRange range,
                                   const double *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch);

    /** The range's coordinates in the chart anchored at `anchor`, and back: EmixModelOps.encode
     * and decode. Components of weight 0 at the anchor are left alone. */
    void (*encode)(const EmixModelSpec *spec, EmixComponentRange range,
                   const double *anchor_weights, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch);
    EmixStatus (*decode)(const EmixModelSpec *spec, EmixComponentRange range,
                         const double *anchor_weights, const double *anchor_params,
                         const double *anchor_derived, const double *coordinates, double *params,
                         double *scratch);

    /** EmixFlag bits of the component; and, unless min_eigenvalue is NULL, the smallest
     * eigenvalue of its covariance with columns scaled to unit variance (untouched where there
     * is none). */
    unsigned (*state)(const EmixModelSpec *spec, emix_index k, const double *params,
                      const double *derived, double *scratch, double *min_eigenvalue);
} EmixComponentOps;

extern const EmixComponentOps emix_gaussian_full_ops;
extern const EmixComponentOps emix_gaussian_tied_ops;
extern const EmixComponentOps emix_gaussian_diag_ops;
extern const EmixComponentOps emix_gaussian_spherical_ops;

#endif
