/* One sweep over the data and, beside them, the responsibilities. Lanes and shards are those of a
 * pass, so the bits do not depend on the number of workers. */
#include "query/elbo.h"

#include <math.h>

#include "core/alloc.h"
#include "data/stream.h"
#include "query/model_engine.h"
#include "seeds/scan.h"
#include "linalg/linalg.h"
#include "mixture/bound.h"
#include "parallel/parallel.h"

/* How far the sum of a row of responsibilities may be from 1. */
static const double sum_tolerance = 1e-9;

typedef struct ElboSweep {
    const EmixEngine *engine;
    const EmixDataset *q;
    emix_index joint_size; /* doubles a worker */
    emix_index q_size;     /* doubles a worker; 0 = q lie in memory as doubles */
    double *joints;
    double *q_rows;
    EmixBoundSums *lanes; /* [n_lanes] */
    EmixError *error;     /* set only when lanes run one after another */
} ElboSweep;

/* q [n_rows x K], row stride ldq. */
static EmixStatus check_responsibilities(const EmixDataset *data, emix_index first_row,
                                         emix_index n_rows, const double *q, emix_index ldq,
                                         EmixError *error)
{
    char row[64];
    const char *source = data->source ? data->source : "responsibilities";
    for (emix_index i = 0; i < n_rows; ++i) {
        double sum = 0.0;
        for (emix_index k = 0; k < data->n_features; ++k) {
            const double value = q[i * ldq + k];
            if (!(value >= 0.0) || isinf(value)) {
                return emix_fail(error, EMIX_ERR_NONFINITE,
                                 "%s, %s, column %lld: the responsibility %g is not a number >= 0",
                                 source,
                                 emix_data_describe_row(data, first_row + i, row, sizeof row),
                                 (long long)k + 1, value);
            }
            sum += value;
        }
        if (!(fabs(sum - 1.0) <= sum_tolerance)) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "%s, %s: the responsibilities sum to %.12g, must be 1 within %g",
                             source, emix_data_describe_row(data, first_row + i, row, sizeof row),
                             sum, sum_tolerance);
        }
    }
    return EMIX_OK;
}

static EmixStatus run_shard(const ElboSweep *sweep, emix_index index, int worker,
                            EmixSweep *data_sweep, EmixSweep *q_sweep, EmixBoundSums *sums)
{
    EmixStatus status = EMIX_OK;
    const EmixEngine *e = sweep->engine;
    EmixShard shard = {0};
    emix_index ldq = 0;
    shard.first_row = emix_shard_plan_rows(&e->plan, index, &shard.n_rows);
    shard.x = emix_data_sweep_view(data_sweep, shard.first_row, shard.n_rows,
                                   emix_engine_row_buffer(e, worker), &shard.ldx);
    shard.row_weights = e->data->row_weights ? e->data->row_weights + shard.first_row : NULL;
    const double *q = emix_data_sweep_view(q_sweep, shard.first_row, shard.n_rows,
                                           sweep->q_rows + (emix_index)worker * sweep->q_size,
                                           &ldq);
    EMIX_TRY(emix_scan_check_rows(e->data, shard.first_row, shard.n_rows, shard.x, shard.ldx,
                                  sweep->error));
    EMIX_TRY(check_responsibilities(sweep->q, shard.first_row, shard.n_rows, q, ldq, sweep->error));
    const EmixJoint joint = emix_mixture_joint(
        e->self, e->current.derived, &shard, emix_engine_scratch(e, worker),
        sweep->joints + (emix_index)worker * sweep->joint_size);
    emix_bound_add(((const EmixMixture *)e->self)->shape.n_components, &shard, &joint, q, ldq,
                   sums);
cleanup:
    return status;
}

