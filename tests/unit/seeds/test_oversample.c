/* k-means||: what is drawn, how often, and what for. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "data/dataset.h"
#include "seeds/oversample.h"
#include "seeds/seed_sample.h"
#include "support/blobs.h"

enum { N_ROWS = 20011, N_FEATURES = 2, N_COMPONENTS = 8 }; /* a prime: no block divides it */

/* A large blob about the origin, and N_FAR tiny ones far away from it and each other. */
enum { N_FAR = 5, FAR_ROWS = 30, N_MANY = 200000 };

typedef struct Table {
    double *x;
    EmixDataset *data;
    EmixDataSummary summary;
} Table;

static Table table_of(double *x, emix_index n_rows, const double *weights)
{
    Table t = {.x = x};
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_dataset_create(n_rows, N_FEATURES, x, N_FEATURES, weights, &t.data, &error),
                 EMIX_OK));
    cr_assert(eq(int,
                 emix_scan_run(t.data, EMIX_MOMENTS_FULL, emix_kernels_select(NULL), 1, NULL,
                               &t.summary, &error),
                 EMIX_OK),
              "%s", error.message);
    return t;
}

static void clear(Table *t)
{
    emix_scan_clear(&t->summary);
    emix_dataset_destroy(t->data);
    free(t->x);
}

static EmixWeightedRows drawn_from(const Table *t, EmixMetric metric, uint64_t seed, int n_workers)
{
    EmixWeightedRows drawn = {0};
    const EmixOversampling how = {
        .n_components = N_COMPONENTS, .metric = metric, .seed = seed, .n_workers = n_workers};
    EmixError error = {{0}};
    cr_assert(
        eq(int,
           emix_oversample(t->data, &t->summary, emix_kernels_select(NULL), &how, &drawn, &error),
           EMIX_OK),
        "%s", error.message);
    return drawn;
}

static double total(const EmixWeightedRows *rows)
{
    double sum = 0.0;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        sum += rows->weights[i];
    }
    return sum;
}

static double *with_far_blobs(uint64_t seed)
{
    double *x = malloc(N_MANY * N_FEATURES * sizeof *x);
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 0);
    for (emix_index i = 0; i < N_MANY * N_FEATURES; ++i) {
        x[i] = emix_rng_normal(&rng);
    }
    /* spread over the file, on a circle of radius 1000 */
    for (int b = 0; b < N_FAR; ++b) {
        for (int i = 0; i < FAR_ROWS; ++i) {
            double *row = x + (emix_index)(i * (N_MANY / FAR_ROWS) + 17 * b) * N_FEATURES;
            row[0] += 1000.0 * cos(1.256637 * b);
            row[1] += 1000.0 * sin(1.256637 * b);
        }
    }
    return x;
}

/* Which far blob a row is from, N_FAR = none of them. */
static int blob_of(const double *row)
{
    for (int b = 0; b < N_FAR; ++b) {
        if (hypot(row[0] - 1000.0 * cos(1.256637 * b), row[1] - 1000.0 * sin(1.256637 * b)) < 50) {
            return b;
        }
    }
    return N_FAR;
}

static int n_blobs_among(emix_index n_rows, const double *rows)
{
    bool seen[N_FAR + 1] = {false};
    int n = 0;
    for (emix_index i = 0; i < n_rows; ++i) {
        const int b = blob_of(rows + i * N_FEATURES);
        n += b < N_FAR && !seen[b];
        seen[b] = true;
    }
    return n;
}

