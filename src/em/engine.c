/* Memory of an engine, and its points. */
#include "em/engine.h"

#include "core/alloc.h"

EmixShardPlan emix_engine_plan(const EmixEngine *engine, emix_index n_rows)
{
    return emix_shard_plan(n_rows, engine->sizes.shard_rows,
                           engine->sizes.sums * (emix_index)sizeof(double));
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
    if (!emix_multiply(e->plan.n_lanes, e->sizes.sums, &lane_doubles)) {
        return emix_fail_nomem(error, e->sizes.sums, sizeof(double));
    }
    EMIX_TRY(allocate_point(e, &e->current, error));
    EMIX_TRY(allocate_point(e, &e->next, error));
    EMIX_TRY_ALLOC(e->lanes, lane_doubles);
    e->stats = e->lanes;
    if (e->ops->collect != NULL) {
        EMIX_TRY_ALLOC(e->collected, e->sizes.stats);
        e->stats = e->collected;
    }
    EMIX_TRY_ALLOC(e->scratch, e->n_workers * e->sizes.scratch);
    EMIX_TRY_ALLOC(e->task_values, e->sizes.n_tasks);
    if (emix_data_needs_buffer(e->data)) {
        EMIX_TRY_ALLOC(e->row_buffers, e->n_workers * e->plan.shard_rows * e->sizes.n_features);
    }
cleanup:
    return status;
}

EmixStatus emix_engine_create(const EmixModelOps *ops, const void *self, const EmixDataset *data,
                              int n_workers, EmixEngine **engine, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = NULL;
    EMIX_TRY_ALLOC(e, 1);
    e->ops = ops;
    e->self = self;
    e->data = data;
    e->n_workers = n_workers;
    ops->measure(self, &e->sizes);
    e->plan = emix_engine_plan(e, data->n_rows);
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
    emix_free(engine->block_sums);
    emix_free(engine->row_buffers);
    emix_free(engine->task_values);
    emix_free(engine->scratch);
    emix_free(engine->collected);
    emix_free(engine->lanes);
    emix_free(engine->coordinates);
    free_point(&engine->trial);
    free_point(&engine->anchor);
    free_point(&engine->next);
    free_point(&engine->current);
    emix_free(engine);
}

EmixShard emix_engine_shard(const EmixRows *rows)
{
    return (EmixShard){
        .x = rows->x,
        .x_single = rows->x_single,
        .row_weights = rows->row_weights,
        .labels = rows->labels,
        .n_rows = rows->n_rows,
        .ldx = rows->ldx,
        .first_row = rows->first_row,
    };
}

double *emix_engine_scratch(const EmixEngine *engine, int worker)
{
    return engine->scratch + (emix_index)worker * engine->sizes.scratch;
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
    return engine->stats[EMIX_STAT_LOG_LIKELIHOOD] + engine->stats[EMIX_STAT_LOG_LIKELIHOOD_TAIL];
}

const double *emix_engine_stats(const EmixEngine *engine)
{
    return engine->stats;
}

double emix_engine_objective(EmixEngine *engine)
{
    return emix_engine_log_likelihood(engine) + emix_engine_log_prior(engine, &engine->current);
}
