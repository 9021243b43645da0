/* The pass: a sweep whose lanes are sums. */
#include "em/engine.h"

#include "core/clock.h"
#include "data/sweep.h"

/* What a sweep works on. */
typedef struct PassContext {
    EmixEngine *engine;
    EmixPassKind kind;
    EmixAssign assign; /* NULL: the model's own E-step */
    void *assign_context;
    emix_index sums_length; /* slots to zero and to add up */
    EmixShardPlan plan;     /* of the rows that take part */
    emix_index first_row;   /* of them, in the data set */
    bool partial;           /* of EmixShard, as is the next */
    double inverse_temperature;
} PassContext;

static void begin_lane(void *context, int worker, void *lane)
{
    (void)lane;
    const EmixEngine *e = ((const PassContext *)context)->engine;
    e->ops->begin_lane(e->self, e->current.derived, emix_engine_scratch(e, worker));
}

static void end_lane(void *context, int worker, void *lane)
{
    const EmixEngine *e = ((const PassContext *)context)->engine;
    e->ops->end_lane(e->self, e->current.derived, emix_engine_scratch(e, worker), lane);
}

static EmixShard shard_of(const PassContext *pass, const EmixRows *rows, EmixError *error)
{
    EmixShard shard = emix_engine_shard(rows);
    shard.labels = pass->engine->labelled ? rows->labels : NULL;
    shard.likelihood_only = pass->kind == EMIX_PASS_EVALUATE;
    shard.single = pass->kind == EMIX_PASS_SINGLE;
    shard.assess = pass->kind == EMIX_PASS_ASSESS || pass->kind == EMIX_PASS_EVALUATE;
    shard.sample = rows->first_of_lane;
    shard.partial = pass->partial;
    shard.inverse_temperature = pass->inverse_temperature;
    shard.error = error;
    return shard;
}

static EmixStatus add_shard(void *context, const EmixRows *rows, int worker, void *lane,
                            EmixError *error)
{
    const PassContext *pass = context;
    const EmixEngine *e = pass->engine;
    const EmixShard shard = shard_of(pass, rows, error);
    double *scratch = emix_engine_scratch(e, worker);
    if (pass->assign == NULL) {
        return e->ops->e_step(e->self, e->current.derived, &shard, scratch, lane);
    }
    emix_index ld = 0;
    double *r = pass->assign(pass->assign_context, &shard, worker, &ld);
    e->ops->given_step(e->self, &shard, r, ld, scratch, lane);
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

static EmixStatus run_pass(PassContext *pass, EmixError *error)
{
    EmixEngine *e = pass->engine;
    const bool own = pass->assign == NULL;
    const EmixSweepJob job = {
        .data = e->data,
        .plan = pass->plan,
        .first_row = pass->first_row,
        .n_workers = pass_workers(pass),
        .single = pass->kind == EMIX_PASS_SINGLE,
        .context = pass,
        .begin_lane = own ? begin_lane : NULL,
        .shard = add_shard,
        .end_lane = own ? end_lane : NULL,
        .lanes = e->lanes,
        .lane_stride = (size_t)e->sizes.sums * sizeof *e->lanes,
        .lane_bytes = (size_t)pass->sums_length * sizeof *e->lanes,
        .sum = EMIX_LANES_ALONG_TREE,
        .add_s = &e->reduce_s,
        .row_buffers = e->row_buffers,
    };
    const EmixStatus status = emix_sweep_run(&job, error);
    if (status == EMIX_OK) {
        const double began_s = emix_clock_s();
        emix_engine_collect(e, e->lanes);
        e->reduce_s += emix_clock_s() - began_s;
    }
    return status;
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
