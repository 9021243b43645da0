/* The table of options, specs, and names of enumerators, as a caller uses them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <string.h>

#include <emix/emix.h>

#include "options/options.h"

Test(options, are_set_by_the_names_of_the_command_line_and_of_c)
{
    EmixFitOptions options = emix_fit_options_default();
    cr_expect(eq(int, emix_options_set(&options, "tolerance", "1e-8", NULL), EMIX_OK));
    cr_expect(eq(dbl, options.stop.tolerance, 1e-8));
    cr_expect(eq(int, emix_options_set(&options, "tol", "0.5", NULL), EMIX_OK));
    cr_expect(eq(dbl, options.stop.tolerance, 0.5));
    cr_expect(eq(int, emix_options_set(&options, "stop.max_iterations", "7", NULL), EMIX_OK));
    cr_expect(eq(int, options.stop.max_iterations, 7));
    cr_expect(eq(int, emix_options_set(&options, "seed", "18446744073709551615", NULL), EMIX_OK));
    cr_expect(options.starts.seed == UINT64_MAX);
    cr_expect(eq(int, emix_options_set(&options, "init-method", "kmeans++", NULL), EMIX_OK));
    cr_expect(eq(int, (int)options.starts.method, EMIX_INIT_KMEANSPP));
    cr_expect(eq(int, emix_options_set(&options, "tol", "", NULL), EMIX_OK));
    cr_expect(eq(dbl, options.stop.tolerance, 1e-6), "an empty text restores the default");
}

Test(options, out_of_range_are_refused_with_the_range_and_leave_the_struct_alone)
{
    static const struct {
        const char *name, *value, *message;
    } cases[] = {
        {"starts", "0", "starts is 0, not in 1 ... 1000000"},
        {"starts", "3.5", "starts needs a whole number, not '3.5'"},
        {"max-iter", "-1", "max-iter is -1, must be at least 0"},
        {"tol", "-1", "tol is -1, must be finite and at least 0"},
        {"tol", "inf", "tol needs a finite number, not 'inf'"},
        {"annealing", "0", "annealing is 0, must be above 0, at most 1"},
        {"stop", "gaps", "stop needs one of gap, loglik, q, params, none, not 'gaps'"},
        {"seed", "-1", "seed needs a whole number in 0 ... 18446744073709551615"},
        {"n_init", "3", "there is no option \"n_init\" of a fit; it is called starts"},
        {"covariance", "full", "there is no option \"covariance\" of a fit"},
    };
    const EmixFitOptions usual = emix_fit_options_default();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        EmixFitOptions options = usual;
        EmixError error = {{0}};
        cr_expect(eq(int, emix_options_set(&options, cases[i].name, cases[i].value, &error),
                     EMIX_ERR_ARGUMENT));
        cr_expect(strstr(error.message, cases[i].message) != NULL, "%s", error.message);
        cr_expect(zero(int, memcmp(&options.stop, &usual.stop, sizeof usual.stop)));
        cr_expect(eq(int, options.starts.n, usual.starts.n));
    }
}

/* Every row, whatever it is: its default is what the struct holds, text leads back to it, and it is
 * found by its name and its member. */
Test(options, of_the_table_are_consistent)
{
    cr_assert(gt(int, emix_option_count(), 20));
    cr_expect(eq(ptr, (void *)emix_option_at(emix_option_count()), NULL));
    for (int i = 0; i < emix_option_count(); ++i) {
        const EmixOption *option = emix_option_at(i);
        char usual[64];
        char text[64];
        EmixSpec *spec = NULL;
        EmixFitOptions options = emix_fit_options_default();
        cr_expect(eq(ptr, (void *)emix_option_find(option->name), (void *)option));
        cr_expect(eq(ptr, (void *)emix_option_find(option->member), (void *)option));
        cr_expect(ne(ptr, (void *)option->help, NULL));
        emix_option_default(option, usual, sizeof usual);
        cr_assert(eq(int, emix_spec_create(&spec, NULL), EMIX_OK));
        if (option->kind == EMIX_OPTION_FAMILY) {
            cr_expect(eq(str, usual, ""));
        } else if (option->scope == EMIX_OPTION_OF_SPEC) {
            cr_expect(eq(int, emix_spec_set(spec, option->name, usual, NULL), EMIX_OK));
            cr_expect(eq(int, emix_spec_get(spec, option->name, text, sizeof text, NULL), EMIX_OK));
            cr_expect(eq(str, text, usual), "%s", option->name);
        } else {
            cr_expect(eq(int, emix_options_set(&options, option->name, usual, NULL), EMIX_OK));
            cr_expect(eq(int, emix_options_get(&options, option->name, text, sizeof text, NULL),
                         EMIX_OK));
            cr_expect(eq(str, text, usual), "%s", option->name);
        }
        emix_spec_destroy(spec);
    }
}

