#include "report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* JSON has no NaN: an unknown number is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void append(BenchReport *report, const char *list, json_t *item)
{
    json_t *array = json_object_get(report->document, list);
    if (array == NULL) {
        array = json_array();
        json_object_set_new(report->document, list, array);
    }
    json_array_append_new(array, item);
}

void bench_report_begin(BenchReport *report, const BenchMachine *machine)
{
    bench_machine_print(machine);
    *report = (BenchReport){
        .document = json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:i}}", "schema",
                              "emix.bench/1", "machine", "version", machine->version, "commit",
                              machine->commit, "compiler", machine->compiler, "flags",
                              machine->flags, "cpu", machine->cpu, "blas", machine->blas, "threads",
                              machine->n_threads),
        .reproducible = true,
    };
}

void bench_report_rates(BenchReport *report, const BenchRates *rates)
{
    printf("dgemm %.1f GFLOP/s on one thread, %.1f on all; exp %.2f ns; read %.1f GB/s\n",
           1e-9 * rates->gemm_one, 1e-9 * rates->gemm_all, 1e9 * rates->exp_s,
           1e-9 * rates->read_all);
    fflush(stdout);
    json_object_set_new(report->document, "rates",
                        json_pack("{s:f, s:f, s:f, s:f}", "dgemm_one_flops_per_s", rates->gemm_one,
                                  "dgemm_all_flops_per_s", rates->gemm_all, "exp_s", rates->exp_s,
                                  "read_bytes_per_s", rates->read_all));
}

static json_t *times_as_json(const BenchTimes *times)
{
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "n_samples", times->n_samples, "min_s",
                     times->min_s, "median_s", times->median_s, "pass_s", times->pass_s, "reduce_s",
                     times->reduce_s, "m_step_s", times->m_step_s);
}

static json_t *iteration_as_json(const BenchShape *shape, const BenchSetup *setup,
                                 const BenchIteration *result)
{
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:i, s:o, s:o, s:f, s:f, s:f, s:o, s:f, s:o, s:f, "
        "s:f, s:b}",
        "shape", shape->name, "n_rows", (json_int_t)shape->n_rows, "n_features",
        (json_int_t)shape->n_features, "n_components", (json_int_t)shape->n_components,
        "covariance", setup->model->name, "precision", setup->model->single ? "single" : "double",
        "kernels", result->kernels, "threads", setup->n_threads, "one_thread",
        times_as_json(&result->one), "all_threads", times_as_json(&result->all), "useful_flops",
        result->useful_flops, "gemm_flops_per_s", result->gemm_rate, "rho", result->rho,
        "rho_limit", result->rho_limit > 0.0 ? json_real(result->rho_limit) : json_null(),
        "speed_up", result->speed_up, "serial_share", number(result->serial_share),
        "log_likelihood", result->log_likelihood, "checksum", result->checksum, "reproducible",
        result->reproducible);
}

static void print_limit(const BenchIteration *result)
{
    if (result->rho_limit > 0.0) {
        printf(" %6.2f%c", result->rho_limit, result->rho > result->rho_limit ? '!' : ' ');
    } else {
        printf(" %6s ", "-");
    }
}

void bench_report_iteration(BenchReport *report, const BenchShape *shape, const BenchSetup *setup,
                            const BenchIteration *result)
{
    if (!report->table_begun) {
        printf("\n%-16s %-11s %-9s %3s %4s %10s %10s %8s %8s %7s %7s  %8s %7s %7s %7s  %s\n",
               "shape", "model", "kernels", "thr", "n", "min ms", "median ms", "GFLOP/s", "gemm",
               "rho", "limit", "speed-up", "reduce", "M-step", "serial", "checksum");
        report->table_begun = true;
    }
    const BenchTimes *all = &result->all;
    printf("%-16s %-11s %-9s %3d %4d %10.3f %10.3f %8.1f %8.1f %7.2f", shape->name,
           setup->model->single ? "full single" : setup->model->name, result->kernels,
           setup->n_threads, all->n_samples, 1e3 * all->min_s, 1e3 * all->median_s,
           1e-9 * result->useful_flops / all->min_s, 1e-9 * result->gemm_rate, result->rho);
    print_limit(result);
    printf(" %8.2f %6.1f%% %6.1f%%", result->speed_up, 100.0 * all->reduce_s / all->min_s,
           100.0 * all->m_step_s / all->min_s);
    if (isfinite(result->serial_share)) {
        printf(" %6.1f%%", 100.0 * result->serial_share);
    } else {
        printf(" %7s", "-");
    }
    printf("  %.17g%s\n", result->checksum,
           result->reproducible ? "" : "  DIFFERS BETWEEN RUNS OR THREADS");
    fflush(stdout);
    report->reproducible &= result->reproducible;
    append(report, "iterations", iteration_as_json(shape, setup, result));
}

void bench_report_slope(BenchReport *report, const char *axis, double slope, double least,
                        double most)
{
    const bool expected = slope >= least && slope <= most;
    printf("slope in %s: %.2f, expected %.2f ... %.2f%s\n", axis, slope, least, most,
           expected ? "" : "  UNEXPECTED");
    fflush(stdout);
    append(report, "slopes",
           json_pack("{s:s, s:o, s:f, s:f, s:b}", "axis", axis, "slope", number(slope), "least",
                     least, "most", most, "expected", expected));
}

void bench_report_small_fit(BenchReport *report, BenchSamples *samples, double limit_s)
{
    const double min_s = bench_samples_min(samples);
    const double median_s = bench_samples_median(samples);
    printf("\nsmall fit (500 x 4, K = 3, 10 iterations, one thread): min %.4f ms, median %.4f ms, "
           "limit %.2f ms%s\n",
           1e3 * min_s, 1e3 * median_s, 1e3 * limit_s, min_s > limit_s ? " !" : "");
    json_object_set_new(report->document, "small_fit",
                        json_pack("{s:i, s:f, s:f, s:f}", "n_samples", samples->n, "min_s", min_s,
                                  "median_s", median_s, "limit_s", limit_s));
}

bool bench_report_end(BenchReport *report, const char *json_path)
{
    const bool written = json_path == NULL ||
                         json_dump_file(report->document, json_path, JSON_INDENT(1)) == 0;
    json_decref(report->document);
    report->document = NULL;
    return written;
}
