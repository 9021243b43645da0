/* Fixed parts of the parameters: they keep their bits, and M-steps are exact maxima over the other
 * parts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/rng.h"
#include "linalg/linalg.h"
#include "mixture/mixture.h"
#include "support/blobs.h"
#include "families/gaussian/structure.h"
#include "support/gaussian.h"
#include "support/problem.h"
#include "support/fit_case.h"

/* The parameters as a user sees them. */
typedef struct Parts {
    double weights[K];
    double means[K * D];
    double covariances[K * D * D];
} Parts;

static Parts parts_of(const EmixEngine *e, double *params)
{
    Parts parts;
    memcpy(parts.weights, params, sizeof parts.weights);
    gaussian_get(mixture_of(e), params, parts.means, parts.covariances);
    return parts;
}

/* Flags of the parts that differ in any bit. */
static unsigned changed(const Parts *a, const Parts *b)
{
    return (memcmp(a->weights, b->weights, sizeof a->weights) ? EMIX_PART_WEIGHTS : 0u) |
           (memcmp(a->means, b->means, sizeof a->means) ? EMIX_PART_MEANS : 0u) |
           (memcmp(a->covariances, b->covariances, sizeof a->covariances) ? EMIX_PART_COVARIANCES
                                                                          : 0u);
}

static FitCase options_for(bool with_prior, unsigned fixed)
{
    FitCase options = fit_case_default();
    options.prior = with_prior ? EMIX_PRIOR_CONJUGATE : EMIX_PRIOR_NONE;
    options.prior_shrinkage = 20.0;
    options.prior_weights = 15.0;
    options.fixed = fixed;
    return options;
}

static void climb(EmixEngine *e, unsigned fixed)
{
    const Parts first = parts_of(e, e->current.params);
    const char *letters = emix_covariance_letters(gaussian_of(e)->structure->covariance);
    double previous = -INFINITY;
    for (int it = 0; it < 25; ++it) {
        cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
        const double now = emix_engine_objective(e);
        cr_expect(ge(dbl, now, previous - 64.0 * DBL_EPSILON * fabs(now)),
                  "%s, fixed %u, iteration %d: %.17g after %.17g", letters, fixed, it, now,
                  previous);
        cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
        emix_engine_advance(e);
        previous = now;
    }
    const Parts last = parts_of(e, e->current.params);
    cr_expect(eq(uint, changed(&first, &last), EMIX_ALL_PARTS & ~fixed), "%s, fixed %u", letters,
              fixed);
}

/* Compares Q + log prior at `next` with its values at points around it that share its fixed
 * parts. */
static void look_around(EmixEngine *e, unsigned fixed)
{
    const char *letters = emix_covariance_letters(gaussian_of(e)->structure->covariance);
    double *coordinates = calloc((size_t)e->sizes.params, sizeof *coordinates);
    cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
    const Parts best = parts_of(e, e->next.params);
    const double most = emix_engine_expected_log_joint(e, &e->next) +
                        emix_engine_log_prior(e, &e->next);
    for (int trial = 0; trial < 40; ++trial) {
        EmixRng rng = emix_rng_init(7, EMIX_RNG_SAMPLE, trial);
        EmixPoint *around = &e->trial;
        for (emix_index i = 0; i < e->sizes.params; ++i) {
            coordinates[i] = 1e-3 * emix_rng_normal(&rng);
        }
        cr_assert(eq(int, emix_engine_decode(e, &e->next, coordinates, around->params), EMIX_OK));
        cr_assert(eq(int, emix_engine_prepare_point(e, around, NULL), EMIX_OK));
        const Parts moved = parts_of(e, around->params);
        cr_expect(eq(uint, changed(&best, &moved), EMIX_ALL_PARTS & ~fixed), "%s, fixed %u",
                  letters, fixed);
        const double here = emix_engine_expected_log_joint(e, around) +
                            emix_engine_log_prior(e, around);
        cr_expect(lt(dbl, here, most), "%s, fixed %u: %.17g is above the maximum %.17g", letters,
                  fixed, here, most);
    }
    free(coordinates);
}

Test(fixed, every_subset_of_the_parts_keeps_its_bits_while_the_rest_climbs_exactly)
{
    Problem p = problem_of(41, blobs(N_ROWS, K, D, 41), N_ROWS, NULL);
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL;
         ++component) {
        if (!is_gaussian(component)) {
            continue;
        }
        for (unsigned fixed = 0; fixed < EMIX_ALL_PARTS; ++fixed) {
            for (int with_prior = 0; with_prior < 2; ++with_prior) {
                const FitCase options = options_for(with_prior != 0, fixed);
                EmixEngine *e = engine_at_start_under(&p, component, emix_kernels_select(NULL), 128,
                                                      1, &options);
                cr_assert(eq(int, emix_engine_enable_acceleration(e, NULL), EMIX_OK));
                climb(e, fixed);
                look_around(e, fixed);
                engine_release(e);
            }
        }
    }
    problem_clear(&p);
}

/* ---- a bound on the ratio of eigenvalues ---- */

/* Largest over smallest eigenvalue of all covariances of the current point. */
static double ratio_of(EmixEngine *e)
{
    const Parts parts = parts_of(e, e->current.params);
    double *workspace = malloc((size_t)emix_linalg_eigen_workspace(D) * sizeof *workspace);
    double low = INFINITY;
    double high = 0.0;
    for (int k = 0; k < K; ++k) {
        double matrix[D * D];
        double values[D];
        memcpy(matrix, parts.covariances + k * D * D, sizeof matrix);
        cr_assert(eq(int, emix_linalg_eigen(D, false, matrix, values, workspace), 0));
        low = fmin(low, values[0]);
        high = fmax(high, values[D - 1]);
    }
    free(workspace);
    return high / low;
}

