/* What a family of component densities provides to become part of a mixture (mixture/mixture.h).
 *
 * A family is made into an instance, `self`, for one group of components: it is told their number,
 * what is to be fitted and what is known of the data, and is read-only from then on. It loads its
 * own rows, so that no one else knows what it makes of them.
 *
 * Regions of the flat vectors are the group's own: params, derived, sums and stats begin where its
 * slots do, weights and counts at its first component. Components are numbered from 0 within the
 * group. Params are n_components slices of equal length, one a component, and behind them what
 * components share. */
#ifndef EMIX_MIXTURE_FAMILY_H
#define EMIX_MIXTURE_FAMILY_H

#include <emix/fit.h>

#include "data/moments.h"
#include "mixture/family_query.h"
#include "mixture/family_scores.h"
#include "model/model_ops.h"
#include "model/parts.h"
#include "model/spec.h"

/** What a family is told beside what is to be fitted. All pointers are BORROWED until `create`
 * returns, but for the kernels and the arrays of `moments`. */
typedef struct EmixFacts {
    const EmixKernels *kernels;
    EmixKernelShape shape;      /* rows of a shard, features, components of the group           */
    emix_index n_components;    /* of all groups together                                       */
    bool mixed;                 /* shards may ask for single precision                          */
    const double *centre;       /* [D] what may be subtracted from every row; BORROWED for good */
    const EmixMoments *moments; /* of the rows that are swept; NULL = no data, only a model     */
    const EmixMoments *whole;   /* of all rows, where the sweeps are over a part of them        */
} EmixFacts;

/** Lengths in doubles, and counts. */
typedef struct EmixFamilySizes {
    emix_index slice;  /* of one component's own params */
    emix_index params; /* of all components, and what they share */
    emix_index derived;
    emix_index sums;           /* of a lane, as the kernels leave them */
    emix_index stats;          /* of all components, beside their counts */
    emix_index block;          /* loaded rows of a shard */
    emix_index block_scratch;  /* beside it, for accumulate */
    emix_index single_scratch; /* for single_step; 0 = not in single precision */
    emix_index task_scratch;   /* for prepare, m_step, step_length2, decode, ... */
    emix_index min_rows;       /* below this count a component is not determined by its rows */
    unsigned fatal_flags;      /* EmixFlag bits that make a component unusable */
    double row_flops;          /* multiplications a row of a pass, all components, about */
    double task_flops;         /* multiplications of a task, about */
    bool shared;               /* components share params: all are one task */
    bool projects;             /* params must be moved into a constraint: `project` */
    bool settled;              /* every part of it is fixed */
    int n_phases;              /* of the M-step, at least 1 */
    bool phase_is_whole[EMIX_MAX_PHASES]; /* all components are one task of it */
} EmixFamilySizes;

/** Components first ... end - 1: a single one, or all where they are one task. */
typedef struct EmixComponentRange {
    emix_index first;
    emix_index end;
} EmixComponentRange;

/** At or below this part of the rows a division by the count could overflow: no row is left to
 * learn from. */
#define EMIX_LEAST_WEIGHT 1e-290

/** A responsibility at most this large is negligible: leaving it out changes an effective count of
 * n rows by no more than n times this. */
#define EMIX_NEGLIGIBLE_RESPONSIBILITY 1e-16

/** Statistics of a pass as a family sees them. */
typedef struct EmixGroupStats {
    const double *header; /* EMIX_STAT_* */
    const double *counts; /* [n_components] effective counts */
    const double *own;    /* what `collect` made */
} EmixGroupStats;

static inline bool emix_is_empty(double count, const double *header)
{
    return !(count > EMIX_LEAST_WEIGHT * header[EMIX_STAT_ROW_WEIGHT]);
}

/** Where a group's M-step comes from and goes to. */
typedef struct EmixGroupStep {
    EmixGroupStats stats;
    double shrinkage;         /* rows of the data's share added to every component; 0 = none */
    const double *weights;    /* [n_components] the new ones */
    const double *old_params; /* that the statistics were made at */
    double *params;
    double *derived;
} EmixGroupStep;

