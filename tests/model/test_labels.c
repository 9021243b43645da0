/* Rows of known component: complete data, partly complete data, and what must not change. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/parts.h"
#include "support/structure.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { N_ROWS = 1201, K = 3, D = 3 };

static const char *const names[K] = {"one", "two, with a comma", "three"};

static void expect_text(const char *found, const char *expected)
{
    cr_expect(found != NULL && strcmp(found, expected) == 0, "%s, expected %s",
              found ? found : "NULL", expected);
}

static EmixDataset *dataset_of(const double *x, emix_index n_rows, const double *weights,
                               const int *labels, emix_index n_labels)
{
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_create(n_rows, D, x, D, weights, &data, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, n_labels, names, &error), EMIX_OK),
              "%s", error.message);
    return data;
}

static FitCase options_of(EmixCovariance covariance, EmixInitMethod method)
{
    FitCase options = fit_case_default();
    options.n_components = K;
    options.covariance = covariance;
    options.init_method = method;
    options.n_starts = 4;
    return options;
}

/* A component for every row, by thirds of the range of its first feature; every step-th row is
 * known. */
static int *labels_by_value(const double *x, emix_index n_rows, emix_index step)
{
    int *labels = malloc((size_t)n_rows * sizeof *labels);
    double low = INFINITY;
    double high = -INFINITY;
    for (emix_index i = 0; i < n_rows; ++i) {
        low = fmin(low, x[i * D]);
        high = fmax(high, x[i * D]);
    }
    for (emix_index i = 0; i < n_rows; ++i) {
        const double at = (x[i * D] - low) / (high - low);
        labels[i] = i % step != 0 ? -1 : at < 1.0 / 3.0 ? 0 : at < 2.0 / 3.0 ? 1 : 2;
    }
    return labels;
}

/* Maximum likelihood of complete data, straight from the definitions. */
typedef struct Direct {
    long double count[K];
    long double mean[K][D];
    long double scatter[K][D][D]; /* divided by the count */
} Direct;

static Direct direct_estimate(const double *x, const double *w, const int *labels)
{
    Direct e = {0};
    for (emix_index i = 0; i < N_ROWS; ++i) {
        e.count[labels[i]] += w[i];
        for (int j = 0; j < D; ++j) {
            e.mean[labels[i]][j] += (long double)w[i] * x[i * D + j];
        }
    }
    for (int k = 0; k < K; ++k) {
        for (int j = 0; j < D; ++j) {
            e.mean[k][j] /= e.count[k];
        }
    }
    for (emix_index i = 0; i < N_ROWS; ++i) {
        const int k = labels[i];
        for (int j = 0; j < D; ++j) {
            for (int l = 0; l < D; ++l) {
                e.scatter[k][j][l] += w[i] * (x[i * D + j] - e.mean[k][j]) *
                                      (x[i * D + l] - e.mean[k][l]) / e.count[k];
            }
        }
    }
    return e;
}

/* The covariance of component k with a given structure (Celeux & Govaert 1995). */
static long double direct_covariance(const Direct *e, EmixCovariance structure, int k, int j, int l)
{
    const Structure s = structure_of(structure);
    long double value = 0.0L;
    long double total = 0.0L;
    for (int c = s.shared ? 0 : k; c <= (s.shared ? K - 1 : k); ++c) {
        for (int m = s.round ? 0 : j; m <= (s.round ? D - 1 : j); ++m) {
            value += e->count[c] * e->scatter[c][m][s.round ? m : l];
            total += e->count[c];
        }
    }
    return s.diagonal && j != l ? 0.0L : value / total;
}

Test(labels, complete_data_give_the_closed_form_in_one_iteration_from_one_start)
{
    double *x = blobs(N_ROWS, K, D, 31);
    double *w = blob_weights(N_ROWS, 31);
    int *labels = labels_by_value(x, N_ROWS, 1);
    EmixDataset *data = dataset_of(x, N_ROWS, w, labels, K);
    const Direct expected = direct_estimate(x, w, labels);
    for (int c = 0; c < EMIX_N_COVARIANCES; ++c) {
        const FitCase options = options_of((EmixCovariance)c, EMIX_INIT_TOURNAMENT);
        EmixModel *model = fit_case_model(workers(), data, &options);
        const EmixFitReport *report = emix_model_report(model);
        cr_expect(eq(int, report->n_iterations, 1));
        cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
        cr_expect(eq(int, report->n_starts, 1));
        cr_expect(eq(dbl, report->classification_log, 0.0));
        for (int k = 0; k < K; ++k) {
            const double weight = (double)expected.count[k] / emix_dataset_total_weight(data);
            cr_expect(ieee_ulp_eq(dbl, emix_model_weights(model)[k], weight, 16));
            for (int j = 0; j < D; ++j) {
                const double mean = emix_model_means(model)[k * D + j];
                cr_expect(epsilon_eq(dbl, mean, (double)expected.mean[k][j], 1e-13));
                for (int l = 0; l < D; ++l) {
                    const double found = covariance_entry(model, k, j, l);
                    const double direct = (double)direct_covariance(&expected, options.covariance,
                                                                    k, j, l);
                    cr_expect(epsilon_eq(dbl, found, direct, 1e-12));
                }
            }
        }
        emix_model_destroy(model);
    }
    emix_dataset_destroy(data);
    free(labels);
    free(w);
    free(x);
}

