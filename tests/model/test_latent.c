/* Fits of models that are no part of the library, through the public interface: what was published
 * about Hasselblad's Poisson mixture, determinism, memory, generalised EM, and what becomes of
 * functions that do not keep their promises. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "poisson_mixture.h"

/* Deaths of women over 80 by day, The Times 1910-1912 (Hasselblad (1969), table 6). */
static const double deaths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double days[] = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
enum { N_COUNTS = sizeof deaths / sizeof deaths[0] };
static const double usual_start[POISSON_N_PARAMS] = {0.5, 1.0, 3.0};
static const double best_params[POISSON_N_PARAMS] = {0.3598853969948, 1.2560951012243,
                                                     2.6634043566325};
static const double best_log_likelihood = -1989.9458598829642;

static EmixDataset *hasselblad(void)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_COUNTS, 1, deaths, 1, days, &data, NULL), EMIX_OK));
    return data;
}

enum { ALL_DAYS = 1096 };

/* The same counts a row a day, shuffled, over and over to n_rows of them. */
static EmixDataset *day_by_day(emix_index n_rows, double **x)
{
    EmixDataset *data = NULL;
    *x = malloc((size_t)n_rows * sizeof **x);
    for (emix_index i = 0; i < n_rows; ++i) {
        double day = (double)(i * 601 % ALL_DAYS); /* without a common factor: each day once */
        int k = 0;
        for (; day >= days[k]; ++k) {
            day -= days[k];
        }
        (*x)[i] = deaths[k];
    }
    cr_assert(eq(int, emix_dataset_create(n_rows, 1, *x, 1, NULL, &data, NULL), EMIX_OK));
    return data;
}

static EmixFitOptions plain_options(EmixStopRule rule, double tolerance)
{
    EmixFitOptions options = emix_fit_options_default();
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.stop_rule = rule;
    options.tolerance = tolerance;
    options.max_iterations = 20000;
    options.n_workers = 2;
    return options;
}

