/* Everything the library does on threads, in one plain program: ThreadSanitizer watches it in the
 * "tsan" preset, where Criterion does not start. It also compares one worker with four, bit for
 * bit. The argument names a CSV file to write and read; exit status 0 means all is well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "poisson_mixture.h"

enum { N_FEATURES = 3, N_COMPONENTS = 3, N_WORKERS = 4, N_FITS = 3 };
enum { N_ROWS = 30000 }; /* about 1.7 MB of text: several chunks for every worker */

static void require(EmixStatus status, const char *what, const EmixError *error)
{
    if (status != EMIX_OK) {
        fprintf(stderr, "race: %s: %s: %s\n", what, emix_status_text(status), error->message);
        exit(1);
    }
}

static void require_equal(const void *a, const void *b, size_t n_bytes, const char *what)
{
    if (memcmp(a, b, n_bytes) != 0) {
        fprintf(stderr, "race: %s differ between 1 and %d workers\n", what, N_WORKERS);
        exit(1);
    }
}

static void *array(size_t count, size_t size)
{
    void *block = calloc(count, size);
    if (block == NULL) {
        fprintf(stderr, "race: out of memory\n");
        exit(1);
    }
    return block;
}

/* Three well separated clusters, drawn by the library itself. */
static EmixModel *known_model(void)
{
    const double weights[N_COMPONENTS] = {0.5, 0.3, 0.2};
    const double means[N_COMPONENTS * N_FEATURES] = {0, 0, 0, 5, 0, -5, -4, 6, 3};
    double covariances[N_COMPONENTS * N_FEATURES * N_FEATURES] = {0};
    for (int k = 0; k < N_COMPONENTS; ++k) {
        for (int j = 0; j < N_FEATURES; ++j) {
            covariances[(k * N_FEATURES + j) * N_FEATURES + j] = 1.0 + 0.5 * k;
        }
    }
    EmixModel *model = NULL;
    EmixError error = {{0}};
    require(emix_model_create_gaussian(EMIX_COVARIANCE_FULL, N_COMPONENTS, N_FEATURES, weights,
                                       means, covariances, &model, &error),
            "create", &error);
    return model;
}

static void write_rows(const char *path, const double *x)
{
    static const char *const names[N_FEATURES] = {"a", "b", "c"};
    EmixTableWriter *writer = NULL;
    EmixError error = {{0}};
    require(emix_table_writer_create(path, N_ROWS, N_FEATURES, names, EMIX_COLUMN_NUMBER, &writer,
                                     &error),
            "create table", &error);
    require(emix_table_writer_append(writer, N_ROWS, x, &error), "append", &error);
    require(emix_table_writer_commit(writer, &error), "commit", &error);
}

static EmixContext *context_of(int n_workers)
{
    EmixContext *context = NULL;
    EmixError error = {{0}};
    EmixContextOptions options = emix_context_options_default();
    options.n_workers = n_workers;
    require(emix_context_create(&options, &context, &error), "context", &error);
    return context;
}

static EmixDataset *read_rows(const char *path, const double *x)
{
    EmixContext *context = context_of(N_WORKERS);
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    require(emix_dataset_read(context, path, NULL, &dataset, &error), "read", &error);
    emix_context_destroy(context);
    double *back = array((size_t)N_ROWS * N_FEATURES, sizeof *back);
    require(emix_dataset_copy_rows(dataset, 0, N_ROWS, back, &error), "copy", &error);
    require_equal(x, back, (size_t)N_ROWS * N_FEATURES * sizeof *x, "rows read back");
    free(back);
    return dataset;
}

/* @param checkpoint  Where workers save the state all the time; NULL = nowhere. */
static EmixModel *fitted_model(const EmixDataset *dataset, EmixInitMethod method, EmixEStep e_step,
                               int n_workers, const char *checkpoint)
{
    EmixFitOptions options = emix_fit_options_default();
    EmixSpec *spec = NULL;
    options.starts.method = method;
    options.e_step.kind = e_step;
    options.starts.n = 6;
    options.stop.max_iterations = 20;
    options.starts.seed = 7;
    options.checkpoint.path = checkpoint;
    options.checkpoint.interval_s = 0.0;
    EmixContext *context = context_of(n_workers);
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    require(emix_spec_create_gaussian(N_COMPONENTS, EMIX_COVARIANCE_FULL, &spec, &error), "spec",
            &error);
    require(emix_fit_create(context, dataset, spec, &options, &fit, &error), "create fit", &error);
    require(emix_fit_run(fit, &error), "run", &error);
    require(emix_fit_model(fit, &model, &error), "model", &error);
    require(emix_fit_checkpoint_status(fit, &error), "checkpoint", &error);
    require(emix_fit_checkpoint_discard(fit, &error), "discard", &error);
    emix_fit_destroy(fit);
    emix_spec_destroy(spec);
    emix_context_destroy(context);
    return model;
}

