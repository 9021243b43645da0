/* Time of every kernel on typical shapes of a Gaussian mixture, compared with matrix
 * multiplication.
 *
 * usage: bench_kernels [--isa NAME] [--single] [--repeats N] [SHAPE...]
 *
 * A SHAPE is A ... F, or rows x features x components such as 10000x20x5. --single measures the
 * single-precision kernels, on rows of floats, compared with products of matrices of floats.
 *
 * One thread runs the blocks of a whole pass over N rows: pack, log_density for each of K
 * components, softmax, moments_add. `useful` is 2 N K D (D + 1) flops, which a pass with full
 * covariances cannot avoid. rho is the time of the pass over the time that a matrix product of
 * 768 x 768 takes for as many flops, measured in the same process: 1 is as fast as the best that
 * BLAS can do. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cblas.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/rng.h"
#include "kernels/kernels.h"

typedef struct BenchShape {
    const char *name;
    emix_index n_rows;
    emix_index n_features;
    emix_index n_components;
} BenchShape;

/* A and B stream through more data than the caches hold, as a fit does. For the other shapes, where
 * streaming is a small part of the time, fewer rows are enough. */
static const BenchShape SHAPES[] = {
    {"A", 1000000, 2, 5},      {"B", 200000, 8, 16},     {"C", 14400, 32, 32},
    {"D", 2880, 64, 64},       {"E", 2880, 128, 16},     {"F", 1440, 384, 8},
    {"3x3", 200000, 3, 3},     {"5x8", 100000, 5, 8},    {"8x4", 100000, 8, 4},
    {"10x5", 50000, 10, 5},    {"10x20", 50000, 10, 20}, {"16x16", 20000, 16, 16},
    {"20x4", 50000, 20, 4},    {"20x10", 20000, 20, 10}, {"24x24", 20000, 24, 24},
    {"30x8", 14400, 30, 8},    {"50x3", 14400, 50, 3},   {"50x12", 7200, 50, 12},
    {"100x40", 2880, 100, 40}, {"200x5", 2880, 200, 5},
};
enum { N_SHAPES = sizeof SHAPES / sizeof SHAPES[0] };

enum { PACK, LOG_DENSITY, SOFTMAX, MOMENTS, N_PHASES };

/* Data, model and buffers of one shape and table. */
typedef struct Bench {
    const EmixKernels *table;
    bool is_single; /* then the buffers marked "real" hold floats */
    EmixKernelShape shape;
    emix_index n_rows;
    void *x; /* real */
    double *centre;
    void *factors; /* real */
    void *offsets; /* real */
    void *panel;   /* real */
    void *a;       /* real */
    void *scratch; /* real */
    double *moments;
} Bench;

static double *doubles(emix_index n)
{
    double *block = emix_alloc(n, sizeof *block);
    if (block == NULL) {
        fprintf(stderr, "bench_kernels: no memory for %lld numbers\n", (long long)n);
        exit(1);
    }
    return block;
}

static void *reals(const Bench *bench, emix_index n)
{
    return doubles(bench->is_single ? (n + 1) / 2 : n);
}

static void set_real(const Bench *bench, void *array, emix_index i, double value)
{
    if (bench->is_single) {
        ((float *)array)[i] = (float)value;
    } else {
        ((double *)array)[i] = value;
    }
}

/* Element i of an array of reals. */
static void *at(const Bench *bench, void *array, emix_index i)
{
    return (char *)array + (size_t)i * (bench->is_single ? sizeof(float) : sizeof(double));
}

static emix_index factor_size(const Bench *bench)
{
    return bench->is_single ? bench->table->single->factor_size(&bench->shape)
                            : bench->table->factor_size(&bench->shape);
}

