/* Fits of models that are not part of the library, through the public interface: published results
 * for Hasselblad's Poisson mixture, determinism, memory, generalised EM. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "blood_groups.h"
#include "support/deaths.h"
#include "support/workers.h"
#include "support/fit_case.h"

/* The log-likelihood after each pass, from progress callbacks. */
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
    EmixDataset *data = deaths_table();
    for (int i = 0; i < 3; ++i) {
        const FitCase options = deaths_options(EMIX_STOP_ON_PARAMS, published[i].tolerance);
        EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
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
    EmixDataset *data = deaths_table();
    FitCase options = deaths_options(EMIX_STOP_ON_PARAMS, 1e-8);
    options.acceleration = EMIX_ACCELERATION_SQUAREM;
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    cr_expect(le(int, report->n_passes, 66), "%d passes", report->n_passes);
    cr_expect(gt(int, report->n_extrapolations, 5));
    cr_expect(zero(int, climb.n_losses));
    cr_expect(lt(
        dbl, fabs(report->log_likelihood / deaths_reference("deaths", "log_likelihood", 0) - 1.0),
        1e-12));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, every_start_may_find_the_maximum)
{
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = deaths_table();
    const FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-14);
    EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    const double *params = emix_latent_fit_params(fit);
    cr_expect(lt(
        dbl, fabs(report->log_likelihood / deaths_reference("deaths", "log_likelihood", 0) - 1.0),
        1e-12));
    const bool swapped = params[POISSON_RATE_1] > params[POISSON_RATE_2];
    const double found[POISSON_N_PARAMS] = {swapped ? 1.0 - params[POISSON_WEIGHT]
                                                    : params[POISSON_WEIGHT],
                                            params[swapped ? POISSON_RATE_2 : POISSON_RATE_1],
                                            params[swapped ? POISSON_RATE_1 : POISSON_RATE_2]};
    for (int j = 0; j < POISSON_N_PARAMS; ++j) {
        /* at the smallest curvature of L, a gap of 1e-14 nats is a distance of 1e-8 */
        cr_expect(lt(dbl, fabs(found[j] - deaths_reference("deaths", "param", j)), 5e-7),
                  "parameter %d: %.13f", j, found[j]);
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
    EmixDataset *data = deaths_table();
    for (int i = 0; i < 3; ++i) {
        const FitCase options = deaths_options(EMIX_STOP_ON_GAP, tolerances[i]);
        EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
        const EmixFitReport *report = emix_latent_fit_report(fit);
        const double left = deaths_reference("deaths", "log_likelihood", 0) -
                            report->log_likelihood;
        cr_expect(le(dbl, report->gap, tolerances[i]));
        /* the gap left after the step, compared with the gap predicted before it */
        cr_expect(lt(dbl, left, 1.05 * report->gap), "left %g, gap %g", left, report->gap);
        cr_expect(gt(dbl, left, 0.85 * report->gap), "left %g, gap %g", left, report->gap);
        emix_latent_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
}

Test(latent, gene_frequencies_are_those_of_high_precision)
{
    static const double groups[] = {GROUP_A, GROUP_B, GROUP_AB, GROUP_O};
    static const double persons[] = {186, 38, 13, 284}; /* Clarke et al. (1959) */
    const EmixLatentModel model = blood_groups();
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(4, 1, groups, 1, persons, &data, NULL), EMIX_OK));
    for (int acceleration = 0; acceleration < EMIX_N_ACCELERATIONS; ++acceleration) {
        FitCase options = deaths_options(EMIX_STOP_ON_PARAMS, 1e-13);
        options.acceleration = (EmixAcceleration)acceleration;
        EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
        const double expected = deaths_reference("blood", "log_likelihood", 0);
        cr_expect(
            lt(dbl, fabs(emix_latent_fit_report(fit)->log_likelihood / expected - 1.0), 1e-14));
        for (int j = 0; j < BLOOD_N_PARAMS; ++j) {
            cr_expect(lt(
                dbl, fabs(emix_latent_fit_params(fit)[j] - deaths_reference("blood", "param", j)),
                1e-12));
        }
        emix_latent_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
}

/* ---- properties of every model of the library, for users' models ---- */

/* Long passes are shared among workers; short ones run starts side by side. With more than 20,000
 * rows the early rounds use a subsample. */
static const struct {
    emix_index n_rows;
    double row_cost;
} shapes[] = {{601, 10.0}, {1499, 1e5}, {24001, 10.0}};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static FitCase few_starts(void)
{
    FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-4);
    options.n_starts = 5;
    options.max_iterations = 60;
    return options;
}