static EmixStatus run_lane(void *context, int lane, int worker)
{
    const ElboSweep *sweep = context;
    const EmixShardPlan *plan = &sweep->engine->plan;
    const emix_index begin_row = emix_shard_plan_lane_row(plan, lane);
    const emix_index end_row = emix_shard_plan_lane_row(plan, lane + 1);
    const emix_index end = emix_shard_plan_first(plan, lane + 1);
    EmixStatus status = EMIX_OK;
    EmixBoundSums sums = {0};
    EmixSweep data_sweep = emix_data_sweep_begin(sweep->engine->data, begin_row, end_row);
    EmixSweep q_sweep = emix_data_sweep_begin(sweep->q, begin_row, end_row);
    for (emix_index s = emix_shard_plan_first(plan, lane); s < end && status == EMIX_OK; ++s) {
        status = run_shard(sweep, s, worker, &data_sweep, &q_sweep, &sums);
    }
    emix_data_sweep_end(&q_sweep);
    emix_data_sweep_end(&data_sweep);
    sweep->lanes[lane] = sums;
    return status;
}

/* Runs all lanes; on failure again in order, for the first message. */
static EmixStatus run_lanes(ElboSweep *sweep, EmixError *error)
{
    const EmixEngine *e = sweep->engine;
    const EmixStatus status = emix_parallel_for(e->plan.n_lanes, e->n_workers, run_lane, sweep);
    sweep->error = error;
    for (int lane = 0; status != EMIX_OK && lane < e->plan.n_lanes; ++lane) {
        if (run_lane(sweep, lane, 0) != EMIX_OK) {
            break;
        }
    }
    return status;
}

static EmixElbo total_of(const EmixBoundSums *lanes, int n_lanes)
{
    EmixBoundSums sums = {0};
    for (int lane = 0; lane < n_lanes; ++lane) {
        emix_bound_merge(&sums, &lanes[lane]);
    }
    EmixElbo elbo = {
        .log_likelihood = emix_sum_total(&sums.log_likelihood),
        .kl = emix_sum_total(&sums.kl),
        .entropy = emix_sum_total(&sums.entropy),
        .expected_log_joint = emix_sum_total(&sums.expected_log_joint),
    };
    if (sums.lost_row) {
        elbo.log_likelihood = -INFINITY;
    }
    if (sums.impossible) { /* as it is in a lost row, whatever its q */
        elbo.expected_log_joint = -INFINITY;
        elbo.kl = INFINITY;
    }
    elbo.elbo = elbo.expected_log_joint + elbo.entropy;
    return elbo;
}

static EmixStatus check_shape(const EmixModel *model, const EmixDataset *data, const EmixDataset *q,
                              EmixError *error)
{
    if (q->n_rows != data->n_rows || q->n_features != model->n_components) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "%s%sthe responsibilities are %lld rows x %lld columns, must be %lld rows "
                         "of the data x %lld components",
                         q->source ? q->source : "", q->source ? ": " : "", (long long)q->n_rows,
                         (long long)q->n_features, (long long)data->n_rows,
                         (long long)model->n_components);
    }
    return EMIX_OK;
}

EmixStatus emix_elbo_run(const EmixContext *context, const EmixModel *model,
                         const EmixDataset *data, const EmixDataset *responsibilities,
                         EmixElbo *elbo, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModelEngine m = {0};
    ElboSweep sweep = {.q = responsibilities};
    emix_blas_enter_serial();
    EMIX_TRY(check_shape(model, data, responsibilities, error));
    EMIX_TRY(emix_model_engine_init(context, model, data, &m, error));
    sweep.engine = m.engine;
    sweep.joint_size = emix_mixture_joint_size(m.mixture);
    if (emix_data_needs_buffer(responsibilities)) {
        sweep.q_size = m.engine->plan.shard_rows * model->n_components;
    }
    EMIX_TRY_ALLOC(sweep.joints, m.engine->n_workers * sweep.joint_size);
    EMIX_TRY_ALLOC(sweep.q_rows, m.engine->n_workers * sweep.q_size);
    EMIX_TRY_ALLOC(sweep.lanes, m.engine->plan.n_lanes);
    EMIX_TRY(run_lanes(&sweep, error));
    *elbo = total_of(sweep.lanes, m.engine->plan.n_lanes);
cleanup:
    emix_free(sweep.lanes);
    emix_free(sweep.q_rows);
    emix_free(sweep.joints);
    emix_model_engine_clear(&m);
    emix_blas_leave_serial();
    return status;
}
