/* Maximum a posteriori estimates: compared with a reference in 60 digits
 * (tests/oracle/map_reference.py); the density of the prior compared with its definition; and what
 * must hold for every family with a prior. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/rng.h"
#include "mixture/mixture.h"
#include "support/blobs.h"
#include "support/problem.h"
#include "support/fit_case.h"
#include "support/gaussian.h"
#include "support/structure.h"

enum { N_ITERATIONS = 10 };

static EmixDataset *read_data(const char *name)
{
    char path[512];
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &data, &error), EMIX_OK), "%s",
              error.message);
    return data;
}

static EmixFitReport run_fit(const EmixDataset *data, const FitCase *options)
{
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, fit_case_create(NULL, data, options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    const EmixFitReport report = *emix_fit_report(fit);
    emix_fit_destroy(fit);
    return report;
}

/* ---- compared with 60 digits ---- */

static const double strong_mean[] = {6.0, 3.0, 4.0, 1.5};
static const struct {
    const char *name; /* of map_iris_3<structure><name>.csv */
    double shrinkage, dof, scale;
    const double *mean;
    double weights;
} priors[] = {
    {"", 0.01, NAN, 1.0, NULL, 1.0},
    {"_strong", 2.5, 9.25, 0.5, strong_mean, 3.5},
    {"_flat", 0.0, 4.5, 2.0, NULL, 1.0},
};
static const struct {
    const char *name;
    EmixCovariance covariance;
} structures[] = {
    {"", EMIX_COVARIANCE_FULL},
    {"_EEE", EMIX_COVARIANCE_TIED},
    {"_VVI", EMIX_COVARIANCE_DIAG},
    {"_VII", EMIX_COVARIANCE_SPHERICAL},
};

static void compare_with_reference(const EmixDataset *data, int structure, int prior)
{
    char path[512];
    char line[256];
    EmixModel *start = NULL;
    FitCase options = fit_case_default();
    options.n_components = 3;
    options.covariance = structures[structure].covariance;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.prior = EMIX_PRIOR_CONJUGATE;
    options.prior_shrinkage = priors[prior].shrinkage;
    options.prior_dof = priors[prior].dof;
    options.prior_scale = priors[prior].scale;
    options.prior_mean = priors[prior].mean;
    options.prior_weights = priors[prior].weights;
    snprintf(path, sizeof path, "%s/oracle/iris_3%s.start.json", EMIX_TESTS_DIR,
             structures[structure].name);
    cr_assert(eq(int, emix_model_read(path, &start, NULL), EMIX_OK), "%s", path);
    options.initial = start;
    snprintf(path, sizeof path, "%s/oracle/map_iris_3%s%s.csv", EMIX_TESTS_DIR,
             structures[structure].name, priors[prior].name);
    FILE *file = fopen(path, "r");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    cr_assert(ne(ptr, fgets(line, sizeof line, file), NULL));
    for (int it = 0; it <= N_ITERATIONS; ++it) {
        double log_likelihood = 0.0;
        double log_prior = 0.0;
        cr_assert(ne(ptr, fgets(line, sizeof line, file), NULL));
        cr_assert(eq(int, sscanf(line, "%*d,%lf,%lf", &log_likelihood, &log_prior), 2));
        options.max_iterations = it;
        const EmixFitReport report = run_fit(data, &options);
        /* rounding of sums of 150 logs, and of the objective in which they cancel */
        const double bound = 1e-12 * (fabs(log_likelihood) + fabs(log_prior));
        cr_expect(le(dbl, fabs(report.log_likelihood - log_likelihood), bound),
                  "%s, iteration %d: %.17g, expected %.17g", path, it, report.log_likelihood,
                  log_likelihood);
        cr_expect(le(dbl, fabs(report.objective - log_likelihood - log_prior), bound),
                  "%s, iteration %d: %.17g, expected %.17g", path, it, report.objective,
                  log_likelihood + log_prior);
    }
    fclose(file);
    emix_model_destroy(start);
}

Test(prior, ten_iterations_of_every_structure_agree_with_sixty_digits)
{
    EmixDataset *data = read_data("iris");
    for (int s = 0; s < (int)(sizeof structures / sizeof structures[0]); ++s) {
        for (int p = 0; p < (int)(sizeof priors / sizeof priors[0]); ++p) {
            compare_with_reference(data, s, p);
        }
    }
    emix_dataset_destroy(data);
}