static EmixLatentFit *run(const EmixLatentModel *model, const EmixDataset *data,
                          const EmixFitOptions *options, const double *initial)
{
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_latent_fit_create(model, data, options, initial, &fit, &error), EMIX_OK),
              "%s", error.message);
    cr_assert(eq(int, emix_latent_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    return fit;
}

/* The log-likelihood after each pass, as progress reports tell it. */
typedef struct Climb {
    double last;
    int n_passes;
    int n_losses;
} Climb;

static int watch(void *context, const EmixProgress *progress)
{
    Climb *climb = context;
    climb->n_losses += climb->n_passes > 0 &&
                       progress->log_likelihood < climb->last - 1e-14 * fabs(climb->last);
    climb->last = progress->log_likelihood;
    climb->n_passes += 1;
    return 0;
}

/* ---- published numbers ---- */

Test(latent, plain_em_needs_as_many_maps_as_published)
{
    static const struct {
        double tolerance;
        int n_maps;
    } published[] = {{1e-7, 2113}, {1e-8, 2643}, {1e-10, 3703}};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    for (int i = 0; i < 3; ++i) {
        const EmixFitOptions options = plain_options(EMIX_STOP_ON_PARAMS, published[i].tolerance);
        EmixLatentFit *fit = run(&model, data, &options, usual_start);
        const EmixFitReport *report = emix_latent_fit_report(fit);
        cr_expect(le(int, abs(report->n_iterations - published[i].n_maps), 1), "%d maps",
                  report->n_iterations);
        cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
        emix_latent_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
}

Test(latent, acceleration_saves_most_passes_and_loses_nothing)
{
    Climb climb = {0};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    EmixFitOptions options = plain_options(EMIX_STOP_ON_PARAMS, 1e-8);
    options.acceleration = EMIX_ACCELERATION_SQUAREM;
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = run(&model, data, &options, usual_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(le(int, report->n_passes, 66), "%d passes", report->n_passes);
    cr_expect(gt(int, report->n_extrapolations, 5));
    cr_expect(zero(int, climb.n_losses));
    cr_expect(lt(dbl, fabs(report->log_likelihood / best_log_likelihood - 1.0), 1e-12));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, every_start_may_find_the_maximum)
{
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    const EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, 1e-14);
    EmixLatentFit *fit = run(&model, data, &options, NULL);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    const double *params = emix_latent_fit_params(fit);
    cr_expect(lt(dbl, fabs(report->log_likelihood / best_log_likelihood - 1.0), 1e-12));
    const bool swapped = params[POISSON_RATE_1] > params[POISSON_RATE_2];
    const double found[POISSON_N_PARAMS] = {swapped ? 1.0 - params[POISSON_WEIGHT]
                                                    : params[POISSON_WEIGHT],
                                            params[swapped ? POISSON_RATE_2 : POISSON_RATE_1],
                                            params[swapped ? POISSON_RATE_1 : POISSON_RATE_2]};
    for (int j = 0; j < POISSON_N_PARAMS; ++j) {
        /* a gap of 1e-14 nats is a distance of 1e-8 at the least curvature of L */
        cr_expect(lt(dbl, fabs(found[j] - best_params[j]), 5e-7), "parameter %d: %.13f", j,
                  found[j]);
    }
    cr_expect(eq(i64, report->n_parameters, POISSON_N_PARAMS));
    cr_expect(eq(int, report->n_starts, options.n_starts));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, the_predicted_gap_is_what_is_left_to_gain)
{
    static const double tolerances[] = {1e-4, 1e-6, 1e-8};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    for (int i = 0; i < 3; ++i) {
        const EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, tolerances[i]);
        EmixLatentFit *fit = run(&model, data, &options, usual_start);
        const EmixFitReport *report = emix_latent_fit_report(fit);
        const double left = best_log_likelihood - report->log_likelihood;
        cr_expect(le(dbl, report->gap, tolerances[i]));
        /* what is left after the step that the gap was predicted before */
        cr_expect(lt(dbl, left, 1.05 * report->gap), "left %g, gap %g", left, report->gap);
        cr_expect(gt(dbl, left, 0.85 * report->gap), "left %g, gap %g", left, report->gap);
        emix_latent_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
}

/* ---- what holds for every model of the library holds for these ---- */

/* Long passes are shared among workers, short ones run starts side by side; with more than twice
 * 10,000 rows the early rounds see a subsample. */
static const struct {
    emix_index n_rows;
    double row_cost;
} shapes[] = {{601, 10.0}, {1499, 1e5}, {24001, 10.0}};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static EmixFitOptions few_starts(void)
{
    EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, 1e-4);
    options.n_starts = 5;
    options.max_iterations = 60;
    return options;
}

Test(latent, worker_count_never_changes_a_bit)
{
    for (int s = 0; s < N_SHAPES; ++s) {
        double *x = NULL;
        double one[POISSON_N_PARAMS];
        EmixDataset *data = day_by_day(shapes[s].n_rows, &x);
        EmixLatentModel model = poisson_mixture();
        model.row_cost = shapes[s].row_cost;
        for (int n_workers = 1; n_workers <= 3; ++n_workers) {
            EmixFitOptions options = few_starts();
            options.n_workers = n_workers;
            EmixLatentFit *fit = run(&model, data, &options, NULL);
            const double *params = emix_latent_fit_params(fit);
            if (n_workers == 1) {
                memcpy(one, params, sizeof one);
            }
            cr_expect(zero(int, memcmp(one, params, sizeof one)), "%d rows, %d workers",
                      (int)shapes[s].n_rows, n_workers);
            emix_latent_fit_destroy(fit);
        }
        emix_dataset_destroy(data);
        free(x);
    }
}

Test(latent, a_weight_is_so_many_rows)
{
    double *x = NULL;
    EmixDataset *rows = day_by_day(ALL_DAYS, &x);
    EmixDataset *table = hasselblad();
    const EmixLatentModel model = poisson_mixture();
    EmixFitOptions options = plain_options(EMIX_STOP_ON_NONE, 0.0);
    options.max_iterations = 20;
    EmixLatentFit *a = run(&model, rows, &options, usual_start);
    EmixLatentFit *b = run(&model, table, &options, usual_start);
    const double la = emix_latent_fit_report(a)->log_likelihood;
    const double lb = emix_latent_fit_report(b)->log_likelihood;
    cr_expect(lt(dbl, fabs(la - lb), 1e-13 * fabs(la)), "%.17g %.17g", la, lb);
    for (int j = 0; j < POISSON_N_PARAMS; ++j) {
        cr_expect(
            lt(dbl, fabs(emix_latent_fit_params(a)[j] - emix_latent_fit_params(b)[j]), 1e-12));
    }
    emix_latent_fit_destroy(a);
    emix_latent_fit_destroy(b);
    emix_dataset_destroy(rows);
    emix_dataset_destroy(table);
    free(x);
}

Test(latent, log_likelihood_never_decreases)
{
    Climb climb = {0};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, 1e-9);
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = run(&model, data, &options, usual_start);
    cr_expect(zero(int, climb.n_losses));
    cr_expect(gt(int, climb.n_passes, 20));
    cr_expect(zero(uint, emix_latent_fit_report(fit)->flags));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, every_failed_allocation_is_reported_and_nothing_leaks)
{
    const EmixLatentModel model = poisson_mixture();
    const EmixFitOptions options = few_starts();
    for (int s = 0; s < N_SHAPES; ++s) {
        double *x = NULL;
        EmixDataset *data = day_by_day(shapes[s].n_rows, &x);
        for (int from_start = 0; from_start < 2; ++from_start) {
            const long live = emix_alloc_live_blocks();
            EmixStatus status = EMIX_ERR_NOMEM;
            long allowed = 0;
            for (; status != EMIX_OK && allowed < 300; ++allowed) {
                EmixLatentFit *fit = NULL;
                EmixError error = {{0}};
                emix_alloc_fail_after(allowed);
                status = emix_latent_fit_create(&model, data, &options,
                                                from_start ? usual_start : NULL, &fit, &error);
                emix_alloc_fail_after(-1);
                if (status != EMIX_OK) {
                    cr_assert(eq(int, status, EMIX_ERR_NOMEM), "%s", error.message);
                    cr_assert(zero(ptr, fit));
                }
                emix_latent_fit_destroy(fit);
                cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld", allowed);
            }
            cr_assert(eq(int, status, EMIX_OK));
            cr_expect(gt(long, allowed, 8), "the failures were never planted");
        }
        emix_dataset_destroy(data);
        free(x);
    }
}

