/* The pass: one sweep over the data that gives the log-likelihood at the current parameters and
 * the sufficient statistics for the next ones. Knows only flat vectors; everything above it
 * (stopping, starts, certificate) is built from the calls below. */
#ifndef EMIX_EM_ENGINE_H
#define EMIX_EM_ENGINE_H

#include "data/dataset.h"
#include "data/shard_plan.h"
#include "model/model_ops.h"

/** Parameters and what the density needs of them. */
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
    EmixPoint anchor;    /* of coordinates; with `trial`, for acceleration only */
    EmixPoint trial;     /* an extrapolated point */
    double *coordinates; /* [2 x sizes.params], for acceleration only */
    double *lanes;       /* [n_lanes x sizes.sums]; lane 0 ends as the sum over all lanes */
    double *collected;   /* [sizes.stats], or NULL where the model collects nothing */
    double *stats;       /* of the last pass: `collected`, or lane 0 */
    double *scratch;     /* [n_workers x sizes.scratch] */
    double *row_buffers; /* [n_workers x shard_rows x D], or NULL */
    double *task_values; /* [n_tasks] */
    int n_blocks;        /* of rows, for incremental E-steps */
    double *block_sums;  /* [2 n_blocks x sizes.sums], for incremental E-steps only */
    double reduce_s;     /* seconds that the last pass spent on adding lanes up */
} EmixEngine;

/** Allocates an engine; its parameters are unset.
 *
 * @param self       The model's instance. BORROWED until emix_engine_destroy().
 * @param data       BORROWED until emix_engine_destroy().
 * @param n_workers  At least 1. */
EmixStatus emix_engine_create(const EmixModelOps *ops, const void *self, const EmixDataset *data,
                              int n_workers, EmixEngine **engine, EmixError *error);

void emix_engine_destroy(EmixEngine *engine);

/** Allocates what acceleration needs beside: anchor, trial and coordinates. */
EmixStatus emix_engine_enable_acceleration(EmixEngine *engine, EmixError *error);

/** Prepares the point `current`, whose params the caller has written; where a constraint joins the
 * components they are moved into it. */
EmixStatus emix_engine_prepare(EmixEngine *engine, EmixError *error);

/** The same for any point. */
EmixStatus emix_engine_prepare_point(EmixEngine *engine, EmixPoint *point, EmixError *error);

/** What a pass is to yield beside the log-likelihood. */
typedef enum EmixPassKind {
    EMIX_PASS_FULL,     /* statistics for the M-step                    */
    EMIX_PASS_ASSESS,   /* those, the classification term and the entropy */
    EMIX_PASS_EVALUATE, /* like ASSESS without the statistics           */
    EMIX_PASS_SINGLE,   /* like FULL, in single precision               */
} EmixPassKind;

/** The E-step at `current` over all shards, and the reduction. */
EmixStatus emix_engine_pass(EmixEngine *engine, EmixPassKind kind, EmixError *error);

/** The same with q proportional to the posterior's power `inverse_temperature`, > 0; infinite: all
 * on the most probable latent state. The log-likelihood is that of `current` all the same. Needs a
 * model that tempers (EmixModelOps). */
EmixStatus emix_engine_tempered_pass(EmixEngine *engine, double inverse_temperature,
                                     EmixError *error);

/** The E-step at `current` over some rows: the statistics are theirs alone, and can be added to
 * those made at other parameters; the entropy is among them. */
EmixStatus emix_engine_partial_pass(EmixEngine *engine, emix_index first_row, emix_index n_rows,
                                    EmixError *error);

/** Responsibilities of a shard's rows for emix_engine_given_pass(): returns an array
 * [K x *ld] that the pass may overwrite. */
typedef double *(*EmixAssign)(void *context, const EmixShard *shard, int worker, emix_index *ld);

/** Complete data: the statistics under given responsibilities. */
EmixStatus emix_engine_given_pass(EmixEngine *engine, EmixAssign assign, void *context,
                                  EmixError *error);

/** The M-step: `next` from the statistics and, for what they do not say, from `current`. */
EmixStatus emix_engine_m_step(EmixEngine *engine, const EmixShrinkage *shrinkage, EmixError *error);

/** Makes `next` current. */
void emix_engine_advance(EmixEngine *engine);

/** Makes `next` current and keeps the old current point as `anchor`. */
void emix_engine_advance_from_anchor(EmixEngine *engine);

/** Exchanges `current` and `trial`. */
void emix_engine_swap_trial(EmixEngine *engine);

/** Log-likelihood found by the last pass, nats. */
double emix_engine_log_likelihood(const EmixEngine *engine);

/** What EM climbs: the log-likelihood of the last pass, which was at `current`, plus the log prior
 * density there. */
double emix_engine_objective(EmixEngine *engine);

/** Statistics of the last pass; EMIX_STAT_* slots first. */
const double *emix_engine_stats(const EmixEngine *engine);

/** Makes `stats` of sums [sizes.sums] that were added up over passes at `current`, or over partial
 * passes elsewhere. sums may be lane 0. */
void emix_engine_collect(EmixEngine *engine, const double *sums);

/** Squared length of the step from `current` to `next`, log-likelihood units. */
double emix_engine_step_length2(EmixEngine *engine);

/** Q(point | the parameters of the last pass), for `current` or `next`. */
double emix_engine_expected_log_joint(EmixEngine *engine, const EmixPoint *point);

/** Log prior of a prepared point, `current` or `next`; 0 where there is no prior. */
double emix_engine_log_prior(EmixEngine *engine, const EmixPoint *point);

/** Coordinates of params in the chart anchored at a prepared point (EmixModelOps.encode): laid out
 * like params, 0 in the padding. coordinates [sizes.params], out.
 * @return EMIX_OK, or EMIX_ERR_NONFINITE when params lie outside the chart: plain EM steps alone
 *         lead on from there. Cost O(K D^3). */
EmixStatus emix_engine_encode(EmixEngine *engine, const EmixPoint *anchor, const double *params,
                              double *coordinates);

/** Parameters at coordinates of the chart; not yet prepared. Passes there may still find rows of
 * density 0 (EMIX_STAT_LOST_ROWS), which the log-likelihood leaves out.
 * @return EMIX_OK, or EMIX_ERR_NONFINITE when they over- or underflow: params are then
 *         unspecified. Cost O(K D^3). */
EmixStatus emix_engine_decode(EmixEngine *engine, const EmixPoint *anchor,
                              const double *coordinates, double *params);

/** A worker's buffer for rows that must be converted; NULL where the data need none. */
double *emix_engine_row_buffer(const EmixEngine *engine, int worker);

/** A worker's scratch memory, [sizes.scratch]; that of worker 0 also serves calls between passes.
 */
double *emix_engine_scratch(const EmixEngine *engine, int worker);

/** The shards and lanes of n_rows rows of the data. */
EmixShardPlan emix_engine_plan(const EmixEngine *engine, emix_index n_rows);

#endif