Test(prior, the_known_maximum_of_iris_is_reached)
{
    EmixDataset *data = read_data("iris");
    FitCase options = fit_case_default();
    options.n_components = 3;
    options.prior = EMIX_PRIOR_CONJUGATE;
    options.tolerance = 1e-12;
    options.max_iterations = 10000;
    const EmixFitReport report = run_fit(data, &options);
    /* the log-likelihood is not stationary at the mode: its error is linear in the distance */
    cr_expect(lt(dbl, fabs(report.log_likelihood - -192.6952838648), 1e-8), "%.12f",
              report.log_likelihood);
    cr_expect(zero(uint, report.flags));
    emix_dataset_destroy(data);
}

/* ---- engines with a prior ---- */

static double objective(EmixEngine *e)
{
    cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
    return emix_engine_objective(e);
}

static void climb(const EmixFamilyKind *component, const EmixKernels *kernels, const Problem *p,
                  const FitCase *options)
{
    FitCase own = *options;
    if (!is_gaussian(component)) { /* rates have no scatter */
        own.prior_dof = (double)NAN;
        own.prior_scale = 1.0;
    }
    EmixEngine *e = engine_at_start_under(p, component, kernels, 128, 2, &own);
    double previous = -INFINITY;
    for (int it = 0; it < 40; ++it) {
        const double now = objective(e);
        cr_expect(ge(dbl, now, previous - 64.0 * DBL_EPSILON * fabs(now)),
                  "%s %s, kappa %g, iteration %d: %.17g after %.17g", kind_name(component),
                  kernels->name, options->prior_shrinkage, it, now, previous);
        cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
        emix_engine_advance(e);
        previous = now;
    }
    engine_release(e);
}

static FitCase options_with(double shrinkage, double dof, double scale, double weights)
{
    FitCase options = fit_case_default();
    options.prior = EMIX_PRIOR_CONJUGATE;
    options.prior_shrinkage = shrinkage;
    options.prior_dof = dof;
    options.prior_scale = scale;
    options.prior_weights = weights;
    return options;
}

Test(prior, the_objective_never_decreases)
{
    Problem p = problem_of(31, blobs(N_ROWS, K, D, 31), N_ROWS, NULL);
    const FitCase all[] = {
        options_with(0.01, NAN, 1.0, 1.0),
        options_with(300.0, 500.0, 80.0, 60.0),
        options_with(0.0, 3.5, 1e-3, 1.5),
    };
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
            climb(component, kernels, &p, &all[i]);
        }
    }
    problem_clear(&p);
}

/* If the prior outweighs the data, the rows it stands for are part of the metric too: near the
 * maximum one step gains delta2 (1 + rate) / 2 to first order. */
Test(prior, the_step_length_counts_the_rows_of_the_prior)
{
    Problem p = problem_of(32, blobs(N_ROWS, K, D, 32), N_ROWS, NULL);
    const FitCase strong = options_with(500.0, 4000.0, 2000.0, 1000.0);
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL;
         ++component) {
        if (!is_gaussian(component)) {
            continue;
        }
        EmixEngine *e = engine_at_start_under(&p, component, emix_kernels_select(NULL), 128, 1,
                                              &strong);
        double gain = 0.0;
        double delta2 = 1.0;
        double before = objective(e);
        while (delta2 > 1e-4) {
            cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
            delta2 = emix_engine_step_length2(e);
            emix_engine_advance(e);
            gain = objective(e) - before;
            before += gain;
        }
        const double rounding = 64.0 * DBL_EPSILON * fabs(before);
        cr_expect(ge(dbl, gain, 0.48 * delta2 - rounding), "%s: gain %g, delta2 %g",
                  kind_name(component), gain, delta2);
        cr_expect(le(dbl, gain, 1.02 * delta2 + rounding), "%s: gain %g, delta2 %g",
                  kind_name(component), gain, delta2);
        engine_release(e);
    }
    problem_clear(&p);
}

