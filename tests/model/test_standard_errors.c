/* Standard errors compared with finite differences of the log-likelihood in 70 digits
 * (tests/oracle/standard_errors_reference.py), and what must hold for any data. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static EmixStandardErrors *errors_of(const EmixModel *model, const EmixDataset *data,
                                     EmixInformationKind kind, int n_workers)
{
    EmixStandardErrorOptions options = emix_standard_error_options_default();
    EmixStandardErrors *errors = NULL;
    EmixError error = {{0}};
    options.kind = kind;
    use_workers(n_workers);
    cr_assert(eq(int,
                 emix_standard_errors_create(workers(), model, data, &options, &errors, &error),
                 EMIX_OK),
              "%s", error.message);
    return errors;
}

static EmixModel *fitted(const EmixDataset *data, emix_index n_components,
                         EmixCovariance covariance)
{
    FitCase options = fit_case_default();
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    options.n_components = n_components;
    options.covariance = covariance;
    options.tolerance = 1e-9;
    options.max_iterations = 10000;
    EmixStatus status = fit_case_create(workers(), data, &options, &fit, &error);
    if (status == EMIX_OK) status = emix_fit_run(fit, &error);
    if (status == EMIX_OK) status = emix_fit_model(fit, &model, &error);
    cr_assert(eq(int, status, EMIX_OK), "%s", error.message);
    emix_fit_destroy(fit);
    return model;
}

static bool same_bits(const EmixStandardErrors *a, const EmixStandardErrors *b)
{
    return same_errors(&a->parameters, &b->parameters);
}

static EmixPart errors_named(const EmixStandardErrors *errors, const char *name)
{
    return emix_parameter_errors_part(&errors->parameters, name);
}

static void read_case(const char *name, const char *table, EmixModel **model, EmixDataset **data)
{
    char path[512];
    EmixError error = {{0}};
    snprintf(path, sizeof path, "%s/oracle/%s.errors.model.json", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_model_read(path, model, &error), EMIX_OK), "%s", error.message);
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, table);
    cr_assert(eq(int, emix_dataset_read(workers(), path, NULL, data, &error), EMIX_OK), "%s",
              error.message);
}

/* The standard error that a line of a reference names; those of covariances by their entry of the
 * full matrix, 0 where the structure has none. */
static double named_error(const EmixParameterErrors *errors, const char *kind, const int place[3])
{
    const emix_index d = errors->n_features;
    char name[32];
    snprintf(name, sizeof name, "%ss", kind);
    const EmixPart part = emix_parameter_errors_part(errors, name);
    const double *values = part.standard_errors;
    if (strcmp(part.axes, "K") == 0 && place[1] == place[2]) return values[place[0]];
    if (strcmp(part.axes, "KD") == 0 && (strcmp(kind, "mean") == 0 || place[1] == place[2])) {
        return values[place[0] * d + place[1]];
    }
    if (strcmp(part.axes, "DD") == 0) return values[place[1] * d + place[2]];
    if (strcmp(part.axes, "KDD") == 0) return values[(place[0] * d + place[1]) * d + place[2]];
    return 0.0;
}

static void compare_with_reference(const char *name, const char *table)
{
    EmixModel *model = NULL;
    EmixDataset *data = NULL;
    char line[256];
    int n_lines = 0;
    read_case(name, table, &model, &data);
    EmixStandardErrors *observed = errors_of(model, data, EMIX_INFORMATION_OBSERVED, 2);
    EmixStandardErrors *score = errors_of(model, data, EMIX_INFORMATION_SCORE, 2);
    cr_assert(eq(int, observed->state, EMIX_INFORMATION_OK));
    cr_expect(lt(dbl, observed->newton_gain, 1e-8), "%s is at its maximum", name);
    snprintf(line, sizeof line, "%s/oracle/%s.errors.csv", EMIX_TESTS_DIR, name);
    FILE *file = fopen(line, "r");
    cr_assert(ne(ptr, file, NULL), "%s", line);
    cr_assert(ne(ptr, fgets(line, sizeof line, file), NULL));
    for (; fgets(line, sizeof line, file) != NULL; ++n_lines) {
        char kind[16];
        int place[3];
        double by_observed = 0.0;
        double by_score = 0.0;
        cr_assert(eq(int,
                     sscanf(line, "%15[a-z],%d,%d,%d,%lf,%lf", kind, &place[0], &place[1],
                            &place[2], &by_observed, &by_score),
                     6));
        cr_expect(epsilon_eq(dbl, named_error(&observed->parameters, kind, place), by_observed,
                             1e-9 * by_observed),
                  "%s: %s", name, line);
        cr_expect(epsilon_eq(dbl, named_error(&score->parameters, kind, place), by_score,
                             1e-9 * by_score),
                  "%s: %s", name, line);
    }
    const int k = (int)emix_model_n_components(model);
    const int d = (int)emix_model_n_features(model);
    cr_expect(eq(int, n_lines, k + k * d + k * d * (d + 1) / 2));
    fclose(file);
    emix_standard_errors_destroy(score);
    emix_standard_errors_destroy(observed);
    emix_dataset_destroy(data);
    emix_model_destroy(model);
}

