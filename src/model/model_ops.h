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

/** Consecutive rows, at most sizes.shard_rows of them; everything BORROWED. */
typedef struct EmixShard {
    const double *x;           /* [n_rows x n_features], row stride ldx            */
    const float *x_single;     /* the same as floats; of the two, one is NULL      */
    const double *row_weights; /* [n_rows], or NULL for all ones                   */
    const int *labels;         /* [n_rows] known latent state, -1 = unknown; or NULL */
    emix_index n_rows;
    emix_index ldx;
    emix_index first_row; /* index of row 0 in the data set                        */
    bool single;          /* single precision; only where sizes.single             */
    bool likelihood_only; /* do not add moments */
    bool assess;          /* fill EMIX_STAT_CLASSIFICATION and _ENTROPY too        */
    bool sample;          /* fill EMIX_STAT_SAMPLED_ROWS and EMIX_STAT_ACTIVE too  */
    EmixError *error;     /* message of a failing e_step; NULL = not wanted */
    bool partial;         /* statistics to be added to those made at other parameters: moments
                             about the data's mean, and EMIX_STAT_ENTROPY filled      */
    /* q is proportional to p(x, z)^inverse_temperature: infinite, one-hot at the largest; 0 stands
     * for 1, the posterior. Only for models whose ops.tempers is true. */
    double inverse_temperature;
} EmixShard;

/** Largest number of phases of an M-step. */
enum { EMIX_MAX_PHASES = 4 };

/** What the engine must know of a model: lengths in doubles, numbers of tasks, costs. */
typedef struct EmixModelSizes {
    emix_index shard_rows; /* largest number of rows of a shard */
    emix_index n_features; /* of a row                                                         */
    emix_index params;
    emix_index derived;
    emix_index sums;    /* length of what a lane adds up, header first */
    emix_index stats;   /* length of the result of `collect`, header first */
    emix_index scratch; /* per worker, for the largest shard and for any task                  */
    int n_tasks;        /* independent pieces of everything but the later phases of the M-step */
    int n_phases;       /* of the M-step, one after another                                    */
    int phase_tasks[EMIX_MAX_PHASES]; /* independent pieces of each phase; n_tasks in the first */
    double row_flops;                 /* approximate multiplications of a pass per row */
    double task_flops;                /* approximate multiplications of a task */
    bool single;                      /* passes in single precision are available */
    bool projects;                    /* params must be moved into a constraint (`project`)    */
    bool settled;                     /* every part is fixed: nothing is left to estimate */
} EmixModelSizes;

/** Slots that every model's stats begin with. */
enum {
    EMIX_STAT_LOG_LIKELIHOOD = 0,  /* sum_i w_i log p(x_i), leading part                       */
    EMIX_STAT_LOG_LIKELIHOOD_TAIL, /* rounding error of the leading part */
    EMIX_STAT_ROW_WEIGHT,          /* sum_i w_i                                                */
    EMIX_STAT_LOST_ROWS,           /* rows of density 0, given to the nearest component        */
    EMIX_STAT_CLASSIFICATION,      /* sum_i w_i log max_k r_ik, when the shard says assess     */
    EMIX_STAT_SEPARATED,           /* shards whose moments were gathered by component          */
    EMIX_STAT_SAMPLED_ROWS,        /* rows whose responsibilities were counted */
    EMIX_STAT_ACTIVE,              /* responsibilities of those rows that are not negligible */
    EMIX_STAT_ENTROPY,             /* -sum_i w_i sum_k r_ik log r_ik, when the shard says assess,
                                      or partial                                              */
    EMIX_STAT_SINGLE,              /* shards whose moments were taken in single precision      */
    EMIX_STAT_TEMPERED,            /* sum_i w_i log sum_z p(x_i, z)^b of finite tempering b    */
    EMIX_STAT_HEADER = 16          /* the model's own slots begin here                         */
};