Test(oversample, tiny_far_blobs_are_all_found_where_a_uniform_sample_misses_some)
{
    int n_sampled = 0;
    Table t = table_of(with_far_blobs(1), N_MANY, NULL);
    for (int seed = 0; seed < 20; ++seed) {
        const EmixMetric metric = (EmixMetric)(seed % EMIX_N_METRICS);
        EmixSeedSample sample;
        cr_assert(eq(
            int,
            emix_seed_sample_init(t.data, &t.summary, N_COMPONENTS, (uint64_t)seed, &sample, NULL),
            EMIX_OK));
        n_sampled += n_blobs_among(sample.n_rows, sample.rows);
        EmixWeightedRows drawn = drawn_from(&t, metric, (uint64_t)seed, 2);
        cr_expect(eq(int, n_blobs_among(drawn.n_rows, drawn.rows), N_FAR), "seed %d", seed);
        /* those of a blob stand for its rows, no more and no less */
        double weights[N_FAR + 1] = {0.0};
        for (emix_index c = 0; c < drawn.n_rows; ++c) {
            weights[blob_of(drawn.rows + c * N_FEATURES)] += drawn.weights[c];
        }
        for (int b = 0; b < N_FAR; ++b) {
            cr_expect(eq(dbl, weights[b], FAR_ROWS), "seed %d, blob %d", seed, b);
        }
        emix_oversample_clear(&drawn);
        emix_seed_sample_clear(&sample);
    }
    clear(&t);
    cr_expect(lt(int, n_sampled, 20 * N_FAR * 3 / 4)); /* 0.46 of them expected */
}

Test(oversample, about_ten_rows_a_component_are_drawn_and_stand_for_all_rows)
{
    Table t = table_of(blobs(N_ROWS, 3, N_FEATURES, 5), N_ROWS, NULL);
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        emix_index n_drawn = 0;
        enum { N_SEEDS = 20 };
        for (int seed = 0; seed < N_SEEDS; ++seed) {
            EmixWeightedRows drawn = drawn_from(&t, (EmixMetric)metric, (uint64_t)seed, 1);
            n_drawn += drawn.n_rows;
            cr_expect(eq(dbl, total(&drawn), N_ROWS)); /* integers: no rounding */
            emix_oversample_clear(&drawn);
        }
        /* 1 + 5 l = 81 expected; the variance of a Poisson-like count is at most its mean */
        const double mean = (double)n_drawn / N_SEEDS;
        cr_expect(lt(dbl, fabs(mean - 81.0), 4.0 * sqrt(80.0 / N_SEEDS)), "%g", mean);
    }
    clear(&t);
}

/* ---- the algorithm as it is written down: two sweeps a round, all distances by their definition
 */

static long double distance2(const Table *t, EmixMetric metric, const double *a, const double *b)
{
    double u[N_FEATURES];
    double v[N_FEATURES];
    long double sum = 0.0L;
    emix_metric_transform(&t->summary, N_FEATURES, metric, a, u);
    emix_metric_transform(&t->summary, N_FEATURES, metric, b, v);
    for (int j = 0; j < N_FEATURES; ++j) {
        sum += (long double)(u[j] - v[j]) * (u[j] - v[j]);
    }
    return sum;
}

/* The nearest of `drawn` to each row, and its squared distance. */
static void nearest_of(const Table *t, EmixMetric metric, emix_index n_drawn,
                       const emix_index *drawn, emix_index *nearest, long double *least)
{
    for (emix_index i = 0; i < t->data->n_rows; ++i) {
        least[i] = INFINITY;
        nearest[i] = 0;
        for (emix_index c = 0; c < n_drawn; ++c) {
            const long double d2 = distance2(t, metric, t->x + i * N_FEATURES,
                                             t->x + drawn[c] * N_FEATURES);
            nearest[i] = d2 < least[i] ? c : nearest[i];
            least[i] = d2 < least[i] ? d2 : least[i];
        }
    }
}

static EmixRng stream_of(const Table *t, EmixMetric metric, uint64_t seed, int round, emix_index i)
{
    return emix_rng_init(seed, EMIX_RNG_OVERSAMPLING, (metric * 6 + round) * t->data->n_rows + i);
}

enum { MOST_DRAWN = 500 };

