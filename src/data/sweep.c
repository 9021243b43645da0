/* Shards, lanes and workers. */
#include "data/sweep.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "data/stream.h"
#include "parallel/parallel.h"
#include "parallel/try.h"

/* Seconds between two calls of a watch. */
static const double watch_interval_s = 0.1;
/* Bytes of the lanes that one task adds over all lanes: a few pages. */
enum { ADD_CHUNK = 4096 * sizeof(double) };

/* A sweep in progress. */
typedef struct Run {
    const EmixSweepJob *job;
    atomic_bool stopped;
    _Atomic emix_index rows_done; /* only counted if there is a watch */
    double observed_s;            /* time of the last call of the watch, by worker 0 */
} Run;

/* A lane in progress. */
typedef struct Lane {
    void *results;
    int worker;
    EmixStream stream;
    EmixStream beside;
} Lane;

void *emix_sweep_lane(const EmixSweepJob *job, int lane)
{
    return job->lanes != NULL ? (char *)job->lanes + (size_t)lane * job->lane_stride : NULL;
}

/* ---- progress and interruption ---- */

static void observe(Run *run)
{
    const EmixWatch *watch = run->job->watch;
    run->observed_s = emix_clock_s();
    if (watch->observe(watch->context, atomic_load(&run->rows_done), run->job->plan.n_rows)) {
        atomic_store(&run->stopped, true);
    }
}

/* Worker 0 is the calling thread. */
static void count_rows(Run *run, const EmixRows *rows, int worker)
{
    if (run->job->watch == NULL) {
        return;
    }
    atomic_fetch_add(&run->rows_done, rows->n_rows);
    if (worker == 0 && !atomic_load(&run->stopped) &&
        emix_clock_s() - run->observed_s >= watch_interval_s) {
        observe(run);
    }
}

static EmixStatus fail_if_stopped(Run *run, EmixError *error)
{
    if (!atomic_load_explicit(&run->stopped, memory_order_relaxed)) {
        return EMIX_OK;
    }
    return emix_fail(error, EMIX_ERR_INTERRUPTED, "stopped after %lld of %lld rows",
                     (long long)atomic_load(&run->rows_done), (long long)run->job->plan.n_rows);
}

/* ---- one lane ---- */

/* A worker's part of a buffer for rows of a data set. */
static double *buffer_of(const EmixSweepJob *job, double *buffers, emix_index n_features,
                         int worker)
{
    return buffers ? buffers + (emix_index)worker * job->plan.shard_rows * n_features : NULL;
}

/* Rows as they are in memory, if they are floats with adjacent features. */
static const float *view_single(const EmixDataset *data, emix_index first_row)
{
    return data->columns == NULL && data->dtype == EMIX_FLOAT32 && data->feature_stride == 1
               ? (const float *)data->x + first_row * data->row_stride
               : NULL;
}

static EmixRows view_rows(const EmixSweepJob *job, Lane *lane, emix_index shard)
{
    const EmixDataset *data = job->data;
    const EmixDataset *beside = job->beside;
    EmixRows rows = {0};
    rows.first_row = job->first_row + emix_shard_plan_rows(&job->plan, shard, &rows.n_rows);
    emix_data_stream_advance(&lane->stream, rows.first_row);
    rows.x_single = job->single ? view_single(data, rows.first_row) : NULL;
    if (rows.x_single != NULL) {
        rows.ldx = data->row_stride;
    } else {
        rows.x = emix_data_view_rows(
            data, rows.first_row, rows.n_rows,
            buffer_of(job, job->row_buffers, data->n_features, lane->worker), &rows.ldx);
    }
    if (beside != NULL) {
        emix_data_stream_advance(&lane->beside, rows.first_row);
        rows.beside = emix_data_view_rows(
            beside, rows.first_row, rows.n_rows,
            buffer_of(job, job->beside_buffers, beside->n_features, lane->worker), &rows.ld_beside);
    }
    rows.row_weights = data->row_weights ? data->row_weights + rows.first_row : NULL;
    rows.labels = data->labels ? data->labels + rows.first_row : NULL;
    return rows;
}

static EmixStatus check_values(const EmixDataset *data, const EmixRows *rows, EmixError *error)
{
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        for (emix_index j = 0; j < data->n_features; ++j) {
            const double value = rows->x[i * rows->ldx + j];
            if (fabs(value) <= EMIX_VALUE_LIMIT) {
                continue;
            }
            char row[64];
            char column[256];
            return emix_fail(error, EMIX_ERR_NONFINITE, "%s, %s: the value %g is %s",
                             emix_data_describe_feature(data, j, column, sizeof column),
                             emix_data_describe_row(data, rows->first_row + i, row, sizeof row),
                             value,
                             isnan(value)   ? "missing"
                             : isinf(value) ? "not finite"
                                            : "beyond the limit of 1e150");
        }
    }
    return EMIX_OK;
}

static EmixStatus run_shards(Run *run, int index, Lane *lane, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixSweepJob *job = run->job;
    const emix_index first = emix_shard_plan_first(&job->plan, index);
    const emix_index end = emix_shard_plan_first(&job->plan, index + 1);
    for (emix_index s = first; s < end; ++s) {
        EMIX_TRY(fail_if_stopped(run, error));
        EmixRows rows = view_rows(job, lane, s);
        rows.first_of_lane = s == first;
        if (job->check) {
            EMIX_TRY(check_values(job->data, &rows, error));
        }
        EMIX_TRY(job->shard(job->context, &rows, lane->worker, lane->results, error));
        count_rows(run, &rows, lane->worker);
    }
cleanup:
    return status;
}

