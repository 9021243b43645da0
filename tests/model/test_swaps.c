/* The swap search through the public interface: it finds what EM from one start does not, at any
 * number of threads to the same bits, and what it says of itself is true. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "support/fit_case.h"
#include "support/workers.h"

enum { K = 10, D = 3, N_ROWS = 12000 };

/* Clusters of unequal weights about random places, some close together. */
static double *clusters(uint64_t seed)
{
    double *x = malloc(N_ROWS * D * sizeof *x);
    double places[K * D];
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, 0);
    cr_assert(ne(ptr, x, NULL));
    for (int e = 0; e < K * D; ++e) {
        places[e] = 3.0 * emix_rng_normal(&rng);
    }
    for (emix_index i = 0; i < N_ROWS; ++i) {
        const emix_index k = (emix_index)((double)K * pow(emix_rng_uniform(&rng), 1.3));
        for (int j = 0; j < D; ++j) {
            x[i * D + j] = places[k * D + j] +
                           (0.3 + 0.1 * (double)(k % 4)) * emix_rng_normal(&rng);
        }
    }
    return x;
}

static EmixDataset *dataset_of(const double *x)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    return data;
}

static FitCase options_of(EmixSearch search)
{
    FitCase options = fit_case_default();
    options.n_components = K;
    options.search = search;
    use_workers(2);
    return options;
}

static double log_likelihood_of(const EmixDataset *data, const FitCase *options)
{
    EmixModel *model = fit_case_model(workers(), data, options);
    const double log_likelihood = emix_model_report(model)->log_likelihood;
    emix_model_destroy(model);
    return log_likelihood;
}

static void expect_same_bits(const EmixModel *a, const EmixModel *b, const char *what)
{
    cr_expect(zero(int, memcmp(emix_model_means(a), emix_model_means(b), K * D * sizeof(double))),
              "%s", what);
    cr_expect(zero(int, memcmp(emix_model_covariances(a), emix_model_covariances(b),
                               K * D * D * sizeof(double))),
              "%s", what);
}

Test(swaps, reach_the_maximum_that_single_starts_miss)
{
    enum { N_SEEDS = 3 };
    int n_missed = 0;
    for (uint64_t seed = 0; seed < N_SEEDS; ++seed) {
        double *x = clusters(seed);
        EmixDataset *data = dataset_of(x);
        FitCase options = options_of(EMIX_SEARCH_NONE);
        options.n_starts = 64;
        const double best = log_likelihood_of(data, &options);
        options.n_starts = 1;
        options.init_method = EMIX_INIT_KMEANSPP;
        n_missed += log_likelihood_of(data, &options) < best - 1.0;
        options = options_of(EMIX_SEARCH_SWAPS);
        cr_expect(ge(dbl, log_likelihood_of(data, &options), best - 0.01), "seed %d", (int)seed);
        emix_dataset_destroy(data);
        free(x);
    }
    cr_expect(ge(int, n_missed, 1), "the problems are too easy");
}