Test(standard_errors, of_every_structure_agree_with_the_reference_to_nine_digits)
{
    static const char *const faithful[] = {"faithful_2_VVV", "faithful_2_EEE", "faithful_2_VVI",
                                           "faithful_2_VII"};
    static const char *const iris[] = {"iris_2_VVV", "iris_3_VVV", "iris_3_EEE", "iris_3_VVI",
                                       "iris_3_VII"};
    for (size_t i = 0; i < sizeof faithful / sizeof *faithful; ++i) {
        compare_with_reference(faithful[i], "faithful");
    }
    for (size_t i = 0; i < sizeof iris / sizeof *iris; ++i) {
        compare_with_reference(iris[i], "iris");
    }
}

Test(standard_errors, of_one_component_are_the_textbook_ones)
{
    enum { N = 400, D = 3 };
    double *x = blobs(N, 1, D, 5);
    EmixDataset *data = dataset_of(x, N, D, NULL);
    EmixModel *model = fitted(data, 1, EMIX_COVARIANCE_FULL);
    EmixStandardErrors *errors = errors_of(model, data, EMIX_INFORMATION_OBSERVED, 1);
    const double *c = emix_model_covariances(model);
    for (int i = 0; i < D; ++i) {
        const double mean_error = sqrt(c[i * D + i] / N);
        cr_expect(epsilon_eq(dbl, errors_named(errors, "means").standard_errors[i], mean_error,
                             1e-12 * mean_error));
        for (int j = 0; j < D; ++j) {
            /* var s_ij = (s_ij^2 + s_ii s_jj) / n at the maximum */
            const double expected = sqrt(
                (c[i * D + j] * c[i * D + j] + c[i * D + i] * c[j * D + j]) / N);
            cr_expect(epsilon_eq(dbl,
                                 errors_named(errors, "covariances").standard_errors[i * D + j],
                                 expected, 1e-11 * expected));
        }
    }
    /* a single weight has no uncertainty; the 95 % interval of a mean, by the normal table */
    cr_expect(zero(dbl, errors_named(errors, "weights").standard_errors[0]));
    cr_expect(eq(dbl, errors_named(errors, "weights").upper[0], 1.0));
    const double half = errors_named(errors, "means").upper[0] - emix_model_means(model)[0];
    cr_expect(epsilon_eq(dbl, half / errors_named(errors, "means").standard_errors[0],
                         1.9599639845400542, 1e-9));
    emix_standard_errors_destroy(errors);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(standard_errors, of_complete_data_are_those_of_each_component_alone)
{
    enum { N = 240, D = 2, FIRST = 80 };
    double *x = blobs(N, 2, D, 9);
    int labels[N];
    for (int i = 0; i < N; ++i) {
        labels[i] = i >= FIRST;
    }
    EmixDataset *data = dataset_of(x, N, D, NULL);
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 2, NULL, NULL), EMIX_OK));
    EmixModel *model = fitted(data, 2, EMIX_COVARIANCE_FULL);
    EmixStandardErrors *errors = errors_of(model, data, EMIX_INFORMATION_OBSERVED, 2);
    cr_assert(eq(int, errors->state, EMIX_INFORMATION_OK));
    const double p = (double)FIRST / N;
    const double weight_error = sqrt(p * (1.0 - p) / N);
    for (int k = 0; k < 2; ++k) {
        const double variance = emix_model_covariances(model)[k * D * D];
        const double count = k == 0 ? FIRST : N - FIRST;
        cr_expect(epsilon_eq(dbl, errors_named(errors, "weights").standard_errors[k], weight_error,
                             1e-12));
        cr_expect(epsilon_eq(dbl, errors_named(errors, "means").standard_errors[k * D],
                             sqrt(variance / count), 1e-10 * sqrt(variance)));
    }
    emix_standard_errors_destroy(errors);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}

