/* The pass over shards, lanes and workers. */
#include "em/engine.h"

#include <string.h>

#include "core/clock.h"
#include "data/stream.h"
#include "parallel/parallel.h"

/* What a parallel region works on. */
typedef struct PassContext {
    EmixEngine *engine;
    EmixPassKind kind;
    EmixAssign assign; /* NULL: the model's own E-step */
    void *assign_context;
    emix_index sums_length; /* slots to zero and to add up */
    EmixError *error;       /* set only when lanes run one after another */
    EmixShardPlan plan;     /* of the rows that take part */
    emix_index first_row;   /* of them, in the data set */
    bool partial;           /* of EmixShard, as is the next */
    double inverse_temperature;
} PassContext;

static EmixShard view_shard(const PassContext *pass, EmixSweep *sweep, int lane,
                            emix_index shard_index, int worker)
{
    const EmixEngine *e = pass->engine;
    double *buffer = emix_engine_row_buffer(e, worker);
    EmixShard shard = {
        .likelihood_only = pass->kind == EMIX_PASS_EVALUATE,
        .single = pass->kind == EMIX_PASS_SINGLE,
        .assess = pass->kind == EMIX_PASS_ASSESS || pass->kind == EMIX_PASS_EVALUATE,
        .sample = shard_index == emix_shard_plan_first(&pass->plan, lane),
        .partial = pass->partial,
        .inverse_temperature = pass->inverse_temperature,
        .error = pass->error,
    };
    shard.first_row = pass->first_row +
                      emix_shard_plan_rows(&pass->plan, shard_index, &shard.n_rows);
    if (shard.single) {
        shard.x_single = emix_data_sweep_view_single(sweep, shard.first_row, shard.n_rows,
                                                     &shard.ldx);
    }
    if (shard.x_single == NULL) {
        shard.x = emix_data_sweep_view(sweep, shard.first_row, shard.n_rows, buffer, &shard.ldx);
    }
    shard.row_weights = e->data->row_weights ? e->data->row_weights + shard.first_row : NULL;
    shard.labels = e->labelled ? e->data->labels + shard.first_row : NULL;
    return shard;
}

/* One lane: a fixed run of shards summed in order into the lane's own slot. Which worker runs it
 * affects only which scratch memory is used, so it cannot affect the sum. */
static EmixStatus run_lane(void *context, int lane, int worker)
{
    const PassContext *pass = context;
    EmixEngine *e = pass->engine;
    double *sums = e->lanes + (emix_index)lane * e->sizes.sums;
    const emix_index end = emix_shard_plan_first(&pass->plan, lane + 1);
    EmixStatus status = EMIX_OK;
    EmixSweep sweep = emix_data_sweep_begin(
        e->data, pass->first_row + emix_shard_plan_lane_row(&pass->plan, lane),
        pass->first_row + emix_shard_plan_lane_row(&pass->plan, lane + 1));

    memset(sums, 0, (size_t)pass->sums_length * sizeof *sums);
    double *scratch = emix_engine_scratch(e, worker);
    if (pass->assign == NULL) {
        e->ops->begin_lane(e->self, e->current.derived, scratch);
    }
    for (emix_index s = emix_shard_plan_first(&pass->plan, lane); s < end && status == EMIX_OK;
         ++s) {
        const EmixShard shard = view_shard(pass, &sweep, lane, s, worker);
        if (pass->assign != NULL) {
            emix_index ld = 0;
            double *r = pass->assign(pass->assign_context, &shard, worker, &ld);
            e->ops->given_step(e->self, &shard, r, ld, scratch, sums);
            continue;
        }
        status = e->ops->e_step(e->self, e->current.derived, &shard, scratch, sums);
    }
    if (pass->assign == NULL) {
        e->ops->end_lane(e->self, e->current.derived, scratch, sums);
    }
    emix_data_sweep_end(&sweep);
    return status;
}

/* Slots that one reduction task adds up over all lanes: a few pages. */
enum { REDUCE_CHUNK = 4096 };