static emix_index draw_as_written(const Table *t, EmixMetric metric, uint64_t seed,
                                  const double *weights, emix_index *drawn, double *drawn_weights)
{
    const emix_index n_rows = t->data->n_rows;
    long double *least = malloc((size_t)n_rows * sizeof *least);
    emix_index *nearest = malloc((size_t)n_rows * sizeof *nearest);
    EmixRng first = stream_of(t, metric, seed, 0, 0);
    drawn[0] = emix_rng_proportional(&first, n_rows, weights);
    emix_index n = 1;
    for (int round = 1; round <= 5; ++round) {
        nearest_of(t, metric, n, drawn, nearest, least);
        long double cost = 0.0L;
        for (emix_index i = 0; i < n_rows; ++i) {
            cost += weights[i] * least[i];
        }
        for (emix_index i = 0; i < n_rows; ++i) {
            EmixRng rng = stream_of(t, metric, seed, round, i);
            const long double chance = 2 * N_COMPONENTS * weights[i] * least[i] / cost;
            if (1.0 - emix_rng_uniform(&rng) < chance && n < MOST_DRAWN) {
                drawn[n++] = i;
            }
        }
    }
    nearest_of(t, metric, n, drawn, nearest, least);
    memset(drawn_weights, 0, (size_t)n * sizeof *drawn_weights);
    for (emix_index i = 0; i < n_rows; ++i) {
        drawn_weights[nearest[i]] += weights[i];
    }
    free(nearest);
    free(least);
    return n;
}

/* Six draws from n_rows rows, every eleventh of weight 0. */
static void expect_as_written(emix_index n_rows)
{
    double *weights = blob_weights(n_rows, 4);
    Table t = table_of(blobs(n_rows, 3, N_FEATURES, 8), n_rows, weights);
    for (int trial = 0; trial < 6; ++trial) {
        const EmixMetric metric = (EmixMetric)(trial % EMIX_N_METRICS);
        emix_index rows[MOST_DRAWN];
        double expected[MOST_DRAWN];
        EmixWeightedRows drawn = drawn_from(&t, metric, (uint64_t)trial, 2);
        const emix_index n = draw_as_written(&t, metric, (uint64_t)trial, weights, rows, expected);
        cr_assert(eq(i64, drawn.n_rows, n), "trial %d", trial);
        for (emix_index c = 0; c < n; ++c) {
            cr_expect(gt(dbl, weights[rows[c]], 0.0));
            cr_expect(zero(int, memcmp(drawn.rows + c * N_FEATURES, t.x + rows[c] * N_FEATURES,
                                       N_FEATURES * sizeof *t.x)));
            cr_expect(lt(dbl, fabs(drawn.weights[c] - expected[c]), 1e-12 * (double)n_rows));
        }
        emix_oversample_clear(&drawn);
    }
    clear(&t);
    free(weights);
}

Test(oversample, one_sweep_a_round_draws_what_the_published_algorithm_does)
{
    expect_as_written(401); /* one lane: nothing but its own rows rules out a row */
    expect_as_written(5003);
}

/* ---- contracts ---- */

static void expect_same(const EmixWeightedRows *a, const EmixWeightedRows *b)
{
    const size_t n = (size_t)b->n_rows;
    cr_assert(eq(i64, a->n_rows, b->n_rows));
    cr_expect(zero(int, memcmp(a->rows, b->rows, n * N_FEATURES * sizeof(double))));
    cr_expect(zero(int, memcmp(a->weights, b->weights, n * sizeof(double))));
}

Test(oversample, the_number_of_workers_changes_no_bit)
{
    double *weights = blob_weights(N_ROWS, 6);
    Table t = table_of(blobs(N_ROWS, 3, N_FEATURES, 7), N_ROWS, weights);
    EmixWeightedRows one = drawn_from(&t, EMIX_METRIC_SPHERED, 3, 1);
    for (int n_workers = 2; n_workers <= 3; ++n_workers) {
        EmixWeightedRows many = drawn_from(&t, EMIX_METRIC_SPHERED, 3, n_workers);
        expect_same(&many, &one);
        emix_oversample_clear(&many);
    }
    emix_oversample_clear(&one);
    clear(&t);
    free(weights);
}

