/* The engine: passes over the data and M-steps. A pass is one sweep over the data that yields the
 * log-likelihood at the current parameters and the sufficient statistics for the next ones. The
 * engine knows only flat vectors; the layers above it (stopping rules, starts, certificate) are
 * built from the calls below. */
#ifndef EMIX_EM_ENGINE_H
#define EMIX_EM_ENGINE_H

#include "data/dataset.h"
#include "data/sweep.h"
#include "model/model_ops.h"

/** Parameters, and what the density derives from them. */
typedef struct EmixPoint {
    double *params;
    double *derived;
} EmixPoint;

typedef struct EmixEngine {
    const EmixModelOps *ops;
    const void *self;        /* the model's instance; BORROWED */
    const EmixDataset *data; /* BORROWED */
    EmixShardPlan plan;
    EmixModelSizes sizes;
    int n_workers;
    bool labelled; /* labels of the data are known latent states */
    EmixPoint current;
    EmixPoint next;
    EmixPoint anchor;    /* origin of coordinates; for acceleration only, like `trial` */
    EmixPoint trial;     /* an extrapolated point */
    double *coordinates; /* [2 x sizes.params], for acceleration only */
    double *lanes;       /* [n_lanes x sizes.sums]; lane 0 ends as the sum over all lanes */
    double *collected;   /* [sizes.stats], or NULL where the model collects nothing */
    double *stats;       /* of the last pass: `collected`, or lane 0 */
    double *scratch;     /* [n_workers x sizes.scratch] */
    double *row_buffers; /* [n_workers x shard_rows x D]; NULL if no rows are converted */
    double *task_values; /* [n_tasks] */
    int n_blocks;        /* blocks of rows, for incremental E-steps */
    double *block_sums;  /* [2 n_blocks x sizes.sums], for incremental E-steps only */
    double reduce_s;     /* seconds the last pass spent adding lanes */
} EmixEngine;

/** Allocates an engine; its parameters are unset.
 *
 * @param self       The model's instance. BORROWED until emix_engine_destroy().
 * @param data       BORROWED until emix_engine_destroy().
 * @param n_workers  At least 1. */
EmixStatus emix_engine_create(const EmixModelOps *ops, const void *self, const EmixDataset *data,
                              int n_workers, EmixEngine **engine, EmixError *error);

void emix_engine_destroy(EmixEngine *engine);

/** Allocates what acceleration needs: anchor, trial and coordinates. */
EmixStatus emix_engine_enable_acceleration(EmixEngine *engine, EmixError *error);

/** Prepares the point `current`, whose params the caller has written. A constraint that joins the
 * components first moves params into its set. */
EmixStatus emix_engine_prepare(EmixEngine *engine, EmixError *error);

/** As emix_engine_prepare(), for any point. */
EmixStatus emix_engine_prepare_point(EmixEngine *engine, EmixPoint *point, EmixError *error);

/** What a pass yields besides the log-likelihood. */
typedef enum EmixPassKind {
    EMIX_PASS_FULL,     /* statistics for the M-step                    */
    EMIX_PASS_ASSESS,   /* as FULL, and the classification term and the entropy */
    EMIX_PASS_EVALUATE, /* like ASSESS without the statistics           */
    EMIX_PASS_SINGLE,   /* like FULL, in single precision               */
} EmixPassKind;

/** Runs the E-step at `current` over all shards, and adds up the lanes. */
EmixStatus emix_engine_pass(EmixEngine *engine, EmixPassKind kind, EmixError *error);

/** As emix_engine_pass(), with q proportional to the posterior to the power
 * `inverse_temperature` > 0; infinity puts all of q on the most probable latent state. The
 * log-likelihood found is still the one at `current`. Only for models whose ops.tempers is true. */
EmixStatus emix_engine_tempered_pass(EmixEngine *engine, double inverse_temperature,
                                     EmixError *error);

