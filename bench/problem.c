#include "problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "seeds/scan.h"
#include "parallel/parallel.h"

static const double separation = 4.0;
static const double max_condition = 50.0;

/* A <- H A H with the reflection H = I - 2 v v' / v'v, A symmetric: A - v u' - u v' with
 * u = b (A v) - b^2 (v'A v) v / 2 and b = 2 / v'v. */
static void reflect(emix_index d, const double *v, double *u, double *a)
{
    double vv = 0.0;
    double vav = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        u[i] = 0.0;
        for (emix_index j = 0; j < d; ++j) {
            u[i] += a[i * d + j] * v[j];
        }
        vv += v[i] * v[i];
        vav += v[i] * u[i];
    }
    const double b = 2.0 / vv;
    for (emix_index i = 0; i < d; ++i) {
        u[i] = b * u[i] - 0.5 * b * b * vav * v[i];
    }
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            a[i * d + j] -= v[i] * u[j] + u[i] * v[j];
            a[j * d + i] = a[i * d + j];
        }
    }
}

/* Eigenvalues are spread evenly on a log scale around 1. Axes are turned by enough random
 * reflections to mix every feature with every other. */
static void draw_covariance(EmixRng *rng, emix_index d, double *v, double *u, double *covariance)
{
    enum { N_REFLECTIONS = 8 };
    const double log_condition = emix_rng_uniform(rng) * log(max_condition);
    memset(covariance, 0, (size_t)(d * d) * sizeof *covariance);
    for (emix_index i = 0; i < d; ++i) {
        const double place = d > 1 ? (double)i / (double)(d - 1) - 0.5 : 0.0;
        covariance[i * d + i] = exp(log_condition * place);
    }
    for (int r = 0; r < N_REFLECTIONS; ++r) {
        for (emix_index i = 0; i < d; ++i) {
            v[i] = emix_rng_normal(rng);
        }
        reflect(d, v, u, covariance);
    }
}

static EmixStatus draw_truth(const BenchShape *shape, uint64_t seed, EmixModel **truth,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = shape->n_features;
    const emix_index n_components = shape->n_components;
    double *weights = NULL;
    double *means = NULL;
    double *covariances = NULL;
    double *work = NULL;
    EMIX_TRY_ALLOC(weights, n_components);
    EMIX_TRY_ALLOC(means, n_components * d);
    EMIX_TRY_ALLOC(covariances, n_components * d * d);
    EMIX_TRY_ALLOC(work, 2 * d);
    for (emix_index k = 0; k < n_components; ++k) {
        EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, k);
        weights[k] = 1.0 / (double)n_components;
        for (emix_index j = 0; j < d; ++j) {
            means[k * d + j] = separation / sqrt(2.0 * (double)d) * emix_rng_normal(&rng);
        }
        draw_covariance(&rng, d, work, work + d, covariances + k * d * d);
    }
    EMIX_TRY(emix_model_create_gaussian(EMIX_COVARIANCE_FULL, n_components, d, weights, means,
                                        covariances, truth, error));
cleanup:
    emix_free(work);
    emix_free(covariances);
    emix_free(means);
    emix_free(weights);
    return status;
}

/* Rows are drawn in windows that do not depend on each other. */
enum { WINDOW_ROWS = 4096 };
typedef struct DrawContext {
    const BenchProblem *problem;
    const EmixModel *truth;
    uint64_t seed;
} DrawContext;

static EmixStatus draw_window(void *context, int window, int worker)
{
    (void)worker;
    const DrawContext *c = context;
    const BenchShape *shape = &c->problem->shape;
    const emix_index first = (emix_index)window * WINDOW_ROWS;
    const emix_index left = shape->n_rows - first;
    return emix_sample(c->truth, c->seed, first, left < WINDOW_ROWS ? left : WINDOW_ROWS,
                       c->problem->x + first * shape->n_features, NULL, NULL);
}

/* A row and its distance from the common mean. */
typedef struct RankedRow {
    double distance;
    emix_index row;
} RankedRow;

