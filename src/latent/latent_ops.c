/* A user's latent-variable model behind the engine's table of operations. include/emix/latent.h
 * says what each of its functions promises.
 *
 * params  : the model's
 * derived : params | the model's: its e_step wants both
 * stats   : header | the model's
 * scratch : ones[max rows] | unused stats[n_stats] | vectors[n_params] | the model's
 *
 * Every function of the model is one task. */
#include "latent/latent.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "latent/latent_chart.h"
#include "model/model_stats.h"

/* Multiplications per row and statistic assumed for a model that does not give its row_cost. */
static const double default_cost = 20.0;
/* A relative decrease of Q by more than this in an M-step is an error of the model; less is
 * rounding. */
static const double q_rounding = 1e-9;

/* The regions of a worker's scratch memory. */
typedef struct Scratch {
    double *ones;  /* [max rows] */
    double *spare; /* [n_stats] */
    double *chart; /* [EMIX_LATENT_CHART_VECTORS x n_params], coordinates and params */
    double *own;   /* [n_scratch] */
} Scratch;

static Scratch view_scratch(const EmixLatent *latent, double *scratch)
{
    double *spare = scratch + emix_align_doubles(latent->shard_rows);
    double *chart = spare + emix_align_doubles(latent->model->n_stats);
    return (Scratch){
        .ones = scratch,
        .spare = spare,
        .chart = chart,
        .own = chart + emix_align_doubles(EMIX_LATENT_CHART_VECTORS * latent->model->n_params),
    };
}

static void measure(const void *self, EmixModelSizes *sizes)
{
    const EmixLatent *latent = self;
    const EmixLatentModel *m = latent->model;
    *sizes = (EmixModelSizes){
        .params = m->n_params,
        .derived = emix_align_doubles(m->n_params) + m->n_derived,
        .shard_rows = latent->shard_rows,
        .n_features = latent->n_features,
        .sums = EMIX_STAT_HEADER + emix_align_doubles(m->n_stats),
        .stats = EMIX_STAT_HEADER + emix_align_doubles(m->n_stats),
        .scratch = emix_align_doubles(latent->shard_rows) + emix_align_doubles(m->n_stats) +
                   emix_align_doubles(EMIX_LATENT_CHART_VECTORS * m->n_params) +
                   emix_align_doubles(m->n_scratch),
        .n_tasks = 1,
        .n_phases = 1,
        .phase_tasks = {1},
        .row_flops = m->row_cost > 0.0 ? m->row_cost : default_cost * (double)m->n_stats,
        .task_flops = 0.0,
    };
}

static EmixLatentRows view_rows(const EmixLatent *latent, const EmixShard *shard,
                                const double *ones)
{
    return (EmixLatentRows){
        .x = shard->x,
        .row_weights = shard->row_weights ? shard->row_weights : ones,
        .n_rows = shard->n_rows,
        .n_features = latent->n_features,
        .row_stride = shard->ldx,
    };
}

static EmixStatus prepare(const void *self, int task, const double *params, double *derived,
                          double *scratch, EmixError *error)
{
    const EmixLatent *latent = self;
    (void)task;
    (void)scratch;
    const EmixLatentModel *m = latent->model;
    EmixError own = {{0}};
    memcpy(derived, params, (size_t)m->n_params * sizeof *params);
    if (m->prepare == NULL) {
        return EMIX_OK;
    }
    const EmixStatus status = m->prepare(m->context, params,
                                         derived + emix_align_doubles(m->n_params), &own);
    return status == EMIX_OK ? EMIX_OK : emix_latent_fail(m, "prepare", status, &own, error);
}

static void begin_lane(const void *self, const double *derived, double *scratch)
{
    const EmixLatent *latent = self;
    (void)derived;
    double *ones = view_scratch(latent, scratch).ones;
    for (emix_index i = 0; i < latent->shard_rows; ++i) {
        ones[i] = 1.0;
    }
}

static void end_lane(const void *self, const double *derived, double *scratch, double *stats)
{
    (void)self, (void)derived, (void)scratch, (void)stats;
}