/* Random triangles near the identity, one for each component. */
static void make_factors(const Bench *bench, EmixRng *rng, const double *means)
{
    const emix_index n = bench->shape.n_features;
    double *w = doubles(n * n);
    for (emix_index k = 0; k < bench->shape.n_components; ++k) {
        void *factor = at(bench, bench->factors, k * factor_size(bench));
        for (emix_index j = 0; j < n; ++j) {
            double offset = 0.0;
            for (emix_index l = 0; l <= j; ++l) {
                w[j * n + l] = l == j ? 1.0 : 0.3 * emix_rng_normal(rng) / sqrt((double)n);
                offset += w[j * n + l] * means[k * n + l];
            }
            set_real(bench, bench->offsets, k * n + j, offset);
        }
        if (bench->is_single) {
            bench->table->single->pack_factor(&bench->shape, w, factor);
        } else {
            bench->table->pack_factor(&bench->shape, w, factor);
        }
    }
    emix_free(w);
}

/* Clusters of about unit variance whose means are a few standard deviations apart. */
static void make_rows(const Bench *bench)
{
    EmixRng rng = emix_rng_init(1, EMIX_RNG_SAMPLE, 0);
    const emix_index n = bench->shape.n_features;
    double *means = doubles(bench->shape.n_components * n);
    for (emix_index i = 0; i < bench->shape.n_components * n; ++i) {
        means[i] = 4.0 * emix_rng_normal(&rng) / sqrt(2.0 * (double)n);
    }
    for (emix_index i = 0; i < bench->n_rows; ++i) {
        const double *mean = means + emix_rng_below(&rng, bench->shape.n_components) * n;
        for (emix_index j = 0; j < n; ++j) {
            /* Sums of uniforms are close enough to normal, and fast. */
            const double z = emix_rng_uniform(&rng) + emix_rng_uniform(&rng) - 1.0;
            set_real(bench, bench->x, i * n + j, mean[j] + 2.4 * z);
        }
    }
    make_factors(bench, &rng, means);
    emix_free(means);
}

static Bench make_bench(const EmixKernels *table, const BenchShape *shape, bool is_single)
{
    const emix_index d = shape->n_features;
    const emix_index k = shape->n_components;
    const EmixSingleKernels *single = table->single;
    Bench bench = {.table = table,
                   .is_single = is_single,
                   .shape = {.n_rows = emix_kernels_block_rows(d, INT64_MAX),
                             .n_features = d,
                             .n_components = k},
                   .n_rows = shape->n_rows};
    const char *rows = getenv("BENCH_BLOCK_ROWS");
    if (rows != NULL) bench.shape.n_rows = atoi(rows);
    const EmixKernelShape *sizes = &bench.shape;
    bench.x = reals(&bench, bench.n_rows * d);
    bench.centre = doubles(d);
    bench.factors = reals(&bench, k * factor_size(&bench));
    bench.offsets = reals(&bench, k * d);
    bench.panel = reals(&bench, is_single ? single->panel_size(sizes) : table->panel_size(sizes));
    bench.a = reals(&bench, k * bench.shape.n_rows);
    bench.scratch = reals(&bench, is_single ? single->moments_scratch_size(sizes)
                                            : table->moments_scratch_size(sizes));
    bench.moments = doubles(is_single ? single->moments_size(sizes) : table->moments_size(sizes));
    make_rows(&bench);
    return bench;
}

static void clear_bench(Bench *bench)
{
    void *blocks[] = {bench->x,     bench->centre, bench->factors, bench->offsets,
                      bench->panel, bench->a,      bench->scratch, bench->moments};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; ++i) {
        emix_free(blocks[i]);
    }
}

/* Adds the time since *last to *phase; does nothing if phase times are not wanted. */
static void lap(double *phase, double *last)
{
    if (phase == NULL) return;
    const double now = emix_clock_s();
    *phase += now - *last;
    *last = now;
}

