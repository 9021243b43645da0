/* Sweeps that draw rows in proportion to their squared distance from those drawn before. */
#include "seeds/oversample.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "data/stream.h"
#include "seeds/subsample.h"

enum { N_ROUNDS = 5, ROWS_PER_COMPONENT = 2 /* l / K */ };
/* Distances to so many drawn rows are taken at a time. */
enum { TILE = 16 };
/* Room for the rows of one round beyond twice their expected number, l: with it, the odds of more
 * are below exp(-60). */
enum { SPARE_ROWS = 64 };
/* Mean squared distances below this are rounding errors: all rows have been drawn, or their like.
 */
static const double min_mean_cost = 1e-28;

/* A row that may be drawn: it is when ratio > sum_j w_j d_j^2 / l. */
typedef struct Draw {
    emix_index row;
    double ratio; /* w d^2 / u, u uniform in (0, 1] */
} Draw;

/* What a lane draws. */
typedef struct Draws {
    double cost; /* sum of w d^2 */
    emix_index n;
    Draw all[]; /* [round_capacity] */
} Draws;

typedef struct Oversampler {
    const EmixDataset *data;
    const EmixDataSummary *summary;
    const EmixKernels *kernels;
    const EmixOversampling *how;
    double expected; /* l */
    EmixKernelShape shape;
    EmixSweepJob job; /* its lanes are draws, then weights */
    EmixWeightedRows drawn;
    double *offsets;   /* [capacity x D] drawn rows in the metric's coordinates */
    double *scales;    /* [TILE x D] from centred rows to the metric; NULL = they are whitened */
    double *log_norms; /* [TILE] 0 */
    double *factor;    /* the whitener, packed; NULL in a metric that scales */
    emix_index capacity;
    emix_index round_capacity;
    emix_index stream;  /* of the first row's random numbers in the sweep under way */
    emix_index *chosen; /* [round_capacity] */
    double *scratch;    /* [n_workers x scratch_size] */
    double *best;       /* [rows] -d^2 / 2 to the nearest drawn row, see n_seen */
    int *nearest;       /* [rows] which one that is */
    bool keeps;         /* rows are all rows of the data; else [n_workers x shard rows] */
    emix_index n_seen;  /* drawn rows that all rows have been compared with, of those kept */
    emix_index scratch_size;
    emix_index panel_size;
} Oversampler;

/* One shard and where its rows lie from what has been drawn. */
typedef struct Nearest {
    emix_index first_row;
    emix_index n_rows;
    const double *half_distance2; /* [n_rows] -d^2 / 2 */
    const int *index;             /* [n_rows] of the nearest drawn row, the first among equals */
} Nearest;

static double weight_of(const Oversampler *o, emix_index row)
{
    return emix_data_row_weight(o->data, row);
}

/* ---- distances ---- */

/* Row by row, the nearest of a tile of drawn rows against the nearest so far. Which one it is, is
 * looked up only where it is nearer: seldom, and less and less. peaks [n_rows] is scratch. */
static void keep_nearer(emix_index n_rows, emix_index n_drawn, emix_index first_drawn,
                        const double *restrict a, emix_index lda, double *restrict peaks,
                        double *restrict best, int *restrict index)
{
    memcpy(peaks, a, (size_t)n_rows * sizeof *peaks);
    for (emix_index c = 1; c < n_drawn; ++c) {
        for (emix_index i = 0; i < n_rows; ++i) {
            peaks[i] = a[c * lda + i] > peaks[i] ? a[c * lda + i] : peaks[i];
        }
    }
    for (emix_index i = 0; i < n_rows; ++i) {
        if (peaks[i] > best[i]) {
            emix_index c = 0;
            while (a[c * lda + i] != peaks[i]) {
                ++c;
            }
            best[i] = peaks[i];
            index[i] = (int)(first_drawn + c);
        }
    }
}