static EmixStatus e_step(const void *self, const double *derived, const EmixShard *shard,
                         double *scratch, double *stats)
{
    const EmixLatent *latent = self;
    const EmixLatentModel *m = latent->model;
    const Scratch s = view_scratch(latent, scratch);
    const EmixLatentRows rows = view_rows(latent, shard, s.ones);
    double *sums = stats + EMIX_STAT_HEADER;
    double log_likelihood = NAN;
    EmixError own = {{0}};
    if (shard->likelihood_only) {
        memset(s.spare, 0, (size_t)m->n_stats * sizeof *s.spare);
        sums = s.spare;
    }
    const EmixStatus status = m->e_step(m->context, derived,
                                        derived + emix_align_doubles(m->n_params), &rows, s.own,
                                        sums, &log_likelihood, &own);
    if (status != EMIX_OK) {
        return emix_latent_fail(m, "e_step", status, &own, shard->error);
    }
    if (!isfinite(log_likelihood)) {
        return emix_fail(shard->error, EMIX_ERR_NONFINITE,
                         "model %s: e_step gave rows %lld ... %lld of the data the log-likelihood "
                         "%g, not a finite number",
                         m->name, (long long)shard->first_row + 1,
                         (long long)(shard->first_row + shard->n_rows), log_likelihood);
    }
    emix_stats_add_log_likelihood(stats, log_likelihood);
    stats[EMIX_STAT_ROW_WEIGHT] += emix_shard_row_weight(shard);
    if (shard->assess || shard->partial) {
        stats[EMIX_STAT_ENTROPY] = NAN;
        stats[EMIX_STAT_CLASSIFICATION] = NAN;
    }
    return EMIX_OK;
}

static double log_prior(const void *self, int task, const double *params, const double *derived,
                        double *scratch)
{
    const EmixLatent *latent = self;
    (void)task, (void)derived, (void)scratch;
    return emix_latent_log_prior(latent->model, params);
}

static EmixStatus check_ascent(const EmixLatentModel *m, const EmixMStep *step, EmixError *error)
{
    if (m->expected_log_joint == NULL) {
        return EMIX_OK;
    }
    const double before = emix_latent_target(m, step->stats, step->old_params);
    const double after = emix_latent_target(m, step->stats, step->params);
    const double rounding = q_rounding * (fabs(before) + step->stats[EMIX_STAT_ROW_WEIGHT]);
    return after < before - rounding
               ? emix_fail(error, EMIX_ERR_ARGUMENT,
                           "model %s: m_step lowered the expected log joint density from %.17g to "
                           "%.17g",
                           m->name, before, after)
               : EMIX_OK;
}

static EmixStatus m_step(const void *self, int phase, int task, const EmixMStep *step,
                         double *scratch, EmixError *error)
{
    (void)phase;
    const EmixLatent *latent = self;
    EmixStatus status = EMIX_OK;
    const EmixLatentModel *m = latent->model;
    const double *sums = step->stats + EMIX_STAT_HEADER;
    EmixError own = {{0}};
    EMIX_TRY(emix_latent_check_finite(m, "e_step", "statistic", m->n_stats, sums, error));
    emix_latent_unset(m->n_params, step->params);
    status = m->m_step(m->context, sums, step->old_params, view_scratch(latent, scratch).own,
                       step->params, &own);
    if (status != EMIX_OK) {
        return emix_latent_fail(m, "m_step", status, &own, error);
    }
    EMIX_TRY(emix_latent_check_finite(m, "m_step", "parameter", m->n_params, step->params, error));
    EMIX_TRY(check_ascent(m, step, error));
    EMIX_TRY(prepare(self, task, step->params, step->derived, scratch, error));
cleanup:
    return status;
}

static double expected_log_joint(const void *self, int task, const double *stats,
                                 const double *stats_params, const double *params,
                                 const double *derived, double *scratch)
{
    const EmixLatent *latent = self;
    (void)task, (void)stats_params, (void)derived, (void)scratch;
    const EmixLatentModel *m = latent->model;
    return m->expected_log_joint
               ? m->expected_log_joint(m->context, stats + EMIX_STAT_HEADER, params)
               : (double)NAN;
}

