/* The bootstrap of parameters and the test of the number of components. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "support/blobs.h"
#include "support/parts.h"
#include "support/workers.h"
#include "support/fit_case.h"

static EmixDataset *dataset_of(const double *x, emix_index n_rows, emix_index n_features,
                               const double *weights)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(n_rows, n_features, x, n_features, weights, &data, NULL),
                 EMIX_OK));
    return data;
}

static EmixDataset *table(const char *name)
{
    char path[512];
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_dataset_read(workers(), path, NULL, &data, &error), EMIX_OK), "%s",
              error.message);
    return data;
}

static EmixModel *fitted(const EmixDataset *data, emix_index n_components)
{
    FitCase options = fit_case_default();
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    options.n_components = n_components;
    EmixStatus status = fit_case_create(workers(), data, &options, &fit, &error);
    if (status == EMIX_OK) status = emix_fit_run(fit, &error);
    if (status == EMIX_OK) status = emix_fit_model(fit, &model, &error);
    cr_assert(eq(int, status, EMIX_OK), "%s", error.message);
    emix_fit_destroy(fit);
    return model;
}

static EmixBootstrap *bootstrapped(const EmixModel *model, const EmixDataset *data,
                                   const EmixBootstrapOptions *options)
{
    EmixBootstrap *bootstrap = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_bootstrap_create(workers(), model, data, options, &bootstrap, &error),
                 EMIX_OK),
              "%s", error.message);
    return bootstrap;
}

static EmixComponentTest *tested(const EmixModel *model, const EmixDataset *data,
                                 const EmixBootstrapOptions *options)
{
    EmixComponentTest *test = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_component_test_create(workers(), model, data, options, &test, &error),
                 EMIX_OK),
              "%s", error.message);
    return test;
}

static EmixBootstrapOptions options_of(int n_replicates, EmixResampling resampling)
{
    EmixBootstrapOptions options = emix_bootstrap_options_default();
    options.n_replicates = n_replicates;
    options.resampling = resampling;
    use_workers(2);
    return options;
}

static EmixPart errors_named(const EmixBootstrap *bootstrap, const char *name)
{
    return emix_parameter_errors_part(&bootstrap->parameters, name);
}

Test(bootstrap, of_one_component_finds_the_textbook_standard_errors)
{
    enum { N = 300, D = 2, B = 500 };
    double *x = blobs(N, 1, D, 5);
    EmixDataset *data = dataset_of(x, N, D, NULL);
    EmixModel *model = fitted(data, 1);
    const double *c = emix_model_covariances(model);
    for (int kind = 0; kind < EMIX_N_RESAMPLINGS; ++kind) {
        const EmixBootstrapOptions options = options_of(B, (EmixResampling)kind);
        EmixBootstrap *bootstrap = bootstrapped(model, data, &options);
        cr_expect(eq(int, bootstrap->counts.n_done, B));
        cr_expect(zero(int, bootstrap->counts.n_failed));
        cr_expect(eq(i64, bootstrap->sample_rows, N));
        const EmixPart means = errors_named(bootstrap, "means");
        for (int j = 0; j < D; ++j) {
            /* over B replicates, a standard deviation varies by 1 / sqrt(2B) = 3 %; allow five
             * times that */
            const double expected = sqrt(c[j * (D + 1)] / N);
            cr_expect(epsilon_eq(dbl, means.standard_errors[j], expected, 0.16 * expected));
            const double mean = emix_model_means(model)[j];
            cr_expect(epsilon_eq(dbl, means.lower[j], mean - 1.96 * expected, 0.6 * expected));
            cr_expect(epsilon_eq(dbl, means.upper[j], mean + 1.96 * expected, 0.6 * expected));
        }
        emix_bootstrap_destroy(bootstrap);
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(bootstrap, takes_row_weights_for_frequencies)
{
    enum { N = 200, B = 500 };
    double *x = blobs(N, 1, 1, 6);
    double weights[N];
    for (int i = 0; i < N; ++i) {
        weights[i] = i < N / 2 ? 0.0 : 9.0;
    }
    EmixDataset *data = dataset_of(x, N, 1, weights);
    EmixModel *model = fitted(data, 1);
    const double expected = sqrt(emix_model_covariances(model)[0] / (9.0 * N / 2));
    for (int kind = 0; kind < EMIX_N_RESAMPLINGS; ++kind) {
        const EmixBootstrapOptions options = options_of(B, (EmixResampling)kind);
        EmixBootstrap *bootstrap = bootstrapped(model, data, &options);
        cr_expect(eq(i64, bootstrap->sample_rows, 9 * N / 2));
        cr_expect(epsilon_eq(dbl, errors_named(bootstrap, "means").standard_errors[0], expected,
                             0.16 * expected));
        emix_bootstrap_destroy(bootstrap);
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(bootstrap, fits_samples_as_the_model_was_fitted)
{
    EmixDataset *data = table("faithful");
    EmixModel *start = fitted(data, 2);
    FitCase options = fit_case_default();
    options.n_components = 2;
    options.initial = start;
    options.fixed = EMIX_PART_MEANS;
    options.eigenvalue_ratio = 500.0;
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, fit_case_create(workers(), data, &options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
    const EmixBootstrapOptions how = options_of(40, EMIX_RESAMPLE_PARAMETRIC);
    EmixBootstrap *bootstrap = bootstrapped(model, data, &how);
    for (int i = 0; i < 4; ++i) {
        cr_expect(zero(dbl, errors_named(bootstrap, "means").standard_errors[i]));
        cr_expect(ieee_ulp_eq(dbl, errors_named(bootstrap, "means").lower[i],
                              emix_model_means(model)[i], 0));
    }
    cr_expect(gt(dbl, errors_named(bootstrap, "weights").standard_errors[0], 0.0));
    cr_expect(gt(dbl, errors_named(bootstrap, "covariances").standard_errors[0], 0.0));
    EmixComponentTest *test = NULL;
    cr_expect(eq(int, emix_component_test_create(workers(), model, data, &how, &test, &error),
                 EMIX_ERR_UNSUPPORTED));
    emix_bootstrap_destroy(bootstrap);
    emix_model_destroy(model);
    emix_fit_destroy(fit);
    emix_model_destroy(start);
    emix_dataset_destroy(data);
}

Test(bootstrap, of_rows_keeps_their_known_components)
{
    /* one cloud: only the labels separate the components */
    enum { N = 200, B = 300 };
    double *x = blobs(N, 1, 1, 7);
    int labels[N];
    for (int i = 0; i < N; ++i) {
        labels[i] = i % 4 == 0;
    }
    EmixDataset *data = dataset_of(x, N, 1, NULL);
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 2, NULL, NULL), EMIX_OK));
    EmixModel *model = fitted(data, 2);
    EmixBootstrapOptions options = options_of(B, EMIX_RESAMPLE_ROWS);
    EmixBootstrap *bootstrap = bootstrapped(model, data, &options);
    const double expected = sqrt(0.25 * 0.75 / N);
    cr_expect(epsilon_eq(dbl, errors_named(bootstrap, "weights").standard_errors[0], expected,
                         0.2 * expected));
    emix_bootstrap_destroy(bootstrap);
    options.resampling = EMIX_RESAMPLE_PARAMETRIC;
    bootstrap = NULL;
    cr_expect(eq(int, emix_bootstrap_create(workers(), model, data, &options, &bootstrap, NULL),
                 EMIX_ERR_UNSUPPORTED));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(bootstrap, does_not_depend_on_the_number_of_workers)
{
    EmixDataset *data = table("faithful");
    EmixModel *model = fitted(data, 2);
    for (int kind = 0; kind < EMIX_N_RESAMPLINGS; ++kind) {
        EmixBootstrapOptions options = options_of(23, (EmixResampling)kind);
        use_workers(1);
        EmixBootstrap *one = bootstrapped(model, data, &options);
        use_workers(5);
        EmixBootstrap *five = bootstrapped(model, data, &options);
        options.seed = 1;
        EmixBootstrap *other = bootstrapped(model, data, &options);
        cr_expect(same_errors(&one->parameters, &five->parameters));
        cr_expect(ne(dbl, errors_named(one, "covariances").upper[0],
                     errors_named(other, "covariances").upper[0]));
        emix_bootstrap_destroy(other);
        emix_bootstrap_destroy(five);
        emix_bootstrap_destroy(one);
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(bootstrap, counts_replicates_that_lead_to_no_model_and_leaves_them_out)
{
    /* three points per component: many samples have fewer */
    static const double x[] = {0, 0, 1, 0.3, 0.2, 1, 9, 9, 10, 9.1, 9.3, 10};
    const double weights[] = {0.5, 0.5};
    const double means[] = {0.4, 0.43, 9.4, 9.4};
    const double covariances[] = {0.2, 0, 0, 0.2, 0.2, 0, 0, 0.2};
    EmixDataset *data = dataset_of(x, 6, 2, NULL);
    EmixModel *model = NULL;
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, 2, weights, means, covariances,
                                            &model, NULL),
                 EMIX_OK));
    const EmixBootstrapOptions options = options_of(40, EMIX_RESAMPLE_PARAMETRIC);
    EmixBootstrap *bootstrap = bootstrapped(model, data, &options);
    cr_expect(eq(int, bootstrap->counts.n_done, 40));
    cr_expect(gt(int, bootstrap->counts.n_failed, 5));
    cr_expect(lt(int, bootstrap->counts.n_failed, 39));
    cr_expect(isfinite(errors_named(bootstrap, "means").standard_errors[0]));
    cr_expect(lt(dbl, errors_named(bootstrap, "means").standard_errors[0], 2.0));
    emix_bootstrap_destroy(bootstrap);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

/* Ends a bootstrap after some replicates. */
static int stop_after(void *context, int n_done, int n_replicates, double elapsed_s)
{
    (void)n_replicates;
    (void)elapsed_s;
    return n_done >= *(const int *)context;
}

Test(bootstrap, that_is_interrupted_gives_the_replicates_so_far)
{
    EmixDataset *data = table("faithful");
    EmixModel *model = fitted(data, 2);
    int n_wanted = 5;
    EmixBootstrapOptions options = options_of(100000, EMIX_RESAMPLE_PARAMETRIC);
    options.progress = stop_after;
    options.progress_context = &n_wanted;
    EmixBootstrap *bootstrap = bootstrapped(model, data, &options);
    cr_expect(ge(int, bootstrap->counts.n_done, 5));
    cr_expect(lt(int, bootstrap->counts.n_done, 100000));
    cr_expect(isfinite(errors_named(bootstrap, "weights").upper[0]));
    emix_bootstrap_destroy(bootstrap);
    n_wanted = 0;
    EmixComponentTest *test = tested(model, data, &options);
    cr_expect(zero(int, test->counts.n_done));
    cr_expect(isnan(test->p_value) && isnan(test->statistic));
    emix_component_test_destroy(test);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

/* True if the results agree for any B: replicate b does not depend on the others. */
static bool is_subset(const EmixComponentTest *small, const EmixComponentTest *large)
{
    int j = 0;
    for (int i = 0; i < small->n_null; ++i) {
        while (j < large->n_null && large->null_statistics[j] < small->null_statistics[i]) {
            ++j;
        }
        if (j == large->n_null || large->null_statistics[j] != small->null_statistics[i]) {
            return false;
        }
    }
    return true;
}

Test(component_test, rejects_one_component_of_two_clouds_and_keeps_the_truth)
{
    EmixDataset *data = table("faithful");
    EmixModel *one = fitted(data, 1);
    EmixBootstrapOptions options = options_of(19, EMIX_RESAMPLE_PARAMETRIC);
    options.n_starts = 8;
    EmixComponentTest *test = tested(one, data, &options);
    cr_expect(eq(dbl, test->p_value, 1.0 / 20.0), "the least that 19 replicates can show");
    cr_expect(epsilon_eq(dbl, test->alternative_log_likelihood, -1130.263960184741588, 1e-6));
    cr_expect(gt(dbl, test->statistic, 300.0));
    cr_expect(eq(int, test->n_null, 19));
    cr_expect(lt(dbl, test->null_statistics[18], 60.0));
    emix_component_test_destroy(test);
    emix_model_destroy(one);
    emix_dataset_destroy(data);

    double *x = blobs(300, 1, 2, 3);
    data = dataset_of(x, 300, 2, NULL);
    one = fitted(data, 1);
    test = tested(one, data, &options);
    cr_expect(gt(dbl, test->p_value, 0.1));
    emix_component_test_destroy(test);
    emix_model_destroy(one);
    emix_dataset_destroy(data);
    free(x);
}

Test(component_test, is_the_same_for_any_number_of_workers_and_replicates)
{
    EmixDataset *data = table("faithful");
    EmixModel *model = fitted(data, 2);
    EmixBootstrapOptions options = options_of(6, EMIX_RESAMPLE_PARAMETRIC);
    options.n_starts = 4;
    EmixComponentTest *small = tested(model, data, &options);
    use_workers(3);
    options.n_replicates = 12;
    EmixComponentTest *large = tested(model, data, &options);
    cr_expect(eq(dbl, small->statistic, large->statistic));
    cr_expect(is_subset(small, large));
    int n_as_large = 0;
    for (int i = 0; i < large->n_null; ++i) {
        n_as_large += large->null_statistics[i] >= large->statistic;
    }
    const double p = (1.0 + n_as_large) / (1.0 + large->n_null);
    cr_expect(eq(dbl, large->p_value, p));
    cr_expect(
        epsilon_eq(dbl, large->p_value_error, sqrt(p * (1.0 - p) / (1.0 + large->n_null)), 1e-15));
    emix_component_test_destroy(large);
    emix_component_test_destroy(small);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

static void expect_refusal(const EmixModel *model, const EmixDataset *data,
                           const EmixBootstrapOptions *options, EmixStatus expected,
                           const char *words)
{
    EmixBootstrap *bootstrap = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_bootstrap_create(workers(), model, data, options, &bootstrap, &error),
                 (int)expected));
    cr_expect(strstr(error.message, words) != NULL, "%s", error.message);
    cr_expect(zero(ptr, bootstrap));
}

Test(bootstrap, refuses_bad_options_and_bad_data_by_name)
{
    double *x = blobs(50, 1, 2, 3);
    EmixDataset *data = dataset_of(x, 50, 2, NULL);
    EmixModel *model = fitted(data, 1);
    EmixBootstrapOptions options = options_of(0, EMIX_RESAMPLE_ROWS);
    expect_refusal(model, data, &options, EMIX_ERR_ARGUMENT, "n_replicates is 0, not in 1 ...");
    options.n_replicates = 2;
    options.level = 1.5;
    expect_refusal(model, data, &options, EMIX_ERR_ARGUMENT, "level is 1.5");
    options.level = 0.9;
    options.n_starts = 0;
    expect_refusal(model, data, &options, EMIX_ERR_ARGUMENT, "starts.n is 0, not in 1 ...");
    options.n_starts = 1;
    options.size = 0;
    expect_refusal(model, data, &options, EMIX_ERR_ARGUMENT, "EmixBootstrapOptions.size is 0");
    options.size = sizeof options;
    EmixDataset *narrow = dataset_of(x, 100, 1, NULL);
    expect_refusal(model, narrow, &options, EMIX_ERR_SHAPE, "1 features, the model 2");
    x[41] = INFINITY;
    expect_refusal(model, data, &options, EMIX_ERR_NONFINITE, "row 21");
    emix_dataset_destroy(narrow);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(bootstrap, every_failed_allocation_is_reported_and_nothing_leaks)
{
    double *x = blobs(40, 1, 1, 4);
    EmixDataset *data = dataset_of(x, 40, 1, NULL);
    EmixModel *model = fitted(data, 1);
    EmixBootstrapOptions options = options_of(2, EMIX_RESAMPLE_ROWS);
    options.n_starts = 1;
    const long live = emix_alloc_live_blocks();
    for (int what = 0; what < 2; ++what) {
        EmixStatus status = EMIX_ERR_NOMEM;
        long allowed = 0;
        for (; status != EMIX_OK && allowed < 1000; ++allowed) {
            EmixBootstrap *bootstrap = NULL;
            EmixComponentTest *test = NULL;
            EmixError error = {{0}};
            emix_alloc_fail_after(allowed);
            status =
                what == 0
                    ? emix_bootstrap_create(workers(), model, data, &options, &bootstrap, &error)
                    : emix_component_test_create(workers(), model, data, &options, &test, &error);
            emix_alloc_fail_after(-1);
            cr_assert(status == EMIX_OK || status == EMIX_ERR_NOMEM, "%s", error.message);
            emix_component_test_destroy(test);
            emix_bootstrap_destroy(bootstrap);
            cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
        }
        cr_expect(eq(int, status, EMIX_OK));
        cr_expect(gt(long, allowed, 40));
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}