/* With means as offsets, the log density of unit covariance is -d^2 / 2. */
static Nearest find_nearest(const Oversampler *o, const EmixRows *rows, int worker)
{
    const EmixKernels *kernels = o->kernels;
    const emix_index d = o->shape.n_features;
    double *panel = o->scratch + worker * o->scratch_size;
    double *whitened = panel + o->panel_size;
    double *a = whitened + o->panel_size;
    double *peaks = a + TILE * o->shape.n_rows;
    const emix_index n_rows = rows->n_rows;
    const emix_index group = kernels->row_group;
    const emix_index padded_rows = (n_rows + group - 1) / group * group;
    kernels->pack(&o->shape, n_rows, padded_rows, rows->x, rows->ldx, o->summary->mean, panel);
    if (o->factor != NULL) {
        kernels->whiten(&o->shape, padded_rows, panel, o->factor, whitened);
        panel = whitened;
    }
    const emix_index at = o->keeps ? rows->first_row : worker * o->shape.n_rows;
    double *best = o->best + at;
    int *index = o->nearest + at;
    for (emix_index i = 0; i < n_rows && o->n_seen == 0; ++i) {
        best[i] = -INFINITY;
        index[i] = 0;
    }
    EmixKernelShape tile = o->shape;
    for (emix_index c = o->n_seen; c < o->drawn.n_rows; c += TILE) {
        const emix_index left = o->drawn.n_rows - c;
        tile.n_components = left < TILE ? left : TILE;
        kernels->separable_density(&tile, padded_rows, panel, o->scales, o->offsets + c * d,
                                   o->log_norms, a, o->shape.n_rows);
        keep_nearer(n_rows, tile.n_components, c, a, o->shape.n_rows, peaks, best, index);
    }
    return (Nearest){
        .first_row = rows->first_row, .n_rows = n_rows, .half_distance2 = best, .index = index};
}

/* Over all rows, with lanes of n_bytes that begin zeroed. */
static EmixStatus sweep_all(Oversampler *o, size_t n_bytes, EmixLaneSum sum,
                            EmixStatus (*shard)(void *, const EmixRows *, int, void *, EmixError *),
                            EmixError *error)
{
    o->job.lane_bytes = n_bytes;
    o->job.sum = sum;
    o->job.shard = shard;
    const EmixStatus status = emix_sweep_run(&o->job, error);
    o->n_seen = o->keeps ? o->drawn.n_rows : 0;
    return status;
}

/* ---- a round ---- */

/* Lets go of those that the sum over the rows so far rules out; it can only grow. */
static emix_index rule_out(const Oversampler *o, double cost, emix_index n, Draw *draws)
{
    emix_index kept = 0;
    for (emix_index i = 0; i < n; ++i) {
        if (draws[i].ratio * o->expected > cost) {
            draws[kept++] = draws[i];
        }
    }
    return kept;
}

/* Adds the rows of a shard that may be drawn to those of their lane. The sum that chances are
 * relative to is known after the sweep alone; rows that may still be drawn, about l at any time, are
 * kept meanwhile. */
static EmixStatus draw_rows(void *context, const EmixRows *rows, int worker, void *lane,
                            EmixError *error)
{
    (void)error;
    const Oversampler *o = context;
    Draws *draws = lane;
    const Nearest shard = find_nearest(o, rows, worker);
    for (emix_index i = 0; i < shard.n_rows; ++i) {
        const emix_index row = shard.first_row + i;
        const double w = weight_of(o, row);
        if (w == 0.0) {
            continue; /* its distance may be beyond all bounds */
        }
        EmixRng rng = emix_rng_init(o->how->seed, EMIX_RNG_OVERSAMPLING, o->stream + row);
        const double row_cost = -2.0 * w * shard.half_distance2[i];
        draws->cost += row_cost;
        const double ratio = row_cost / (1.0 - emix_rng_uniform(&rng));
        if (!(ratio * o->expected > draws->cost)) {
            continue;
        }
        if (draws->n == o->round_capacity) {
            draws->n = rule_out(o, draws->cost, draws->n, draws->all);
        }
        if (draws->n < o->round_capacity) {
            draws->all[draws->n++] = (Draw){.row = row, .ratio = ratio};
        }
    }
    return EMIX_OK;
}

