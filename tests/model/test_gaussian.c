/* Gaussians of every covariance structure compared with an independent implementation: plain EM in
 * 60 digits (tests/oracle/em_reference.py). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <emix/emix.h>

#include "kernels/kernels.h"

#include "support/fit_case.h"

enum { N_ITERATIONS = 10 };

typedef struct Case {
    const char *name; /* tests/oracle/<name>.csv and <name>.start.json */
    const char *data; /* tests/data/<data>.csv                          */
    double offset;    /* added to every value                           */
    emix_index n_components;
    double tolerance; /* relative, of the log-likelihood                */
    int known_step;   /* every known_step-th row has a known component; 0 = none */
} Case;

/* Tolerances: the rounding of a sum of n logs is a few eps of the sum of their absolute values, and
 * iterations add little. With an offset the means are rounded to eps * offset, which moves L by its
 * slope times that. */
static const Case cases[] = {
    {"faithful_2", "faithful", 0.0, 2, 1e-13, 0},
    {"faithful_2_1e6", "faithful", 1e6, 2, 1e-11, 0},
    {"faithful_2_1e8", "faithful", 1e8, 2, 1e-9, 0},
    {"iris_3", "iris", 0.0, 3, 1e-12, 0},
    {"two_component_2", "two_component", 0.0, 2, 1e-13, 0},
    {"iris_3_EEE", "iris", 0.0, 3, 1e-12, 0},
    {"iris_3_VVI", "iris", 0.0, 3, 1e-12, 0},
    {"iris_3_VII", "iris", 0.0, 3, 1e-12, 0},
    {"faithful_2_EEE_1e6", "faithful", 1e6, 2, 1e-11, 0},
    {"faithful_2_VVI_1e6", "faithful", 1e6, 2, 1e-11, 0},
    {"faithful_2_VII_1e6", "faithful", 1e6, 2, 1e-11, 0},
    {"iris_3_known", "iris", 0.0, 3, 1e-12, 5},
    {"iris_3_EEE_known", "iris", 0.0, 3, 1e-12, 2},
    {"iris_3_VVI_known", "iris", 0.0, 3, 1e-12, 1},
};

static const char *path_of(char *path, size_t bytes, const char *folder, const char *name,
                           const char *suffix)
{
    snprintf(path, bytes, "%s/%s/%s%s", EMIX_TESTS_DIR, folder, name, suffix);
    return path;
}

static void read_reference(const Case *c, double *log_likelihoods, double *sum_abs)
{
    char path[512];
    char line[256];
    FILE *file = fopen(path_of(path, sizeof path, "oracle", c->name, ".csv"), "r");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    cr_assert(ne(ptr, fgets(line, sizeof line, file), NULL));
    for (int i = 0; i <= N_ITERATIONS; ++i) {
        cr_assert(ne(ptr, fgets(line, sizeof line, file), NULL));
        cr_assert(eq(int, sscanf(line, "%*d,%lf,%lf", &log_likelihoods[i], &sum_abs[i]), 2));
    }
    fclose(file);
}

/* The data with the offset added in double arithmetic, as the reference does it. */
static double *shifted_rows(const Case *c, emix_index *n_rows, emix_index *n_features)
{
    char path[512];
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_dataset_read(NULL, path_of(path, sizeof path, "data", c->data, ".csv"), NULL,
                                   &data, &error),
                 EMIX_OK),
              "%s", error.message);
    *n_rows = emix_dataset_n_rows(data);
    *n_features = emix_dataset_n_features(data);
    double *x = malloc((size_t)(*n_rows * *n_features) * sizeof *x);
    cr_assert(eq(int, emix_dataset_copy_rows(data, 0, *n_rows, x, NULL), EMIX_OK));
    for (emix_index i = 0; i < *n_rows * *n_features; ++i) {
        x[i] += c->offset;
    }
    emix_dataset_destroy(data);
    return x;
}

/* The components that the reference takes as known; its files are sorted by component. */
static int *known_labels(const Case *c, emix_index n_rows)
{
    int *labels = malloc((size_t)n_rows * sizeof *labels);
    for (emix_index i = 0; i < n_rows; ++i) {
        const bool known = c->known_step > 0 && i % c->known_step == 0;
        labels[i] = known ? (int)(i * c->n_components / n_rows) : -1;
    }
    return labels;
}

static double log_likelihood_after(const EmixDataset *data, const EmixModel *start,
                                   int n_iterations)
{
    FitCase options = fit_case_default();
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    options.n_components = emix_model_n_components(start);
    options.covariance = emix_model_covariance(start);
    options.initial = start;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.max_iterations = n_iterations;
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    const double log_likelihood = emix_fit_report(fit)->log_likelihood;
    emix_fit_destroy(fit);
    return log_likelihood;
}

