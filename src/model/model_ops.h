/* What a latent-variable model must provide so that the engine can fit it by EM.
 *
 *     prepare(params) -> derived                      tasks, parallel
 *     repeat:
 *         e_step(derived, shard) -> adds to sums      shards, parallel
 *         sums = sum over lanes                       engine; knows only the length
 *         collect(sums) -> stats                      tasks, parallel
 *         m_step(stats) -> params, derived            phases of tasks, parallel
 *
 * A model is an instance, `self`, that was told the shape of the problem and what is known of the
 * data when it was made; it is read-only from then on. params, derived, sums and stats are flat
 * vectors of doubles whose layout belongs to the model. The engine may copy, zero, add, save,
 * compare or send them, and nothing else. The layout of sums may depend on the instruction set and
 * on the kind of pass; that of stats depends on the shape of the problem alone.
 *
 * THE CONTRACT (tests/model/test_conformance.c checks it for every registered model)
 *   1. e_step ADDS: sums(A then B) == sums(A) + sums(B) up to rounding.
 *   2. e_step is pure apart from sums and the lane's scratch: no allocation, I/O, threads,
 * globals, RNG.
 *   3. The first slots of sums and stats are the header below, at `params`, logs natural.
 *   4. m_step never lowers the objective, log-likelihood plus log prior, and its last phase leaves
 *      `derived` ready for the new params. It need not maximise it: nothing above relies on more
 *      (generalised EM: Dempster, Laird & Rubin (1977), section 2).
 *   5. On any failure outputs are unspecified, but every argument can still be freed. */
#ifndef EMIX_MODEL_MODEL_OPS_H
#define EMIX_MODEL_MODEL_OPS_H

#include <stdbool.h>

#include "core/status_internal.h"
#include "kernels/kernels.h"

/** Consecutive rows, at most sizes.shard_rows of them; borrowed. */
typedef struct EmixShard {
    const double *x;           /* [n_rows x n_features], row stride ldx            */
    const float *x_single;     /* the same as floats; of the two, one is NULL      */
    const double *row_weights; /* [n_rows], or NULL for all ones                   */
    const int *labels;         /* [n_rows] known latent state, -1 = unknown; or NULL */
    emix_index n_rows;
    emix_index ldx;
    emix_index first_row; /* index of row 0 in the data set                        */
    bool single;          /* single precision; only where sizes.single             */
    bool likelihood_only; /* leave the moments alone                               */
    bool assess;          /* fill EMIX_STAT_CLASSIFICATION and _ENTROPY too        */
    bool sample;          /* fill EMIX_STAT_SAMPLED_ROWS and EMIX_STAT_ACTIVE too  */
    EmixError *error;     /* where a failing e_step says why; NULL = nowhere       */
    bool partial;         /* statistics to be added to those made at other parameters: moments
                             about the data's mean, and EMIX_STAT_ENTROPY filled      */
    /* q is proportional to p(x, z)^inverse_temperature: infinite, one-hot at the largest; 0 stands
     * for 1, the posterior. Only for models whose ops.tempers is true. */
    double inverse_temperature;
} EmixShard;

/** Phases that an M-step has at most. */
enum { EMIX_MAX_PHASES = 4 };

/** What the engine must know of a model: lengths in doubles, tasks, cost. */
typedef struct EmixModelSizes {
    emix_index shard_rows; /* rows of a shard at most                                          */
    emix_index n_features; /* of a row                                                         */
    emix_index params;
    emix_index derived;
    emix_index sums;    /* what a lane adds up, its header first                               */
    emix_index stats;   /* what `collect` makes of them, the same header first                 */
    emix_index scratch; /* per worker, for the largest shard and for any task                  */
    int n_tasks;        /* independent pieces of everything but the M-step's later phases      */
    int n_phases;       /* of the M-step, one after another                                    */
    int phase_tasks[EMIX_MAX_PHASES]; /* independent pieces of each; n_tasks of the first one  */
    double row_flops;                 /* multiplications a row of a pass, about                */
    double task_flops;                /* multiplications of a task, about                      */
    bool single;                      /* there are passes in single precision                  */
    bool projects;                    /* params must be moved into a constraint (`project`)    */
    bool settled;                     /* nothing is left to estimate: every part is fixed      */
} EmixModelSizes;