Test(standard_errors, do_not_depend_on_the_number_of_workers)
{
    enum { N = 3001, K = 3, D = 6 };
    double *x = blobs(N, K, D, 21);
    double *weights = blob_weights(N, 3);
    EmixDataset *data = dataset_of(x, N, D, weights);
    for (int c = 0; c < EMIX_N_COVARIANCES; ++c) {
        EmixModel *model = fitted(data, K, (EmixCovariance)c);
        for (int kind = EMIX_INFORMATION_OBSERVED; kind < EMIX_N_INFORMATION_KINDS; ++kind) {
            EmixStandardErrors *one = errors_of(model, data, (EmixInformationKind)kind, 1);
            EmixStandardErrors *five = errors_of(model, data, (EmixInformationKind)kind, 5);
            cr_expect(eq(int, one->state, EMIX_INFORMATION_OK));
            cr_expect(same_bits(one, five), "%s", emix_covariance_name((EmixCovariance)c));
            emix_standard_errors_destroy(five);
            emix_standard_errors_destroy(one);
        }
        emix_model_destroy(model);
    }
    emix_dataset_destroy(data);
    free(weights);
    free(x);
}

Test(standard_errors, take_a_row_of_weight_two_for_two_rows)
{
    enum { N = 300, D = 2, TWICE = 100 };
    double *x = blobs(N, 2, D, 8);
    double *repeated = malloc((N + TWICE) * D * sizeof *repeated);
    double weights[N];
    memcpy(repeated, x, N * D * sizeof *x);
    memcpy(repeated + N * D, x, TWICE * D * sizeof *x);
    for (int i = 0; i < N; ++i) {
        weights[i] = i < TWICE ? 2.0 : 1.0;
    }
    EmixDataset *weighted = dataset_of(x, N, D, weights);
    EmixDataset *longer = dataset_of(repeated, N + TWICE, D, NULL);
    EmixModel *model = fitted(weighted, 2, EMIX_COVARIANCE_FULL);
    for (int kind = EMIX_INFORMATION_OBSERVED; kind < EMIX_N_INFORMATION_KINDS; ++kind) {
        EmixStandardErrors *a = errors_of(model, weighted, (EmixInformationKind)kind, 2);
        EmixStandardErrors *b = errors_of(model, longer, (EmixInformationKind)kind, 2);
        for (int i = 0; i < 2 * D * D; ++i) {
            const double expected = errors_named(b, "covariances").standard_errors[i];
            cr_expect(epsilon_eq(dbl, errors_named(a, "covariances").standard_errors[i], expected,
                                 1e-10 * expected));
        }
        emix_standard_errors_destroy(b);
        emix_standard_errors_destroy(a);
    }
    emix_model_destroy(model);
    emix_dataset_destroy(longer);
    emix_dataset_destroy(weighted);
    free(repeated);
    free(x);
}