Test(latent, worker_count_never_changes_a_bit)
{
    for (int s = 0; s < N_SHAPES; ++s) {
        double *x = NULL;
        double one[POISSON_N_PARAMS];
        EmixDataset *data = deaths_day_by_day(shapes[s].n_rows, &x);
        EmixLatentModel model = poisson_mixture();
        model.row_cost = shapes[s].row_cost;
        for (int n_workers = 1; n_workers <= 3; ++n_workers) {
            FitCase options = few_starts();
            use_workers(n_workers);
            EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
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
    EmixDataset *rows = deaths_day_by_day(DEATHS_ALL_DAYS, &x);
    EmixDataset *table = deaths_table();
    const EmixLatentModel model = poisson_mixture();
    FitCase options = deaths_options(EMIX_STOP_ON_NONE, 0.0);
    options.max_iterations = 20;
    EmixLatentFit *a = deaths_run(&model, rows, &options, deaths_start);
    EmixLatentFit *b = deaths_run(&model, table, &options, deaths_start);
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
    EmixDataset *data = deaths_table();
    FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-9);
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
    cr_expect(zero(int, climb.n_losses));
    cr_expect(gt(int, climb.n_passes, 20));
    cr_expect(zero(uint, emix_latent_fit_report(fit)->flags));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, every_failed_allocation_is_reported_and_nothing_leaks)
{
    const EmixLatentModel model = poisson_mixture();
    const FitCase options = few_starts();
    for (int s = 0; s < N_SHAPES; ++s) {
        double *x = NULL;
        EmixDataset *data = deaths_day_by_day(shapes[s].n_rows, &x);
        for (int from_start = 0; from_start < 2; ++from_start) {
            const long live = emix_alloc_live_blocks();
            EmixStatus status = EMIX_ERR_NOMEM;
            long allowed = 0;
            for (; status != EMIX_OK && allowed < 300; ++allowed) {
                EmixLatentFit *fit = NULL;
                EmixError error = {{0}};
                emix_alloc_fail_after(allowed);
                status = fit_case_create_latent(workers(), &model, data, &options,
                                                from_start ? deaths_start : NULL, &fit, &error);
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
    const FitCase options = few_starts();
    double *x = NULL;
    EmixDataset *data = deaths_day_by_day(24001, &x);
    EmixLatentFit *fit = NULL;
    double first[POISSON_N_PARAMS];
    cr_assert(eq(int, fit_case_create_latent(workers(), &model, data, &options, NULL, &fit, NULL),
                 EMIX_OK));
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
    EmixDataset *data = deaths_table();
    FitCase options = few_starts();
    options.progress = stop_at_once;
    EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
    cr_expect(eq(int, emix_latent_fit_report(fit)->stop, EMIX_STOP_INTERRUPTED));
    cr_expect(gt(dbl, emix_latent_fit_report(fit)->log_likelihood, -2100.0));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* Counts from the records of a trace. */
typedef struct Trace {
    int n_records;
    int n_losses;      /* decreases of the lower bound, and negative divergences before an E-step */
    int n_differences; /* between lower bound and log-likelihood after it */
} Trace;

static void follow(void *context, const EmixPassRecord *record)
{
    Trace *trace = context;
    const double rounding = 1e-12 * fabs(record->log_likelihood);
    trace->n_differences += !(fabs(record->elbo - record->log_likelihood) <= rounding);
    trace->n_losses += trace->n_records > 0 && !(record->kl_before >= -rounding);
    trace->n_records += 1;
}

Test(latent, the_trace_shows_the_lower_bound_of_an_exact_e_step)
{
    Trace trace = {0};
    const EmixLatentModel model = poisson_mixture();
    EmixDataset *data = deaths_table();
    FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-6);
    options.trace = follow;
    options.trace_context = &trace;
    EmixLatentFit *fit = deaths_run(&model, data, &options, deaths_start);
    cr_expect(eq(int, trace.n_records, emix_latent_fit_report(fit)->n_passes));
    cr_expect(zero(int, trace.n_losses));
    cr_expect(zero(int, trace.n_differences));
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- priors ---- */

/* Genes counted before: exponents of a Dirichlet density. */
static const double seen_a = 30.0, seen_b = 20.0, seen_o = 50.0;

static double dirichlet(void *context, const double *params)
{
    (void)context;
    return seen_a * log(params[GENE_A]) + seen_b * log(params[GENE_B]) +
           seen_o * log(1.0 - params[GENE_A] - params[GENE_B]);
}

static EmixStatus m_step_with_prior(void *context, const double *stats, const double *old_params,
                                    double *scratch, double *params, EmixError *error)
{
    (void)context, (void)old_params, (void)scratch, (void)error;
    const double n = stats[0] + stats[1] + stats[2] + seen_a + seen_b + seen_o;
    params[GENE_A] = (stats[0] + seen_a) / n;
    params[GENE_B] = (stats[1] + seen_b) / n;
    return EMIX_OK;
}

Test(latent, with_a_prior_the_objective_climbs_to_the_mode_of_the_posterior)
{
    static const double groups[] = {GROUP_A, GROUP_B, GROUP_AB, GROUP_O};
    static const double persons[] = {186, 38, 13, 284};
    EmixLatentModel model = blood_groups();
    model.log_prior = dirichlet;
    model.m_step = m_step_with_prior;
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(4, 1, groups, 1, persons, &data, NULL), EMIX_OK));
    const FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-12);
    EmixLatentFit *fit = deaths_run(&model, data, &options, NULL);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    const double *found = emix_latent_fit_params(fit);
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
    cr_expect(
        epsilon_eq(dbl, report->objective, report->log_likelihood + dirichlet(NULL, found), 1e-9));
    /* at the mode the gradient of the posterior is 0: the score plus the gradient of the log
     * prior */
    const double o = 1.0 - found[GENE_A] - found[GENE_B];
    double gradient[BLOOD_N_PARAMS] = {seen_a / found[GENE_A] - seen_o / o,
                                       seen_b / found[GENE_B] - seen_o / o};
    double scores[4 * BLOOD_N_PARAMS];
    const EmixLatentRows rows = {groups, persons, 4, 1, 1};
    cr_assert(eq(int, model.score(NULL, found, NULL, &rows, NULL, scores, NULL), EMIX_OK));
    for (int j = 0; j < BLOOD_N_PARAMS; ++j) {
        for (int i = 0; i < 4; ++i) {
            gradient[j] += persons[i] * scores[i * BLOOD_N_PARAMS + j];
        }
        cr_expect(lt(dbl, fabs(gradient[j]), 1e-3), "%g", gradient[j]);
    }
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

/* ---- generalised EM ---- */

/* Raises Q without reaching its maximum: it goes a third of the way in the weight, and in log
 * lambda_k by the gradient n_k (mean_k - lambda_k) over twice the curvature, halved until Q has not
 * fallen. */
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

/* Divergence after the first pass. */
static void take_first_kl(void *context, const EmixPassRecord *record)
{
    if (record->pass == 1) {
        *(double *)context = record->kl;
    }
}

/* Checks the trace of a Poisson mixture's fit that begins with this kind of E-step. */
static void check_climb(const EmixLatentModel *model, EmixEStep e_step, int n_blocks)
{
    Climb climb = {0};
    double first_kl = NAN;
    EmixDataset *data = deaths_table();
    FitCase options = deaths_options(EMIX_STOP_ON_GAP, 1e-9);
    options.e_step = e_step;
    options.n_blocks = n_blocks;
    options.trace = take_first_kl;
    options.trace_context = &first_kl;
    options.progress = watch;
    options.progress_context = &climb;
    EmixLatentFit *fit = deaths_run(model, data, &options, deaths_start);
    const EmixFitReport *report = emix_latent_fit_report(fit);
    const double left = deaths_reference("deaths", "log_likelihood", 0) - report->log_likelihood;
    cr_expect(zero(int, climb.n_losses), "%s, %d blocks", model->name, n_blocks);
    cr_expect(lt(dbl, fabs(first_kl), 1e-10), "at first all blocks have their posterior");
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
    cr_expect(le(dbl, left, 1.1 * options.tolerance), "left %g, gap %g", left, report->gap);
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(latent, an_m_step_that_only_raises_q_climbs_to_the_same_maximum)
{
    EmixLatentModel exact = poisson_mixture();
    EmixLatentModel model = poisson_mixture();
    model.name = "generalised";
    model.context = &exact;
    model.m_step = short_m_step;
    check_climb(&model, EMIX_E_STEP_BATCH, 0);
    check_climb(&model, EMIX_E_STEP_INCREMENTAL, 4);
}

Test(latent, incremental_e_steps_climb_to_the_same_maximum)
{
    const EmixLatentModel model = poisson_mixture();
    for (int n_blocks = 1; n_blocks <= 10; n_blocks += 3) {
        check_climb(&model, EMIX_E_STEP_INCREMENTAL, n_blocks);
    }
}
