/* Sweeps: every row once, sums whose bits do not depend on workers, the first error, stopping. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "data/sweep.h"

enum { N_ROWS = 5000, N_FEATURES = 3, SHARD_ROWS = 7, N_SUMS = 3 };

static double x[N_ROWS * N_FEATURES];
static float x_single[N_ROWS * N_FEATURES];

static EmixDataset *dataset_of(EmixDtype dtype)
{
    EmixDataset *data = NULL;
    for (int i = 0; i < N_ROWS * N_FEATURES; ++i) {
        x_single[i] = (float)(sin((double)i) * exp(10.0 * cos((double)i)));
        x[i] = x_single[i];
    }
    const void *values = dtype == EMIX_FLOAT64 ? (const void *)x : x_single;
    cr_assert(zero(int, emix_dataset_create_typed(N_ROWS, N_FEATURES, values, dtype, N_FEATURES, 1,
                                                  NULL, &data, NULL)));
    return data;
}

static EmixSweepJob job_over(const EmixDataset *data, int n_workers)
{
    return (EmixSweepJob){
        .data = data,
        .plan = emix_shard_plan(N_ROWS, SHARD_ROWS, N_SUMS * sizeof(double)),
        .n_workers = n_workers,
        .lane_stride = N_SUMS * sizeof(double),
        .lane_bytes = N_SUMS * sizeof(double),
    };
}

static EmixStatus add_rows(void *context, const EmixRows *rows, int worker, void *lane,
                           EmixError *error)
{
    (void)context;
    (void)worker;
    (void)error;
    double *sums = lane;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        for (int j = 0; j < N_FEATURES; ++j) {
            sums[j] += rows->x != NULL ? rows->x[i * rows->ldx + j]
                                       : (double)rows->x_single[i * rows->ldx + j];
        }
    }
    return EMIX_OK;
}

static void add_sums(void *context, void *into, const void *from)
{
    (void)context;
    for (int j = 0; j < N_SUMS; ++j) {
        ((double *)into)[j] += ((const double *)from)[j];
    }
}

static void sum(EmixSweepJob job, double *sums)
{
    job.shard = add_rows;
    cr_assert(zero(int, emix_sweep_allocate(&job, NULL)));
    cr_assert(zero(int, emix_sweep_run(&job, NULL)));
    memcpy(sums, emix_sweep_lane(&job, 0), N_SUMS * sizeof *sums);
    emix_sweep_clear(&job);
}

Test(sweep, bits_do_not_depend_on_workers_type_or_the_way_of_adding)
{
    static const EmixLaneSum ways[] = {EMIX_LANES_IN_ORDER, EMIX_LANES_ALONG_TREE};
    EmixDataset *doubles = dataset_of(EMIX_FLOAT64);
    EmixDataset *floats = dataset_of(EMIX_FLOAT32);
    double of_way[2][N_SUMS];
    for (int way = 0; way < 2; ++way) {
        EmixSweepJob job = job_over(doubles, 1);
        job.sum = ways[way];
        sum(job, of_way[way]);
        for (int n_workers = 1; n_workers <= 4; ++n_workers) {
            double sums[N_SUMS];
            job = job_over(n_workers % 2 ? floats : doubles, n_workers);
            job.sum = ways[way];
            job.single = n_workers == 3;
            job.add = n_workers > 2 ? add_sums : NULL;
            sum(job, sums);
            cr_expect(zero(int, memcmp(sums, of_way[way], sizeof sums)), "%d workers, way %d",
                      n_workers, way);
        }
    }
    cr_expect(ne(int, memcmp(of_way[0], of_way[1], sizeof of_way[0]), 0), "both orders are alike");
    emix_dataset_destroy(floats);
    emix_dataset_destroy(doubles);
}

typedef struct Visits {
    atomic_int of_row[N_ROWS];
} Visits;

static EmixStatus visit(void *context, const EmixRows *rows, int worker, void *lane,
                        EmixError *error)
{
    (void)worker;
    (void)lane;
    (void)error;
    Visits *visits = context;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const emix_index row = rows->first_row + i;
        atomic_fetch_add(&visits->of_row[row], 1);
        cr_assert(eq(dbl, rows->x[i * rows->ldx + 1], x[row * N_FEATURES + 1]));
        cr_assert(eq(dbl, rows->beside[i * rows->ld_beside], x[row * N_FEATURES]));
        cr_assert(eq(int, rows->labels[i], (int)row % 2));
    }
    return EMIX_OK;
}

Test(sweep, rows_of_a_part_come_once_with_those_beside_them_and_their_labels)
{
    static int labels[N_ROWS];
    static Visits visits;
    EmixDataset *data = dataset_of(EMIX_FLOAT32);
    EmixDataset *beside = dataset_of(EMIX_FLOAT64);
    for (int i = 0; i < N_ROWS; ++i) {
        labels[i] = i % 2;
    }
    cr_assert(zero(int, emix_dataset_set_labels(data, labels, 2, NULL, NULL)));
    EmixSweepJob job = job_over(data, 3);
    job.beside = beside;
    job.first_row = 1000;
    job.plan = emix_shard_plan(2500, SHARD_ROWS, 8);
    job.context = &visits;
    job.shard = visit;
    cr_assert(zero(int, emix_sweep_allocate(&job, NULL)));
    cr_assert(zero(int, emix_sweep_run(&job, NULL)));
    for (int i = 0; i < N_ROWS; ++i) {
        cr_assert(eq(int, atomic_load(&visits.of_row[i]), i >= 1000 && i < 3500), "row %d", i);
    }
    emix_sweep_clear(&job);
    emix_dataset_destroy(beside);
    emix_dataset_destroy(data);
}

Test(sweep, of_several_bad_values_the_first_one_is_named)
{
    EmixDataset *data = dataset_of(EMIX_FLOAT64);
    x[4900 * N_FEATURES] = (double)INFINITY;
    x[2000 * N_FEATURES + 1] = (double)NAN;
    x[2001 * N_FEATURES] = 1e151;
    for (int n_workers = 1; n_workers <= 4; ++n_workers) {
        EmixError error = {{0}};
        EmixSweepJob job = job_over(data, n_workers);
        job.check = true;
        job.shard = add_rows;
        cr_assert(zero(int, emix_sweep_allocate(&job, NULL)));
        cr_expect(eq(int, emix_sweep_run(&job, &error), EMIX_ERR_NONFINITE));
        cr_expect(zero(int, strcmp(error.message, "column 2, row 2001: the value nan is missing")),
                  "%s", error.message);
        cr_expect(eq(int, emix_sweep_run(&job, NULL), EMIX_ERR_NONFINITE));
        emix_sweep_clear(&job);
    }
    emix_dataset_destroy(data);
}

typedef struct Watcher {
    int n_calls;
    int stop_at; /* the call that asks to stop */
    emix_index last_rows;
} Watcher;

