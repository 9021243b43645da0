/* Densities, responsibilities, labels and new rows from a model. */
#include "query/predictor.h"

#include <math.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "data/sweep.h"
#include "families/registry.h"
#include "query/model_engine.h"
#include "linalg/linalg.h"
#include "mixture/mixture.h"

/* What is written of a window of rows. */
typedef struct Window {
    const EmixEngine *engine;
    emix_index first_row;
    const EmixPrediction *out;
} Window;

static EmixStatus predict_rows(void *context, const EmixRows *rows, int worker, void *lane,
                               EmixError *error)
{
    (void)lane;
    (void)error;
    const Window *window = context;
    const EmixEngine *e = window->engine;
    const EmixPrediction *out = window->out;
    const emix_index n_components = ((const EmixMixture *)e->self)->shape.n_components;
    const emix_index at = rows->first_row - window->first_row;
    EmixShard shard = emix_engine_shard(rows);
    shard.row_weights = NULL;
    shard.labels = NULL;
    const EmixPosterior posterior = {
        .log_density = out->log_density ? out->log_density + at : NULL,
        .responsibilities = out->responsibilities ? out->responsibilities + at * n_components
                                                  : NULL,
        .labels = out->labels ? out->labels + at : NULL,
    };
    emix_mixture_posterior(e->self, e->current.derived, &shard, emix_engine_scratch(e, worker),
                           &posterior);
    return EMIX_OK;
}

EmixStatus emix_predictor_predict(const EmixContext *context, const EmixModel *model,
                                  const EmixDataset *data, emix_index first_row, emix_index n_rows,
                                  const EmixPrediction *out, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModelEngine m = {0};
    emix_blas_enter_serial();
    EMIX_TRY(emix_model_engine_init(context, model, data, &m, error));
    Window window = {.engine = m.engine, .first_row = first_row, .out = out};
    const EmixSweepJob job = {
        .data = data,
        .plan = emix_shard_plan(n_rows, m.engine->plan.shard_rows, 1),
        .first_row = first_row,
        .n_workers = m.engine->n_workers,
        .check = true,
        .context = &window,
        .shard = predict_rows,
        .row_buffers = m.engine->row_buffers,
    };
    EMIX_TRY(emix_sweep_run(&job, error));
cleanup:
    emix_model_engine_clear(&m);
    emix_blas_leave_serial();
    return status;
}

/* The sweep itself checks the rows. */
static EmixStatus pass_over(void *context, const EmixRows *rows, int worker, void *lane,
                            EmixError *error)
{
    (void)context;
    (void)rows;
    (void)worker;
    (void)lane;
    (void)error;
    return EMIX_OK;
}

EmixStatus emix_predictor_score(const EmixContext *context, const EmixModel *model,
                                const EmixDataset *data, double *log_likelihood, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModelEngine m = {0};
    emix_blas_enter_serial();
    EMIX_TRY(emix_model_engine_init(context, model, data, &m, error));
    const EmixSweepJob check = {
        .data = data,
        .plan = m.engine->plan,
        .n_workers = m.engine->n_workers,
        .check = true,
        .shard = pass_over,
        .row_buffers = m.engine->row_buffers,
    };
    EMIX_TRY(emix_sweep_run(&check, error));
    EMIX_TRY(emix_engine_pass(m.engine, EMIX_PASS_EVALUATE, error));
    *log_likelihood = emix_engine_stats(m.engine)[EMIX_STAT_LOST_ROWS] > 0.0
                          ? -(double)INFINITY
                          : emix_engine_log_likelihood(m.engine);
cleanup:
    emix_model_engine_clear(&m);
    emix_blas_leave_serial();
    return status;
}

/* The component a uniform number falls to. */
static emix_index choose_component(const EmixModel *model, double u)
{
    emix_index last = 0;
    for (emix_index k = 0; k < model->n_components; ++k) {
        if (model->weights[k] > 0.0) {
            last = k;
            u -= model->weights[k];
            if (u < 0.0) {
                return k;
            }
        }
    }
    return last;
}

EmixStatus emix_predictor_sample(const EmixModel *model, uint64_t seed, emix_index first_row,
                                 emix_index n_rows, double *x, emix_index *labels, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixQueryOps *query = emix_family_of(model->parts.family)->query;
    double *memory = NULL;
    emix_blas_enter_serial();
    EMIX_TRY_ALLOC(memory, query->draw_size(&model->parts));
    EMIX_TRY(query->draw_init(&model->parts, memory, error));
    for (emix_index i = 0; i < n_rows; ++i) {
        EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, first_row + i);
        const emix_index k = choose_component(model, emix_rng_uniform(&rng));
        query->draw(&model->parts, k, memory, &rng, x + i * model->n_features);
        if (labels != NULL) {
            labels[i] = k;
        }
    }
cleanup:
    emix_blas_leave_serial();
    emix_free(memory);
    return status;
}
