/* What a fit leaves behind beside its parameters: how it was asked for, and what came of its
 * starts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <emix/emix.h>

#include "support/fit_case.h"

static EmixDataset *read_data(const char *name)
{
    char path[512];
    EmixDataset *data = NULL;
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &data, NULL), EMIX_OK));
    return data;
}

static EmixModel *must_fit(const EmixDataset *data, const FitCase *options)
{
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, fit_case_create(NULL, data, options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK), "%s", error.message);
    emix_fit_destroy(fit);
    return model;
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
    EmixModel *first = must_fit(data, &options);
    options.initial = first;
    EmixModel *second = must_fit(data, &options);
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