/* No row is near the third component, so only the prior determines its parameters: the mode. */
Test(prior, an_empty_component_is_at_the_mode_of_the_prior)
{
    Problem p = problem_of(33, blobs(N_ROWS, K, D, 33), N_ROWS, NULL);
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL;
         ++component) {
        if (!is_gaussian(component)) {
            continue;
        }
        const FitCase options = options_with(0.01, 9.0, 1.0, 1.0);
        EmixEngine *e = engine_at_start_under(&p, component, emix_kernels_select(NULL), 128, 1,
                                              &options);
        double means[K * D];
        double covariances[K * D * D];
        double *mean = means + (K - 1) * D;
        const double *covariance = covariances + (K - 1) * D * D;
        const EmixPrior prior = *gaussian_of(e)->prior;
        gaussian_get(mixture_of(e), e->current.params, means, covariances);
        for (int j = 0; j < D; ++j) {
            mean[j] = 1e4;
        }
        gaussian_set(mixture_of(e), means, covariances, e->current.params);
        cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
        objective(e);
        cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
        emix_engine_advance(e);
        cr_expect(eq(dbl, e->current.params[K - 1], 0.0));
        gaussian_get(mixture_of(e), e->current.params, means, covariances);
        for (int j = 0; j < D; ++j) {
            cr_expect(lt(dbl, fabs(mean[j] - prior.mean[j]), 1e-12));
        }
        const Structure structure = structure_of(component->covariance);
        const double mode = structure.diagonal ? prior.variance / (prior.count + 1.0)
                                               : prior.scale[0] / (9.0 + D + 2.0);
        if (!structure.shared) { /* a shared covariance is that of the rows of other components */
            cr_expect(lt(dbl, fabs(covariance[0] - mode), 1e-13 * mode), "%s: %.17g, %.17g",
                      kind_name(component), covariance[0], mode);
        }
        cr_expect(isfinite(objective(e)));
        engine_release(e);
    }
    problem_clear(&p);
}

/* ---- the density ---- */

/* Integral over mean and log variance of one component in one dimension, by the midpoint rule. */
Test(prior, the_density_integrates_to_one)
{
    enum { N_MEANS = 400, N_VARIANCES = 400 };
    static const double mean_of_data = 1.5;
    static const double variance_of_data = 4.0;
    const FitCase options = options_with(2.0, 5.0, 1.5, 1.0);
    const double row = mean_of_data;
    const double sd = 2.0;
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(1, 1, &row, 1, NULL, &data, NULL), EMIX_OK));
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL;
         ++component) {
        if (!is_gaussian(component)) {
            continue;
        }
        const EmixMoments moments = {.total_weight = 50.0,
                                     .mean = &mean_of_data,
                                     .variances = &variance_of_data,
                                     .covariance = &variance_of_data,
                                     .sds = &sd,
                                     .max_eigenvalue = 1.0};
        const EmixFacts facts = {.kernels = emix_kernels_select(NULL),
                                 .shape = {.n_rows = 48, .n_features = 1, .n_components = 1},
                                 .centre = &mean_of_data,
                                 .moments = &moments,
                                 .whole = &moments};
        EmixEngine *e = engine_of(data, component, &options, &facts, 1);
        double sum = 0.0;
        e->current.params[0] = 1.0;
        for (int v = 0; v < N_VARIANCES; ++v) {
            const double step = 16.0 / N_VARIANCES;
            const double variance = exp(-8.0 + (v + 0.5) * step + 2.0);
            const double width = 24.0 * sqrt(variance) / N_MEANS;
            for (int m = 0; m < N_MEANS; ++m) {
                const double mean = mean_of_data + (m + 0.5 - N_MEANS / 2.0) * width;
                gaussian_set(mixture_of(e), &mean, &variance, e->current.params);
                cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
                sum += width * variance * step * exp(emix_engine_log_prior(e, &e->current));
            }
        }
        /* the tail of the variance beyond e^10 holds about (6 / e^10)^(5/2) */
        cr_expect(lt(dbl, fabs(sum - 1.0), 1e-6), "%s: %.9g", kind_name(component), sum);
        engine_release(e);
    }
    emix_dataset_destroy(data);
}

/* ---- singular data ---- */

/* Two equal rows make the likelihood unbounded, but not the posterior: no start may fail, decrease
 * the objective, or touch the eigenvalue floor. */
