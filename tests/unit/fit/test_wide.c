/* Many features and few rows: what has no covariance matrix takes no memory in D^2. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "families/registry.h"
#include "fit/fitter_internal.h"
#include "mixture/mixture.h"
#include "support/fit_case.h"

enum { N_ROWS = 40, D = 6000, K = 2 };

/* No block may be larger: 480 numbers a feature, less than a tenth of a matrix. */
static const emix_index most_bytes = (emix_index)480 * D * (emix_index)sizeof(double);

/* x [n_rows x n_features], out; the data set borrows it. */
static EmixDataset *counts_of_two_groups(emix_index n_rows, emix_index n_features, double *x)
{
    EmixDataset *data = NULL;
    EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, 0);
    for (emix_index i = 0; i < n_rows; ++i) {
        for (emix_index j = 0; j < n_features; ++j) {
            x[i * n_features + j] = (double)emix_rng_below(&rng, 8) + (i % 2 == 0 ? 4.0 : 0.0);
        }
    }
    cr_assert(eq(int, emix_dataset_create(n_rows, n_features, x, n_features, NULL, &data, NULL),
                 EMIX_OK));
    return data;
}

static FitCase case_of(const EmixFamilyKind *kind, EmixPriorKind prior)
{
    FitCase wide = fit_case_default();
    wide.family = kind->name;
    wide.covariance = kind->covariance;
    wide.n_components = K;
    wide.prior = prior;
    return wide;
}

static bool asks_for_a_matrix(const EmixFamilyKind *kind)
{
    const FitCase wide = case_of(kind, EMIX_PRIOR_NONE);
    EmixSpec *spec = NULL;
    cr_assert(eq(int, fit_case_spec(&wide, D, &spec, NULL), EMIX_OK));
    const EmixFamily *family = emix_family_find(kind->name, spec);
    emix_spec_destroy(spec);
    return family->moments == EMIX_MOMENTS_FULL;
}

/* What can be asked of a fitted model: rows, densities, the bound, replicates. */
static void use(const EmixModel *model, const EmixDataset *data, EmixError *error)
{
    emix_index labels[N_ROWS];
    const EmixPrediction prediction = {.labels = labels};
    double *drawn = malloc(sizeof(double) * D);
    EmixBootstrap *bootstrap = NULL;
    EmixBootstrapOptions options = emix_bootstrap_options_default();
    options.n_replicates = 2;
    cr_expect(eq(int, emix_predict(NULL, model, data, 0, N_ROWS, &prediction, error), EMIX_OK),
              "%s", error->message);
    for (int i = 2; i < N_ROWS; ++i) {
        cr_expect(eq(i64, labels[i], labels[i % 2]), "row %d", i);
    }
    cr_expect(ne(i64, labels[0], labels[1]));
    cr_expect(eq(int, emix_sample(model, 1, 0, 1, drawn, NULL, error), EMIX_OK), "%s",
              error->message);
    cr_expect(
        eq(int, emix_bootstrap_create(NULL, model, data, &options, &bootstrap, error), EMIX_OK),
        "%s", error->message);
    emix_bootstrap_destroy(bootstrap);
    free(drawn);
}

static void fit_within_the_limit(const EmixFamilyKind *kind, EmixPriorKind prior,
                                 const EmixDataset *data)
{
    const FitCase wide = case_of(kind, prior);
    const bool matrix = asks_for_a_matrix(kind);
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    emix_alloc_fail_above(most_bytes);
    EmixStatus status = fit_case_create(NULL, data, &wide, &fit, &error);
    status = status == EMIX_OK ? emix_fit_run(fit, &error) : status;
    cr_expect(eq(int, status, matrix ? EMIX_ERR_NOMEM : EMIX_OK), "%s %d: %s", kind->name,
              (int)kind->covariance, error.message);
    if (status == EMIX_OK) {
        EmixModel *model = NULL;
        cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK), "%s", error.message);
        use(model, data, &error);
        emix_model_destroy(model);
    }
    emix_alloc_fail_above(-1);
    emix_fit_destroy(fit);
}

