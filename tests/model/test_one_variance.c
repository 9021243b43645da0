/* One variance that all components share (EII), beside plain EM in extended precision:
 *
 *     variance = sum_k sum_i r_ik |x_i - mean_k|^2 / (N D)
 *
 * Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition 28(5),
 * 781-793, model [lambda I]. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>

#include <emix/emix.h>

#include "support/fit_case.h"

enum { N = 150, D = 4, K = 3, N_ITERATIONS = 10 };

typedef struct Mixture {
    long double weights[K];
    long double means[K][D];
    long double variance;
} Mixture;

static EmixDataset *iris(double *x)
{
    char path[512];
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    snprintf(path, sizeof path, "%s/data/iris.csv", EMIX_TESTS_DIR);
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &data, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_dataset_copy_rows(data, 0, N, x, NULL), EMIX_OK));
    return data;
}

/* Unequal weights, a row of each species, and a variance far from that of the maximum. */
static Mixture start_of(const double *x)
{
    Mixture m = {.weights = {0.5L, 0.25L, 0.25L}, .variance = 2.0L};
    for (int k = 0; k < K; ++k) {
        for (int j = 0; j < D; ++j) {
            m.means[k][j] = x[(k * N / K + 7) * D + j];
        }
    }
    return m;
}

static EmixModel *model_of(const Mixture *m)
{
    double weights[K];
    double means[K * D];
    const double variance = (double)m->variance;
    const EmixPart parts[] = {
        {.name = "weights", .rank = 1, .shape = {K}, .values = weights},
        {.name = "means", .rank = 2, .shape = {K, D}, .values = means},
        {.name = "covariances", .rank = 1, .shape = {1}, .values = &variance},
    };
    EmixModel *model = NULL;
    EmixError error = {{0}};
    for (int k = 0; k < K; ++k) {
        weights[k] = (double)m->weights[k];
        for (int j = 0; j < D; ++j) {
            means[k * D + j] = (double)m->means[k][j];
        }
    }
    cr_assert(
        eq(int, emix_model_create("gaussian", "EII", K, D, 3, parts, &model, &error), EMIX_OK),
        "%s", error.message);
    return model;
}

static long double distance2(const Mixture *m, int k, const double *x)
{
    long double sum = 0.0L;
    for (int j = 0; j < D; ++j) {
        sum += (x[j] - m->means[k][j]) * (x[j] - m->means[k][j]);
    }
    return sum;
}

/* Responsibilities r [N x K]; returns the log-likelihood. */
static long double e_step(const Mixture *m, const double *x, long double *r)
{
    const long double two_pi = 2.0L * acosl(-1.0L);
    long double log_likelihood = 0.0L;
    for (int i = 0; i < N; ++i) {
        long double density = 0.0L;
        for (int k = 0; k < K; ++k) {
            r[i * K + k] = m->weights[k] * expl(-0.5L * distance2(m, k, x + i * D) / m->variance) /
                           powl(two_pi * m->variance, 0.5L * D);
            density += r[i * K + k];
        }
        for (int k = 0; k < K; ++k) {
            r[i * K + k] /= density;
        }
        log_likelihood += logl(density);
    }
    return log_likelihood;
}

static Mixture m_step(const double *x, const long double *r)
{
    Mixture m = {.variance = 0.0L};
    for (int k = 0; k < K; ++k) {
        long double count = 0.0L;
        for (int i = 0; i < N; ++i) {
            count += r[i * K + k];
            for (int j = 0; j < D; ++j) {
                m.means[k][j] += r[i * K + k] * x[i * D + j];
            }
        }
        for (int j = 0; j < D; ++j) {
            m.means[k][j] /= count;
        }
        m.weights[k] = count / N;
        for (int i = 0; i < N; ++i) {
            m.variance += r[i * K + k] * distance2(&m, k, x + i * D) / (N * D);
        }
    }
    return m;
}

Test(one_variance, every_iteration_is_that_of_plain_em_in_extended_precision)
{
    double x[N * D];
    long double r[N * K];
    EmixDataset *data = iris(x);
    Mixture m = start_of(x);
    EmixModel *start = model_of(&m);
    FitCase options = fit_case_default();
    options.n_components = K;
    options.covariance = EMIX_COVARIANCE_EII;
    options.initial = start;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.acceleration = EMIX_ACCELERATION_NONE;
    for (options.max_iterations = 0; options.max_iterations <= N_ITERATIONS;
         ++options.max_iterations) {
        const double expected = (double)e_step(&m, x, r);
        EmixModel *model = fit_case_model(NULL, data, &options);
        const double found = emix_model_report(model)->log_likelihood;
        cr_expect(lt(dbl, fabs(found - expected), 1e-12 * fabs(expected)), "%d: %.17g, %.17g",
                  options.max_iterations, found, expected);
        cr_expect(epsilon_eq(dbl, emix_model_covariances(model)[0], (double)m.variance, 1e-13));
        for (int i = 0; i < K * D; ++i) {
            cr_expect(
                epsilon_eq(dbl, emix_model_means(model)[i], (double)m.means[i / D][i % D], 1e-12));
        }
        emix_model_destroy(model);
        m = m_step(x, r);
    }
    emix_model_destroy(start);
    emix_dataset_destroy(data);
}

Test(one_variance, is_a_single_number_at_the_known_maximum_of_iris)
{
    double x[N * D];
    EmixDataset *data = iris(x);
    FitCase options = fit_case_default();
    options.n_components = K;
    options.covariance = EMIX_COVARIANCE_EII;
    options.tolerance = 1e-10;
    EmixModel *model = fit_case_model(NULL, data, &options);
    const EmixFitReport *report = emix_model_report(model);
    const EmixPart part = emix_model_part_named(model, "covariances");
    cr_expect(lt(dbl, fabs(report->log_likelihood - -401.802176), 1e-6), "%.9f",
              report->log_likelihood);
    cr_expect(eq(i64, report->n_parameters, K - 1 + K * D + 1));
    cr_expect(eq(int, part.rank, 1));
    cr_expect(eq(i64, part.shape[0], 1));
    for (int k = 0; k < K; ++k) {
        for (int j = 0; j < D; ++j) {
            cr_expect(eq(dbl, emix_model_variance(model, k, j), part.values[0]));
        }
    }
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}