static bool observe(void *context, emix_index rows_done, emix_index n_rows)
{
    Watcher *watcher = context;
    cr_expect(eq(i64, n_rows, N_ROWS));
    cr_expect(ge(i64, rows_done, watcher->last_rows));
    watcher->last_rows = rows_done;
    return ++watcher->n_calls == watcher->stop_at;
}

Test(sweep, a_watch_sees_the_beginning_and_the_end)
{
    Watcher watcher = {0};
    const EmixWatch watch = {.observe = observe, .context = &watcher};
    EmixDataset *data = dataset_of(EMIX_FLOAT64);
    EmixSweepJob job = job_over(data, 2);
    double sums[N_SUMS];
    job.watch = &watch;
    sum(job, sums);
    cr_expect(ge(int, watcher.n_calls, 2));
    cr_expect(eq(i64, watcher.last_rows, N_ROWS));
    emix_dataset_destroy(data);
}

Test(sweep, a_watch_that_stops_the_sweep_is_not_called_again)
{
    for (int stop_at = 1; stop_at <= 2; ++stop_at) {
        Watcher watcher = {.stop_at = stop_at};
        const EmixWatch watch = {.observe = observe, .context = &watcher};
        EmixDataset *data = dataset_of(EMIX_FLOAT64);
        EmixSweepJob job = job_over(data, 2);
        job.watch = &watch;
        job.shard = add_rows;
        cr_assert(zero(int, emix_sweep_allocate(&job, NULL)));
        cr_expect(eq(int, emix_sweep_run(&job, NULL), EMIX_ERR_INTERRUPTED));
        cr_expect(eq(int, watcher.n_calls, stop_at));
        emix_sweep_clear(&job);
        emix_dataset_destroy(data);
    }
}
