/* Functions of a user's model that break their promises, and incomplete tables and options: each is
 * reported as an error. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/deaths.h"
#include "support/fit_case.h"

/* ---- functions that break their promises ---- */

typedef enum Defect {
    START_FAILS,
    EVERY_OTHER_START_FAILS,
    START_LEAVES_A_HOLE,
    START_OUT_OF_DOMAIN,
    E_STEP_FAILS,
    E_STEP_GIVES_NAN,
    E_STEP_LEAVES_NAN,
    M_STEP_GIVES_INFINITY,
    M_STEP_RETURNS_NO_STATUS,
    M_STEP_LOWERS_Q,
    JUDGE_SAYS_NO,
} Defect;

typedef struct Broken {
    EmixLatentModel good;
    Defect defect;
} Broken;

static EmixStatus broken_start(void *context, const EmixDataset *dataset, int start,
                               EmixRandom *random, double *params, EmixError *error)
{
    const Broken *b = context;
    if (b->defect == START_FAILS || (b->defect == EVERY_OTHER_START_FAILS && start % 2 == 0)) {
        snprintf(error->message, sizeof error->message, "no luck with %d", start);
        return EMIX_ERR_UNSUPPORTED;
    }
    const EmixStatus status = b->good.start(NULL, dataset, start, random, params, error);
    if (b->defect == START_LEAVES_A_HOLE) params[2] = NAN;
    if (b->defect == START_OUT_OF_DOMAIN) params[1] = -1.0;
    return status;
}

static EmixStatus broken_e_step(void *context, const double *params, const double *derived,
                                const EmixLatentRows *rows, double *scratch, double *stats,
                                double *log_likelihood, EmixError *error)
{
    const Broken *b = context;
    const EmixStatus status = b->good.e_step(NULL, params, derived, rows, scratch, stats,
                                             log_likelihood, error);
    if (b->defect == E_STEP_GIVES_NAN) *log_likelihood = NAN;
    if (b->defect == E_STEP_LEAVES_NAN) stats[3] = NAN;
    return b->defect == E_STEP_FAILS ? EMIX_ERR_UNSUPPORTED : status;
}

static EmixStatus broken_m_step(void *context, const double *stats, const double *old_params,
                                double *scratch, double *params, EmixError *error)
{
    const Broken *b = context;
    const EmixStatus status = b->good.m_step(NULL, stats, old_params, scratch, params, error);
    if (b->defect == M_STEP_GIVES_INFINITY) params[1] = INFINITY;
    if (b->defect == M_STEP_LOWERS_Q) params[1] += 1.0;
    return b->defect == M_STEP_RETURNS_NO_STATUS ? (EmixStatus)77 : status;
}

static EmixStatus broken_judge(void *context, const double *stats, const double *params,
                               EmixError *error)
{
    (void)stats, (void)params;
    const Broken *b = context;
    if (b->defect != JUDGE_SAYS_NO) {
        return EMIX_OK;
    }
    snprintf(error->message, sizeof error->message, "rates too close");
    return EMIX_ERR_DEGENERATE;
}

static EmixLatentModel broken_model(Broken *broken, Defect defect)
{
    EmixLatentModel model = poisson_mixture();
    *broken = (Broken){.good = model, .defect = defect};
    model.name = "broken";
    model.context = broken;
    model.start = broken_start;
    model.e_step = broken_e_step;
    model.m_step = broken_m_step;
    model.judge = broken_judge;
    return model;
}

static const struct {
    Defect defect;
    EmixStatus from_initial; /* EMIX_OK if initial parameters avoid the defect */
    const char *message;
} defects[] = {
    {START_FAILS, EMIX_OK, "model broken: start failed: no luck with 0 (start 0)"},
    {START_LEAVES_A_HOLE, EMIX_OK, "model broken: start left parameter 3 of 3 at nan"},
    {START_OUT_OF_DOMAIN, EMIX_OK, "model broken: prepare failed: an argument is out of its "},
    {E_STEP_FAILS, EMIX_ERR_UNSUPPORTED, "model broken: e_step failed: a documented limit"},
    {E_STEP_GIVES_NAN, EMIX_ERR_NONFINITE,
     "model broken: e_step gave rows 1 ... 10 of the data the log-likelihood nan"},
    {E_STEP_LEAVES_NAN, EMIX_ERR_NONFINITE, "model broken: e_step left statistic 4 of 4 at nan"},
    {M_STEP_GIVES_INFINITY, EMIX_ERR_NONFINITE, "model broken: m_step left parameter 2 of 3 at in"},
    {M_STEP_RETURNS_NO_STATUS, EMIX_ERR_ARGUMENT, "model broken: m_step returned 77, which is no"},
    {M_STEP_LOWERS_Q, EMIX_ERR_ARGUMENT, "model broken: m_step lowered the expected log joint"},
    {JUDGE_SAYS_NO, EMIX_ERR_DEGENERATE, "model broken: judge failed: rates too close"},
};