/** Runs the E-step at `current` over n_rows rows. The statistics are of these rows only, and can be
 * added to statistics made at other parameters; they include the entropy. */
EmixStatus emix_engine_partial_pass(EmixEngine *engine, emix_index first_row, emix_index n_rows,
                                    EmixError *error);

/** Gives the responsibilities of a shard's rows to emix_engine_given_pass(): returns an array
 * [K x *ld] that the pass may overwrite. */
typedef double *(*EmixAssign)(void *context, const EmixShard *shard, int worker, emix_index *ld);

/** Computes the statistics under given responsibilities, that is of complete data. */
EmixStatus emix_engine_given_pass(EmixEngine *engine, EmixAssign assign, void *context,
                                  EmixError *error);

/** The M-step: computes `next` from the statistics, and from `current` where the statistics do not
 * determine it. */
EmixStatus emix_engine_m_step(EmixEngine *engine, const EmixShrinkage *shrinkage, EmixError *error);

/** Makes `next` current. */
void emix_engine_advance(EmixEngine *engine);

/** Makes `next` current and keeps the old current point as `anchor`. */
void emix_engine_advance_from_anchor(EmixEngine *engine);

/** Exchanges `current` and `trial`. */
void emix_engine_swap_trial(EmixEngine *engine);

/** Log-likelihood found by the last pass, nats. */
double emix_engine_log_likelihood(const EmixEngine *engine);

/** The function that EM climbs: the log-likelihood of the last pass, which was at `current`, plus
 * the log prior there. */
double emix_engine_objective(EmixEngine *engine);

/** Statistics of the last pass; EMIX_STAT_* slots first. */
const double *emix_engine_stats(const EmixEngine *engine);

/** Turns sums [sizes.sums] into `stats`. The sums were added up over passes at `current`, or over
 * partial passes at other points. sums may be lane 0. */
void emix_engine_collect(EmixEngine *engine, const double *sums);

/** Squared length of the step from `current` to `next`, nats. */
double emix_engine_step_length2(EmixEngine *engine);

/** Squared length, nats, of what relative errors of 1 in the sums would make of the step
 * (EmixModelOps.step_noise2). Cost O(K D^2). */
double emix_engine_step_noise2(EmixEngine *engine);

/** Q(point | the parameters of the last pass), for `current` or `next`. */
double emix_engine_expected_log_joint(EmixEngine *engine, const EmixPoint *point);

/** Log prior of a prepared point, `current` or `next`; 0 without a prior. */
double emix_engine_log_prior(EmixEngine *engine, const EmixPoint *point);

/** Computes the coordinates of params in the chart anchored at a prepared point
 * (EmixModelOps.encode). They are laid out like params, with 0 in the padding. coordinates
 * [sizes.params], out.
 * @return EMIX_OK; EMIX_ERR_NONFINITE if params lie outside the chart: only plain EM steps are then
 *         possible. Cost O(K D^3). */
EmixStatus emix_engine_encode(EmixEngine *engine, const EmixPoint *anchor, const double *params,
                              double *coordinates);

/** Computes the parameters at coordinates of the chart. They are not yet prepared. A pass there may
 * find rows of density 0 (EMIX_STAT_LOST_ROWS), which the log-likelihood leaves out.
 * @return EMIX_OK; EMIX_ERR_NONFINITE if they over- or underflow: params are then unspecified. Cost
 *         O(K D^3). */
EmixStatus emix_engine_decode(EmixEngine *engine, const EmixPoint *anchor,
                              const double *coordinates, double *params);

/** A worker's scratch memory, [sizes.scratch]. Between passes, worker 0's may be used. */
double *emix_engine_scratch(const EmixEngine *engine, int worker);

/** The rows of a sweep as a shard that a model takes, for the posterior and in full. */
EmixShard emix_engine_shard(const EmixRows *rows);

/** The shards and lanes of n_rows rows of the data. */
EmixShardPlan emix_engine_plan(const EmixEngine *engine, emix_index n_rows);

#endif
