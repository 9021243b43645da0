/* The pass over shards, lanes and workers; the whole parallel part of EM. */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "data/sweep.h"
#include "parallel/parallel.h"

/* What a parallel region works on. */
typedef struct PassContext {
    EmixEngine *engine;
    EmixPassKind kind;
    EmixAssign assign; /* NULL: the model's own E-step */
    void *assign_context;
    emix_index stats_length; /* slots to zero and to add up */
    EmixError *error;        /* set only when lanes run one after another */
    EmixShardPlan plan;      /* of the rows that take part */
    emix_index first_row;    /* of them, in the data set */
    bool partial;            /* of EmixShard, as is the next */
    double inverse_temperature;
} PassContext;

static double *worker_scratch(const EmixEngine *e, int worker)
{
    return e->scratch + (emix_index)worker * e->sizes.scratch;
}

double *emix_engine_row_buffer(const EmixEngine *engine, int worker)
{
    const emix_index each = engine->plan.shard_rows * engine->spec.kernel_shape.n_features;
    return engine->row_buffers ? engine->row_buffers + (emix_index)worker * each : NULL;
}

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
    shard.labels = e->spec.labelled ? e->data->labels + shard.first_row : NULL;
    return shard;
}

/* One lane: a fixed run of shards summed in order into the lane's own slot. Which worker runs it
 * affects only which scratch memory is used, so it cannot affect the sum. */
static EmixStatus run_lane(void *context, int lane, int worker)
{
    const PassContext *pass = context;
    EmixEngine *e = pass->engine;
    double *stats = e->lane_stats + (emix_index)lane * e->sizes.stats;
    const emix_index end = emix_shard_plan_first(&pass->plan, lane + 1);
    EmixStatus status = EMIX_OK;
    EmixSweep sweep = emix_data_sweep_begin(
        e->data, pass->first_row + emix_shard_plan_lane_row(&pass->plan, lane),
        pass->first_row + emix_shard_plan_lane_row(&pass->plan, lane + 1));

    memset(stats, 0, (size_t)pass->stats_length * sizeof *stats);
    double *scratch = worker_scratch(e, worker);
    if (pass->assign == NULL) {
        e->ops->begin_lane(&e->spec, e->current.derived, scratch);
    }
    for (emix_index s = emix_shard_plan_first(&pass->plan, lane); s < end && status == EMIX_OK;
         ++s) {
        const EmixShard shard = view_shard(pass, &sweep, lane, s, worker);
        if (pass->assign != NULL) {
            emix_index ld = 0;
            double *r = pass->assign(pass->assign_context, &shard, worker, &ld);
            e->ops->given_step(&e->spec, &shard, r, ld, scratch, stats);
            continue;
        }
        status = e->ops->e_step(&e->spec, e->current.derived, &shard, scratch, stats);
    }
    if (pass->assign == NULL) {
        e->ops->end_lane(&e->spec, e->current.derived, scratch, stats);
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
    const emix_index left = pass->stats_length - first;
    const emix_index length = left < REDUCE_CHUNK ? left : REDUCE_CHUNK;
    for (int step = 1; step < pass->plan.n_lanes; step *= 2) {
        for (int lane = 0; lane + step < pass->plan.n_lanes; lane += 2 * step) {
            double *to = e->lane_stats + (emix_index)lane * e->sizes.stats + first;
            const double *from = e->lane_stats + (emix_index)(lane + step) * e->sizes.stats + first;
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
    const int n_chunks = (int)((pass->stats_length + REDUCE_CHUNK - 1) / REDUCE_CHUNK);
    const double began_s = emix_clock_s();
    emix_parallel_for(n_chunks, n_workers, reduce_chunk, pass);
    e->reduce_s = emix_clock_s() - began_s;
    return EMIX_OK;
}

EmixStatus emix_engine_pass(EmixEngine *engine, EmixPassKind kind, EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .kind = kind,
        .stats_length = kind == EMIX_PASS_EVALUATE ? EMIX_STAT_HEADER : engine->sizes.stats,
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
        .stats_length = engine->sizes.stats,
        .plan = engine->plan,
        .inverse_temperature = inverse_temperature,
    };
    return run_pass(&pass, error);
}

static EmixShardPlan plan_rows(const EmixEngine *e, emix_index n_rows)
{
    return emix_shard_plan(n_rows, e->spec.kernel_shape.n_rows,
                           e->sizes.stats * (emix_index)sizeof(double));
}

EmixStatus emix_engine_partial_pass(EmixEngine *engine, emix_index first_row, emix_index n_rows,
                                    EmixError *error)
{
    PassContext pass = {
        .engine = engine,
        .kind = EMIX_PASS_FULL,
        .stats_length = engine->sizes.stats,
        .plan = plan_rows(engine, n_rows),
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
        .stats_length = engine->sizes.stats,
        .plan = engine->plan,
    };
    return run_pass(&pass, error);
}

/* Prepare and M-step: independent tasks, one a component in a mixture. */
typedef struct TaskContext {
    EmixEngine *engine;
    const EmixShrinkage *shrinkage;
    const EmixPoint *point; /* prepared, evaluated or anchor of a chart */
    const double *from;     /* params to encode, or coordinates to decode */
    double *to;
    EmixError *error; /* set only when tasks run one after another */
} TaskContext;

static EmixStatus prepare_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    return e->ops->prepare(&e->spec, task, c->point->params, c->point->derived,
                           worker_scratch(e, worker), c->error);
}

static EmixMStep m_step_of(const TaskContext *c)
{
    const EmixEngine *e = c->engine;
    return (EmixMStep){
        .stats = e->lane_stats,
        .shrinkage = c->shrinkage,
        .old_params = e->current.params,
        .params = e->next.params,
        .derived = e->next.derived,
    };
}

static EmixStatus m_step_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    const EmixMStep step = m_step_of(c);
    return e->ops->m_step(&e->spec, task, &step, worker_scratch(e, worker), c->error);
}