Test(options, of_older_callers_are_completed_by_defaults)
{
    const double x[] = {1.0, 2.0, 4.0, 4.5};
    EmixFitOptions options = emix_fit_options_default();
    EmixDataset *data = NULL;
    EmixModel *model = NULL;
    options.size = offsetof(EmixFitOptions, e_step);
    options.e_step.annealing = -5.0; /* beyond that caller's struct */
    options.acceleration = (EmixAcceleration)77;
    cr_assert(eq(int, emix_dataset_create(4, 1, x, 1, NULL, &data, NULL), EMIX_OK));
    cr_expect(eq(int, emix_fit_mixture(NULL, data, NULL, &options, &model, NULL, NULL), EMIX_OK));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(spec, holds_hyper_parameters_by_name)
{
    EmixSpec *spec = NULL;
    EmixSpec *copy = NULL;
    char text[64];
    const double mean[] = {0.1, -2.0};
    cr_assert(eq(int, emix_spec_create(&spec, NULL), EMIX_OK));
    cr_expect(zero(int, (int)emix_spec_n_components(spec)));
    cr_assert(eq(int, emix_spec_add(spec, "gaussian", 3, NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_set(spec, "covariance", "EEE", NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_set(spec, "prior", "conjugate", NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_set(spec, "fix", "weights,means", NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_set(spec, "equal_weights", "yes", NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_set_numbers(spec, "prior-mean", 2, mean, NULL), EMIX_OK));
    cr_assert(eq(int, emix_spec_copy(spec, &copy, NULL), EMIX_OK));
    emix_spec_destroy(spec);
    static const char *const expected[][2] = {
        {"components", "3"},      {"family", "gaussian"},      {"covariance", "tied"},
        {"prior", "conjugate"},   {"prior-shrinkage", "0.01"}, {"prior-dof", ""},
        {"prior-mean", "0.1,-2"}, {"fix", "weights,means"},    {"equal-weights", "yes"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; ++i) {
        cr_assert(eq(int, emix_spec_get(copy, expected[i][0], text, sizeof text, NULL), EMIX_OK));
        cr_expect(eq(str, text, (char *)expected[i][1]), "%s", expected[i][0]);
    }
    cr_expect(eq(int, emix_spec_get(copy, "prior-mean", text, 4, NULL), EMIX_ERR_ARGUMENT));
    emix_spec_destroy(copy);
}

Test(spec, refuses_what_it_does_not_know_with_what_it_knows)
{
    EmixSpec *spec = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_spec_create(&spec, NULL), EMIX_OK));
    cr_expect(eq(int, emix_spec_add(spec, "gausian", 2, &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "\"gausian\"; there is gaussian") != NULL, "%s", error.message);
    cr_expect(eq(int, emix_spec_add(spec, "gaussian", 0, &error), EMIX_ERR_ARGUMENT));
    cr_assert(eq(int, emix_spec_add(spec, "gaussian", 2, &error), EMIX_OK));
    cr_expect(eq(int, emix_spec_add(spec, "gaussian", 2, &error), EMIX_ERR_UNSUPPORTED));
    cr_expect(eq(int, emix_spec_set(spec, "covariance", "VVW", &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "covariance needs one of full, tied, diag, spherical") != NULL,
              "%s", error.message);
    cr_expect(eq(int, emix_spec_set(spec, "covariance_type", "full", &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "it is called covariance") != NULL, "%s", error.message);
    cr_expect(eq(int, emix_spec_set(spec, "prior-weights", "0.5", &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_spec_set(spec, "seed", "1", &error), EMIX_ERR_ARGUMENT));
    emix_spec_destroy(spec);
}

Test(spec, of_a_fitted_model_is_what_was_fitted)
{
    const double x[] = {0.0, 1.0, 2.5, 3.0, 9.0, 9.5, 11.0, 11.5};
    EmixDataset *data = NULL;
    EmixSpec *spec = NULL;
    EmixModel *model = NULL;
    const EmixFitReport *report = NULL;
    char text[32];
    cr_assert(eq(int, emix_dataset_create(8, 1, x, 1, NULL, &data, NULL), EMIX_OK));
    cr_assert(eq(int, emix_spec_create_gaussian(2, EMIX_COVARIANCE_DIAG, &spec, NULL), EMIX_OK));
    cr_assert(eq(int, emix_spec_set(spec, "prior", "conjugate", NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_mixture(NULL, data, spec, NULL, &model, &report, NULL), EMIX_OK));
    emix_spec_destroy(spec);
    cr_expect(eq(ptr, (void *)report, (void *)emix_model_report(model)));
    cr_expect(eq(int, (int)emix_spec_n_components(emix_model_spec(model)), 2));
    emix_spec_get(emix_model_spec(model), "covariance", text, sizeof text, NULL);
    cr_expect(eq(str, text, "diag"));
    emix_spec_get(emix_model_spec(model), "prior-dof", text, sizeof text, NULL);
    cr_expect(eq(str, text, "3"), "n_features + 2, which the data decide");
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(enums, have_names_both_ways)
{
    for (int kind = 0; kind < EMIX_N_ENUMS; ++kind) {
        const EmixChoice *choices = emix_enum_choices((EmixEnumKind)kind);
        cr_assert(ne(ptr, (void *)choices, NULL), "kind %d", kind);
        for (const EmixChoice *choice = choices; choice->name != NULL; ++choice) {
            int value = -1;
            cr_expect(
                eq(int, emix_enum_value((EmixEnumKind)kind, choice->name, &value, NULL), EMIX_OK));
            cr_expect(eq(int, value, choice->value));
            cr_expect(choice->meaning == NULL ||
                      strcmp(emix_enum_name((EmixEnumKind)kind, value), choice->name) == 0);
        }
    }
    EmixError error = {{0}};
    int value = 5;
    cr_expect(
        eq(int, emix_enum_value(EMIX_ENUM_STOP, "stopped", &value, &error), EMIX_ERR_ARGUMENT));
    cr_expect(strstr(error.message, "converged, iteration_limit, interrupted") != NULL);
    cr_expect(eq(int, value, 5));
    cr_expect(eq(ptr, (void *)emix_enum_name(EMIX_ENUM_STOP, 99), NULL));
    cr_expect(eq(ptr, (void *)emix_enum_choices(EMIX_N_ENUMS), NULL));
}