Test(oversample, a_cap_on_memory_changes_no_bit)
{
    Table t = table_of(blobs(N_ROWS, 3, N_FEATURES, 7), N_ROWS, NULL);
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        t.data->memory_bytes = 0;
        EmixWeightedRows kept = drawn_from(&t, (EmixMetric)metric, 3, 2);
        t.data->memory_bytes = 1 << 16; /* not enough for a number a row */
        EmixWeightedRows again = drawn_from(&t, (EmixMetric)metric, 3, 2);
        expect_same(&again, &kept);
        emix_oversample_clear(&again);
        emix_oversample_clear(&kept);
    }
    clear(&t);
}

Test(oversample, where_few_rows_differ_nothing_is_drawn_beyond_them)
{
    enum { N = 6000, N_DIFFERENT = 4 };
    double *x = malloc(N * N_FEATURES * sizeof *x);
    for (emix_index i = 0; i < N; ++i) {
        x[i * N_FEATURES] = 1e6 + (double)(i % 2) / 3.0;
        x[i * N_FEATURES + 1] = (double)(i / 2 % 2) / 7.0;
    }
    Table t = table_of(x, N, NULL);
    for (int metric = 0; metric < EMIX_N_METRICS; ++metric) {
        EmixSeedSample sample;
        EmixWeightedRows drawn = drawn_from(&t, (EmixMetric)metric, 1, 2);
        const EmixOversampling how = {
            .n_components = (emix_index)N, .metric = (EmixMetric)metric, .seed = 1, .n_workers = 1};
        /* a round may draw several rows of one place: none has been drawn yet */
        cr_expect(lt(i64, drawn.n_rows, 1 + 2 * 2 * N_COMPONENTS + 64));
        cr_expect(eq(dbl, total(&drawn), N));
        emix_oversample_clear(&drawn);
        cr_assert(eq(int, emix_seed_sample_init(t.data, &t.summary, 2, 1, &sample, NULL), EMIX_OK));
        cr_assert(
            eq(int,
               emix_seed_sample_oversample(t.data, emix_kernels_select(NULL), &how, &sample, NULL),
               EMIX_OK));
        cr_expect(eq(i64, sample.pools[metric].first, 0), "too few rows differ to choose among");
        cr_expect(eq(i64, sample.pools[metric].n_rows, sample.n_rows));
        emix_seed_sample_clear(&sample);
    }
    clear(&t);
}

Test(oversample, every_failed_allocation_is_reported_and_nothing_leaks)
{
    Table t = table_of(blobs(N_ROWS, 3, N_FEATURES, 5), N_ROWS, NULL);
    EmixSeedSample sample;
    const EmixOversampling how = {
        .n_components = 2, .metric = EMIX_METRIC_SPHERED, .seed = 1, .n_workers = 1};
    const long live = emix_alloc_live_blocks();
    EmixStatus status = EMIX_ERR_NOMEM;
    long allowed = 0;
    for (; status != EMIX_OK && allowed < 100; ++allowed) {
        emix_alloc_fail_after(allowed);
        status = emix_seed_sample_init(t.data, &t.summary, 2, 1, &sample, NULL);
        if (status == EMIX_OK) {
            status = emix_seed_sample_oversample(t.data, emix_kernels_select(NULL), &how, &sample,
                                                 NULL);
        }
        emix_alloc_fail_after(-1);
        cr_assert(status == EMIX_OK || status == EMIX_ERR_NOMEM);
        emix_seed_sample_clear(&sample);
        cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
    }
    cr_assert(eq(int, status, EMIX_OK));
    cr_expect(gt(long, allowed, 15), "the failures were never planted");
    clear(&t);
}