/* Copies chosen rows behind those drawn before. */
static EmixStatus take(Oversampler *o, emix_index n, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = o->shape.n_features;
    const emix_index before = o->drawn.n_rows;
    EMIX_TRY(emix_subsample_copy(o->data, n, o->chosen, o->drawn.rows + before * d,
                                 o->drawn.weights + before, error));
    for (emix_index c = before; c < before + n; ++c) {
        emix_metric_transform(o->summary, d, o->how->metric, o->drawn.rows + c * d,
                              o->offsets + c * d);
    }
    o->drawn.n_rows += n;
cleanup:
    return status;
}

static emix_index stream_of(const Oversampler *o, int round)
{
    return ((emix_index)o->how->metric * (N_ROUNDS + 1) + round) * o->data->n_rows;
}

static EmixStatus draw_first(Oversampler *o, EmixError *error)
{
    EmixRng rng = emix_rng_init(o->how->seed, EMIX_RNG_OVERSAMPLING, stream_of(o, 0));
    o->chosen[0] = o->data->row_weights != NULL
                       ? emix_rng_proportional(&rng, o->data->n_rows, o->data->row_weights)
                       : emix_rng_below(&rng, o->data->n_rows);
    return take(o, 1, error);
}

/* @param[out] drawn  Whether there was anything left to draw. */
static EmixStatus draw_round(Oversampler *o, int round, bool *drawn, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    o->stream = stream_of(o, round);
    EMIX_TRY(sweep_all(o, sizeof(Draws), EMIX_LANES_KEPT, draw_rows, error));
    double cost = 0.0;
    for (int lane = 0; lane < o->job.plan.n_lanes; ++lane) {
        cost += ((const Draws *)emix_sweep_lane(&o->job, lane))->cost;
    }
    *drawn = cost > min_mean_cost * o->data->total_weight;
    emix_index n = 0;
    for (int lane = 0; lane < o->job.plan.n_lanes && *drawn; ++lane) {
        Draws *draws = emix_sweep_lane(&o->job, lane);
        const emix_index n_kept = rule_out(o, cost, draws->n, draws->all);
        for (emix_index i = 0; i < n_kept && n < o->round_capacity; ++i) {
            o->chosen[n++] = draws->all[i].row;
        }
    }
    EMIX_TRY(take(o, n, error));
cleanup:
    return status;
}

/* ---- weights ---- */

static EmixStatus weigh_rows(void *context, const EmixRows *rows, int worker, void *lane,
                             EmixError *error)
{
    (void)error;
    const Oversampler *o = context;
    double *weights = lane;
    const Nearest shard = find_nearest(o, rows, worker);
    for (emix_index i = 0; i < shard.n_rows; ++i) {
        weights[shard.index[i]] += weight_of(o, shard.first_row + i);
    }
    return EMIX_OK;
}

static EmixStatus weigh(Oversampler *o, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const size_t n_bytes = (size_t)o->drawn.n_rows * sizeof(double);
    EMIX_TRY(sweep_all(o, n_bytes, EMIX_LANES_IN_ORDER, weigh_rows, error));
    memcpy(o->drawn.weights, emix_sweep_lane(&o->job, 0), n_bytes);
cleanup:
    return status;
}

/* ---- life cycle ---- */

/* Into the metric's coordinates: a scaling of features, or the whitener. */
static EmixStatus prepare_metric(Oversampler *o, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = o->shape.n_features;
    if (emix_metric_scales(o->summary, o->how->metric)) {
        EMIX_TRY_ALLOC(o->scales, TILE * d);
        for (emix_index i = 0; i < TILE * d; ++i) {
            o->scales[i] = 1.0 / o->summary->sds[i % d];
        }
    } else {
        EMIX_TRY_ALLOC(o->factor, o->kernels->factor_size(&o->shape));
        o->kernels->pack_factor(&o->shape, o->summary->whitener, o->factor);
    }
cleanup:
    return status;
}