Test(latent_errors, a_function_at_fault_is_named_with_its_start)
{
    EmixDataset *data = deaths_table();
    const FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-4);
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; ++i) {
        Broken broken;
        const EmixLatentModel model = broken_model(&broken, defects[i].defect);
        for (int from_initial = 0; from_initial < 2; ++from_initial) {
            EmixLatentFit *fit = NULL;
            EmixError error = {{0}};
            cr_assert(eq(int,
                         fit_case_create_latent(NULL, &model, data, &options,
                                                from_initial ? deaths_start : NULL, &fit, &error),
                         EMIX_OK),
                      "%s", error.message);
            const EmixStatus status = emix_latent_fit_run(fit, &error);
            cr_expect(eq(int, status, from_initial ? defects[i].from_initial : EMIX_ERR_DEGENERATE),
                      "%d: %s", (int)defects[i].defect, error.message);
            if (status != EMIX_OK) {
                cr_expect(ne(ptr, strstr(error.message, defects[i].message), NULL), "%s",
                          error.message);
                cr_expect(ne(ptr, strstr(error.message, from_initial ? "initial" : "(start"), NULL),
                          "%s", error.message);
                cr_expect(zero(ptr, (void *)emix_latent_fit_params(fit)));
            }
            emix_latent_fit_destroy(fit);
        }
    }
    emix_dataset_destroy(data);
}

Test(latent_errors, starts_that_fail_lose_to_those_that_do_not)
{
    EmixDataset *data = deaths_table();
    const FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-9);
    Broken broken;
    const EmixLatentModel model = broken_model(&broken, EVERY_OTHER_START_FAILS);
    EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(lt(
        dbl, fabs(report->log_likelihood - deaths_reference("deaths", "log_likelihood", 0)), 1e-8));
    cr_expect(eq(int, report->n_starts_degenerate, options.n_starts / 2));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- tables and options that are refused ---- */

static void expect_refused(const EmixLatentModel *model, const FitCase *options,
                           const double *initial, EmixStatus expected, const char *words)
{
    EmixDataset *data = deaths_table();
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, fit_case_create_latent(NULL, model, data, options, initial, &fit, &error),
                 expected),
              "%s: %s", words, error.message);
    cr_expect(ne(ptr, strstr(error.message, words), NULL), "%s: %s", words, error.message);
    cr_expect(zero(ptr, fit));
    emix_dataset_destroy(data);
}

Test(latent_errors, an_incomplete_table_is_refused_by_member)
{
    const EmixLatentModel good = poisson_mixture();
    EmixLatentModel m = good;
    m.name = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "name");
    m = good, m.e_step = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "e_step is NULL");
    m = good, m.m_step = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "m_step is NULL");
    m = good, m.start = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "start is NULL");
    m = good, m.from_coordinates = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "from_coordinates");
    m = good, m.n_params = 0;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "n_params is 0");
    m = good, m.n_coordinates = 4;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "n_coordinates is 4");
    m = good, m.n_stats = -1;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "n_stats is -1");
    m = good, m.row_cost = NAN;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "row_cost");
    m = good, m.expected_log_joint = NULL;
    expect_refused(&m, NULL, NULL, EMIX_ERR_ARGUMENT, "stop_rule gap needs expected_log_joint");
}

Test(latent_errors, options_of_mixtures_and_bad_initial_parameters_are_refused)
{
    const EmixLatentModel model = poisson_mixture();
    const double out_of_domain[POISSON_N_PARAMS] = {1.5, 1.0, 3.0};
    const double nan[POISSON_N_PARAMS] = {0.5, NAN, 3.0};
    FitCase options = fit_case_default();
    expect_refused(&model, NULL, out_of_domain, EMIX_ERR_ARGUMENT, "prepare");
    expect_refused(&model, NULL, nan, EMIX_ERR_NONFINITE, "initial parameter 2 of 3");
    options.precision = EMIX_PRECISION_MIXED;
    expect_refused(&model, &options, NULL, EMIX_ERR_ARGUMENT, "precision");
    options = fit_case_default();
    options.e_step = EMIX_E_STEP_ANNEALED;
    expect_refused(&model, &options, NULL, EMIX_ERR_UNSUPPORTED, "hard and annealed E-steps need");
    options = fit_case_default();
    options.n_starts = 0;
    expect_refused(&model, &options, NULL, EMIX_ERR_ARGUMENT, "starts.n is 0");
}

Test(latent_errors, labels_of_components_are_refused)
{
    static const int labels[10] = {0, 0, -1, -1, -1, -1, -1, 1, 1, 1};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = deaths_table();
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 2, NULL, &error), EMIX_OK));
    cr_expect(eq(int, fit_case_create_latent(NULL, &model, data, NULL, NULL, &fit, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "labels"), NULL), "%s", error.message);
    cr_expect(zero(ptr, fit));
    emix_dataset_destroy(data);
}

Test(latent_errors, without_q_a_fit_stops_on_the_log_likelihood_and_certifies_nothing)
{
    EmixLatentModel model = poisson_mixture();
    model.expected_log_joint = NULL;
    EmixDataset *data = deaths_table();
    const FitCase options = deaths_options(EMIX_STOP_ON_LOGLIK, 1e-10);
    EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
    cr_expect(
        lt(dbl, deaths_reference("deaths", "log_likelihood", 0) - report->log_likelihood, 1e-6));
    cr_expect(isnan(report->delta2) && isnan(report->gap) && isnan(report->rate));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}