/** Pseudo-observations for starts. m_step adds `count` rows per component, spread about its centre
 * like the data, but in a volume smaller by the number of components. */
typedef struct EmixShrinkage {
    double count; /* > 0 */
} EmixShrinkage;

/** Input and output of m_step. */
typedef struct EmixMStep {
    const double *stats;
    const EmixShrinkage *shrinkage; /* NULL = none: the maximum of Q     */
    const double *old_params;       /* params at which the statistics were made */
    double *params;
    double *derived;
} EmixMStep;

typedef struct EmixModelOps {
    const char *name;
    bool tempers; /* e_step uses the shard's inverse_temperature */

    void (*measure)(const void *self, EmixModelSizes *sizes);

    /** Task `task` of making `derived` from `params`. */
    EmixStatus (*prepare)(const void *self, int task, const double *params, double *derived,
                          double *scratch, EmixError *error);

    EmixStatus (*e_step)(const void *self, const double *derived, const EmixShard *shard,
                         double *scratch, double *sums);

    /** Called before the first e_step of a lane and after the last; scratch is the same throughout
     * the lane. */
    void (*begin_lane)(const void *self, const double *derived, double *scratch);
    void (*end_lane)(const void *self, const double *derived, double *scratch, double *sums);

    /** Complete data: adds the sums under given responsibilities, which are overwritten.
     * responsibilities [K x ld], rows contiguous, not yet multiplied by row weights. */
    void (*given_step)(const void *self, const EmixShard *shard, double *responsibilities,
                       emix_index ld, double *scratch, double *sums);

    /** Computes a task's part of stats, behind the header, from the sums over all lanes of a pass
     * at params. NULL: stats are the sums themselves. */
    void (*collect)(const void *self, int task, const double *sums, const double *params,
                    double *stats);

    EmixStatus (*m_step)(const void *self, int phase, int task, const EmixMStep *step,
                         double *scratch, EmixError *error);

    /** Moves params into the constraint that joins all components; params that satisfy it stay as
     * they are. One task; the caller then prepares them. NULL if sizes.projects is false. */
    EmixStatus (*project)(const void *self, double *params, double *scratch, EmixError *error);

    /** A task's part of the squared length of the step from params to new_params, in the
     * complete-data Fisher metric at params, in nats. Rows that a prior stands for count as
     * data. */
    double (*step_length2)(const void *self, int task, const double *stats, const double *params,
                           const double *derived, const double *new_params, double *scratch);

    /** A task's part of the squared length, in the metric and the unit of step_length2, of the step
     * that relative errors of 1 in the sums of a pass would make: times the square of their real
     * size, what rounding makes of a step. NULL: that of one well-conditioned sum. */
    double (*step_noise2)(const void *self, int task, const double *stats, const double *params,
                          const double *derived, double *scratch);

    /** A task's part of Q(params | stats_params), for stats made at stats_params. */
    double (*expected_log_joint)(const void *self, int task, const double *stats,
                                 const double *stats_params, const double *params,
                                 const double *derived, double *scratch);

    /** A task's coordinates of `params` in the chart anchored at `anchor`: laid out like params,
     * all 0 at the anchor. Their Euclidean norm is the complete-data Fisher metric at the anchor,
     * per unit of total row weight. Not finite if params lie outside the chart: a component is
     * empty there but not at the anchor. The caller has zeroed `coordinates`. stats are of the last
     * pass; the metric may be estimated from them. */
    void (*encode)(const void *self, int task, const double *stats, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch);

    /** The inverse. The params are always valid, at or above any floor; they still need prepare().
     * EMIX_ERR_NONFINITE if they over- or underflow. */
    EmixStatus (*decode)(const void *self, int task, const double *stats,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch);

    /** A task's part of log p(params), 0 without a prior. NULL = the objective is the
     * log-likelihood itself. */
    double (*log_prior)(const void *self, int task, const double *params, const double *derived,
                        double *scratch);
} EmixModelOps;

#endif
