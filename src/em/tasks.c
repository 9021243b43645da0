/* Work on parameters between passes, as independent tasks: in a mixture, one per component. */
#include "em/engine.h"

#include <math.h>
#include <string.h>

#include "parallel/parallel.h"
#include "parallel/try.h"

/* What the tasks of a parallel region share. */
typedef struct TaskContext {
    EmixEngine *engine;
    int phase; /* of the M-step */
    const EmixShrinkage *shrinkage;
    const EmixPoint *point; /* point to prepare or evaluate, or anchor of a chart */
    const double *from;     /* params to encode, coordinates to decode, or sums to collect */
    double *to;
} TaskContext;

static EmixStatus prepare_task(void *context, int task, int worker, EmixError *error)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    return e->ops->prepare(e->self, task, c->point->params, c->point->derived,
                           emix_engine_scratch(e, worker), error);
}

static EmixStatus m_step_task(void *context, int task, int worker, EmixError *error)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    const EmixMStep step = {
        .stats = e->stats,
        .shrinkage = c->shrinkage,
        .old_params = e->current.params,
        .params = e->next.params,
        .derived = e->next.derived,
    };
    return e->ops->m_step(e->self, c->phase, task, &step, emix_engine_scratch(e, worker), error);
}

/* Multiplications below which starting threads costs more than it saves. */
static const double parallel_task_flops = 1e5;

static int task_workers(const EmixEngine *e, int n_tasks)
{
    return (double)n_tasks * e->sizes.task_flops < parallel_task_flops ? 1 : e->n_workers;
}

/* On failure the message is that of the first task in order. */
static EmixStatus run_tasks(TaskContext *context, int n_tasks, EmixFallibleTask task,
                            EmixError *error)
{
    return emix_parallel_try(n_tasks, task_workers(context->engine, n_tasks), task, context, error);
}

EmixStatus emix_engine_prepare_point(EmixEngine *engine, EmixPoint *point, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    TaskContext context = {.engine = engine, .point = point};
    if (engine->sizes.projects) {
        EMIX_TRY(engine->ops->project(engine->self, point->params, emix_engine_scratch(engine, 0),
                                      error));
    }
    EMIX_TRY(run_tasks(&context, engine->sizes.n_tasks, prepare_task, error));
cleanup:
    return status;
}

EmixStatus emix_engine_prepare(EmixEngine *engine, EmixError *error)
{
    return emix_engine_prepare_point(engine, &engine->current, error);
}

EmixStatus emix_engine_m_step(EmixEngine *engine, const EmixShrinkage *shrinkage, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    TaskContext context = {.engine = engine, .shrinkage = shrinkage, .point = &engine->next};
    for (int phase = 0; phase < engine->sizes.n_phases; ++phase) {
        context.phase = phase;
        EMIX_TRY(run_tasks(&context, engine->sizes.phase_tasks[phase], m_step_task, error));
    }
cleanup:
    return status;
}

static EmixStatus collect_task(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    (void)worker;
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->ops->collect(e->self, task, c->from, e->current.params, e->stats);
    return EMIX_OK;
}

void emix_engine_collect(EmixEngine *engine, const double *sums)
{
    TaskContext context = {.engine = engine, .from = sums};
    if (engine->collected == NULL) {
        if (sums != engine->lanes) {
            memcpy(engine->lanes, sums, (size_t)engine->sizes.sums * sizeof *sums);
        }
        return;
    }
    memcpy(engine->stats, sums, EMIX_STAT_HEADER * sizeof *sums);
    run_tasks(&context, engine->sizes.n_tasks, collect_task, NULL);
}

static EmixStatus step_length_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->step_length2(e->self, task, e->stats, e->current.params,
                                                e->current.derived, e->next.params,
                                                emix_engine_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus step_noise_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->step_noise2(e->self, task, e->stats, e->current.params,
                                               e->current.derived, emix_engine_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus expected_log_joint_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->expected_log_joint(e->self, task, e->stats, e->current.params,
                                                      c->point->params, c->point->derived,
                                                      emix_engine_scratch(e, worker));
    return EMIX_OK;
}

/* Adds up, in order, the value that each task stores in task_values. */
static double sum_over_tasks(TaskContext *context, EmixTask task)
{
    const EmixEngine *e = context->engine;
    emix_parallel_for(e->sizes.n_tasks, task_workers(e, e->sizes.n_tasks), task, context);
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

double emix_engine_step_noise2(EmixEngine *engine)
{
    TaskContext context = {.engine = engine};
    return engine->ops->step_noise2 != NULL ? sum_over_tasks(&context, step_noise_task)
                                            : engine->stats[EMIX_STAT_ROW_WEIGHT];
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
    e->task_values[task] = e->ops->log_prior(e->self, task, c->point->params, c->point->derived,
                                             emix_engine_scratch(e, worker));
    return EMIX_OK;
}

double emix_engine_log_prior(EmixEngine *engine, const EmixPoint *point)
{
    TaskContext context = {.engine = engine, .point = point};
    return engine->ops->log_prior != NULL ? sum_over_tasks(&context, log_prior_task) : 0.0;
}

static EmixStatus encode_task(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->ops->encode(e->self, task, e->stats, c->point->params, c->point->derived, c->from, c->to,
                   emix_engine_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus decode_task(void *context, int task, int worker, EmixError *error)
{
    (void)error;
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    return e->ops->decode(e->self, task, e->stats, c->point->params, c->point->derived, c->from,
                          c->to, emix_engine_scratch(e, worker));
}

EmixStatus emix_engine_encode(EmixEngine *engine, const EmixPoint *anchor, const double *params,
                              double *coordinates)
{
    TaskContext context = {.engine = engine, .point = anchor, .from = params, .to = coordinates};
    memset(coordinates, 0, (size_t)engine->sizes.params * sizeof *coordinates);
    const EmixStatus status = run_tasks(&context, engine->sizes.n_tasks, encode_task, NULL);
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
    return run_tasks(&context, engine->sizes.n_tasks, decode_task, NULL);
}