/* Both the start and the maximum without a bound lie far outside the bound. */
Test(eigenvalue_ratio, every_family_climbs_within_the_bound_by_exact_steps)
{
    static const double ratios[] = {1.0, 1.5, 4.0, 1e6};
    Problem p = problem_of(45, blobs(N_ROWS, K, D, 45), N_ROWS, NULL);
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL;
         ++component) {
        if (!is_gaussian(component)) {
            continue;
        }
        for (size_t r = 0; r < sizeof ratios / sizeof ratios[0]; ++r) {
            for (int with_prior = 0; with_prior < 2; ++with_prior) {
                for (unsigned fixed = 0; fixed <= EMIX_PART_MEANS; fixed += EMIX_PART_MEANS) {
                    FitCase options = options_for(with_prior != 0, fixed);
                    options.eigenvalue_ratio = ratios[r];
                    EmixEngine *e = engine_at_start_under(&p, component, emix_kernels_select(NULL),
                                                          128, 1, &options);
                    cr_assert(eq(int, emix_engine_enable_acceleration(e, NULL), EMIX_OK));
                    climb(e, fixed);
                    cr_expect(le(dbl, ratio_of(e), ratios[r] * (1.0 + 1e-10)), "%s, bound %g",
                              kind_name(component), ratios[r]);
                    look_around(e, fixed);
                    engine_release(e);
                }
            }
        }
    }
    problem_clear(&p);
}

/* ---- whole fits ---- */

static EmixModel *fit_from(const EmixDataset *data, const EmixModel *initial, unsigned fixed,
                           bool equal_weights)
{
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    FitCase options = fit_case_default();
    options.n_components = K;
    options.initial = initial;
    options.fixed = fixed;
    options.equal_weights = equal_weights;
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK), "%s", error.message);
    emix_fit_destroy(fit);
    return model;
}

static Parts parts_of_model(const EmixModel *model)
{
    Parts parts;
    memcpy(parts.weights, emix_model_weights(model), sizeof parts.weights);
    memcpy(parts.means, emix_model_means(model), sizeof parts.means);
    for (emix_index k = 0; k < K; ++k) {
        emix_model_covariance_matrix(model, k, parts.covariances + k * D * D, NULL);
    }
    return parts;
}

Test(fixed, accelerated_fits_keep_the_bits_and_count_what_is_free)
{
    static const struct {
        unsigned fixed;
        emix_index n_parameters;
    } cases[] = {
        {EMIX_PART_WEIGHTS, K * D + K * D * (D + 1) / 2},
        {EMIX_PART_MEANS, K - 1 + K * D * (D + 1) / 2},
        {EMIX_PART_COVARIANCES, K - 1 + K * D},
        {EMIX_PART_WEIGHTS | EMIX_PART_COVARIANCES, K * D},
        {EMIX_ALL_PARTS, 0},
    };
    double *x = blobs(N_ROWS, K, D, 42);
    double *other = blobs(N_ROWS, K, D, 43);
    EmixDataset *data = NULL;
    EmixDataset *other_data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, other, D, NULL, &other_data, NULL), EMIX_OK));
    EmixModel *initial = fit_from(other_data, NULL, 0, false);
    const Parts before = parts_of_model(initial);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        EmixModel *model = fit_from(data, initial, cases[i].fixed, false);
        const EmixFitReport *report = emix_model_report(model);
        const Parts after = parts_of_model(model);
        cr_expect(eq(uint, changed(&before, &after), EMIX_ALL_PARTS & ~cases[i].fixed));
        cr_expect(eq(i64, report->n_parameters, cases[i].n_parameters));
        cr_expect(eq(uint, emix_spec_fixed_parts(emix_model_spec(model)), cases[i].fixed));
        cr_expect(eq(int, (int)report->stop, EMIX_STOP_CONVERGED));
        cr_expect(lt(dbl, report->decrease_ulps, 64.0));
        emix_model_destroy(model);
    }
    EmixModel *evaluated = fit_from(data, initial, EMIX_ALL_PARTS, false);
    double score = 0.0;
    cr_assert(eq(int, emix_score(NULL, initial, data, &score, NULL), EMIX_OK));
    cr_expect(eq(int, emix_model_report(evaluated)->n_passes, 1));
    cr_expect(
        lt(dbl, fabs(emix_model_report(evaluated)->log_likelihood - score), 1e-13 * fabs(score)));
    emix_model_destroy(evaluated);
    emix_model_destroy(initial);
    emix_dataset_destroy(other_data);
    emix_dataset_destroy(data);
    free(other);
    free(x);
}

Test(fixed, equal_weights_need_no_initial_model_and_are_exact)
{
    double *x = blobs(N_ROWS, K, D, 44);
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    EmixModel *model = fit_from(data, NULL, 0, true);
    EmixModel *again = fit_from(data, model, 0, true);
    for (int k = 0; k < K; ++k) {
        cr_expect(eq(dbl, emix_model_weights(model)[k], 1.0 / K));
        cr_expect(eq(dbl, emix_model_weights(again)[k], 1.0 / K));
    }
    cr_expect(eq(i64, emix_model_report(model)->n_parameters, K * D + K * D * (D + 1) / 2));
    emix_model_destroy(again);
    emix_model_destroy(model);
    emix_dataset_destroy(data);
    free(x);
}