Test(swaps, improve_the_winner_of_drawn_starts_too)
{
    double *x = clusters(1);
    EmixDataset *data = dataset_of(x);
    FitCase options = options_of(EMIX_SEARCH_NONE);
    options.init_method = EMIX_INIT_RANDOM_ROWS;
    options.n_starts = 1;
    const double alone = log_likelihood_of(data, &options);
    options.search = EMIX_SEARCH_SWAPS;
    EmixModel *model = fit_case_model(workers(), data, &options);
    const EmixFitReport *report = emix_model_report(model);
    cr_expect(ge(dbl, report->log_likelihood, alone));
    cr_expect(gt(int, report->search.n_tried, 0));
    cr_expect(le(dbl, report->search.residual, 1.0), "what is left untried or was refused");
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(swaps, are_the_same_bits_on_any_number_of_threads)
{
    double *x = clusters(2);
    EmixDataset *data = dataset_of(x);
    const FitCase options = options_of(EMIX_SEARCH_SWAPS);
    use_workers(1);
    EmixModel *one = fit_case_model(workers(), data, &options);
    for (int n_workers = 2; n_workers <= 5; n_workers += 3) {
        use_workers(n_workers);
        EmixModel *other = fit_case_model(workers(), data, &options);
        expect_same_bits(one, other, "threads");
        cr_expect(eq(int, emix_model_report(one)->search.n_tried,
                     emix_model_report(other)->search.n_tried));
        emix_model_destroy(other);
    }
    emix_model_destroy(one);
    emix_dataset_destroy(data);
    free(x);
}

static void count_record(void *context, const EmixPassRecord *record)
{
    (void)record;
    *(int *)context += 1;
}

Test(swaps, change_no_bit_under_a_trace_which_is_of_the_returned_run)
{
    double *x = clusters(3);
    EmixDataset *data = dataset_of(x);
    FitCase options = options_of(EMIX_SEARCH_SWAPS);
    EmixModel *plain = fit_case_model(workers(), data, &options);
    int n_records = 0;
    options.trace = count_record;
    options.trace_context = &n_records;
    EmixModel *traced = fit_case_model(workers(), data, &options);
    expect_same_bits(plain, traced, "trace");
    cr_expect(eq(int, n_records, emix_model_report(traced)->n_passes));
    emix_model_destroy(traced);
    emix_model_destroy(plain);
    emix_dataset_destroy(data);
    free(x);
}

/* Asks to stop at the given call. */
typedef struct Stopper {
    int n_calls;
    int stop_at;
} Stopper;

static int stop(void *context, const EmixProgress *progress)
{
    (void)progress;
    Stopper *stopper = context;
    return ++stopper->n_calls >= stopper->stop_at;
}

Test(swaps, go_on_from_a_checkpoint_to_the_same_bits)
{
    double *x = clusters(4);
    EmixDataset *data = dataset_of(x);
    FitCase options = options_of(EMIX_SEARCH_SWAPS);
    EmixModel *whole = fit_case_model(workers(), data, &options);
    char path[64];
    snprintf(path, sizeof path, "swaps-%d.checkpoint", rand());
    options.checkpoint_path = path;
    options.checkpoint_interval_s = 0.0;
    options.progress = stop;
    for (int stop_at = 1; stop_at <= 60; stop_at += 14) {
        EmixModel *model = NULL;
        bool interrupted = true;
        for (int process = 0; interrupted; ++process) {
            Stopper stopper = {.stop_at = process == 0 ? stop_at : 1000000};
            EmixFit *fit = NULL;
            options.progress_context = &stopper;
            cr_assert(eq(int, fit_case_create(workers(), data, &options, &fit, NULL), EMIX_OK));
            const EmixStatus status = emix_fit_run(fit, NULL);
            interrupted = status != EMIX_OK || emix_fit_report(fit)->stop == EMIX_STOP_INTERRUPTED;
            cr_assert(not(interrupted && process > 0));
            if (!interrupted) {
                cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
                cr_assert(eq(int, emix_fit_checkpoint_discard(fit, NULL), EMIX_OK));
            }
            emix_fit_destroy(fit);
        }
        expect_same_bits(whole, model, "checkpoint");
        emix_model_destroy(model);
    }
    emix_model_destroy(whole);
    emix_dataset_destroy(data);
    free(x);
}

/* Every allocation of a whole fit fails once, one in many to keep it short. */
Test(swaps, report_every_failed_allocation)
{
    double *x = clusters(5);
    EmixDataset *data = dataset_of(x);
    FitCase options = options_of(EMIX_SEARCH_SWAPS);
    options.max_iterations = 3;
    use_workers(1);
    const long live = emix_alloc_live_blocks();
    const long begun = emix_alloc_count();
    EmixModel *model = fit_case_model(workers(), data, &options);
    const long n_allocations = emix_alloc_count() - begun;
    emix_model_destroy(model);
    for (long allowed = 0; allowed < n_allocations; allowed += 1 + n_allocations / 25) {
        EmixFit *fit = NULL;
        EmixError error = {{0}};
        emix_alloc_fail_after(allowed);
        EmixStatus status = fit_case_create(workers(), data, &options, &fit, &error);
        if (status == EMIX_OK) status = emix_fit_run(fit, &error);
        emix_alloc_fail_after(-1);
        if (allowed < n_allocations - 100) { /* the last ones are the model's */
            cr_expect(eq(int, status, EMIX_ERR_NOMEM), "after %ld of %ld: %s", allowed,
                      n_allocations, error.message);
        }
        emix_fit_destroy(fit);
        cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
    }
    emix_dataset_destroy(data);
    free(x);
}

/* Every structure and family: what is shared is held by local fits, and set by EM. */
Test(swaps, never_lower_the_log_likelihood_of_any_family)
{
    double *x = clusters(6);
    EmixDataset *data = dataset_of(x);
    for (int covariance = 0; covariance < EMIX_N_COVARIANCES; ++covariance) {
        FitCase options = options_of(EMIX_SEARCH_NONE);
        options.covariance = (EmixCovariance)covariance;
        options.init_method = EMIX_INIT_KMEANSPP;
        options.n_starts = 1;
        const double alone = log_likelihood_of(data, &options);
        options.search = EMIX_SEARCH_SWAPS;
        cr_expect(ge(dbl, log_likelihood_of(data, &options), alone - 1e-6), "structure %d",
                  covariance);
    }
    emix_dataset_destroy(data);
    free(x);
}
