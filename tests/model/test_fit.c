/* Whole fits through the public interface: memory, determinism, interruption, bad data. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "support/blobs.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { N_ROWS = 601, K = 3, D = 3 };

static EmixDataset *dataset_of(const double *x, emix_index n_rows, emix_index n_features)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(n_rows, n_features, x, n_features, NULL, &data, NULL),
                 EMIX_OK));
    return data;
}

static FitCase options_of(EmixInitMethod method)
{
    FitCase options = fit_case_default();
    options.n_components = K;
    options.n_starts = 6;
    options.init_method = method;
    use_workers(2);
    options.max_iterations = 50;
    return options;
}

static EmixStatus fit_model(const EmixDataset *data, const FitCase *options, EmixModel **model,
                            EmixError *error)
{
    EmixFit *fit = NULL;
    EmixStatus status = fit_case_create(workers(), data, options, &fit, error);
    if (status == EMIX_OK) status = emix_fit_run(fit, error);
    if (status == EMIX_OK) status = emix_fit_model(fit, model, error);
    emix_fit_destroy(fit);
    return status;
}

Test(fit, every_failed_allocation_is_reported_and_nothing_leaks)
{
    double *x = blobs(N_ROWS, K, D, 11);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    int labels[N_ROWS];
    for (int i = 0; i < N_ROWS; ++i) {
        labels[i] = i < 20 ? 0 : -1;
    }
    const char *const name = "known";
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 1, &name, NULL), EMIX_OK));
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        const FitCase options = options_of((EmixInitMethod)method);
        const long live = emix_alloc_live_blocks();
        EmixStatus status = EMIX_ERR_NOMEM;
        long allowed = 0;
        for (; status != EMIX_OK && allowed < 500; ++allowed) {
            EmixModel *model = NULL;
            EmixError error = {{0}};
            emix_alloc_fail_after(allowed);
            status = fit_model(data, &options, &model, &error);
            emix_alloc_fail_after(-1);
            if (status != EMIX_OK) {
                cr_assert(eq(int, status, EMIX_ERR_NOMEM), "%s", error.message);
                cr_assert(ne(chr, error.message[0], '\0'));
                cr_assert(zero(ptr, model));
            }
            emix_model_destroy(model);
            cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
        }
        cr_assert(eq(int, status, EMIX_OK));
        cr_expect(gt(long, allowed, 20), "the failures were never planted");
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, a_run_can_be_repeated_and_then_allocates_nothing)
{
    double *x = blobs(N_ROWS, K, D, 12);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        FitCase options = options_of((EmixInitMethod)method);
        options.search = EMIX_SEARCH_NONE; /* its local fits come and go */
        EmixFit *fit = NULL;
        cr_assert(eq(int, fit_case_create(workers(), data, &options, &fit, NULL), EMIX_OK));
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        const long before = emix_alloc_count();
        const double first = emix_fit_report(fit)->log_likelihood;
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        cr_expect(eq(long, emix_alloc_count(), before), "method %d", method);
        const double second = emix_fit_report(fit)->log_likelihood;
        cr_expect(zero(int, memcmp(&first, &second, sizeof first)), "method %d", method);
        emix_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, worker_count_never_changes_a_bit_of_the_model)
{
    static const int workers[] = {2, 3, 8};
    double *x = blobs(N_ROWS, K, D, 13);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        FitCase options = options_of((EmixInitMethod)method);
        EmixModel *one = NULL;
        use_workers(1);
        cr_assert(eq(int, fit_model(data, &options, &one, NULL), EMIX_OK));
        for (int w = 0; w < 3; ++w) {
            EmixModel *many = NULL;
            use_workers(workers[w]);
            cr_assert(eq(int, fit_model(data, &options, &many, NULL), EMIX_OK));
            cr_expect(zero(int, memcmp(emix_model_covariances(one), emix_model_covariances(many),
                                       sizeof(double) * K * D * D)),
                      "method %d, %d workers", method, workers[w]);
            emix_model_destroy(many);
        }
        emix_model_destroy(one);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, structures_are_nested_as_their_parameters_are)
{
    double *x = blobs(N_ROWS, K, D, 23);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    double reached[EMIX_N_COVARIANCES];
    for (int structure = 0; structure < EMIX_N_COVARIANCES; ++structure) {
        FitCase options = options_of(EMIX_INIT_TOURNAMENT);
        EmixModel *model = NULL;
        options.covariance = (EmixCovariance)structure;
        options.n_starts = 20;
        options.max_iterations = 2000;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        reached[structure] = emix_model_report(model)->log_likelihood;
        emix_model_destroy(model);
    }
    cr_expect(gt(dbl, reached[EMIX_COVARIANCE_FULL], reached[EMIX_COVARIANCE_TIED]));
    cr_expect(gt(dbl, reached[EMIX_COVARIANCE_FULL], reached[EMIX_COVARIANCE_DIAG]));
    cr_expect(gt(dbl, reached[EMIX_COVARIANCE_DIAG], reached[EMIX_COVARIANCE_SPHERICAL]));
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, a_start_is_the_same_for_any_number_of_starts)
{
    double *x = blobs(N_ROWS, K, D, 14);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    FitCase options = options_of(EMIX_INIT_KMEANSPP);
    double best[2];
    /* more starts can only find a better maximum: the first six are among the twelve */
    for (int i = 0; i < 2; ++i) {
        EmixModel *model = NULL;
        options.n_starts = 6 * (i + 1);
        options.max_iterations = 500;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        best[i] = emix_model_report(model)->log_likelihood;
        emix_model_destroy(model);
    }
    cr_expect(ge(dbl, best[1], best[0]));
    emix_dataset_destroy(data);
    free(x);
}