/* Below this many multiplications, starting threads costs more than it saves. */
static const double parallel_task_flops = 1e5;

static int task_workers(const EmixEngine *e)
{
    const double d = (double)e->spec.kernel_shape.n_features;
    return (double)e->sizes.n_tasks * d * d * d < parallel_task_flops ? 1 : e->n_workers;
}

/* Runs the tasks; on failure runs them again in order, for the first one's message. */
static EmixStatus run_tasks(TaskContext *context, EmixTask task, EmixError *error)
{
    const EmixEngine *e = context->engine;
    const EmixStatus status = emix_parallel_for(e->sizes.n_tasks, task_workers(e), task, context);
    if (status == EMIX_OK || error == NULL) {
        return status;
    }
    context->error = error;
    for (int t = 0; t < e->sizes.n_tasks; ++t) {
        if (task(context, t, 0) != EMIX_OK) {
            break;
        }
    }
    return status;
}

/* Whether the model's components are joined by a constraint. */
static bool is_joined(const EmixEngine *e)
{
    return e->ops->constrain != NULL && e->spec.eigenvalue_ratio > 0.0;
}

static EmixStatus constrain(EmixEngine *e, const EmixMStep *step, EmixPoint *point,
                            EmixError *error)
{
    return is_joined(e) ? e->ops->constrain(&e->spec, step, point->params, e->scratch, error)
                        : EMIX_OK;
}

EmixStatus emix_engine_prepare_point(EmixEngine *engine, EmixPoint *point, EmixError *error)
{
    TaskContext context = {.engine = engine, .point = point};
    const EmixStatus status = constrain(engine, NULL, point, error);
    return status == EMIX_OK ? run_tasks(&context, prepare_task, error) : status;
}

EmixStatus emix_engine_prepare(EmixEngine *engine, EmixError *error)
{
    return emix_engine_prepare_point(engine, &engine->current, error);
}

EmixStatus emix_engine_m_step(EmixEngine *engine, const EmixShrinkage *shrinkage, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    TaskContext context = {.engine = engine, .shrinkage = shrinkage, .point = &engine->next};
    EMIX_TRY(run_tasks(&context, m_step_task, error));
    if (is_joined(engine)) {
        const EmixMStep step = m_step_of(&context);
        EMIX_TRY(constrain(engine, &step, &engine->next, error));
        EMIX_TRY(run_tasks(&context, prepare_task, error));
    }
cleanup:
    return status;
}

static EmixStatus step_length_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->step_length2(&e->spec, task, e->lane_stats, e->current.params,
                                                e->current.derived, e->next.params,
                                                worker_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus expected_log_joint_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->expected_log_joint(&e->spec, task, e->lane_stats,
                                                      e->current.params, c->point->params,
                                                      c->point->derived, worker_scratch(e, worker));
    return EMIX_OK;
}

/* The sum, in order, of what each task puts into task_values. */
static double sum_over_tasks(TaskContext *context, EmixTask task)
{
    const EmixEngine *e = context->engine;
    emix_parallel_for(e->sizes.n_tasks, task_workers(e), task, context);
    double sum = 0.0;
    for (int t = 0; t < e->sizes.n_tasks; ++t) {
        sum += e->task_values[t];
    }
    return sum;
}

double emix_engine_step_length2(EmixEngine *engine)
{
    TaskContext context = {.engine = engine};
    return sum_over_tasks(&context, step_length_task);
}

double emix_engine_expected_log_joint(EmixEngine *engine, const EmixPoint *point)
{
    TaskContext context = {.engine = engine, .point = point};
    return sum_over_tasks(&context, expected_log_joint_task);
}

static EmixStatus log_prior_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->log_prior(&e->spec, task, c->point->params, c->point->derived,
                                             worker_scratch(e, worker));
    return EMIX_OK;
}

double emix_engine_log_prior(EmixEngine *engine, const EmixPoint *point)
{
    TaskContext context = {.engine = engine, .point = point};
    return engine->ops->log_prior != NULL ? sum_over_tasks(&context, log_prior_task) : 0.0;
}