Test(latent, a_run_allocates_nothing_and_can_be_repeated)
{
    const EmixLatentModel model = poisson_mixture();
    const EmixFitOptions options = few_starts();
    double *x = NULL;
    EmixDataset *data = day_by_day(24001, &x);
    EmixLatentFit *fit = NULL;
    double first[POISSON_N_PARAMS];
    cr_assert(eq(int, emix_latent_fit_create(&model, data, &options, NULL, &fit, NULL), EMIX_OK));
    cr_expect(zero(ptr, (void *)emix_latent_fit_params(fit)));
    cr_expect(zero(ptr, (void *)emix_latent_fit_report(fit)));
    const long before = emix_alloc_count();
    cr_assert(eq(int, emix_latent_fit_run(fit, NULL), EMIX_OK));
    memcpy(first, emix_latent_fit_params(fit), sizeof first);
    cr_assert(eq(int, emix_latent_fit_run(fit, NULL), EMIX_OK));
    cr_expect(eq(long, emix_alloc_count(), before));
    cr_expect(zero(int, memcmp(first, emix_latent_fit_params(fit), sizeof first)));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
    free(x);
}

static int stop_at_once(void *context, const EmixProgress *progress)
{
    (void)context, (void)progress;
    return 1;
}

Test(latent, an_interrupted_fit_keeps_the_best_so_far)
{
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = hasselblad();
    EmixFitOptions options = few_starts();
    options.progress = stop_at_once;
    EmixLatentFit *fit = run(&model, data, &options, NULL);
    cr_expect(eq(int, emix_latent_fit_report(fit)->stop, EMIX_STOP_INTERRUPTED));
    cr_expect(gt(dbl, emix_latent_fit_report(fit)->log_likelihood, -2100.0));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- generalised EM ---- */

/* Raises Q without reaching its maximum: a third of the way in the weight, and in log lambda_k the
 * gradient n_k (mean_k - lambda_k) over twice the curvature, halved until Q has not fallen. */
static EmixStatus short_m_step(void *context, const double *stats, const double *old_params,
                               double *scratch, double *params, EmixError *error)
{
    (void)scratch, (void)error;
    const EmixLatentModel *model = context;
    const double before = model->expected_log_joint(NULL, stats, old_params);
    const double weight = old_params[POISSON_WEIGHT];
    params[POISSON_WEIGHT] = weight + (stats[0] / (stats[0] + stats[2]) - weight) / 3.0;
    for (double length = 0.5;; length /= 2.0) {
        for (int k = 0; k < 2; ++k) {
            const double rate = old_params[POISSON_RATE_1 + k];
            const double gradient = stats[2 * k + 1] - stats[2 * k] * rate;
            params[POISSON_RATE_1 + k] = rate * exp(length * gradient / (stats[2 * k] * rate));
        }
        if (model->expected_log_joint(NULL, stats, params) >= before - 1e-12 * fabs(before)) {
            return EMIX_OK;
        }
    }
}

Test(latent, an_m_step_that_only_raises_q_climbs_to_the_same_maximum)
{
    Climb climb = {0};
    EmixLatentModel exact = poisson_mixture();
    EmixLatentModel model = poisson_mixture();
    model.name = "generalised";
    model.context = &exact;
    model.m_step = short_m_step;
    EmixDataset *data = hasselblad();
    EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, 1e-9);
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = run(&model, data, &options, usual_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    const double left = best_log_likelihood - report->log_likelihood;
    cr_expect(zero(int, climb.n_losses));
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
    cr_expect(le(dbl, left, 1.1 * options.tolerance), "left %g, gap %g", left, report->gap);
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- functions that do not keep their promises ---- */

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
    EmixStatus from_initial; /* EMIX_OK where initial parameters avoid the defect */
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

Test(latent, a_function_at_fault_is_named_with_its_start)
{
    EmixDataset *data = hasselblad();
    const EmixFitOptions options = few_starts();
    for (size_t i = 0; i < sizeof defects / sizeof defects[0]; ++i) {
        Broken broken;
        const EmixLatentModel model = broken_model(&broken, defects[i].defect);
        for (int from_initial = 0; from_initial < 2; ++from_initial) {
            EmixLatentFit *fit = NULL;
            EmixError error = {{0}};
            cr_assert(eq(int,
                         emix_latent_fit_create(&model, data, &options,
                                                from_initial ? usual_start : NULL, &fit, &error),
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

Test(latent, starts_that_fail_lose_to_those_that_do_not)
{
    EmixDataset *data = hasselblad();
    const EmixFitOptions options = plain_options(EMIX_STOP_ON_GAP, 1e-9);
    Broken broken;
    const EmixLatentModel model = broken_model(&broken, EVERY_OTHER_START_FAILS);
    EmixLatentFit *fit = run(&model, data, &options, NULL);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(lt(dbl, fabs(report->log_likelihood - best_log_likelihood), 1e-8));
    cr_expect(eq(int, report->n_starts_degenerate, options.n_starts / 2));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- tables and options that are refused ---- */

static void expect_refused(const EmixLatentModel *model, const EmixFitOptions *options,
                           const double *initial, EmixStatus expected, const char *words)
{
    EmixDataset *data = hasselblad();
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    cr_expect(
        eq(int, emix_latent_fit_create(model, data, options, initial, &fit, &error), expected),
        "%s: %s", words, error.message);
    cr_expect(ne(ptr, strstr(error.message, words), NULL), "%s: %s", words, error.message);
    cr_expect(zero(ptr, fit));
    emix_dataset_destroy(data);
}

Test(latent, an_incomplete_table_is_refused_by_member)
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

Test(latent, options_of_mixtures_and_bad_initial_parameters_are_refused)
{
    const EmixLatentModel model = poisson_mixture();
    const double out_of_domain[POISSON_N_PARAMS] = {1.5, 1.0, 3.0};
    const double nan[POISSON_N_PARAMS] = {0.5, NAN, 3.0};
    EmixFitOptions options = emix_fit_options_default();
    expect_refused(&model, NULL, out_of_domain, EMIX_ERR_ARGUMENT, "prepare");
    expect_refused(&model, NULL, nan, EMIX_ERR_NONFINITE, "initial parameter 2 of 3");
    options.n_components = 2;
    expect_refused(&model, &options, NULL, EMIX_ERR_ARGUMENT, "n_components");
    options = emix_fit_options_default();
    options.precision = EMIX_PRECISION_MIXED;
    expect_refused(&model, &options, NULL, EMIX_ERR_ARGUMENT, "precision");
    options = emix_fit_options_default();
    options.n_starts = 0;
    expect_refused(&model, &options, NULL, EMIX_ERR_ARGUMENT, "n_starts is 0");
}

Test(latent, without_q_a_fit_stops_on_the_log_likelihood_and_certifies_nothing)
{
    EmixLatentModel model = poisson_mixture();
    model.expected_log_joint = NULL;
    EmixDataset *data = hasselblad();
    const EmixFitOptions options = plain_options(EMIX_STOP_ON_LOGLIK, 1e-10);
    EmixLatentFit *fit = run(&model, data, &options, usual_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
    cr_expect(lt(dbl, best_log_likelihood - report->log_likelihood, 1e-6));
    cr_expect(isnan(report->delta2) && isnan(report->gap) && isnan(report->rate));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}