/* Runs the double-precision kernels on n rows from `first` on; phases as in run_block. */
static double run_double_block(const Bench *bench, emix_index first, emix_index n, double *phases)
{
    const EmixKernels *table = bench->table;
    const EmixKernelShape *shape = &bench->shape;
    const emix_index d = shape->n_features;
    const emix_index padded = (n + table->row_group - 1) / table->row_group * table->row_group;
    const double *x = bench->x;
    const double *factors = bench->factors;
    const double *offsets = bench->offsets;
    double *a = bench->a;
    double last = phases != NULL ? emix_clock_s() : 0.0;
    table->pack(shape, n, padded, x + first * d, d, bench->centre, bench->panel);
    lap(phases, &last);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        table->log_density(shape, padded, bench->panel, factors + k * factor_size(bench),
                           offsets + k * d, -1.0, a + k * shape->n_rows);
    }
    lap(phases != NULL ? phases + LOG_DENSITY : NULL, &last);
    const EmixSoftmaxSums sums = table->softmax(shape, n, padded, a, shape->n_rows, NULL, NULL);
    lap(phases != NULL ? phases + SOFTMAX : NULL, &last);
    table->moments_add(shape, padded, bench->panel, a, shape->n_rows, bench->scratch,
                       bench->moments);
    lap(phases != NULL ? phases + MOMENTS : NULL, &last);
    return sums.log_likelihood;
}

static double run_single_block(const Bench *bench, emix_index first, emix_index n, double *phases)
{
    const EmixSingleKernels *single = bench->table->single;
    const EmixKernelShape *shape = &bench->shape;
    const emix_index d = shape->n_features;
    const emix_index padded = (n + single->row_group - 1) / single->row_group * single->row_group;
    const float *x = bench->x;
    const float *factors = bench->factors;
    const float *offsets = bench->offsets;
    float *a = bench->a;
    double last = phases != NULL ? emix_clock_s() : 0.0;
    single->pack(shape, n, padded, x + first * d, NULL, d, bench->centre, bench->panel);
    lap(phases, &last);
    for (emix_index k = 0; k < shape->n_components; ++k) {
        single->log_density(shape, padded, bench->panel, factors + k * factor_size(bench),
                            offsets + k * d, -1.0F, a + k * shape->n_rows);
    }
    lap(phases != NULL ? phases + LOG_DENSITY : NULL, &last);
    const EmixSoftmaxSums sums = single->softmax(shape, n, padded, a, shape->n_rows, NULL);
    lap(phases != NULL ? phases + SOFTMAX : NULL, &last);
    single->moments_add(shape, padded, bench->panel, a, shape->n_rows, bench->scratch,
                        bench->moments);
    lap(phases != NULL ? phases + MOMENTS : NULL, &last);
    return sums.log_likelihood;
}

/* phases [N_PHASES], or NULL: reading the clock takes noticeable time if blocks are short. */
static double run_block(const Bench *bench, emix_index first, double *phases)
{
    const emix_index rest = bench->n_rows - first;
    const emix_index n = rest < bench->shape.n_rows ? rest : bench->shape.n_rows;
    return bench->is_single ? run_single_block(bench, first, n, phases)
                            : run_double_block(bench, first, n, phases);
}

/* Processor time of this thread, which other programs on the machine disturb little. */
static double thread_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double run_pass(const Bench *bench, double *phases, double *log_likelihood)
{
    const double start = thread_time();
    *log_likelihood = 0.0;
    for (emix_index first = 0; first < bench->n_rows; first += bench->shape.n_rows) {
        *log_likelihood += run_block(bench, first, phases);
    }
    return thread_time() - start;
}

/* Flops per second of one thread, in the best of some matrix products. */
static double gemm_rate(bool is_single)
{
    enum { N = 768 };
    double *blocks = doubles(3 * N * N);
    float *singles = (float *)doubles(3 * N * N);
    double best = HUGE_VAL;
    for (int i = 0; i < 2 * N * N; ++i) {
        blocks[i] = 1e-3 * (i % 7);
        singles[i] = (float)blocks[i];
    }
    for (int repeat = 0; repeat < 10; ++repeat) {
        const double start = thread_time();
        if (is_single) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1.0F, singles, N,
                        singles + N * N, N, 0.0F, singles + 2 * N * N, N);
        } else {
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1.0, blocks, N,
                        blocks + N * N, N, 0.0, blocks + 2 * N * N, N);
        }
        best = fmin(best, thread_time() - start);
    }
    emix_free(blocks);
    emix_free(singles);
    return 2.0 * N * N * N / best;
}