static int compare_ranked(const void *a, const void *b)
{
    const RankedRow *p = a;
    const RankedRow *q = b;
    if (p->distance != q->distance) return p->distance < q->distance ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static double squared_distance(const EmixDataSummary *summary, emix_index d, const double *x)
{
    double sum = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        double y = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            y += summary->whitener[i * d + j] * (x[j] - summary->mean[j]);
        }
        sum += y * y;
    }
    return sum;
}

/* The means of the start: the K rows closest to the median distance, among the first rows, which
 * are as random as any others. */
static EmixStatus choose_means(const BenchProblem *problem, const EmixDataSummary *summary,
                               double *means, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = problem->shape.n_features;
    const emix_index n_components = problem->shape.n_components;
    emix_index n_ranked = 2048 + 8 * n_components;
    n_ranked = n_ranked < problem->shape.n_rows ? n_ranked : problem->shape.n_rows;
    RankedRow *ranked = NULL;
    EMIX_TRY_ALLOC(ranked, n_ranked);
    for (emix_index i = 0; i < n_ranked; ++i) {
        ranked[i] = (RankedRow){squared_distance(summary, d, problem->x + i * d), i};
    }
    qsort(ranked, (size_t)n_ranked, sizeof *ranked, compare_ranked);
    for (emix_index k = 0; k < n_components; ++k) {
        const emix_index row = ranked[(n_ranked - n_components) / 2 + k].row;
        memcpy(means + k * d, problem->x + row * d, (size_t)d * sizeof *means);
    }
cleanup:
    emix_free(ranked);
    return status;
}

static EmixStatus make_start(BenchProblem *problem, int n_workers, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = problem->shape.n_features;
    const emix_index n_components = problem->shape.n_components;
    EmixDataSummary summary = {0};
    double *weights = NULL;
    double *means = NULL;
    double *covariances = NULL;
    EMIX_TRY_ALLOC(weights, n_components);
    EMIX_TRY_ALLOC(means, n_components * d);
    EMIX_TRY_ALLOC(covariances, n_components * d * d);
    EMIX_TRY(emix_scan_run(problem->data, EMIX_MOMENTS_FULL, emix_kernels_select(NULL), n_workers,
                           NULL, &summary, error));
    EMIX_TRY(choose_means(problem, &summary, means, error));
    for (emix_index k = 0; k < n_components; ++k) {
        weights[k] = 1.0 / (double)n_components;
        memcpy(covariances + k * d * d, summary.covariance, (size_t)(d * d) * sizeof *covariances);
    }
    EMIX_TRY(emix_model_create_gaussian(EMIX_COVARIANCE_FULL, n_components, d, weights, means,
                                        covariances, &problem->start, error));
cleanup:
    emix_scan_clear(&summary);
    emix_free(covariances);
    emix_free(means);
    emix_free(weights);
    return status;
}

EmixStatus bench_problem_init(const BenchShape *shape, uint64_t seed, int n_workers,
                              BenchProblem *problem, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *truth = NULL;
    const emix_index d = shape->n_features;
    *problem = (BenchProblem){.shape = *shape};
    EMIX_TRY_ALLOC(problem->x, shape->n_rows * d);
    EMIX_TRY(draw_truth(shape, seed, &truth, error));
    DrawContext context = {.problem = problem, .truth = truth, .seed = seed};
    const int n_windows = (int)((shape->n_rows + WINDOW_ROWS - 1) / WINDOW_ROWS);
    EMIX_TRY(emix_parallel_for(n_windows, n_workers, draw_window, &context));
    EMIX_TRY(emix_dataset_create(shape->n_rows, d, problem->x, d, NULL, &problem->data, error));
    EMIX_TRY(make_start(problem, n_workers, error));
cleanup:
    emix_model_destroy(truth);
    if (status != EMIX_OK) {
        bench_problem_clear(problem);
    }
    return status;
}

void bench_problem_clear(BenchProblem *problem)
{
    emix_model_destroy(problem->start);
    emix_dataset_destroy(problem->data);
    emix_free(problem->x);
    *problem = (BenchProblem){0};
}