typedef struct EmixFamily {
    const char *name;
    EmixMomentsKind moments; /* that it must be told; what they cannot be is an error of the data */

    /** Which finite values it is a density of; NULL = all. */
    bool (*accepts)(double value);
    const char *domain; /* what those are, a noun for messages: "a count"; NULL where all are */

    const EmixQueryOps *query;  /* rows drawn, distances */
    const EmixScoreOps *scores; /* NULL: there are no standard errors */

    /** Its parameters as users see them, for what the spec asks for. */
    const EmixFamilyParts *(*parts)(const EmixSpec *spec);

    /** Makes an instance. spec says what is to be fitted; copied where needed.
     * @return EMIX_OK; EMIX_ERR_ARGUMENT or EMIX_ERR_DEGENERATE, naming an option;
     *         EMIX_ERR_NOMEM. */
    EmixStatus (*create)(const EmixSpec *spec, const EmixFacts *facts, void **self,
                         EmixError *error);
    void (*destroy)(void *self);

    /** Replaces the hyper-parameters that the spec leaves to the data by what was made of them.
     * NULL: nothing is left to the data. */
    void (*resolve)(const void *self, EmixSpec *spec);

    void (*measure)(const void *self, EmixFamilySizes *sizes);

    /** Places component k at a row x [D], with its share of the data's spread, which is the same for
     * all: what components share comes with component 0. */
    void (*place)(const void *self, emix_index k, const double *x, double *params);

    /** Component k's params from values of the parts that `parts` states, and into them. What
     * components share goes with component 0. */
    void (*import)(const void *self, emix_index k, const EmixParts *from, double *params);
    void (*export)(const void *self, emix_index k, const double *params, EmixParts *to);

    /** weights [K]; a weight of 0 gives a log density of -inf everywhere. */
    EmixStatus (*prepare)(const void *self, EmixComponentRange range, const double *weights,
                          const double *params, double *derived, double *scratch, EmixError *error);

    /** Loads a shard's rows into a block, padded to the kernels' row group. */
    void (*load)(const void *self, const EmixShard *shard, emix_index padded_rows, double *block);

    /** Prepares a loaded block for log_densities. NULL: the rows are all it takes. */
    void (*transform)(const void *self, const double *derived, emix_index padded_rows,
                      double *block);

    /** a_ki = log weight_k + log f_k(x_i), a [K x lda]. */
    void (*log_densities)(const void *self, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda);

    /** How far one row x [D] is from component k, in extended range, for rows of density 0. */
    long double (*distance)(const void *self, emix_index k, const double *derived, const double *x);

    /** Adds the block's sums; r [K x ldr] times row weights. */
    void (*accumulate)(const void *self, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *sums);

    /** Whether passes at this point gather moments by component, about its own mean. NULL: never.
     * It depends on nothing but `derived`, so it is the same for all shards of a pass. */
    bool (*is_separated)(const void *self, const double *derived);

    /** In such a pass: what is done at the beginning of a lane, instead of accumulate for each of
     * its shards, and at its end. scratch is the same, and left alone, throughout the lane. */
    void (*begin_separated)(const void *self, const double *derived, double *scratch);
    void (*accumulate_separated)(const void *self, const double *derived, const EmixShard *shard,
                                 const double *r, emix_index ldr, double *scratch, double *sums);
    void (*end_separated)(const void *self, const double *derived, double *scratch, double *sums);

    /** E-step of a shard in single precision, sums included. NULL: there is none. A row of density
     * 0 is counted as lost and otherwise left out. */
    EmixSoftmaxSums (*single_step)(const void *self, const double *derived, const EmixShard *shard,
                                   double *scratch, double *sums);

    /** Statistics of component k from the sums over all lanes of a pass at `params`.
     * @param header      EMIX_STAT_* of the pass.
     * @param[out] count  The effective count n_k.
     * @param[out] stats  The group's; component k's part is written. */
    void (*collect)(const void *self, emix_index k, const double *header, const double *sums,
                    double *count, double *stats);

    /** One phase of maximising Q, and the prior if there is one, over the range; the last one
     * prepares it. Without a prior, components without rows (emix_is_empty()) keep their slice of
     * the old params. */
    EmixStatus (*m_step)(const void *self, int phase, EmixComponentRange range,
                         const EmixGroupStep *step, double *scratch, EmixError *error);

    /** Moves the params of all components into the constraint that joins them. NULL where
     * sizes.projects is false. */
    EmixStatus (*project)(const void *self, const double *weights, double *params, double *scratch,
                          EmixError *error);

    /** The range's part of the squared step length, per unit of the total row weight; total is that
     * weight, which a prior's rows are compared with. */
    double (*step_length2)(const void *self, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch);

    /** The range's part of EmixModelOps.step_noise2, per unit of the total row weight. NULL: its sums
     * are as well conditioned as counts. */
    double (*step_noise2)(const void *self, EmixComponentRange range, const double *weights,
                          const double *params, const double *derived, double *scratch);

    /** Log density of the range's params under the prior. NULL: there never is one. */
    double (*log_prior)(const void *self, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch);

    /** sum_i w_i r_ik log f_k(x_i) over the range, from the statistics made at stats_params. */
    double (*expected_log_density)(const void *self, EmixComponentRange range,
                                   const EmixGroupStats *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch);

    /** The range's coordinates in the chart anchored at `anchor`, and back: EmixModelOps.encode
     * and decode. Components of weight 0 at the anchor are left alone. */
    void (*encode)(const void *self, EmixComponentRange range, const double *anchor_weights,
                   const double *anchor_params, const double *anchor_derived, const double *params,
                   double *coordinates, double *scratch);
    EmixStatus (*decode)(const void *self, EmixComponentRange range, const double *anchor_weights,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch);

    /** EmixFlag bits of component k; and, unless min_eigenvalue is NULL, the smallest eigenvalue of
     * its covariance with columns scaled to unit variance (untouched where there is none). */
    unsigned (*state)(const void *self, emix_index k, const double *params, const double *derived,
                      double *scratch, double *min_eigenvalue);

    /** Adds to flags [n_components] what only all components together show. NULL: nothing.
     * params satisfy the constraint of `project`.
     * @return EMIX_OK, or EMIX_ERR_DEGENERATE. */
    EmixStatus (*flag_together)(const void *self, const double *weights, double *params,
                                double *scratch, unsigned *flags, EmixError *error);

    /** Why a component with fatal flags is unusable: a phrase for messages, static storage. */
    const char *(*explain)(const void *self, unsigned flags);
} EmixFamily;

#endif
