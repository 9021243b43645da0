#include "rates.h"

#include <cblas.h>
#include <math.h>

#include "bench.h"
#include "core/alloc.h"
#include "core/clock.h"
#include "core/rng.h"
#include "parallel/parallel.h"

enum { GEMM_N = 768, GEMM_SIZE = GEMM_N * GEMM_N };

EmixStatus bench_gemm_init(int n_threads, BenchGemm *gemm, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixRng rng = emix_rng_init(0, EMIX_RNG_SAMPLE, 0);
    *gemm = (BenchGemm){.n_threads = n_threads};
    const emix_index n_values = (emix_index)n_threads * 3 * GEMM_SIZE;
    EMIX_TRY_ALLOC(gemm->matrices, n_values);
    EMIX_TRY_ALLOC(gemm->single, n_values);
    for (emix_index i = 0; i < n_values; ++i) {
        gemm->matrices[i] = emix_rng_uniform(&rng) - 0.5;
        gemm->single[i] = (float)gemm->matrices[i];
    }
cleanup:
    return status;
}

void bench_gemm_clear(BenchGemm *gemm)
{
    emix_free(gemm->single);
    emix_free(gemm->matrices);
    *gemm = (BenchGemm){0};
}

static EmixStatus multiply(void *context, int task, int worker)
{
    (void)worker;
    const BenchGemm *gemm = context;
    double *a = gemm->matrices + (emix_index)task * 3 * GEMM_SIZE;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, GEMM_N, GEMM_N, GEMM_N, 1.0, a, GEMM_N,
                a + GEMM_SIZE, GEMM_N, 0.0, a + 2 * GEMM_SIZE, GEMM_N);
    return EMIX_OK;
}

static EmixStatus multiply_single(void *context, int task, int worker)
{
    (void)worker;
    const BenchGemm *gemm = context;
    float *a = gemm->single + (emix_index)task * 3 * GEMM_SIZE;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, GEMM_N, GEMM_N, GEMM_N, 1.0F, a, GEMM_N,
                a + GEMM_SIZE, GEMM_N, 0.0F, a + 2 * GEMM_SIZE, GEMM_N);
    return EMIX_OK;
}

static double product_rate(const BenchGemm *gemm, EmixTask task, int n_threads)
{
    const double began_s = emix_clock_s();
    emix_parallel_for(n_threads, n_threads, task, (void *)gemm);
    return 2.0 * GEMM_N * GEMM_SIZE * n_threads / (emix_clock_s() - began_s);
}

double bench_gemm_rate(const BenchGemm *gemm, int n_threads)
{
    return product_rate(gemm, multiply, n_threads);
}

double bench_single_gemm_rate(const BenchGemm *gemm, int n_threads)
{
    return product_rate(gemm, multiply_single, n_threads);
}

double bench_gemm_best_rate(const BenchGemm *gemm, int n_threads, double budget_s)
{
    BenchSamples samples = {0};
    double best = 0.0;
    const double began_s = emix_clock_s();
    do {
        const double rate = bench_gemm_rate(gemm, n_threads);
        best = fmax(best, rate);
        bench_samples_add(&samples, 1.0 / rate);
    } while (bench_samples_want_more(&samples, began_s, budget_s));
    return best;
}

static double exp_seconds(double budget_s)
{
    enum { N_VALUES = 2048, N_ROUNDS = 32 };
    double x[N_VALUES];
    double y[N_VALUES];
    BenchSamples samples = {0};
    for (int i = 0; i < N_VALUES; ++i) {
        x[i] = -0.01 * i;
    }
    const double start_s = emix_clock_s();
    while (bench_samples_want_more(&samples, start_s, budget_s)) {
        const double began_s = emix_clock_s();
        for (int round = 0; round < N_ROUNDS; ++round) {
            bench_exp(N_VALUES, x, y);
            x[round] += 1e-30 * y[round]; /* so that the compiler cannot remove a round */
        }
        bench_samples_add(&samples, (emix_clock_s() - began_s) / (N_VALUES * N_ROUNDS));
    }
    return bench_samples_min(&samples);
}

/* Memory to read: larger than any cache, one part per thread. */
typedef struct ReadContext {
    double *values;
    emix_index n_each;
    double *sums;
} ReadContext;

static EmixStatus fill_piece(void *context, int task, int worker)
{
    (void)worker;
    const ReadContext *c = context;
    double *values = c->values + task * c->n_each;
    for (emix_index i = 0; i < c->n_each; ++i) {
        values[i] = 1.0;
    }
    return EMIX_OK;
}

typedef double Vec8 __attribute__((vector_size(64)));

static EmixStatus read_piece(void *context, int task, int worker)
{
    (void)worker;
    const ReadContext *c = context;
    const Vec8 *values = (const Vec8 *)(c->values + task * c->n_each);
    Vec8 a = {0};
    Vec8 b = {0};
    for (emix_index i = 0; i < c->n_each / 8; i += 2) {
        a += values[i];
        b += values[i + 1];
    }
    a += b;
    c->sums[task] = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
    return EMIX_OK;
}

static EmixStatus measure_read(int n_threads, double budget_s, double *rate, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index bytes = (emix_index)256 << 20;
    ReadContext c = {.n_each = bytes / (emix_index)sizeof(double) / n_threads / 16 * 16};
    BenchSamples samples = {0};
    EMIX_TRY_ALLOC(c.values, c.n_each * n_threads);
    EMIX_TRY_ALLOC(c.sums, n_threads);
    EMIX_TRY(emix_parallel_for(n_threads, n_threads, fill_piece, &c));
    const double start_s = emix_clock_s();
    while (bench_samples_want_more(&samples, start_s, budget_s)) {
        const double began_s = emix_clock_s();
        EMIX_TRY(emix_parallel_for(n_threads, n_threads, read_piece, &c));
        bench_samples_add(&samples, emix_clock_s() - began_s);
    }
    for (int t = 0; t < n_threads; ++t) {
        if (c.sums[t] != (double)c.n_each) {
            status = emix_fail(error, EMIX_ERR_NONFINITE, "the bandwidth test summed up wrongly");
        }
    }
    *rate = (double)(c.n_each * n_threads) * sizeof(double) / bench_samples_min(&samples);
cleanup:
    emix_free(c.sums);
    emix_free(c.values);
    return status;
}

EmixStatus bench_rates_measure(const BenchGemm *gemm, double budget_s, BenchRates *rates,
                               EmixError *error)
{
    *rates = (BenchRates){
        .gemm_one = bench_gemm_best_rate(gemm, 1, budget_s),
        .gemm_all = bench_gemm_best_rate(gemm, gemm->n_threads, budget_s),
        .exp_s = exp_seconds(budget_s),
    };
    return measure_read(gemm->n_threads, budget_s, &rates->read_all, error);
}