/** Slots that every model's stats begin with. */
enum {
    EMIX_STAT_LOG_LIKELIHOOD = 0,  /* sum_i w_i log p(x_i), leading part                       */
    EMIX_STAT_LOG_LIKELIHOOD_TAIL, /* what rounding took from it                               */
    EMIX_STAT_ROW_WEIGHT,          /* sum_i w_i                                                */
    EMIX_STAT_LOST_ROWS,           /* rows of density 0, given to the nearest component        */
    EMIX_STAT_CLASSIFICATION,      /* sum_i w_i log max_k r_ik, when the shard says assess     */
    EMIX_STAT_SEPARATED,           /* shards whose moments were gathered by component          */
    EMIX_STAT_SAMPLED_ROWS,        /* rows whose responsibilities were counted, and            */
    EMIX_STAT_ACTIVE,              /* those among them that are not negligible                 */
    EMIX_STAT_ENTROPY,             /* -sum_i w_i sum_k r_ik log r_ik, when the shard says assess,
                                      or partial                                              */
    EMIX_STAT_SINGLE,              /* shards whose moments were taken in single precision      */
    EMIX_STAT_TEMPERED,            /* sum_i w_i log sum_z p(x_i, z)^b of finite tempering b    */
    EMIX_STAT_HEADER = 16          /* the model's own slots begin here                         */
};

/** Pseudo-observations for starts: m_step adds so many rows, spread about each component's own
 * centre like the data are, in as much less volume as there are components. */
typedef struct EmixShrinkage {
    double count; /* > 0 */
} EmixShrinkage;

/** Where m_step comes from and goes to. */
typedef struct EmixMStep {
    const double *stats;
    const EmixShrinkage *shrinkage; /* NULL = none: the maximum of Q     */
    const double *old_params;       /* that the statistics were made at  */
    double *params;
    double *derived;
} EmixMStep;

typedef struct EmixModelOps {
    const char *name;
    bool tempers; /* e_step heeds the shard's inverse_temperature */

    void (*measure)(const void *self, EmixModelSizes *sizes);

    /** Task `task` of making `derived` from `params`. */
    EmixStatus (*prepare)(const void *self, int task, const double *params, double *derived,
                          double *scratch, EmixError *error);

    EmixStatus (*e_step)(const void *self, const double *derived, const EmixShard *shard,
                         double *scratch, double *sums);

    /** Before the first e_step of a lane and after the last; scratch is the lane's throughout. */
    void (*begin_lane)(const void *self, const double *derived, double *scratch);
    void (*end_lane)(const void *self, const double *derived, double *scratch, double *sums);

    /** Complete data: adds the sums of given responsibilities, which are overwritten.
     * responsibilities [K x ld], rows contiguous, not yet multiplied by row weights. */
    void (*given_step)(const void *self, const EmixShard *shard, double *responsibilities,
                       emix_index ld, double *scratch, double *sums);

    /** Task's part of stats, behind the header, from the sums over all lanes of a pass at params.
     * NULL: stats are the sums themselves. */
    void (*collect)(const void *self, int task, const double *sums, const double *params,
                    double *stats);

    EmixStatus (*m_step)(const void *self, int phase, int task, const EmixMStep *step,
                         double *scratch, EmixError *error);

    /** Moves params into the constraint that joins all components (params that satisfy it stay as
     * they are); one task, on params that prepare() comes next for. NULL where sizes.projects is
     * false. */
    EmixStatus (*project)(const void *self, double *params, double *scratch, EmixError *error);

    /** Task's share of the squared length of the step from params to new_params in the
     * complete-data Fisher metric at params, the prior's rows among the data: log-likelihood
     * units. */
    double (*step_length2)(const void *self, int task, const double *stats, const double *params,
                           const double *derived, const double *new_params, double *scratch);

    /** Task's share of Q(params | stats_params), for stats made at stats_params. */
    double (*expected_log_joint)(const void *self, int task, const double *stats,
                                 const double *stats_params, const double *params,
                                 const double *derived, double *scratch);

    /** Task's coordinates of `params` in the chart anchored at `anchor`: laid out like params, all
     * 0 at the anchor. Their Euclidean norm is the complete-data Fisher metric at the anchor, per
     * unit of total row weight. Not finite where params lie outside the chart: a component that
     * is empty there but not at the anchor. The caller has zeroed `coordinates`.
     * stats are those of the last pass: what the metric may be estimated from. */
    void (*encode)(const void *self, int task, const double *stats, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch);

    /** The inverse: always valid parameters, at or above any floor, for prepare();
     * EMIX_ERR_NONFINITE when they over- or underflow. */
    EmixStatus (*decode)(const void *self, int task, const double *stats,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch);

    /** Task's share of log p(params), 0 without a prior.
     * NULL = the objective is the log-likelihood itself. */
    double (*log_prior)(const void *self, int task, const double *params, const double *derived,
                        double *scratch);
} EmixModelOps;

#endif