/* Runs a fixed range of shards, in order, into the lane's own results. The worker only determines
 * the scratch memory, so it cannot affect the results. */
static EmixStatus run_lane(void *context, int index, int worker, EmixError *error)
{
    Run *run = context;
    const EmixSweepJob *job = run->job;
    const emix_index begin = job->first_row + emix_shard_plan_lane_row(&job->plan, index);
    const emix_index end = job->first_row + emix_shard_plan_lane_row(&job->plan, index + 1);
    Lane lane = {.results = emix_sweep_lane(job, index),
                 .worker = worker,
                 .stream = {.data = job->data, .held_row = begin, .end_row = end},
                 .beside = {.data = job->beside, .held_row = begin, .end_row = end}};
    if (lane.results != NULL) {
        memset(lane.results, 0, job->lane_bytes);
    }
    if (job->begin_lane != NULL) {
        job->begin_lane(job->context, worker, lane.results);
    }
    const EmixStatus status = run_shards(run, index, &lane, error);
    if (job->end_lane != NULL) {
        job->end_lane(job->context, worker, lane.results);
    }
    emix_data_stream_end(&lane.beside);
    emix_data_stream_end(&lane.stream);
    return status;
}

/* ---- adding lanes up ---- */

/* Adds bytes first ... first + n_bytes - 1 of lane `from`, doubles, to those of lane `into`. */
static void add_doubles(const EmixSweepJob *job, int into, int from, size_t first, size_t n_bytes)
{
    double *to = (double *)((char *)emix_sweep_lane(job, into) + first);
    const double *of = (const double *)((char *)emix_sweep_lane(job, from) + first);
    for (size_t i = 0; i < n_bytes / sizeof *to; ++i) {
        to[i] += of[i];
    }
}

static void add_lane(const EmixSweepJob *job, int into, int from, size_t first, size_t n_bytes)
{
    if (job->add != NULL) {
        job->add(job->context, emix_sweep_lane(job, into), emix_sweep_lane(job, from));
    } else {
        add_doubles(job, into, from, first, n_bytes);
    }
}

/* Adds one range of bytes over all lanes, in the order that the job asks for. */
static EmixStatus add_chunk(void *context, int chunk, int worker)
{
    (void)worker;
    const EmixSweepJob *job = ((const Run *)context)->job;
    const size_t first = (size_t)chunk * ADD_CHUNK;
    const size_t left = job->lane_bytes - first;
    const size_t n_bytes = left < ADD_CHUNK ? left : ADD_CHUNK;
    const int n_lanes = job->plan.n_lanes;
    if (job->sum == EMIX_LANES_IN_ORDER) {
        for (int lane = 1; lane < n_lanes; ++lane) {
            add_lane(job, 0, lane, first, n_bytes);
        }
        return EMIX_OK;
    }
    for (int step = 1; step < n_lanes; step *= 2) {
        for (int lane = 0; lane + step < n_lanes; lane += 2 * step) {
            add_lane(job, lane, lane + step, first, n_bytes);
        }
    }
    return EMIX_OK;
}

/* Ranges of doubles are independent, so tasks can add them in parallel. */
static void add_lanes_up(Run *run)
{
    const EmixSweepJob *job = run->job;
    const double began_s = job->add_s != NULL ? emix_clock_s() : 0.0;
    if (job->sum != EMIX_LANES_KEPT) {
        const size_t n_chunks = job->add != NULL ? 1
                                                 : (job->lane_bytes + ADD_CHUNK - 1) / ADD_CHUNK;
        emix_parallel_for((int)n_chunks, job->n_workers, add_chunk, run);
    }
    if (job->add_s != NULL) {
        *job->add_s = emix_clock_s() - began_s;
    }
}

/* ---- the sweep ---- */

EmixStatus emix_sweep_run(const EmixSweepJob *job, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Run run = {.job = job};
    if (job->watch != NULL) {
        observe(&run);
        EMIX_TRY(fail_if_stopped(&run, error));
    }
    EMIX_TRY(emix_parallel_try(job->plan.n_lanes, job->n_workers, run_lane, &run, error));
    if (job->watch != NULL) {
        observe(&run);
        EMIX_TRY(fail_if_stopped(&run, error));
    }
    add_lanes_up(&run);
cleanup:
    return status;
}

EmixStatus emix_sweep_allocate(EmixSweepJob *job, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index buffer_rows = job->n_workers * job->plan.shard_rows;
    if (job->lane_stride > 0) {
        char *lanes = NULL;
        EMIX_TRY_ALLOC(lanes, job->plan.n_lanes * (emix_index)job->lane_stride);
        job->lanes = lanes;
    }
    if (emix_data_needs_buffer(job->data)) {
        EMIX_TRY_ALLOC(job->row_buffers, buffer_rows * job->data->n_features);
    }
    if (job->beside != NULL && emix_data_needs_buffer(job->beside)) {
        EMIX_TRY_ALLOC(job->beside_buffers, buffer_rows * job->beside->n_features);
    }
cleanup:
    return status;
}

void emix_sweep_clear(EmixSweepJob *job)
{
    emix_free(job->beside_buffers);
    emix_free(job->row_buffers);
    emix_free(job->lanes);
    job->beside_buffers = NULL;
    job->row_buffers = NULL;
    job->lanes = NULL;
}