static void fit_on_threads(const EmixDataset *dataset, const char *checkpoint)
{
    static const EmixInitMethod methods[N_FITS] = {EMIX_INIT_TOURNAMENT, EMIX_INIT_KMEANSPP,
                                                   EMIX_INIT_RANDOM_RESPONSIBILITIES};
    static const EmixEStep e_steps[N_FITS] = {EMIX_E_STEP_BATCH, EMIX_E_STEP_INCREMENTAL,
                                              EMIX_E_STEP_ANNEALED};
    for (int i = 0; i < N_FITS; ++i) {
        EmixModel *one = fitted_model(dataset, methods[i], e_steps[i], 1, NULL);
        EmixModel *four = fitted_model(dataset, methods[i], e_steps[i], N_WORKERS, checkpoint);
        require_equal(emix_model_weights(one), emix_model_weights(four),
                      N_COMPONENTS * sizeof(double), "weights");
        require_equal(emix_model_means(one), emix_model_means(four),
                      N_COMPONENTS * N_FEATURES * sizeof(double), "means");
        require_equal(emix_model_covariances(one), emix_model_covariances(four),
                      N_COMPONENTS * N_FEATURES * N_FEATURES * sizeof(double), "covariances");
        emix_model_destroy(one);
        emix_model_destroy(four);
    }
}

static void predict_on_threads(const EmixModel *model, const EmixDataset *dataset)
{
    const size_t n = N_ROWS;
    EmixError error = {{0}};
    EmixPrediction out[2];
    double log_likelihood[2] = {0};
    EmixElbo elbo[2];
    EmixDataset *responsibilities = NULL;
    for (int i = 0; i < 2; ++i) {
        EmixContext *context = context_of(i == 0 ? 1 : N_WORKERS);
        out[i].log_density = array(n, sizeof(double));
        out[i].responsibilities = array(n * N_COMPONENTS, sizeof(double));
        out[i].labels = array(n, sizeof(emix_index));
        require(emix_predict(context, model, dataset, 0, N_ROWS, &out[i], &error), "predict",
                &error);
        require(emix_score(context, model, dataset, &log_likelihood[i], &error), "score", &error);
        require(emix_dataset_create(N_ROWS, N_COMPONENTS, out[i].responsibilities, N_COMPONENTS,
                                    NULL, &responsibilities, &error),
                "responsibilities", &error);
        require(emix_elbo(context, model, dataset, responsibilities, &elbo[i], &error), "elbo",
                &error);
        emix_dataset_destroy(responsibilities);
        emix_context_destroy(context);
    }
    require_equal(out[0].log_density, out[1].log_density, n * sizeof(double), "log densities");
    require_equal(out[0].responsibilities, out[1].responsibilities,
                  n * N_COMPONENTS * sizeof(double), "responsibilities");
    require_equal(out[0].labels, out[1].labels, n * sizeof(emix_index), "labels");
    require_equal(&log_likelihood[0], &log_likelihood[1], sizeof(double), "log-likelihoods");
    require_equal(&elbo[0], &elbo[1], sizeof(EmixElbo), "lower bounds");
    for (int i = 0; i < 2; ++i) {
        free(out[i].log_density);
        free(out[i].responsibilities);
        free(out[i].labels);
    }
}

/* A user's model, its starts side by side and its passes shared. */
static void fit_own_model_on_threads(void)
{
    double *x = array(N_ROWS, sizeof *x);
    double params[2][POISSON_N_PARAMS];
    double errors[2][POISSON_N_PARAMS];
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    for (emix_index i = 0; i < N_ROWS; ++i) {
        x[i] = (double)(i * i % 7 + i % 3 * (i % 2));
    }
    require(emix_dataset_create(N_ROWS, 1, x, 1, NULL, &dataset, &error), "counts", &error);
    for (int shared = 0; shared < 2; ++shared) {
        EmixLatentModel model = poisson_mixture();
        model.row_cost = shared ? 1e6 : 1.0;
        for (int i = 0; i < 2; ++i) {
            EmixLatentFit *fit = NULL;
            EmixFitOptions options = emix_fit_options_default();
            EmixContext *context = context_of(i == 0 ? 1 : N_WORKERS);
            options.starts.n = 8;
            require(emix_latent_fit_create(context, &model, dataset, &options, NULL, &fit, &error),
                    "own model", &error);
            require(emix_latent_fit_run(fit, &error), "own fit", &error);
            memcpy(params[i], emix_latent_fit_params(fit), sizeof params[i]);
            require(emix_latent_standard_errors(context, &model, dataset, params[i],
                                                EMIX_INFORMATION_OBSERVED, errors[i], NULL, &error),
                    "own standard errors", &error);
            emix_latent_fit_destroy(fit);
            emix_context_destroy(context);
        }
        require_equal(params[0], params[1], sizeof params[0], "own parameters");
        require_equal(errors[0], errors[1], sizeof errors[0], "own standard errors");
    }
    emix_dataset_destroy(dataset);
    free(x);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: race FILE.csv\n");
        return 1;
    }
    EmixError error = {{0}};
    EmixModel *model = known_model();
    double *x = array((size_t)N_ROWS * N_FEATURES, sizeof *x);
    require(emix_sample(model, 1, 0, N_ROWS, x, NULL, &error), "sample", &error);
    write_rows(argv[1], x);
    EmixDataset *dataset = read_rows(argv[1], x);
    fit_on_threads(dataset, "race.checkpoint");
    predict_on_threads(model, dataset);
    fit_own_model_on_threads();
    emix_dataset_destroy(dataset);
    emix_model_destroy(model);
    free(x);
    remove(argv[1]);
    printf("race: %d rows, %d fits, 1 and %d workers agree\n", N_ROWS, N_FITS, N_WORKERS);
    return 0;
}
