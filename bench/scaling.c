#include "scaling.h"

#include <math.h>
#include <stdio.h>

/* One size that doubles repeatedly from the base problem, and the range in which its slope must
 * lie. Time is N K D (D + 1) plus lower terms: exp and memory N K and N D, the M-step K D^3. */
typedef struct Axis {
    const char *name;
    BenchShape smallest;
    int n_doublings;
    double least_slope;
    double most_slope;
} Axis;

static const Axis axes[] = {
    {"rows", {"", 12500, 32, 16, 0.0, 0.0}, 4, 0.90, 1.10},
    {"features", {"", 50000, 16, 16, 0.0, 0.0}, 3, 1.30, 2.15},
    {"components", {"", 50000, 32, 8, 0.0, 0.0}, 3, 0.70, 1.10},
};
enum { N_AXES = sizeof axes / sizeof axes[0], MAX_POINTS = 8 };
/* Least acceptable slope of speed against threads, on log scales. */
static const double least_thread_slope = 0.85;
static const uint64_t seed = 1;

/* Slope of the least-squares line. */
static double slope(int n, const double *x, const double *y)
{
    double mean_x = 0.0;
    double mean_y = 0.0;
    for (int i = 0; i < n; ++i) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    double sxx = 0.0;
    double sxy = 0.0;
    for (int i = 0; i < n; ++i) {
        sxx += (x[i] - mean_x) * (x[i] - mean_x);
        sxy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return sxy / sxx;
}

static BenchShape grown(const Axis *axis, int axis_index, int doublings)
{
    BenchShape shape = axis->smallest;
    emix_index *const sizes[] = {&shape.n_rows, &shape.n_features, &shape.n_components};
    *sizes[axis_index] <<= doublings;
    snprintf(shape.name, sizeof shape.name, "%lldx%lldx%lld", (long long)shape.n_rows,
             (long long)shape.n_features, (long long)shape.n_components);
    return shape;
}

static EmixStatus measure_shape(const BenchShape *shape, const BenchSetup *setup,
                                BenchReport *report, BenchIteration *result, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    BenchProblem problem = {0};
    EMIX_TRY(bench_problem_init(shape, seed, setup->n_threads, &problem, error));
    EMIX_TRY(bench_iteration_measure(&problem, setup, result, error));
    bench_report_iteration(report, shape, setup, result);
cleanup:
    bench_problem_clear(&problem);
    return status;
}

static EmixStatus measure_axis(int axis_index, const BenchSetup *setup, BenchReport *report,
                               bool *as_expected, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const Axis *axis = &axes[axis_index];
    double log_size[MAX_POINTS];
    double log_time[MAX_POINTS];
    for (int i = 0; i <= axis->n_doublings; ++i) {
        const BenchShape shape = grown(axis, axis_index, i);
        BenchIteration result;
        EMIX_TRY(measure_shape(&shape, setup, report, &result, error));
        log_size[i] = i * log(2.0);
        log_time[i] = log(result.all.min_s);
    }
    const double seen = slope(axis->n_doublings + 1, log_size, log_time);
    const bool fits = seen >= axis->least_slope && seen <= axis->most_slope;
    bench_report_slope(report, axis->name, seen, axis->least_slope, axis->most_slope);
    *as_expected &= fits;
cleanup:
    return status;
}

/* Speed against the number of threads, doubled up to all of them. */
static EmixStatus measure_threads(const BenchSetup *setup, BenchReport *report, bool *as_expected,
                                  EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const BenchShape shape = grown(&axes[0], 0, axes[0].n_doublings);
    BenchProblem problem = {0};
    double log_threads[16] = {0};
    double log_speed[16] = {0};
    int n = 1; /* one thread has speed 1 */
    EMIX_TRY(bench_problem_init(&shape, seed, setup->n_threads, &problem, error));
    for (int threads = 2; threads <= setup->n_threads && n < 16; ++n) {
        BenchSetup some = *setup;
        some.n_threads = threads;
        BenchIteration result;
        EMIX_TRY(bench_iteration_measure(&problem, &some, &result, error));
        bench_report_iteration(report, &shape, &some, &result);
        log_threads[n] = log((double)threads);
        log_speed[n] = log(result.speed_up);
        const bool last = threads == setup->n_threads;
        threads = 2 * threads <= setup->n_threads || last ? 2 * threads : setup->n_threads;
    }
    if (n > 1) {
        const double seen = slope(n, log_threads, log_speed);
        bench_report_slope(report, "threads", seen, least_thread_slope, 1.05);
        *as_expected &= seen >= least_thread_slope;
    }
cleanup:
    bench_problem_clear(&problem);
    return status;
}

EmixStatus bench_scaling(const BenchSetup *setup, BenchReport *report, bool *as_expected,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    *as_expected = true;
    for (int i = 0; i < N_AXES; ++i) {
        EMIX_TRY(measure_axis(i, setup, report, as_expected, error));
    }
    EMIX_TRY(measure_threads(setup, report, as_expected, error));
cleanup:
    return status;
}