static void report(const EmixKernels *table, const BenchShape *shape, bool is_single, int n_repeats)
{
    Bench bench = make_bench(table, shape, is_single);
    double best = HUGE_VAL;
    double gemm = 0.0;
    double log_likelihood = 0.0;
    for (int repeat = 0; repeat < n_repeats; ++repeat) {
        if (repeat < 4) gemm = fmax(gemm, gemm_rate(is_single));
        best = fmin(best, run_pass(&bench, NULL, &log_likelihood));
    }
    double phases[N_PHASES] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (int repeat = 0; repeat < n_repeats; ++repeat) {
        double once[N_PHASES] = {0.0};
        run_pass(&bench, once, &log_likelihood);
        for (int i = 0; i < N_PHASES; ++i) {
            phases[i] = fmin(phases[i], once[i]);
        }
    }
    const double half = (double)shape->n_components * (double)shape->n_features *
                        (double)(shape->n_features + 1);
    const double rows = (double)shape->n_rows;
    printf("%-9s %-7s %4d rows  %8.2f ns/row | pack %6.2f density %8.2f (%5.1f GF) softmax %6.2f "
           "moments %8.2f (%5.1f GF) | gemm %5.1f GF  rho %5.2f | %.15g\n",
           table->name, shape->name, (int)bench.shape.n_rows, best * 1e9 / rows,
           phases[PACK] * 1e9 / rows, phases[LOG_DENSITY] * 1e9 / rows,
           rows * half / phases[LOG_DENSITY] * 1e-9, phases[SOFTMAX] * 1e9 / rows,
           phases[MOMENTS] * 1e9 / rows, rows * half / phases[MOMENTS] * 1e-9, gemm * 1e-9,
           best * gemm / (2.0 * rows * half), log_likelihood / rows);
    clear_bench(&bench);
}

/* A shape by its name, or one given as rows, features and components: 10000x20x5. */
static bool find_shape(const char *name, BenchShape *shape)
{
    for (int s = 0; s < N_SHAPES; ++s) {
        if (strcmp(name, SHAPES[s].name) == 0) {
            *shape = SHAPES[s];
            return true;
        }
    }
    long long n = 0;
    long long d = 0;
    long long k = 0;
    if (sscanf(name, "%lldx%lldx%lld", &n, &d, &k) != 3 || n < 1 || d < 1 || k < 1) return false;
    *shape = (BenchShape){name, n, d, k};
    return true;
}

/* Reports the table of that name, or without a name all tables but the slow reference. */
static void report_tables(const BenchShape *shape, const char *isa, bool is_single, int n_repeats)
{
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        const bool slow = table == &emix_kernels_reference;
        if (isa == NULL ? !slow : strcmp(isa, table->name) == 0)
            report(table, shape, is_single, n_repeats);
    }
}

int main(int argc, char **argv)
{
    const char *isa = NULL;
    bool is_single = false;
    int n_repeats = 30;
    int n_shapes = 0;
    openblas_set_num_threads(1);
    for (int i = 1; i < argc; ++i) {
        BenchShape shape;
        if (strcmp(argv[i], "--isa") == 0 && i + 1 < argc) {
            isa = argv[++i];
        } else if (strcmp(argv[i], "--single") == 0) {
            is_single = true;
        } else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc) {
            n_repeats = atoi(argv[++i]);
        } else if (find_shape(argv[i], &shape)) {
            report_tables(&shape, isa, is_single, n_repeats);
            n_shapes += 1;
        } else {
            fprintf(stderr,
                    "usage: bench_kernels [--isa NAME] [--single] [--repeats N] [SHAPE...]\n");
            return 2;
        }
    }
    for (int s = 0; n_shapes == 0 && s < N_SHAPES; ++s) {
        report_tables(&SHAPES[s], isa, is_single, n_repeats);
    }
    return 0;
}