static void encode(const void *self, int task, const double *stats, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch)
{
    const EmixLatent *latent = self;
    (void)task, (void)anchor_derived;
    emix_latent_encode(latent->model, stats, anchor_params, params, coordinates,
                       view_scratch(latent, scratch).chart);
}

static EmixStatus decode(const void *self, int task, const double *stats,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch)
{
    const EmixLatent *latent = self;
    (void)task, (void)anchor_derived;
    emix_latent_decode(latent->model, stats, anchor_params, coordinates, params,
                       view_scratch(latent, scratch).chart);
    return emix_latent_check_finite(latent->model, "from_coordinates", "parameter",
                                    latent->model->n_params, params, NULL);
}

static double step_length2(const void *self, int task, const double *stats, const double *params,
                           const double *derived, const double *new_params, double *scratch)
{
    const EmixLatent *latent = self;
    (void)task, (void)derived;
    return emix_latent_step_length2(latent->model, stats, params, new_params,
                                    view_scratch(latent, scratch).chart);
}

const EmixModelOps emix_latent_ops = {
    .name = "latent",
    .measure = measure,
    .prepare = prepare,
    .e_step = e_step,
    .begin_lane = begin_lane,
    .end_lane = end_lane,
    .m_step = m_step,
    .step_length2 = step_length2,
    .expected_log_joint = expected_log_joint,
    .log_prior = log_prior,
    .encode = encode,
    .decode = decode,
};

/* ---- scores ---- */

static emix_index score_doubles(const EmixLatent *latent)
{
    return emix_align_doubles(latent->shard_rows * latent->model->n_params);
}

static void measure_scores(const void *self, EmixModelSizes *sizes)
{
    const EmixLatent *latent = self;
    const emix_index p = latent->model->n_params;
    measure(self, sizes);
    sizes->stats = EMIX_STAT_HEADER + emix_align_doubles(p + p * p);
    sizes->sums = sizes->stats;
    sizes->scratch = emix_align_doubles(latent->shard_rows) + score_doubles(latent) +
                     emix_align_doubles(latent->model->n_scratch);
}

static void add_score(emix_index p, double weight, const double *score, bool outer, double *sums)
{
    for (emix_index i = 0; i < p; ++i) {
        const double weighted = weight * score[i];
        sums[i] += weighted;
        for (emix_index j = 0; outer && j <= i; ++j) {
            sums[p + i * p + j] += weighted * score[j];
        }
    }
}

static EmixStatus score_step(const void *self, const double *derived, const EmixShard *shard,
                             double *scratch, double *stats)
{
    const EmixLatent *latent = self;
    const EmixLatentModel *m = latent->model;
    const emix_index p = m->n_params;
    double *scores = scratch + emix_align_doubles(latent->shard_rows);
    const EmixLatentRows rows = view_rows(latent, shard, scratch);
    EmixError own = {{0}};
    emix_latent_unset(shard->n_rows * p, scores);
    EmixStatus status = m->score(m->context, derived, derived + emix_align_doubles(p), &rows,
                                 scores + score_doubles(latent), scores, &own);
    if (status != EMIX_OK) {
        return emix_latent_fail(m, "score", status, &own, shard->error);
    }
    status = emix_latent_check_finite(m, "score", "derivative", shard->n_rows * p, scores,
                                      shard->error);
    for (emix_index i = 0; i < shard->n_rows && status == EMIX_OK; ++i) {
        add_score(p, rows.row_weights[i], scores + i * p, shard->assess, stats + EMIX_STAT_HEADER);
    }
    return status;
}

const EmixModelOps emix_latent_score_ops = {
    .name = "latent scores",
    .measure = measure_scores,
    .prepare = prepare,
    .e_step = score_step,
    .begin_lane = begin_lane,
    .end_lane = end_lane,
};
