/* emix-bench-data: writes the data and the start of a benchmark to files, for this program and
 * others. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "linalg/linalg.h"
#include "parallel/parallel.h"
#include "problem.h"

enum { EXIT_USAGE = 2, EXIT_RUN = 3, MAX_PATH = 4096 };

static const char help[] =
    "usage: emix-bench-data [--shape A | -n ROWS -d FEATURES -k COMPONENTS] [--seed S] -o DIR\n"
    "Writes into an existing directory\n"
    "  data.npy         Gaussian blobs, condition numbers up to 50\n"
    "  start.json       the start: equal weights, the covariance of the data, K typical rows\n"
    "  weights.npy      the same start as plain arrays: [K x 1]\n"
    "  means.npy        [K x D]\n"
    "  covariances.npy  [K D x D]\n"
    "The same options give the same files, whatever the number of threads.\n";

typedef struct Options {
    BenchShape shape;
    uint64_t seed;
    const char *directory;
} Options;

/* Returns 0 to continue, else the exit status plus 1. */
static int parse_options(int argc, char **argv, Options *options)
{
    static const struct option names[] = {
        {"shape", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'r'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int letter = 0;
    while ((letter = getopt_long(argc, argv, "n:d:k:o:h", names, NULL)) != -1) {
        const char *list = optarg;
        switch (letter) {
        case 's':
            if (bench_shape_next(&list, &options->shape) != 1 || *list != '\0') {
                fprintf(stderr, "emix-bench-data: no shape \"%s\"\n", optarg);
                return 1 + EXIT_USAGE;
            }
            break;
        case 'n': options->shape.n_rows = strtoll(optarg, NULL, 10); break;
        case 'd': options->shape.n_features = strtoll(optarg, NULL, 10); break;
        case 'k': options->shape.n_components = strtoll(optarg, NULL, 10); break;
        case 'r': options->seed = strtoull(optarg, NULL, 10); break;
        case 'o': options->directory = optarg; break;
        case 'h': fputs(help, stdout); return 1 + EXIT_SUCCESS;
        default: return 1 + EXIT_USAGE;
        }
    }
    const BenchShape *shape = &options->shape;
    if (options->directory == NULL || optind < argc || shape->n_features < 1 ||
        shape->n_components < 1 || shape->n_rows <= shape->n_features ||
        shape->n_rows <= shape->n_components) {
        fputs(help, stderr);
        return 1 + EXIT_USAGE;
    }
    return 0;
}

static EmixStatus write_table(const char *directory, const char *name, emix_index n_rows,
                              emix_index n_columns, const double *x, EmixError *error)
{
    char path[MAX_PATH];
    EmixTableWriter *writer = NULL;
    EmixStatus status = EMIX_OK;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    EMIX_TRY(emix_table_writer_create(path, n_rows, n_columns, NULL, EMIX_COLUMN_NUMBER, &writer,
                                      error));
    status = emix_table_writer_append(writer, n_rows, x, error);
    if (status != EMIX_OK) {
        emix_table_writer_discard(writer);
        return status;
    }
    EMIX_TRY(emix_table_writer_commit(writer, error));
cleanup:
    return status;
}

static EmixStatus write_problem(const BenchProblem *problem, const char *directory,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    char path[MAX_PATH];
    const emix_index d = problem->shape.n_features;
    const emix_index n_components = problem->shape.n_components;
    EMIX_TRY(write_table(directory, "data.npy", problem->shape.n_rows, d, problem->x, error));
    snprintf(path, sizeof path, "%s/start.json", directory);
    EMIX_TRY(emix_model_write(problem->start, path, error));
    EMIX_TRY(write_table(directory, "weights.npy", n_components, 1,
                         emix_model_weights(problem->start), error));
    EMIX_TRY(write_table(directory, "means.npy", n_components, d, emix_model_means(problem->start),
                         error));
    EMIX_TRY(write_table(directory, "covariances.npy", n_components * d, d,
                         emix_model_covariances(problem->start), error));
cleanup:
    return status;
}

int main(int argc, char **argv)
{
    Options options = {.seed = 1};
    BenchProblem problem = {0};
    EmixError error = {{0}};
    const int parsed = parse_options(argc, argv, &options);
    if (parsed != 0) {
        return parsed - 1;
    }
    emix_blas_enter_serial();
    const int n_workers = emix_blas_max_workers(emix_parallel_workers(0));
    EmixStatus status = bench_problem_init(&options.shape, options.seed, n_workers, &problem,
                                           &error);
    if (status == EMIX_OK) {
        status = write_problem(&problem, options.directory, &error);
    }
    bench_problem_clear(&problem);
    if (status != EMIX_OK) {
        fprintf(stderr, "emix-bench-data: %s\n", error.message);
        return EXIT_RUN;
    }
    return EXIT_SUCCESS;
}
