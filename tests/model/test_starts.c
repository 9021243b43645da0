/* Starts: how often the largest known maximum is found, and what the report says about it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/fit_case.h"

/* A classical data set with the largest log-likelihood known for it. */
typedef struct Known {
    const char *name;
    emix_index n_components;
    double log_likelihood;
} Known;

static const Known hard[] = {{"faithful", 3, -1114.43987290},
                             {"iris", 3, -180.18547713},
                             {"diabetes", 3, -2303.491843160422},
                             {"geyser", 3, -1363.98925533}};
static const Known easy[] = {{"faithful", 2, -1130.263960184741588},
                             {"iris", 2, -214.354704370512565}};
enum { N_HARD = sizeof hard / sizeof *hard, N_EASY = sizeof easy / sizeof *easy, N_SEEDS = 25 };

static EmixFitReport report_of(const EmixDataset *data, const FitCase *options)
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

/* Of N_SEEDS seeds, the number from which the default options come within 0.01 nats of the
 * maximum. */
static int n_found(const Known *known)
{
    char path[512];
    EmixDataset *data = NULL;
    int found = 0;
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, known->name);
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &data, NULL), EMIX_OK));
    for (int seed = 0; seed < N_SEEDS; ++seed) {
        FitCase options = fit_case_default();
        options.n_components = known->n_components;
        options.seed = (uint64_t)seed;
        found += report_of(data, &options).log_likelihood >= known->log_likelihood - 0.01;
    }
    emix_dataset_destroy(data);
    return found;
}

Test(starts, hard_problems_are_solved_from_four_seeds_in_five)
{
    int found = 0;
    for (int i = 0; i < N_HARD; ++i) {
        found += n_found(&hard[i]);
    }
    /* measured over 400 fits: 0.905 */
    cr_expect(ge(int, 5 * found, 4 * N_HARD * N_SEEDS));
}

Test(starts, easy_problems_are_solved_from_every_seed)
{
    for (int i = 0; i < N_EASY; ++i) {
        cr_expect(eq(int, n_found(&easy[i]), N_SEEDS), "%s", easy[i].name);
    }
}

Test(starts, a_small_tournament_reports_four_finalists_and_a_large_one_a_single)
{
    enum { D = 2, K = 2, SMALL = 300, LARGE = 60000 };
    double *x = blobs(LARGE, K, D, 21);
    for (int large = 0; large < 2; ++large) {
        EmixDataset *data = NULL;
        FitCase options = fit_case_default();
        options.n_components = K;
        cr_assert(eq(int, emix_dataset_create(large ? LARGE : SMALL, D, x, D, NULL, &data, NULL),
                     EMIX_OK));
        const EmixFitReport report = report_of(data, &options);
        cr_expect(eq(int, report.n_starts, 32));
        cr_expect(eq(int, report.n_starts_finished, large ? 1 : 4));
        cr_expect(ge(int, report.n_starts_reached_best, 1));
        cr_expect(le(int, report.n_starts_reached_best, report.n_starts_finished));
        emix_dataset_destroy(data);
    }
    free(x);
}

Test(starts, without_a_tournament_every_start_is_run_to_the_end)
{
    enum { N_ROWS = 300, D = 2, K = 2 };
    double *x = blobs(N_ROWS, K, D, 22);
    EmixDataset *data = NULL;
    FitCase options = fit_case_default();
    options.n_components = K;
    options.n_starts = 7;
    options.init_method = EMIX_INIT_KMEANSPP;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    const EmixFitReport report = report_of(data, &options);
    cr_expect(eq(int, report.n_starts_finished, 7));
    cr_expect(ge(int, report.n_starts_reached_best, 1));
    emix_dataset_destroy(data);
    free(x);
}

/* 200,000 rows around the origin, and five groups of 30 rows on a circle of radius 1000. */
enum { FAR_GROUPS = 5, FAR_ROWS = 30, MANY_ROWS = 200000 };

static void far_place(int group, double *at)
{
    at[0] = 1000.0 * cos(1.256637 * group);
    at[1] = 1000.0 * sin(1.256637 * group);
}

static double *rows_with_far_groups(void)
{
    double *x = blobs(MANY_ROWS, 1, 2, 5);
    for (int group = 0; group < FAR_GROUPS; ++group) {
        double at[2];
        far_place(group, at);
        for (int i = 0; i < FAR_ROWS; ++i) {
            double *row = x + 2 * (i * (MANY_ROWS / FAR_ROWS) + 17 * group);
            row[0] += at[0];
            row[1] += at[1];
        }
    }
    return x;
}

static int n_groups_with_a_mean(const EmixModel *model)
{
    int n = 0;
    for (int group = 0; group < FAR_GROUPS; ++group) {
        bool found = false;
        double at[2];
        far_place(group, at);
        for (emix_index k = 0; k < emix_model_n_components(model); ++k) {
            const double *mean = emix_model_means(model) + 2 * k;
            found = found || hypot(mean[0] - at[0], mean[1] - at[1]) < 30.0;
        }
        n += found;
    }
    return n;
}

Test(starts, seeds_of_a_large_data_set_find_tiny_groups_far_away)
{
    double *x = rows_with_far_groups();
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(MANY_ROWS, 2, x, 2, NULL, &data, NULL), EMIX_OK));
    for (int seed = 0; seed < 20; ++seed) {
        FitCase options = fit_case_default();
        EmixFit *fit = NULL;
        EmixModel *model = NULL;
        options.n_components = 8;
        options.init_method = EMIX_INIT_KMEANSPP;
        options.n_starts = 1;
        options.max_iterations = 0;
        options.search = EMIX_SEARCH_NONE;
        options.seed = (uint64_t)seed;
        cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, NULL), EMIX_OK));
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
        cr_expect(eq(int, n_groups_with_a_mean(model), FAR_GROUPS), "seed %d", seed);
        emix_model_destroy(model);
        emix_fit_destroy(fit);
    }
    emix_dataset_destroy(data);
    free(x);
}
