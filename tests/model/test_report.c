/* What a fit leaves behind beside its parameters: how it was asked for, and what came of its
 * starts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <emix/emix.h>

#include "support/fit_case.h"
#include "support/workers.h"

static EmixDataset *read_data(const char *name)
{
    char path[512];
    EmixDataset *data = NULL;
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &data, NULL), EMIX_OK));
    return data;
}

static int go_on(void *context, const EmixProgress *progress)
{
    (void)context;
    (void)progress;
    return 0;
}

Test(report, a_model_tells_how_it_was_fitted)
{
    EmixDataset *data = read_data("faithful");
    FitCase options = fit_case_default();
    options.n_components = 2;
    options.n_starts = 3;
    options.seed = 7;
    options.stop_rule = EMIX_STOP_ON_LOGLIK;
    options.tolerance = 1e-4;
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.progress = go_on;
    options.progress_context = &options;
    EmixModel *first = fit_case_model(NULL, data, &options);
    options.initial = first;
    EmixModel *second = fit_case_model(NULL, data, &options);
    emix_model_destroy(first);
    const EmixFitOptions *used = emix_model_options(second);
    cr_assert(used != NULL);
    cr_expect(eq(sz, used->size, sizeof *used));
    cr_expect(eq(int, used->starts.n, 3));
    cr_expect(eq(u64, used->starts.seed, 7));
    cr_expect(eq(int, (int)used->stop.rule, EMIX_STOP_ON_LOGLIK));
    cr_expect(eq(dbl, used->stop.tolerance, 1e-4));
    cr_expect(eq(int, (int)used->acceleration, EMIX_ACCELERATION_NONE));
    cr_expect(used->starts.initial == NULL && used->progress == NULL &&
                  used->progress_context == NULL,
              "what is the caller's is not kept");
    cr_expect(eq(sz, emix_model_report(second)->size, sizeof(EmixFitReport)));
    emix_model_destroy(second);
    emix_dataset_destroy(data);
}

Test(report, a_model_that_no_fit_made_has_neither_report_nor_options)
{
    const double one = 1.0;
    EmixModel *model = NULL;
    cr_assert(eq(
        int, emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 1, 1, &one, &one, &one, &model, NULL),
        EMIX_OK));
    cr_expect(emix_model_report(model) == NULL);
    cr_expect(emix_model_options(model) == NULL);
    emix_model_destroy(model);
}

/* ---- starts ---- */

static int n_in_state(const EmixFitReport *report, EmixStartState state)
{
    int n = 0;
    for (int s = 0; s < report->n_starts; ++s) {
        n += report->starts[s].state == state;
    }
    return n;
}

/* What holds for the starts of any fit. */
static void check_starts(const EmixFitReport *report)
{
    double distinct[64];
    int n_distinct = 0;
    int n_near = 0;
    cr_assert(report->starts != NULL);
    cr_assert(le(int, report->n_starts, 64));
    for (int s = 0; s < report->n_starts; ++s) {
        const EmixStartReport *start = &report->starts[s];
        if (start->state == EMIX_START_FINISHED) {
            n_near += start->log_likelihood >= report->log_likelihood - 0.01;
        }
        if (start->distinct) {
            cr_expect(eq(int, (int)start->state, EMIX_START_FINISHED));
            distinct[n_distinct++] = start->log_likelihood;
        }
        cr_expect(start->state != EMIX_START_LOST || start->lost_in_round > 0);
    }
    for (int i = 0; i < n_distinct; ++i) {
        for (int j = 0; j < i; ++j) {
            cr_expect(gt(dbl, fabs(distinct[i] - distinct[j]), 0.01));
        }
    }
    cr_expect(eq(int, n_near, report->n_starts_reached_best));
    cr_expect(epsilon_eq(dbl, report->starts[report->best_start].log_likelihood,
                         report->log_likelihood, 1e-9));
    cr_expect(eq(int, report->starts[report->best_start].distinct, 1));
}

Test(report, a_tournament_tells_of_each_start_how_far_it_came)
{
    EmixDataset *data = read_data("faithful");
    FitCase options = fit_case_default();
    options.n_components = 3;
    EmixModel *model = fit_case_model(NULL, data, &options);
    const EmixFitReport *report = emix_model_report(model);
    int lost[4] = {0};
    check_starts(report);
    cr_expect(eq(int, n_in_state(report, EMIX_START_FINISHED), report->n_starts_finished));
    for (int s = 0; s < 32; ++s) {
        cr_assert(le(int, report->starts[s].lost_in_round, 3));
        ++lost[report->starts[s].lost_in_round];
    }
    /* 32 starts, 16, 8, 4 finalists */
    cr_expect(eq(int, lost[0], 4));
    cr_expect(eq(int, lost[1], 16));
    cr_expect(eq(int, lost[2], 8));
    cr_expect(eq(int, lost[3], 4));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

Test(report, without_a_tournament_no_start_is_lost_and_distinct_maxima_are_counted)
{
    EmixDataset *data = read_data("geyser");
    FitCase options = fit_case_default();
    options.n_components = 3;
    options.init_method = EMIX_INIT_RANDOM_ROWS;
    EmixModel *model = fit_case_model(NULL, data, &options);
    const EmixFitReport *report = emix_model_report(model);
    int n_distinct = 0;
    check_starts(report);
    cr_expect(zero(int, n_in_state(report, EMIX_START_LOST)));
    for (int s = 0; s < report->n_starts; ++s) {
        n_distinct += report->starts[s].distinct;
    }
    cr_expect(ge(int, n_distinct, 2));
    emix_model_destroy(model);
    emix_dataset_destroy(data);
}

static int stop_after_two_starts(void *context, const EmixProgress *progress)
{
    (void)context;
    return progress->starts_done >= 2;
}

Test(report, an_interrupted_fit_tells_which_starts_were_not_drawn)
{
    EmixDataset *data = read_data("faithful");
    FitCase options = fit_case_default();
    options.n_components = 3;
    options.progress = stop_after_two_starts;
    EmixFit *fit = NULL;
    use_workers(1);
    cr_assert(eq(int, fit_case_create(workers(), data, &options, &fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    const EmixFitReport *report = emix_fit_report(fit);
    cr_expect(eq(int, n_in_state(report, EMIX_START_NOT_DRAWN), 30));
    cr_expect(isnan(report->starts[31].log_likelihood));
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(report, an_initial_model_has_no_starts_to_report)
{
    EmixDataset *data = read_data("faithful");
    FitCase options = fit_case_default();
    options.n_components = 2;
    EmixModel *first = fit_case_model(NULL, data, &options);
    options.initial = first;
    EmixModel *second = fit_case_model(NULL, data, &options);
    cr_expect(emix_model_report(second)->starts == NULL);
    cr_expect(eq(int, emix_model_report(second)->best_start, -1));
    emix_model_destroy(second);
    emix_model_destroy(first);
    emix_dataset_destroy(data);
}