Test(gaussian, ten_iterations_agree_with_sixty_digits_on_every_kernel_table)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const Case *c = &cases[i];
        char path[512];
        double expected[N_ITERATIONS + 1];
        double sum_abs[N_ITERATIONS + 1];
        emix_index n_rows = 0;
        emix_index n_features = 0;
        EmixDataset *data = NULL;
        EmixModel *start = NULL;
        EmixError error = {{0}};
        read_reference(c, expected, sum_abs);
        double *x = shifted_rows(c, &n_rows, &n_features);
        cr_assert(eq(int,
                     emix_dataset_create(n_rows, n_features, x, n_features, NULL, &data, &error),
                     EMIX_OK));
        int *labels = known_labels(c, n_rows);
        cr_assert(
            eq(int, emix_dataset_set_labels(data, labels, c->n_components, NULL, NULL), EMIX_OK));
        cr_assert(eq(int,
                     emix_model_read(path_of(path, sizeof path, "oracle", c->name, ".start.json"),
                                     &start, &error),
                     EMIX_OK),
                  "%s", error.message);
        for (int table = 0; emix_kernels_available(table) != NULL; ++table) {
            setenv("EMIX_ISA", emix_kernels_available(table)->name, 1);
            for (int it = 0; it <= N_ITERATIONS; ++it) {
                const double found = log_likelihood_after(data, start, it);
                cr_expect(le(dbl, fabs(found - expected[it]), c->tolerance * fabs(expected[it])),
                          "%s on %s, iteration %d: %.17g, expected %.17g", c->name,
                          emix_kernels_available(table)->name, it, found, expected[it]);
            }
        }
        unsetenv("EMIX_ISA");
        emix_model_destroy(start);
        emix_dataset_destroy(data);
        free(labels);
        free(x);
    }
}

/* The density at given parameters: without iterations, only rounding of the evaluation is left. */
Test(gaussian, density_is_exact_to_rounding_at_any_offset)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const Case *c = &cases[i];
        if (c->known_step > 0) {
            continue; /* a score does not use labels */
        }
        char path[512];
        double expected[N_ITERATIONS + 1];
        double sum_abs[N_ITERATIONS + 1];
        emix_index n_rows = 0;
        emix_index n_features = 0;
        double found = 0.0;
        EmixDataset *data = NULL;
        EmixModel *start = NULL;
        read_reference(c, expected, sum_abs);
        double *x = shifted_rows(c, &n_rows, &n_features);
        cr_assert(eq(int, emix_dataset_create(n_rows, n_features, x, n_features, NULL, &data, NULL),
                     EMIX_OK));
        cr_assert(eq(int,
                     emix_model_read(path_of(path, sizeof path, "oracle", c->name, ".start.json"),
                                     &start, NULL),
                     EMIX_OK));
        cr_assert(eq(int, emix_score(NULL, start, data, &found, NULL), EMIX_OK));
        const double bound = 4.0 * 2.22e-16 * sum_abs[0] + 1e-13 * fabs(expected[0]);
        cr_expect(le(dbl, fabs(found - expected[0]), bound), "%s: %.17g, expected %.17g", c->name,
                  found, expected[0]);
        emix_model_destroy(start);
        emix_dataset_destroy(data);
        free(x);
    }
}

Test(gaussian, known_maxima_are_reached)
{
    static const struct {
        const char *data;
        emix_index n_components;
        double log_likelihood; /* best known, unconstrained */
    } known[] = {
        {"faithful", 2, -1130.263960184741588},
        {"iris", 2, -214.354704370512565},
        {"iris", 3, -180.18547713},
        {"diabetes", 3, -2303.491843160422},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        char path[512];
        EmixDataset *data = NULL;
        EmixFit *fit = NULL;
        FitCase options = fit_case_default();
        options.n_components = known[i].n_components;
        options.n_starts = 50;
        cr_assert(
            eq(int,
               emix_dataset_read(NULL, path_of(path, sizeof path, "data", known[i].data, ".csv"),
                                 NULL, &data, NULL),
               EMIX_OK));
        cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, NULL), EMIX_OK));
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        /* the default stop leaves a predicted gap of 1e-6 */
        cr_expect(
            lt(dbl, fabs(emix_fit_report(fit)->log_likelihood - known[i].log_likelihood), 1e-6),
            "%s, K = %d: %.12g", known[i].data, (int)known[i].n_components,
            emix_fit_report(fit)->log_likelihood);
        emix_fit_destroy(fit);
        emix_dataset_destroy(data);
    }
}

/* The twenty values of Hastie, Tibshirani & Friedman (2009), table 8.1. The expected numbers are
 * the end of 300 iterations of EM in 60 digits (mpmath), to 7 digits. */
Test(gaussian, the_twenty_values_of_the_textbook_reach_their_maximum)
{
    static const double expected[2][3] = {{0.5545902, 1.0831618, 0.8113706},
                                          {0.4454098, 4.6559128, 0.8187936}};
    char path[512];
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    FitCase options = fit_case_default();
    options.n_components = 2;
    cr_assert(
        eq(int,
           emix_dataset_read(NULL, path_of(path, sizeof path, "data", "two_component", ".csv"),
                             NULL, &data, NULL),
           EMIX_OK));
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
    const double log_likelihood = emix_fit_report(fit)->log_likelihood;
    cr_expect(lt(dbl, fabs(log_likelihood - -38.9133715074), 1e-9), "%.12f", log_likelihood);
    const int first = emix_model_means(model)[0] > emix_model_means(model)[1];
    for (int k = 0; k < 2; ++k) {
        const int c = k ^ first; /* components come in any order */
        cr_expect(lt(dbl, fabs(emix_model_weights(model)[c] - expected[k][0]), 1e-7));
        cr_expect(lt(dbl, fabs(emix_model_means(model)[c] - expected[k][1]), 1e-7));
        cr_expect(lt(dbl, fabs(emix_model_covariances(model)[c] - expected[k][2]), 1e-7));
    }
    emix_model_destroy(model);
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
}