static EmixStatus oversampler_init(Oversampler *o, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = o->shape.n_features;
    o->expected = (double)(ROWS_PER_COMPONENT * o->how->n_components);
    o->round_capacity = 2 * ROWS_PER_COMPONENT * o->how->n_components + SPARE_ROWS;
    o->capacity = 1 + N_ROUNDS * o->round_capacity;
    const emix_index draws_bytes = o->round_capacity * (emix_index)sizeof(Draw);
    const emix_index weights_bytes = o->capacity * (emix_index)sizeof(double);
    const emix_index header_bytes = sizeof(Draws);
    const emix_index stride = header_bytes +
                              (draws_bytes > weights_bytes ? draws_bytes : weights_bytes);
    o->job = (EmixSweepJob){
        .data = o->data,
        .plan = emix_shard_plan(o->data->n_rows, o->shape.n_rows, draws_bytes + weights_bytes),
        .n_workers = o->how->n_workers,
        .watch = o->how->watch,
        .context = o,
        .lane_stride = (size_t)emix_align_doubles(stride / (emix_index)sizeof(double)) *
                       sizeof(double),
    };
    o->panel_size = emix_align_doubles(o->kernels->panel_size(&o->shape));
    o->scratch_size = 2 * o->panel_size + (TILE + 1) * o->shape.n_rows;
    const emix_index row_bytes = sizeof *o->best + sizeof *o->nearest;
    o->keeps = o->data->n_rows <= emix_data_working_bytes(o->data) / row_bytes;
    const emix_index n_kept = o->keeps ? o->data->n_rows : o->how->n_workers * o->shape.n_rows;
    EMIX_TRY(prepare_metric(o, error));
    EMIX_TRY_ALLOC(o->drawn.rows, o->capacity * d);
    EMIX_TRY_ALLOC(o->drawn.weights, o->capacity);
    EMIX_TRY_ALLOC(o->offsets, o->capacity * d);
    EMIX_TRY_ALLOC(o->log_norms, TILE);
    EMIX_TRY(emix_sweep_allocate(&o->job, error));
    EMIX_TRY_ALLOC(o->chosen, o->round_capacity);
    EMIX_TRY_ALLOC(o->scratch, o->how->n_workers * o->scratch_size);
    EMIX_TRY_ALLOC(o->best, n_kept);
    EMIX_TRY_ALLOC(o->nearest, n_kept);
cleanup:
    return status;
}

/* All but what was drawn. */
static void oversampler_clear(Oversampler *o)
{
    emix_free(o->nearest);
    emix_free(o->best);
    emix_free(o->scratch);
    emix_free(o->chosen);
    emix_sweep_clear(&o->job);
    emix_free(o->factor);
    emix_free(o->log_norms);
    emix_free(o->scales);
    emix_free(o->offsets);
}

EmixStatus emix_oversample(const EmixDataset *data, const EmixDataSummary *summary,
                           const EmixKernels *kernels, const EmixOversampling *how,
                           EmixWeightedRows *drawn, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = data->n_features;
    Oversampler o = {
        .data = data,
        .summary = summary,
        .kernels = kernels,
        .how = how,
        .shape = {.n_rows = emix_kernels_block_rows(d, data->n_rows),
                  .n_features = d,
                  .n_components = TILE,
                  .sums_only = true},
    };
    EMIX_TRY(oversampler_init(&o, error));
    EMIX_TRY(draw_first(&o, error));
    bool more = true;
    for (int round = 1; round <= N_ROUNDS && more; ++round) {
        EMIX_TRY(draw_round(&o, round, &more, error));
    }
    EMIX_TRY(weigh(&o, error));
    *drawn = o.drawn;
    o.drawn = (EmixWeightedRows){0};
cleanup:
    emix_oversample_clear(&o.drawn);
    oversampler_clear(&o);
    return status;
}

void emix_oversample_clear(EmixWeightedRows *rows)
{
    emix_free(rows->weights);
    emix_free(rows->rows);
    *rows = (EmixWeightedRows){0};
}