/* Interrupts after a number of callbacks. */
typedef struct Patience {
    int left;
    int calls;
} Patience;

static int lose_patience(void *context, const EmixProgress *progress)
{
    Patience *patience = context;
    (void)progress;
    patience->calls += 1;
    return --patience->left <= 0;
}

Test(fit, a_fit_interrupted_while_it_reads_can_be_run_again)
{
    double *x = blobs(N_ROWS, K, D, 15);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    Patience patience = {.left = 3};
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    EmixModel *expected = NULL;
    cr_assert(eq(int, fit_model(data, &options, &expected, NULL), EMIX_OK));
    options.progress = lose_patience;
    options.progress_context = &patience;
    EmixFit *fit = NULL;
    cr_assert(eq(int, fit_case_create(workers(), data, &options, &fit, NULL), EMIX_OK));
    cr_expect(zero(int, patience.calls), "creating a fit reads no rows");
    cr_expect(eq(int, emix_fit_run(fit, NULL), EMIX_ERR_INTERRUPTED));
    cr_expect(zero(ptr, (void *)emix_fit_report(fit)));
    patience.left = 1000000;
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    cr_expect(
        eq(dbl, emix_fit_report(fit)->log_likelihood, emix_model_report(expected)->log_likelihood));
    emix_fit_destroy(fit);
    emix_model_destroy(expected);
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, an_interrupted_fit_keeps_its_best_parameters)
{
    double *x = blobs(N_ROWS, K, D, 15);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        for (int patience_of = 1; patience_of < 30; patience_of += 7) {
            Patience patience = {.left = patience_of};
            FitCase options = options_of((EmixInitMethod)method);
            EmixModel *model = NULL;
            EmixError error = {{0}};
            options.progress = lose_patience;
            options.progress_context = &patience;
            use_workers(1);
            options.tolerance = 0.0;
            options.max_iterations = 100000;
            const EmixStatus status = fit_model(data, &options, &model, &error);
            cr_expect(le(int, patience.calls, patience_of), "called after it asked to stop");
            if (patience_of <= 2) { /* the data are still being read */
                cr_expect(eq(int, status, EMIX_ERR_INTERRUPTED));
                cr_expect(ne(ptr, strstr(error.message, "no model yet"), NULL));
                continue;
            }
            cr_assert(eq(int, status, EMIX_OK), "method %d, %d callbacks: %s", method, patience_of,
                      error.message);
            const bool interrupted = patience.left <= 0;
            cr_expect(
                eq(int, emix_model_report(model)->stop == EMIX_STOP_INTERRUPTED, interrupted));
            double log_likelihood = 0.0;
            cr_assert(eq(int, emix_score(workers(), model, data, &log_likelihood, NULL), EMIX_OK));
            cr_expect(lt(dbl, fabs(log_likelihood - emix_model_report(model)->log_likelihood),
                         1e-12 * fabs(log_likelihood)));
            emix_model_destroy(model);
        }
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, stop_none_makes_exactly_the_iterations_asked_for)
{
    double *x = blobs(N_ROWS, K, D, 16);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    FitCase options = options_of(EMIX_INIT_RANDOM_ROWS);
    options.stop_rule = EMIX_STOP_ON_NONE;
    for (int n = 0; n < 4; ++n) {
        EmixModel *model = NULL;
        options.max_iterations = n;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        cr_expect(eq(int, emix_model_report(model)->n_iterations, n));
        cr_expect(eq(int, emix_model_report(model)->n_passes, n + 1));
        emix_model_destroy(model);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, all_stop_rules_reach_the_same_maximum)
{
    double *x = blobs(N_ROWS, K, D, 17);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    double reached[EMIX_N_STOP_RULES];
    for (int rule = 0; rule < EMIX_N_STOP_RULES; ++rule) {
        FitCase options = options_of(EMIX_INIT_TOURNAMENT);
        EmixModel *model = NULL;
        options.stop_rule = (EmixStopRule)rule;
        options.tolerance = 1e-9;
        options.max_iterations = 3000;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        const EmixFitReport *report = emix_model_report(model);
        cr_expect(eq(int, (int)report->stop,
                     rule == EMIX_STOP_ON_NONE ? EMIX_STOP_ITERATION_LIMIT : EMIX_STOP_CONVERGED));
        reached[rule] = report->log_likelihood;
        emix_model_destroy(model);
    }
    for (int rule = 0; rule < EMIX_N_STOP_RULES; ++rule) {
        cr_expect(lt(dbl, fabs(reached[rule] - reached[0]), 1e-5), "rule %d", rule);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(fit, integer_and_single_precision_and_fortran_order_data_give_the_same_model)
{
    enum { N = 200, F = 2 };
    int16_t as_int[N * F];
    float as_float[N * F];
    double as_double[N * F];
    double fortran[N * F];
    double *x = blobs(N, 2, F, 18);
    for (int i = 0; i < N * F; ++i) {
        as_int[i] = (int16_t)lrint(10.0 * x[i]);
        as_float[i] = (float)as_int[i];
        as_double[i] = as_int[i];
        fortran[i % F * N + i / F] = as_int[i];
    }
    EmixDataset *data[4];
    cr_assert(eq(int, emix_dataset_create(N, F, as_double, F, NULL, &data[0], NULL), EMIX_OK));
    emix_dataset_create_typed(N, F, as_float, EMIX_FLOAT32, F, 1, NULL, &data[1], NULL);
    emix_dataset_create_typed(N, F, as_int, EMIX_INT16, F, 1, NULL, &data[2], NULL);
    emix_dataset_create_typed(N, F, fortran, EMIX_FLOAT64, 1, N, NULL, &data[3], NULL);
    EmixModel *models[4];
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    options.n_components = 2;
    for (int i = 0; i < 4; ++i) {
        cr_assert(eq(int, fit_model(data[i], &options, &models[i], NULL), EMIX_OK));
        cr_expect(zero(int, memcmp(emix_model_means(models[0]), emix_model_means(models[i]),
                                   sizeof(double) * 2 * F)),
                  "form %d", i);
    }
    for (int i = 0; i < 4; ++i) {
        emix_model_destroy(models[i]);
        emix_dataset_destroy(data[i]);
    }
    free(x);
}

/* Data as floats, with enough rows for blocks of several sizes. */
static EmixDataset *single_dataset(emix_index n_rows, float **floats)
{
    double *x = blobs(n_rows, K, D, 21);
    EmixDataset *data = NULL;
    *floats = malloc(sizeof(float) * (size_t)(n_rows * D));
    for (emix_index i = 0; i < n_rows * D; ++i) {
        (*floats)[i] = (float)x[i];
    }
    free(x);
    cr_assert(eq(
        int, emix_dataset_create_typed(n_rows, D, *floats, EMIX_FLOAT32, D, 1, NULL, &data, NULL),
        EMIX_OK));
    return data;
}

Test(fit, mixed_precision_ends_where_double_precision_does)
{
    enum { N = 20011 };
    float *floats = NULL;
    EmixDataset *data = single_dataset(N, &floats);
    FitCase options = options_of(EMIX_INIT_RANDOM_ROWS);
    options.max_iterations = 1000;
    options.tolerance = 1e-8;
    double reached[2];
    for (int precision = 0; precision < EMIX_N_PRECISIONS; ++precision) {
        EmixModel *model = NULL;
        options.precision = (EmixPrecision)precision;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        const EmixFitReport *report = emix_model_report(model);
        cr_expect(eq(int, (int)report->stop, EMIX_STOP_CONVERGED));
        cr_expect(eq(int, report->n_single_passes > 0, precision == EMIX_PRECISION_MIXED));
        cr_expect(lt(int, report->n_single_passes, report->n_passes));
        cr_expect(zero(uint, report->flags));
        reached[precision] = report->log_likelihood;
        emix_model_destroy(model);
    }
    cr_expect(lt(dbl, fabs(reached[1] - reached[0]), 1e-10 * fabs(reached[0])), "%.15g, %.15g",
              reached[0], reached[1]);
    emix_dataset_destroy(data);
    free(floats);
}

Test(fit, worker_count_never_changes_a_bit_in_mixed_precision)
{
    enum { N = 20011 };
    float *floats = NULL;
    EmixDataset *data = single_dataset(N, &floats);
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    EmixModel *one = NULL;
    options.precision = EMIX_PRECISION_MIXED;
    use_workers(1);
    cr_assert(eq(int, fit_model(data, &options, &one, NULL), EMIX_OK));
    for (int n_workers = 2; n_workers <= 8; n_workers *= 2) {
        EmixModel *many = NULL;
        use_workers(n_workers);
        cr_assert(eq(int, fit_model(data, &options, &many, NULL), EMIX_OK));
        cr_expect(zero(int, memcmp(emix_model_covariances(one), emix_model_covariances(many),
                                   sizeof(double) * K * D * D)),
                  "%d workers", n_workers);
        emix_model_destroy(many);
    }
    emix_model_destroy(one);
    emix_dataset_destroy(data);
    free(floats);
}

/* The report of a fit that ended while its passes were in single precision. */
static void expect_double_figures(const EmixDataset *data, const FitCase *options)
{
    EmixModel *model = NULL;
    double log_likelihood = 0.0;
    cr_assert(eq(int, fit_model(data, options, &model, NULL), EMIX_OK));
    const EmixFitReport *report = emix_model_report(model);
    cr_expect(gt(int, report->n_single_passes, 0));
    cr_expect(lt(int, report->n_single_passes, report->n_passes));
    cr_expect(isnan(report->delta2) && isnan(report->rate) && isnan(report->gap));
    cr_assert(eq(int, emix_score(workers(), model, data, &log_likelihood, NULL), EMIX_OK));
    /* floats would show in the eighth digit */
    cr_expect(lt(dbl, fabs(log_likelihood - report->log_likelihood), 1e-12 * fabs(log_likelihood)));
    emix_model_destroy(model);
}

Test(fit, no_figure_of_a_report_comes_from_single_precision)
{
    enum { N = 20011 };
    float *floats = NULL;
    Patience patience = {.left = 9};
    EmixDataset *data = single_dataset(N, &floats);
    FitCase options = options_of(EMIX_INIT_RANDOM_ROWS);
    options.n_starts = 1;
    options.precision = EMIX_PRECISION_MIXED;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.max_iterations = 5;
    expect_double_figures(data, &options);
    options.max_iterations = 100000;
    options.progress = lose_patience;
    options.progress_context = &patience;
    expect_double_figures(data, &options);
    emix_dataset_destroy(data);
    free(floats);
}

Test(fit, mixed_precision_of_other_structures_is_refused)
{
    double *x = blobs(N_ROWS, K, D, 22);
    EmixDataset *data = dataset_of(x, N_ROWS, D);
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    EmixModel *model = NULL;
    EmixError error = {{0}};
    options.precision = EMIX_PRECISION_MIXED;
    options.covariance = EMIX_COVARIANCE_TIED;
    cr_expect(eq(int, fit_model(data, &options, &model, &error), EMIX_ERR_UNSUPPORTED));
    cr_expect(ne(ptr, strstr(error.message, "tied"), NULL), "%s", error.message);
    emix_dataset_destroy(data);
    free(x);
}

/* ---- data that have no usable model, or no rows at all ---- */

static EmixStatus status_of(const double *x, emix_index n_rows, emix_index n_features,
                            emix_index n_components, EmixError *error)
{
    EmixDataset *data = dataset_of(x, n_rows, n_features);
    FitCase options = fit_case_default();
    EmixModel *model = NULL;
    options.n_components = n_components;
    const EmixStatus status = fit_model(data, &options, &model, error);
    if (status == EMIX_OK) {
        cr_expect(isfinite(emix_model_report(model)->log_likelihood));
        for (int i = 0; i < n_components * n_features * n_features; ++i) {
            cr_expect(isfinite(emix_model_covariances(model)[i]));
        }
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    return status;
}

Test(fit, impossible_data_are_refused_with_a_reason)
{
    static const double one_row[] = {1.0, 2.0};
    static const double same_rows[] = {1.0, 2.0, 1.0, 2.0};
    static const double constant[] = {1.0, 5.0, 2.0, 5.0, 4.0, 5.0};
    static const double dependent[] = {1, 2, 2, 4, 3, 6, 4, 8, 7, 14, 9, 18};
    static const double missing[] = {1.0, 2.0, NAN, 4.0, 7.0};
    static const double infinite[] = {1.0, 2.0, 3.0, -INFINITY, 7.0};
    static const double huge[] = {1.0, 2.0, 1e308, 4.0, 7.0};
    static const double tiny[] = {1e-300, 2e-300, 4e-300, 7e-300};
    static const double few[] = {1.0, 2.0, 4.0, 8.0};
    const struct {
        const double *x;
        emix_index n_rows, n_features, n_components;
        EmixStatus status;
        const char *word;
    } cases[] = {
        {one_row, 1, 2, 1, EMIX_ERR_DEGENERATE, "constant"},
        {same_rows, 2, 2, 2, EMIX_ERR_DEGENERATE, "constant"},
        {constant, 3, 2, 1, EMIX_ERR_DEGENERATE, "column 2"},
        {dependent, 6, 2, 1, EMIX_ERR_DEGENERATE, "dependent"},
        {missing, 5, 1, 1, EMIX_ERR_NONFINITE, "row 3"},
        {infinite, 5, 1, 1, EMIX_ERR_NONFINITE, "row 4"},
        {huge, 5, 1, 1, EMIX_ERR_NONFINITE, "1e150"},
        {tiny, 4, 1, 1, EMIX_ERR_DEGENERATE, "rescale"},
        {few, 4, 1, 4, EMIX_ERR_DEGENERATE, "component"},
        {few, 4, 1, 5, EMIX_ERR_DEGENERATE, "5 components"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        EmixError error = {{0}};
        const EmixStatus status = status_of(cases[i].x, cases[i].n_rows, cases[i].n_features,
                                            cases[i].n_components, &error);
        cr_expect(eq(int, (int)status, (int)cases[i].status), "case %zu: %s", i, error.message);
        cr_expect(ne(ptr, strstr(error.message, cases[i].word), NULL), "case %zu: %s", i,
                  error.message);
    }
}

Test(fit, a_clump_of_equal_rows_never_wins_over_a_sound_solution)
{
    enum { N = 120 };
    double x[N * 2];
    double *spread = blobs(N, 2, 2, 19);
    memcpy(x, spread, sizeof x);
    for (int i = 0; i < 6; ++i) { /* six rows at one point make the likelihood unbounded */
        x[2 * i] = 0.25;
        x[2 * i + 1] = -0.5;
    }
    EmixDataset *data = dataset_of(x, N, 2);
    FitCase options = fit_case_default();
    EmixModel *model = NULL;
    EmixError error = {{0}};
    options.n_components = 2;
    options.n_starts = 64;
    cr_assert(eq(int, fit_model(data, &options, &model, &error), EMIX_OK), "%s", error.message);
    cr_expect(zero(uint, emix_model_report(model)->flags));
    cr_expect(gt(dbl, emix_model_report(model)->min_eigenvalue_ratio, 1e-6));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(spread);
}

Test(fit, an_offset_keeps_the_log_likelihood)
{
    static const double offsets[] = {1e6, 1e8};
    enum { N = 400 };
    double *x = blobs(N, 2, 2, 20);
    for (int i = 0; i < 2 * N; ++i) {
        x[i] = ldexp(rint(ldexp(x[i], 20)), -20); /* exact with each of the offsets: 1e8 < 2^27 */
    }
    double reached[3];
    for (int o = 0; o < 3; ++o) {
        double shifted[2 * N];
        for (int i = 0; i < 2 * N; ++i) {
            shifted[i] = x[i] + (o > 0 ? offsets[o - 1] : 0.0);
        }
        EmixDataset *data = dataset_of(shifted, N, 2);
        FitCase options = fit_case_default();
        EmixModel *model = NULL;
        options.n_components = 2;
        options.tolerance = 1e-10;
        cr_assert(eq(int, fit_model(data, &options, &model, NULL), EMIX_OK));
        reached[o] = emix_model_report(model)->log_likelihood;
        emix_model_destroy(model);
        emix_dataset_destroy(data);
    }
    /* the means are stored in the data's units, to 1e-8; the parabola loses (1e-8)^2 */
    cr_expect(lt(dbl, fabs(reached[1] - reached[0]), 1e-12 * fabs(reached[0])));
    cr_expect(lt(dbl, fabs(reached[2] - reached[0]), 1e-12 * fabs(reached[0])));
    free(x);
}
