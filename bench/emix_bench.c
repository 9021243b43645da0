/* emix-bench: the speed of the library compared with the limits of the machine; see README.md. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas_core.h"
#include "core/alloc.h"
#include "iteration.h"
#include "kernels/kernels.h"
#include "linalg/linalg.h"
#include "parallel/parallel.h"
#include "report.h"
#include "scaling.h"
#include "small_fit.h"

enum { EXIT_CHECKSUM = 1, EXIT_USAGE = 2, EXIT_RUN = 3, EXIT_SLOPE = 4 };

static const char help[] =
    "usage: emix-bench [options]\n"
    "Measures EM iterations against matrix products on the same machine. Without --shape,\n"
    "--small-fit or --scaling: shapes A to F and the small fit.\n"
    "\n"
    "  --shape LIST      A,B,... or sizes as ROWSxFEATURESxCOMPONENTS\n"
    "  --covariance NAME full, tied, diag, spherical or all (full)\n"
    "  --small-fit       the time of a whole fit of 500 x 4, K = 3\n"
    "  --scaling         growth with rows, features, components and threads\n"
    "  --threads T       threads (all cores)\n"
    "  --isa NAME        kernels: avx512, avx2, baseline, reference (the best)\n"
    "  --precision NAME  double, single (of full covariances, against sgemm) or all (double)\n"
    "  --blas-core NAME  kernels of OpenBLAS: default, or a value of OPENBLAS_CORETYPE (the "
    "fastest\n"
    "                    of a few)\n"
    "  --gemm-rate       only print the rate of matrix products on one thread, flops per second\n"
    "  --version         only print what is measured, on what\n"
    "  --seconds S       time for the samples of each problem (2)\n"
    "  --json FILE       results as a JSON document\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 good, 1 a checksum differed between runs or numbers of threads, 2 usage,\n"
    "3 a run failed, 4 a slope was out of its range.\n";

typedef struct Options {
    const char *shapes;
    const char *covariance;
    const char *precision;
    const char *isa;
    const char *json_path;
    const char *blas_core;
    int n_threads;
    double budget_s;
    bool small_fit;
    bool scaling;
    bool gemm_rate;
    bool version;
} Options;

static bool parse_number(const char *text, double least, double most, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= least && *value <= most;
}

static bool known_covariance(const char *name)
{
    bool known = strcmp(name, "all") == 0;
    for (int i = 0; bench_model(i) != NULL; ++i) {
        known |= strcmp(name, bench_model(i)->name) == 0;
    }
    return known;
}

/* Takes one option; false for a value that is not allowed. */
static bool take_option(int letter, const char *value, Options *options)
{
    double parsed = 0.0;
    switch (letter) {
    case 's': options->shapes = value; return true;
    case 'k': options->covariance = value; return known_covariance(value);
    case 'f': options->small_fit = true; return true;
    case 'g': options->scaling = true; return true;
    case 'i': options->isa = value; return emix_kernels_select(value) != NULL;
    case 'p':
        options->precision = value;
        return strcmp(value, "double") == 0 || strcmp(value, "single") == 0 ||
               strcmp(value, "all") == 0;
    case 'c': options->blas_core = value; return true;
    case 'r': options->gemm_rate = true; return true;
    case 'v': options->version = true; return true;
    case 'j': options->json_path = value; return true;
    case 't':
        if (!parse_number(value, 1.0, 1024.0, &parsed)) return false;
        options->n_threads = (int)parsed;
        return true;
    case 'b': return parse_number(value, 0.0, 3600.0, &options->budget_s);
    default: return false;
    }
}