Test(wide, only_families_with_covariance_matrices_take_memory_for_one)
{
    double *x = malloc(sizeof(double) * N_ROWS * D);
    EmixDataset *data = counts_of_two_groups(N_ROWS, D, x);
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        fit_within_the_limit(kind, EMIX_PRIOR_NONE, data);
        if (kind->covariance != EMIX_N_COVARIANCES) {
            fit_within_the_limit(kind, EMIX_PRIOR_CONJUGATE, data);
        }
    }
    emix_dataset_destroy(data);
    free(x);
}

/* What a mixture of K components says that it costs, of a model without data. */
static EmixModelSizes sizes_with(const EmixFamilyKind *kind, emix_index n_features)
{
    const FitCase wide = case_of(kind, EMIX_PRIOR_NONE);
    EmixSpec *spec = NULL;
    cr_assert(eq(int, fit_case_spec(&wide, n_features, &spec, NULL), EMIX_OK));
    double *centre = calloc((size_t)n_features, sizeof *centre);
    const EmixFacts facts = {
        .kernels = emix_kernels_select(NULL),
        .shape = {.n_rows = emix_kernels_block_rows(n_features, N_ROWS),
                  .n_features = n_features,
                  .n_components = K},
        .centre = centre,
    };
    const EmixGroupRequest group = {.family = emix_family_find(kind->name, spec),
                                    .n_components = K};
    EmixMixture *mixture = NULL;
    EmixModelSizes sizes = {0};
    cr_assert(eq(int, emix_mixture_create(1, &group, spec, &facts, &mixture, NULL), EMIX_OK));
    emix_mixture_ops.measure(mixture, &sizes);
    emix_mixture_destroy(mixture);
    emix_spec_destroy(spec);
    free(centre);
    return sizes;
}

/* By these numbers it is decided what runs side by side, and how starts are sought. */
Test(wide, only_families_with_covariance_matrices_say_that_they_cost_D_squared)
{
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        const EmixModelSizes one = sizes_with(kind, 100);
        const EmixModelSizes two = sizes_with(kind, 200);
        const double row = two.row_flops / one.row_flops;
        const double task = two.task_flops / one.task_flops;
        const bool matrix = asks_for_a_matrix(kind);
        cr_expect(matrix ? row > 3.0 : row < 2.5, "%s %d: %g times the multiplications a row",
                  kind->name, (int)kind->covariance, row);
        cr_expect(matrix ? task > 7.0 : task < 2.5, "%s %d: %g times those of a task", kind->name,
                  (int)kind->covariance, task);
    }
}

/* 50 rows a parameter, and 10,000 at least: enough for K D parameters here; K D^2 want all rows. */
Test(wide, starts_are_compared_on_few_rows_unless_these_must_determine_matrices)
{
    enum { ROWS = 25000, FEATURES = 50, SUBSAMPLE = 10000 };
    double *x = malloc(sizeof(double) * ROWS * FEATURES);
    EmixDataset *data = counts_of_two_groups(ROWS, FEATURES, x);
    EmixContext who = {0};
    cr_assert(eq(int, emix_context_resolve(NULL, &who, NULL), EMIX_OK));
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        const FitCase wide = case_of(kind, EMIX_PRIOR_NONE);
        const EmixFitOptions options = fit_case_options(&wide);
        EmixSpec *spec = NULL;
        EmixFitter *fitter = NULL;
        EmixError error = {{0}};
        cr_assert(eq(int, fit_case_spec(&wide, FEATURES, &spec, NULL), EMIX_OK));
        cr_assert(
            eq(int, emix_fitter_create(&who, data, spec, &options, NULL, &fitter, &error), EMIX_OK),
            "%s", error.message);
        cr_assert(eq(int, emix_fitter_prepare(fitter, &error), EMIX_OK), "%s", error.message);
        if (asks_for_a_matrix(kind)) {
            cr_expect(eq(ptr, fitter->subsample, NULL), "%s %d", kind->name, (int)kind->covariance);
        } else {
            cr_expect(ne(ptr, fitter->subsample, NULL), "%s %d", kind->name, (int)kind->covariance);
            cr_expect(eq(i64, fitter->subsample ? fitter->subsample->n_rows : 0, SUBSAMPLE));
        }
        emix_fitter_destroy(fitter);
        emix_spec_destroy(spec);
    }
    emix_dataset_destroy(data);
    free(x);
}