Test(labels, complete_data_have_the_log_likelihood_of_data_and_components)
{
    double *x = blobs(N_ROWS, K, D, 32);
    int *labels = labels_by_value(x, N_ROWS, 1);
    EmixDataset *data = dataset_of(x, N_ROWS, NULL, labels, K);
    const FitCase options = options_of(EMIX_COVARIANCE_FULL, EMIX_INIT_TOURNAMENT);
    EmixModel *model = fit_case_model(workers(), data, &options);
    double expected = 0.0;
    for (int k = 0; k < K; ++k) {
        double *own = malloc((size_t)N_ROWS * D * sizeof *own);
        emix_index n = 0;
        for (emix_index i = 0; i < N_ROWS; ++i) {
            if (labels[i] == k) {
                memcpy(own + n++ * D, x + i * D, D * sizeof *own);
            }
        }
        /* a sample under a normal with the sample's own moments: -n
         * (D log 2 pi + log det + D) / 2 */
        EmixDataset *part = NULL;
        FitCase alone = options;
        alone.n_components = 1;
        cr_assert(eq(int, emix_dataset_create(n, D, own, D, NULL, &part, NULL), EMIX_OK));
        EmixModel *normal = fit_case_model(workers(), part, &alone);
        expected += emix_model_report(normal)->log_likelihood + (double)n * log((double)n / N_ROWS);
        emix_model_destroy(normal);
        emix_dataset_destroy(part);
        free(own);
    }
    cr_expect(epsilon_eq(dbl, emix_model_report(model)->log_likelihood, expected, 1e-9));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(labels);
    free(x);
}

Test(labels, components_come_in_the_order_of_the_labels_and_bear_their_names)
{
    double *x = blobs(N_ROWS, K, D, 33);
    int *labels = labels_by_value(x, N_ROWS, 20);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        for (emix_index i = 0; i < N_ROWS; ++i) {
            labels[i] = labels[i] == 2 ? -1 : labels[i]; /* the third one is not known */
        }
        EmixDataset *data = dataset_of(x, N_ROWS, NULL, labels, 2);
        const FitCase options = options_of(EMIX_COVARIANCE_FULL, (EmixInitMethod)method);
        EmixModel *model = fit_case_model(workers(), data, &options);
        const char *const *found = emix_model_component_names(model);
        cr_assert(found != NULL);
        expect_text(found[0], names[0]);
        expect_text(found[1], names[1]);
        cr_expect(found[2] == NULL);
        const double *means = emix_model_means(model);
        cr_expect(lt(dbl, means[0], means[D]), "method %d", method);
        emix_model_destroy(model);
        emix_dataset_destroy(data);
    }
    free(labels);
    free(x);
}

Test(labels, a_row_stays_with_its_component_however_far_it_lies)
{
    double *x = blobs(N_ROWS, K, D, 34);
    int *labels = malloc(N_ROWS * sizeof *labels);
    for (emix_index i = 0; i < N_ROWS; ++i) {
        labels[i] = -1;
    }
    for (emix_index i = 0; i < 10; ++i) {
        labels[i] = 1;
        x[i * D] += 1e3 + (double)i; /* a clump that a free fit would separate */
    }
    EmixDataset *data = dataset_of(x, N_ROWS, NULL, labels, 2);
    const FitCase options = options_of(EMIX_COVARIANCE_FULL, EMIX_INIT_TOURNAMENT);
    EmixModel *model = fit_case_model(workers(), data, &options);
    cr_expect(ge(dbl, emix_model_effective_counts(model)[1], 10.0 * (1.0 - 1e-12)));
    cr_expect(gt(dbl, emix_model_means(model)[D], 9.0), "its mean knows of them");
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(labels);
    free(x);
}

Test(labels, unknown_for_every_row_changes_no_bit)
{
    double *x = blobs(N_ROWS, K, D, 35);
    int *labels = malloc(N_ROWS * sizeof *labels);
    for (emix_index i = 0; i < N_ROWS; ++i) {
        labels[i] = -1;
    }
    EmixDataset *with = dataset_of(x, N_ROWS, NULL, labels, K);
    EmixDataset *without = dataset_of(x, N_ROWS, NULL, NULL, 0);
    const FitCase options = options_of(EMIX_COVARIANCE_FULL, EMIX_INIT_TOURNAMENT);
    EmixModel *a = fit_case_model(workers(), with, &options);
    EmixModel *b = fit_case_model(workers(), without, &options);
    cr_expect(zero(int, memcmp(emix_model_covariances(a), emix_model_covariances(b),
                               K * D * D * sizeof(double))));
    emix_model_destroy(b);
    emix_model_destroy(a);
    emix_dataset_destroy(without);
    emix_dataset_destroy(with);
    free(labels);
    free(x);
}