/* Adds lanes 1 ... n-1 into lane 0 along a fixed binary tree, for one range of slots. */
static EmixStatus reduce_chunk(void *context, int chunk, int worker)
{
    (void)worker;
    const PassContext *pass = context;
    EmixEngine *e = pass->engine;
    const emix_index first = (emix_index)chunk * REDUCE_CHUNK;
    const emix_index left = pass->sums_length - first;
    const emix_index length = left < REDUCE_CHUNK ? left : REDUCE_CHUNK;
    for (int step = 1; step < pass->plan.n_lanes; step *= 2) {
        for (int lane = 0; lane + step < pass->plan.n_lanes; lane += 2 * step) {
            double *to = e->lanes + (emix_index)lane * e->sizes.sums + first;
            const double *from = e->lanes + (emix_index)(lane + step) * e->sizes.sums + first;
            for (emix_index i = 0; i < length; ++i) {
                to[i] += from[i];
            }
        }
    }
    return EMIX_OK;
}

/* Below this many multiplications a pass takes microseconds, and waking threads as long. */
static const double parallel_pass_flops = 1e6;

static int pass_workers(const PassContext *pass)
{
    const EmixEngine *e = pass->engine;
    const double flops = (double)pass->plan.n_rows * e->sizes.row_flops;
    return flops < parallel_pass_flops ? 1 : e->n_workers;
}

/* Runs the lanes; on failure runs them again in order, for the first one's message. */
static EmixStatus run_lanes(PassContext *pass, int n_workers, EmixError *error)
{
    const int n_lanes = pass->plan.n_lanes;
    const EmixStatus status = emix_parallel_for(n_lanes, n_workers, run_lane, pass);
    if (status == EMIX_OK || error == NULL) {
        return status;
    }
    pass->error = error;
    for (int lane = 0; lane < n_lanes; ++lane) {
        if (run_lane(pass, lane, 0) != EMIX_OK) {
            break;
        }
    }
    return status;
}

static EmixStatus run_pass(PassContext *pass, EmixError *error)
{
    EmixEngine *e = pass->engine;
    const int n_workers = pass_workers(pass);
    const EmixStatus status = run_lanes(pass, n_workers, error);
    if (status != EMIX_OK) {
        return status;
    }
    const int n_chunks = (int)((pass->sums_length + REDUCE_CHUNK - 1) / REDUCE_CHUNK);
    const double began_s = emix_clock_s();
    emix_parallel_for(n_chunks, n_workers, reduce_chunk, pass);
    emix_engine_collect(e, e->lanes);
    e->reduce_s = emix_clock_s() - began_s;
    return EMIX_OK;
}

EmixStatus emix_engine_pass(EmixEngine *engine, EmixPassKind kind, EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .kind = kind,
        .sums_length = kind == EMIX_PASS_EVALUATE ? EMIX_STAT_HEADER : engine->sizes.sums,
        .plan = engine->plan,
    };
    return run_pass(&pass, error);
}

EmixStatus emix_engine_tempered_pass(EmixEngine *engine, double inverse_temperature,
                                     EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .kind = EMIX_PASS_FULL,
        .sums_length = engine->sizes.sums,
        .plan = engine->plan,
        .inverse_temperature = inverse_temperature,
    };
    return run_pass(&pass, error);
}

EmixStatus emix_engine_partial_pass(EmixEngine *engine, emix_index first_row, emix_index n_rows,
                                    EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .kind = EMIX_PASS_FULL,
        .sums_length = engine->sizes.sums,
        .plan = emix_engine_plan(engine, n_rows),
        .first_row = first_row,
        .partial = true,
    };
    return run_pass(&pass, error);
}

EmixStatus emix_engine_given_pass(EmixEngine *engine, EmixAssign assign, void *context,
                                  EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .assign = assign,
        .assign_context = context,
        .sums_length = engine->sizes.sums,
        .plan = engine->plan,
    };
    return run_pass(&pass, error);
}