Test(standard_errors, travel_with_copies_and_files_bit_for_bit)
{
    EmixModel *model = NULL;
    EmixModel *back = NULL;
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    char path[] = "/tmp/emix_errors_XXXXXX";
    const int descriptor = mkstemp(path);
    cr_assert(ge(int, descriptor, 0));
    close(descriptor);
    read_case("iris_3_EEE", "iris", &model, &data);
    cr_expect(emix_model_standard_errors(model) == NULL);
    EmixStandardErrors *errors = errors_of(model, data, EMIX_INFORMATION_SCORE, 1);
    cr_assert(eq(int, emix_model_set_standard_errors(model, errors, &error), EMIX_OK));
    cr_assert(eq(int, emix_model_write(model, path, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_model_read(path, &back, &error), EMIX_OK), "%s", error.message);
    const EmixStandardErrors *read = emix_model_standard_errors(back);
    cr_assert(read != NULL);
    cr_expect(same_bits(read, errors));
    cr_expect(eq(int, read->kind, EMIX_INFORMATION_SCORE));
    cr_expect(eq(int, read->state, EMIX_INFORMATION_OK));
    cr_expect(eq(i64, read->n_parameters, errors->n_parameters));
    cr_expect(eq(dbl, read->newton_gain, errors->newton_gain));
    cr_expect(eq(dbl, read->parameters.level, 0.95));
    remove(path);
    emix_standard_errors_destroy(errors);
    emix_model_destroy(back);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

static void expect_no_number(const EmixStandardErrors *errors)
{
    const EmixPart means = errors_named(errors, "means");
    for (emix_index i = 0; i < errors->parameters.n_components * errors->parameters.n_features;
         ++i) {
        cr_expect(isnan(means.standard_errors[i]) && isnan(means.lower[i]) &&
                  isnan(means.upper[i]));
    }
}

/* Two equal components lie between two clouds. That is a saddle, which EM does not leave. */
Test(standard_errors, are_not_given_at_a_saddle)
{
    static const double x[] = {-4, -3.5, -3, -2.7, -2.5, 2.5, 2.7, 3, 3.5, 4};
    const double weights[] = {0.5, 0.5};
    const double covariances[] = {10.279, 10.279};
    EmixDataset *data = dataset_of(x, sizeof x / sizeof *x, 1, NULL);
    EmixModel *model = NULL;
    const double apart[] = {-1.0, 1.0};
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, 1, weights, apart, covariances,
                                            &model, NULL),
                 EMIX_OK));
    EmixStandardErrors *errors = errors_of(model, data, EMIX_INFORMATION_OBSERVED, 1);
    cr_expect(eq(int, errors->state, EMIX_INFORMATION_SADDLE), "%s",
              emix_information_state_name(errors->state));
    expect_no_number(errors);
    emix_standard_errors_destroy(errors);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(standard_errors, are_not_given_where_the_data_do_not_determine_the_parameters)
{
    /* the scores of 5 rows span at most 5 of 9 directions */
    static const double x[] = {1, 2, 0, 3, 1, 4, 2, 0, 5, 7, 2, 2, 0, 1, 9};
    EmixDataset *data = dataset_of(x, 5, 3, NULL);
    EmixModel *model = fitted(data, 1, EMIX_COVARIANCE_FULL);
    EmixStandardErrors *errors = errors_of(model, data, EMIX_INFORMATION_SCORE, 1);
    cr_expect(eq(int, errors->state, EMIX_INFORMATION_SINGULAR), "%s",
              emix_information_state_name(errors->state));
    expect_no_number(errors);
    emix_standard_errors_destroy(errors);

    const double weights[] = {1.0, 0.0};
    const double means[] = {0, 0, 0, 1, 1, 1};
    const double covariances[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    emix_model_destroy(model);
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, 3, weights, means, covariances,
                                            &model, NULL),
                 EMIX_OK));
    errors = errors_of(model, data, EMIX_INFORMATION_OBSERVED, 1);
    cr_expect(eq(int, errors->state, EMIX_INFORMATION_BOUNDARY));
    expect_no_number(errors);
    emix_standard_errors_destroy(errors);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(standard_errors, refuse_what_they_cannot_do)
{
    enum { D = 70 };
    static double x[2 * D];
    static double covariance[D * D];
    static double mean[D];
    const double weight = 1.0;
    EmixModel *model = NULL;
    EmixStandardErrors *errors = NULL;
    EmixError error = {{0}};
    for (int j = 0; j < D; ++j) {
        covariance[j * D + j] = 1.0;
    }
    EmixDataset *data = dataset_of(x, 2, D, NULL);
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 1, D, &weight, mean, covariance,
                                            &model, NULL),
                 EMIX_OK));
    EmixStandardErrorOptions options = emix_standard_error_options_default();
    options.kind = EMIX_INFORMATION_OBSERVED;
    cr_expect(eq(int,
                 emix_standard_errors_create(workers(), model, data, &options, &errors, &error),
                 EMIX_ERR_UNSUPPORTED));
    cr_expect(ne(ptr, strstr(error.message, "at most 2000 parameters, the model has 2555"), NULL),
              "%s", error.message);
    options.level = 1.0;
    cr_expect(eq(int,
                 emix_standard_errors_create(workers(), model, data, &options, &errors, &error),
                 EMIX_ERR_ARGUMENT));
    options = (EmixStandardErrorOptions){.kind = EMIX_INFORMATION_OBSERVED, .level = 0.9};
    cr_expect(eq(int,
                 emix_standard_errors_create(workers(), model, data, &options, &errors, &error),
                 EMIX_ERR_ARGUMENT),
              "a struct that does not begin with its defaults is refused");
    cr_expect(zero(ptr, errors));
    emix_dataset_destroy(data);

    double bad[2 * D] = {[D + 3] = NAN};
    data = dataset_of(bad, 2, D, NULL);
    cr_expect(eq(int, emix_standard_errors_create(workers(), model, data, NULL, &errors, &error),
                 EMIX_ERR_NONFINITE));
    cr_expect(ne(ptr, strstr(error.message, "row 2"), NULL), "%s", error.message);
    emix_dataset_destroy(data);
    emix_model_destroy(model);
}

Test(standard_errors, every_failed_allocation_is_reported_and_nothing_leaks)
{
    enum { N = 200, D = 2 };
    double *x = blobs(N, 2, D, 4);
    EmixDataset *data = dataset_of(x, N, D, NULL);
    EmixModel *model = fitted(data, 2, EMIX_COVARIANCE_TIED);
    const long live = emix_alloc_live_blocks();
    EmixStatus status = EMIX_ERR_NOMEM;
    long allowed = 0;
    for (; status != EMIX_OK && allowed < 100; ++allowed) {
        EmixStandardErrors *errors = NULL;
        EmixError error = {{0}};
        emix_alloc_fail_after(allowed);
        status = emix_standard_errors_create(workers(), model, data, NULL, &errors, &error);
        emix_alloc_fail_after(-1);
        cr_assert(status == EMIX_OK || status == EMIX_ERR_NOMEM, "%s", error.message);
        emix_standard_errors_destroy(errors);
        cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
    }
    cr_expect(gt(long, allowed, 15));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}
