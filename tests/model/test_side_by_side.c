/* Calls of the library from several threads of the caller, with a BLAS that has its own threads. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <cblas.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/fit_case.h"

enum { N_ROWS = 1500, N_FEATURES = 96, N_COMPONENTS = 3 };
enum { N_THREADS = 4, N_FITS = 8 }; /* fits one after another on each thread */
enum { BLAS_THREADS = 4 };

typedef struct Fits {
    const double *x;
    EmixModel *models[N_FITS];
} Fits;

/* A fit of two starts with one worker. */
static EmixModel *fit(const double *x)
{
    EmixContext *context = NULL;
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixContextOptions who = emix_context_options_default();
    FitCase options = fit_case_default();
    options.n_components = N_COMPONENTS;
    options.n_starts = 2;
    options.max_iterations = 4;
    who.n_workers = 1;
    if (emix_context_create(&who, &context, NULL) == EMIX_OK &&
        emix_dataset_create(N_ROWS, N_FEATURES, x, N_FEATURES, NULL, &data, NULL) == EMIX_OK &&
        fit_case_create(context, data, &options, &fit, NULL) == EMIX_OK &&
        emix_fit_run(fit, NULL) == EMIX_OK) {
        emix_fit_model(fit, &model, NULL);
    }
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
    emix_context_destroy(context);
    return model;
}

static void *fit_again_and_again(void *context)
{
    Fits *fits = context;
    for (int i = 0; i < N_FITS; ++i) {
        fits->models[i] = fit(fits->x);
    }
    return NULL;
}

static bool are_equal(const EmixModel *a, const EmixModel *b)
{
    const size_t k = N_COMPONENTS;
    const size_t d = N_FEATURES;
    const size_t number = sizeof(double);
    return a != NULL && b != NULL &&
           memcmp(emix_model_weights(a), emix_model_weights(b), k * number) == 0 &&
           memcmp(emix_model_means(a), emix_model_means(b), k * d * number) == 0 &&
           memcmp(emix_model_covariances(a), emix_model_covariances(b), k * d * d * number) == 0;
}

Test(side_by_side, fits_on_threads_of_the_caller_have_the_bits_of_one_alone)
{
    openblas_set_num_threads(BLAS_THREADS);
    double *x = blobs(N_ROWS, N_COMPONENTS, N_FEATURES, 7);
    EmixModel *alone = fit(x);
    pthread_t threads[N_THREADS];
    Fits fits[N_THREADS];
    for (int t = 0; t < N_THREADS; ++t) {
        fits[t] = (Fits){.x = x};
        cr_assert(eq(int, pthread_create(&threads[t], NULL, fit_again_and_again, &fits[t]), 0));
    }
    for (int t = 0; t < N_THREADS; ++t) {
        pthread_join(threads[t], NULL);
    }
    int n_equal = 0;
    for (int t = 0; t < N_THREADS; ++t) {
        for (int i = 0; i < N_FITS; ++i) {
            n_equal += are_equal(alone, fits[t].models[i]);
            emix_model_destroy(fits[t].models[i]);
        }
    }
    cr_expect(eq(int, n_equal, N_THREADS *N_FITS));
    cr_expect(eq(int, openblas_get_num_threads(), BLAS_THREADS));
    emix_model_destroy(alone);
    free(x);
}

/* A model wide enough that BLAS would share its factorisation among threads. */
static EmixModel *wide_model(emix_index d)
{
    const double weight = 1.0;
    double *means = calloc((size_t)d, sizeof *means);
    double *covariance = calloc((size_t)(d * d), sizeof *covariance);
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j < d; ++j) {
            covariance[i * d + j] = 1.0 / (1.0 + 0.1 * (double)llabs(i - j)) + (i == j);
        }
    }
    EmixModel *model = NULL;
    emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 1, d, &weight, means, covariance, &model,
                               NULL);
    free(covariance);
    free(means);
    return model;
}

Test(side_by_side, samples_do_not_depend_on_the_threads_of_blas)
{
    enum { WIDE = 700, N_SAMPLES = 3 };
    EmixModel *model = wide_model(WIDE);
    cr_assert(ne(ptr, model, NULL));
    static double x[2][N_SAMPLES * WIDE];
    for (int i = 0; i < 2; ++i) {
        openblas_set_num_threads(i == 0 ? 1 : BLAS_THREADS);
        cr_assert(eq(int, emix_sample(model, 1, 0, N_SAMPLES, x[i], NULL, NULL), EMIX_OK));
    }
    cr_expect(eq(int, memcmp(x[0], x[1], sizeof x[0]), 0));
    emix_model_destroy(model);
}
