/* What is done with parameters between passes: independent tasks, one a component in a mixture. */
#include "em/engine.h"

#include <math.h>
#include <string.h>

#include "parallel/parallel.h"

/* What a parallel region works on. */
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
                           emix_engine_scratch(e, worker), c->error);
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
    return e->ops->m_step(&e->spec, task, &step, emix_engine_scratch(e, worker), c->error);
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
    return is_joined(e)
               ? e->ops->constrain(&e->spec, step, point->params, emix_engine_scratch(e, 0), error)
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
                                                emix_engine_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus expected_log_joint_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    e->task_values[task] = e->ops->expected_log_joint(
        &e->spec, task, e->lane_stats, e->current.params, c->point->params, c->point->derived,
        emix_engine_scratch(e, worker));
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
                                             emix_engine_scratch(e, worker));
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
                   c->to, emix_engine_scratch(e, worker));
    return EMIX_OK;
}

static EmixStatus decode_task(void *context, int task, int worker)
{
    const TaskContext *c = context;
    EmixEngine *e = c->engine;
    return e->ops->decode(&e->spec, task, e->lane_stats, c->point->params, c->point->derived,
                          c->from, c->to, emix_engine_scratch(e, worker));
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