/* Returns 0 to continue, else the exit status plus 1. */
static int parse_options(int argc, char **argv, Options *options)
{
    static const struct option names[] = {
        {"shape", required_argument, NULL, 's'},
        {"covariance", required_argument, NULL, 'k'},
        {"small-fit", no_argument, NULL, 'f'},
        {"scaling", no_argument, NULL, 'g'},
        {"threads", required_argument, NULL, 't'},
        {"isa", required_argument, NULL, 'i'},
        {"precision", required_argument, NULL, 'p'},
        {"seconds", required_argument, NULL, 'b'},
        {"json", required_argument, NULL, 'j'},
        {"blas-core", required_argument, NULL, 'c'},
        {"gemm-rate", no_argument, NULL, 'r'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int letter = 0;
    int index = 0;
    while ((letter = getopt_long(argc, argv, "", names, &index)) != -1) {
        if (letter == 'h') {
            fputs(help, stdout);
            return 1 + EXIT_SUCCESS;
        }
        if (!take_option(letter, optarg, options)) {
            if (letter != '?') {
                fprintf(stderr, "emix-bench: --%s cannot be \"%s\" here\n", names[index].name,
                        optarg);
            }
            return 1 + EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "emix-bench: unexpected argument \"%s\"\n", argv[optind]);
        return 1 + EXIT_USAGE;
    }
    if (options->shapes == NULL && !options->small_fit && !options->scaling) {
        options->shapes = "A,B,C,D,E,F";
        options->small_fit = true;
    }
    return 0;
}

static bool check_shapes(const char *list)
{
    BenchShape shape;
    int found = 1;
    while (list != NULL && (found = bench_shape_next(&list, &shape)) == 1) {
    }
    if (found < 0) {
        fprintf(stderr, "emix-bench: no shape begins \"%s\"\n", list);
    }
    return found >= 0;
}

static EmixStatus run_shapes(const Options *options, BenchSetup *setup, BenchReport *report,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const char *list = options->shapes;
    BenchShape shape;
    BenchProblem problem = {0};
    while (list != NULL && bench_shape_next(&list, &shape) == 1) {
        EMIX_TRY(bench_problem_init(&shape, 1, setup->n_threads, &problem, error));
        for (int i = 0; bench_model(i) != NULL; ++i) {
            BenchIteration result;
            setup->model = bench_model(i);
            if (strcmp(options->covariance, "all") != 0 &&
                strcmp(options->covariance, setup->model->name) != 0) {
                continue;
            }
            if (strcmp(options->precision, "all") != 0 &&
                strcmp(options->precision, setup->model->single ? "single" : "double") != 0) {
                continue;
            }
            EMIX_TRY(bench_iteration_measure(&problem, setup, &result, error));
            bench_report_iteration(report, &shape, setup, &result);
        }
        bench_problem_clear(&problem);
    }
cleanup:
    bench_problem_clear(&problem);
    return status;
}

static EmixStatus run(const Options *options, BenchReport *report, bool *slopes_expected,
                      EmixError *error)
{
    EmixStatus status = EMIX_OK;
    BenchGemm gemm = {0};
    BenchRates rates;
    BenchSamples *small_fit = NULL;
    BenchSetup setup = {
        .model = bench_model(0),
        .isa = options->isa,
        .n_threads = options->n_threads,
        .budget_s = options->budget_s,
        .gemm = &gemm,
    };
    EMIX_TRY(bench_gemm_init(options->n_threads, &gemm, error));
    EMIX_TRY(bench_rates_measure(&gemm, 0.25 * options->budget_s, &rates, error));
    bench_report_rates(report, &rates);
    EMIX_TRY(run_shapes(options, &setup, report, error));
    if (options->scaling) {
        EMIX_TRY(bench_scaling(&setup, report, slopes_expected, error));
    }
    if (options->small_fit) {
        EMIX_TRY_ALLOC(small_fit, 1);
        EMIX_TRY(bench_small_fit(0.25 * options->budget_s, small_fit, error));
        bench_report_small_fit(report, small_fit, BENCH_SMALL_FIT_LIMIT_S);
    }
cleanup:
    emix_free(small_fit);
    bench_gemm_clear(&gemm);
    return status;
}

static int print_gemm_rate(void)
{
    BenchGemm gemm;
    const EmixStatus status = bench_gemm_init(1, &gemm, NULL);
    if (status == EMIX_OK) {
        printf("%.17g\n", bench_gemm_best_rate(&gemm, 1, 0.2));
    }
    bench_gemm_clear(&gemm);
    return status == EMIX_OK ? EXIT_SUCCESS : EXIT_RUN;
}

int main(int argc, char **argv)
{
    Options options = {
        .covariance = "full", .precision = "double", .blas_core = "best", .budget_s = 2.0};
    BenchReport report;
    EmixError error = {{0}};
    bool slopes_expected = true;
    const int parsed = parse_options(argc, argv, &options);
    if (parsed != 0) {
        return parsed - 1;
    }
    if (!check_shapes(options.shapes)) {
        return EXIT_USAGE;
    }
    options.n_threads = emix_blas_max_workers(emix_parallel_workers(options.n_threads));
    const BenchMachine machine = bench_machine(options.n_threads);
    if (options.version) {
        bench_machine_print(&machine);
        return EXIT_SUCCESS;
    }
    bench_blas_core_use(options.blas_core, argv);
    if (options.gemm_rate) {
        return print_gemm_rate();
    }
    emix_blas_enter_serial();
    bench_report_begin(&report, &machine);
    const EmixStatus status = run(&options, &report, &slopes_expected, &error);
    const bool reproducible = report.reproducible;
    if (!bench_report_end(&report, options.json_path)) {
        fprintf(stderr, "emix-bench: cannot write %s\n", options.json_path);
        return EXIT_RUN;
    }
    if (status != EMIX_OK) {
        fprintf(stderr, "emix-bench: %s\n", error.message);
        return EXIT_RUN;
    }
    if (!reproducible) {
        return EXIT_CHECKSUM;
    }
    return slopes_expected ? EXIT_SUCCESS : EXIT_SLOPE;
}