static EmixStatus encode_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->ops->encode(&e->spec, task, e->lane_stats, c->point->params, c->point->derived, c->from,
                   c->to, worker_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus decode_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    return e->ops->decode(&e->spec, task, e->lane_stats, c->point->params, c->point->derived,
                          c->from, c->to, worker_scratch(e, worker));
}

EmixStatus emix_engine_encode(EmixEngine *engine, const EmixPoint *anchor, const double *params,
                              double *coordinates)
{
    TaskContext context = {.engine = engine, .point = anchor, .from = params, .to = coordinates};
    memset(coordinates, 0, (size_t)engine->sizes.params * sizeof *coordinates);
    const EmixStatus status = run_tasks(&context, encode_task, NULL);
    for (emix_index i = 0; i < engine->sizes.params; ++i) {
        if (!isfinite(coordinates[i])) {
            return EMIX_ERR_NONFINITE;
        }
    }
    return status;
}

EmixStatus emix_engine_decode(EmixEngine *engine, const EmixPoint *anchor,
                              const double *coordinates, double *params)
{
    TaskContext context = {.engine = engine, .point = anchor, .from = coordinates, .to = params};
    return run_tasks(&context, decode_task, NULL);
}

double emix_engine_objective(EmixEngine *engine)
{
    return emix_engine_log_likelihood(engine) + emix_engine_log_prior(engine, &engine->current);
}

void emix_engine_advance(EmixEngine *engine)
{
    const EmixPoint point = engine->current;
    engine->current = engine->next;
    engine->next = point;
}

void emix_engine_advance_from_anchor(EmixEngine *engine)
{
    const EmixPoint point = engine->anchor;
    engine->anchor = engine->current;
    engine->current = engine->next;
    engine->next = point;
}

void emix_engine_swap_trial(EmixEngine *engine)
{
    const EmixPoint point = engine->current;
    engine->current = engine->trial;
    engine->trial = point;
}

double emix_engine_log_likelihood(const EmixEngine *engine)
{
    return engine->lane_stats[EMIX_STAT_LOG_LIKELIHOOD] +
           engine->lane_stats[EMIX_STAT_LOG_LIKELIHOOD_TAIL];
}

const double *emix_engine_stats(const EmixEngine *engine)
{
    return engine->lane_stats;
}

double *emix_engine_scratch(EmixEngine *engine)
{
    return engine->scratch;
}

static EmixStatus allocate_point(const EmixEngine *e, EmixPoint *point, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(point->params, e->sizes.params);
    EMIX_TRY_ALLOC(point->derived, e->sizes.derived);
cleanup:
    return status;
}

EmixStatus emix_engine_enable_acceleration(EmixEngine *e, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(allocate_point(e, &e->anchor, error));
    EMIX_TRY(allocate_point(e, &e->trial, error));
    EMIX_TRY_ALLOC(e->coordinates, 2 * e->sizes.params);
cleanup:
    return status;
}

static EmixStatus allocate(EmixEngine *e, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index lane_doubles = 0;
    const emix_index d = e->spec.kernel_shape.n_features;
    if (!emix_multiply(e->plan.n_lanes, e->sizes.stats, &lane_doubles)) {
        return emix_fail_nomem(error, e->sizes.stats, sizeof(double));
    }
    EMIX_TRY(allocate_point(e, &e->current, error));
    EMIX_TRY(allocate_point(e, &e->next, error));
    EMIX_TRY_ALLOC(e->lane_stats, lane_doubles);
    EMIX_TRY_ALLOC(e->scratch, e->n_workers * e->sizes.scratch);
    EMIX_TRY_ALLOC(e->task_values, e->sizes.n_tasks);
    if (emix_data_needs_buffer(e->data)) {
        EMIX_TRY_ALLOC(e->row_buffers, e->n_workers * e->plan.shard_rows * d);
    }
cleanup:
    return status;
}

EmixStatus emix_engine_create(const EmixModelOps *ops, const EmixModelSpec *spec,
                              const EmixDataset *data, int n_workers, EmixEngine **engine,
                              EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = NULL;
    EMIX_TRY_ALLOC(e, 1);
    e->ops = ops;
    e->spec = *spec;
    e->data = data;
    e->n_workers = n_workers;
    EMIX_TRY(ops->measure(spec, &e->sizes, error));
    e->plan = plan_rows(e, data->n_rows);
    EMIX_TRY(allocate(e, error));
    *engine = e;
    e = NULL;
cleanup:
    emix_engine_destroy(e);
    return status;
}

static void free_point(const EmixPoint *point)
{
    emix_free(point->derived);
    emix_free(point->params);
}

void emix_engine_destroy(EmixEngine *engine)
{
    if (engine == NULL) {
        return;
    }
    emix_free(engine->block_stats);
    emix_free(engine->row_buffers);
    emix_free(engine->task_values);
    emix_free(engine->scratch);
    emix_free(engine->lane_stats);
    emix_free(engine->coordinates);
    free_point(&engine->trial);
    free_point(&engine->anchor);
    free_point(&engine->next);
    free_point(&engine->current);
    emix_free(engine);
}
