/* The lower bound: one sweep over the data together with the responsibilities. Lanes and shards are
 * those of a pass, so the bits do not depend on the number of workers. */
#include "query/elbo.h"

#include <math.h>

#include "core/alloc.h"
#include "data/sweep.h"
#include "query/model_engine.h"
#include "linalg/linalg.h"
#include "mixture/bound.h"

/* Largest distance of a row sum of responsibilities from 1. */
static const double sum_tolerance = 1e-9;

typedef struct ElboSweep {
    const EmixEngine *engine;
    const EmixDataset *q;
    emix_index joint_size; /* doubles per worker */
    double *joints;
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

static EmixStatus add_rows(void *context, const EmixRows *rows, int worker, void *lane,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const ElboSweep *sweep = context;
    const EmixEngine *e = sweep->engine;
    EmixShard shard = emix_engine_shard(rows);
    shard.labels = NULL; /* the bound is over all components */
    EMIX_TRY(check_responsibilities(sweep->q, rows->first_row, rows->n_rows, rows->beside,
                                    rows->ld_beside, error));
    const EmixJoint joint = emix_mixture_joint(
        e->self, e->current.derived, &shard, emix_engine_scratch(e, worker),
        sweep->joints + (emix_index)worker * sweep->joint_size);
    emix_bound_add(((const EmixMixture *)e->self)->shape.n_components, &shard, &joint, rows->beside,
                   rows->ld_beside, lane);
cleanup:
    return status;
}

static void add_sums(void *context, void *into, const void *from)
{
    (void)context;
    emix_bound_merge(into, from);
}

static EmixElbo elbo_of(const EmixBoundSums *sums)
{
    EmixElbo elbo = {
        .log_likelihood = emix_sum_total(&sums->log_likelihood),
        .kl = emix_sum_total(&sums->kl),
        .entropy = emix_sum_total(&sums->entropy),
        .expected_log_joint = emix_sum_total(&sums->expected_log_joint),
    };
    if (sums->lost_row) {
        elbo.log_likelihood = -INFINITY;
    }
    if (sums->impossible) { /* as in a lost row, for any q */
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
    EmixSweepJob job = {
        .data = data,
        .beside = responsibilities,
        .check = true,
        .context = &sweep,
        .shard = add_rows,
        .lane_stride = sizeof(EmixBoundSums),
        .lane_bytes = sizeof(EmixBoundSums),
        .sum = EMIX_LANES_IN_ORDER,
        .add = add_sums,
    };
    emix_blas_enter_serial();
    EMIX_TRY(check_shape(model, data, responsibilities, error));
    EMIX_TRY(emix_model_engine_init(context, model, data, &m, error));
    sweep.engine = m.engine;
    sweep.joint_size = emix_mixture_joint_size(m.mixture);
    job.plan = m.engine->plan;
    job.n_workers = m.engine->n_workers;
    EMIX_TRY_ALLOC(sweep.joints, m.engine->n_workers * sweep.joint_size);
    EMIX_TRY(emix_sweep_allocate(&job, error));
    EMIX_TRY(emix_sweep_run(&job, error));
    *elbo = elbo_of(emix_sweep_lane(&job, 0));
cleanup:
    emix_sweep_clear(&job);
    emix_free(sweep.joints);
    emix_model_engine_clear(&m);
    emix_blas_leave_serial();
    return status;
}