/* Large enough for a subsample, with rows of weight 0 and with components that are gathered. */
Test(labels, worker_count_never_changes_a_bit)
{
    enum { LARGE = 40000 };
    double *x = blobs(LARGE, K, D, 36);
    double *w = blob_weights(LARGE, 36);
    int *labels = labels_by_value(x, LARGE, 3);
    for (emix_index i = 0; i < LARGE; ++i) {
        x[i * D] *= 20.0; /* far apart */
    }
    EmixDataset *data = dataset_of(x, LARGE, w, labels, K);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        FitCase options = options_of(EMIX_COVARIANCE_FULL, (EmixInitMethod)method);
        options.max_iterations = 8;
        use_workers(1);
        EmixModel *one = fit_case_model(workers(), data, &options);
        use_workers(3);
        EmixModel *many = fit_case_model(workers(), data, &options);
        cr_expect(zero(int, memcmp(emix_model_covariances(one), emix_model_covariances(many),
                                   K * D * D * sizeof(double))),
                  "method %d", method);
        emix_model_destroy(many);
        emix_model_destroy(one);
    }
    emix_dataset_destroy(data);
    free(labels);
    free(w);
    free(x);
}

static void expect_refused(const EmixDataset *data, const FitCase *options, EmixStatus status,
                           const char *message)
{
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, fit_case_create(workers(), data, options, &fit, &error), status));
    cr_expect(ne(ptr, strstr(error.message, message), NULL), "%s", error.message);
    cr_expect(zero(ptr, fit));
    emix_fit_destroy(fit);
}

Test(labels, what_cannot_be_is_refused_with_its_reason)
{
    double *x = blobs(N_ROWS, K, D, 37);
    int *labels = labels_by_value(x, N_ROWS, 2);
    EmixDataset *data = dataset_of(x, N_ROWS, NULL, labels, K);
    EmixError error = {{0}};
    FitCase options = options_of(EMIX_COVARIANCE_FULL, EMIX_INIT_TOURNAMENT);
    options.n_components = 2;
    expect_refused(data, &options, EMIX_ERR_ARGUMENT,
                   "the rows have 3 different labels, more than the 2 components");
    options.n_components = K;
    options.precision = EMIX_PRECISION_MIXED;
    expect_refused(data, &options, EMIX_ERR_UNSUPPORTED, "mixed precision is not for data with");
    labels[4] = 3;
    cr_expect(eq(int, emix_dataset_set_labels(data, labels, K, names, &error), EMIX_ERR_ARGUMENT));
    expect_text(error.message, "row 5 has label 3, not in -1 ... 2");
    cr_expect(eq(int, emix_dataset_set_labels(data, labels, 0, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(long, emix_dataset_n_labels(data), K), "the labels are as they were");
    expect_text(emix_dataset_label_name(data, 1), names[1]);
    cr_expect(eq(int, emix_dataset_set_labels(data, NULL, 0, NULL, NULL), EMIX_OK));
    cr_expect(emix_dataset_labels(data) == NULL);
    cr_expect(emix_dataset_label_name(data, 0) == NULL);
    emix_dataset_destroy(data);
    free(labels);
    free(x);
}

Test(labels, an_initial_model_must_agree_with_the_names)
{
    double *x = blobs(N_ROWS, K, D, 38);
    int *labels = labels_by_value(x, N_ROWS, 2);
    EmixDataset *data = dataset_of(x, N_ROWS, NULL, labels, K);
    FitCase options = options_of(EMIX_COVARIANCE_FULL, EMIX_INIT_TOURNAMENT);
    EmixModel *first = fit_case_model(workers(), data, &options);
    options.initial = first;
    EmixModel *again = fit_case_model(workers(), data, &options);
    cr_expect(epsilon_eq(dbl, emix_model_report(again)->log_likelihood,
                         emix_model_report(first)->log_likelihood, 1e-5));
    const char *const others[K] = {"one", "three", "two, with a comma"};
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, K, others, NULL), EMIX_OK));
    expect_refused(data, &options, EMIX_ERR_ARGUMENT,
                   "component 1 of the initial model is 'two, with a comma'");
    cr_assert(eq(int, emix_dataset_set_labels(data, NULL, 0, NULL, NULL), EMIX_OK));
    EmixModel *heir = fit_case_model(workers(), data, &options);
    expect_text(emix_model_component_names(heir)[2], "three");
    emix_model_destroy(heir);
    emix_model_destroy(again);
    emix_model_destroy(first);
    emix_dataset_destroy(data);
    free(labels);
    free(x);
}