Test(prior, a_thousand_starts_on_data_with_a_clump_climb_and_none_fails)
{
    enum { N_STARTS = 1000, N = 83 };
    double *x = blobs(N, K, D, 34);
    memcpy(x + D, x, sizeof(double) * D);
    Problem p = problem_of(34, x, N, NULL);
    FitCase options = fit_case_default();
    options.prior = EMIX_PRIOR_CONJUGATE;
    EmixEngine *e = engine_at_start_under(&p, &emix_family_kinds[0], emix_kernels_select(NULL), 96,
                                          1, &options);
    double tiny[D * D] = {0};
    for (int j = 0; j < D; ++j) {
        tiny[j * D + j] = 1e-6 * p.summary.covariance[j * D + j];
    }
    int n_tight = 0;
    for (int start = 0; start < N_STARTS; ++start) {
        EmixRng rng = emix_rng_init(34, EMIX_RNG_START, start);
        double means[K * D];
        double covariances[K * D * D];
        for (int k = 0; k < K; ++k) {
            /* some components begin on the pair of equal rows */
            const bool tight = k == 0 && start % 2 == 0;
            const emix_index row = tight ? 0 : emix_rng_below(&rng, N);
            n_tight += tight;
            e->current.params[k] = 1.0 / K;
            memcpy(means + k * D, x + row * D, sizeof(double) * D);
            memcpy(covariances + k * D * D, tight ? tiny : p.summary.covariance,
                   sizeof(double) * D * D);
        }
        gaussian_set(mixture_of(e), means, covariances, e->current.params);
        cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
        double previous = -INFINITY;
        for (int it = 0; it < 25; ++it) {
            const double now = objective(e);
            cr_assert(ge(dbl, now, previous - 64.0 * DBL_EPSILON * fabs(now)),
                      "start %d, iteration %d: %.17g after %.17g", start, it, now, previous);
            cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK), "start %d", start);
            emix_engine_advance(e);
            previous = now;
        }
        for (emix_index k = 0; k < K; ++k) {
            const unsigned flags = emix_mixture_state(mixture_of(e), k, emix_engine_stats(e),
                                                      e->current.params, e->current.derived, 0.0,
                                                      emix_engine_scratch(e, 0), NULL);
            cr_expect(zero(uint, flags), "start %d, component %d", start, (int)k);
        }
    }
    cr_expect(eq(int, n_tight, N_STARTS / 2));
    engine_release(e);
    problem_clear(&p);
}

/* ---- options ---- */

Test(prior, impossible_hyperparameters_are_refused_by_name)
{
    const struct {
        FitCase options;
        EmixCovariance covariance;
        const char *word;
    } cases[] = {
        {options_with(-0.01, NAN, 1.0, 1.0), EMIX_COVARIANCE_FULL, "prior-shrinkage"},
        {options_with(INFINITY, NAN, 1.0, 1.0), EMIX_COVARIANCE_FULL, "prior-shrinkage"},
        {options_with(0.01, 3.0, 1.0, 1.0), EMIX_COVARIANCE_FULL, "above 3 for full"},
        {options_with(0.01, 3.0, 1.0, 1.0), EMIX_COVARIANCE_TIED, "above 3 for tied"},
        {options_with(0.01, 0.0, 1.0, 1.0), EMIX_COVARIANCE_DIAG, "above 0 for diag"},
        {options_with(0.01, NAN, 0.0, 1.0), EMIX_COVARIANCE_FULL, "prior-scale"},
        {options_with(0.01, NAN, NAN, 1.0), EMIX_COVARIANCE_FULL, "prior-scale"},
        {options_with(0.01, NAN, 1.0, 0.5), EMIX_COVARIANCE_FULL, "prior-weights"},
    };
    EmixDataset *data = read_data("iris");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        EmixFit *fit = NULL;
        EmixError error = {{0}};
        FitCase options = cases[i].options;
        options.prior = EMIX_PRIOR_CONJUGATE;
        options.covariance = cases[i].covariance;
        cr_expect(eq(int, fit_case_create(NULL, data, &options, &fit, &error), EMIX_ERR_ARGUMENT));
        cr_expect(ne(ptr, strstr(error.message, cases[i].word), NULL), "case %zu: %s", i,
                  error.message);
    }
    emix_dataset_destroy(data);
}
