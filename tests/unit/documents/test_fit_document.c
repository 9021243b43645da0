/* The fit document: every member of emix.fit/1, in its order, and what follows from a report. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "support/io_support.h"
#include "model_support.h"

static char *must_document(const EmixModel *model, const EmixFitContext *context)
{
    char *text = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_fit_document(model, context, &text, &error), EMIX_OK), "%s",
              error.message);
    return text;
}

/* A model whose numbers are exact, so that the text is known in full. */
static EmixModel *round_model(void)
{
    static const double weights[] = {0.25, 0.75};
    static const double means[] = {0, 1};
    static const double covariances[] = {1, 2};
    EmixModel *model = NULL;
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, 1, weights, means, covariances,
                                            &model, NULL),
                 EMIX_OK));
    add_report(model);
    model->report.total_weight = 1.0;
    model->report.effective_rows = 1.0; /* log 1 = 0 */
    model->report.log_likelihood = -100.5;
    model->report.objective = -100.25;
    model->report.classification_log = -2.0;
    model->effective_counts[0] = 37.625;
    model->effective_counts[1] = 112.875;
    return model;
}

Test(fit_document, it_has_every_member_in_the_documented_order)
{
    const EmixFitContext context = {.read_s = 0.5, .total_s = 6.0, .peak_bytes = 123456789};
    EmixModel *model = round_model();
    char *text = must_document(model, &context);
    cr_expect(eq(str, text,
                 "{\"schema\":\"emix.fit/1\",\"version\":\"0.2.0\","
                 "\"model\":{\"family\":\"gaussian\",\"covariance\":\"VVV\",\"n_components\":2,"
                 "\"n_features\":1,\"n_parameters\":3},"
                 "\"data\":{\"n_rows\":150,\"n_features\":1,\"total_weight\":1.0,"
                 "\"effective_rows\":1.0,\"n_missing\":0,\"dtype\":\"float32\"},"
                 "\"eigenvalue_ratio\":12.5,\"fixed\":[\"means\"],"
                 "\"prior\":{\"name\":\"conjugate\",\"shrinkage\":0.02,\"dof\":6.5,"
                 "\"scale\":1.5,\"weights\":2.25,\"mean_given\":1},"
                 "\"log_likelihood\":-100.5,\"log_likelihood_per_row\":-100.5,"
                 "\"objective\":-100.25,\"bic\":-201.0,\"icl\":-205.0,\"aic\":-207.0,"
                 "\"stop\":\"iteration_limit\",\"n_iterations\":17,\"n_passes\":18,"
                 "\"e_step\":\"hard\","
                 "\"acceleration\":{\"method\":\"squarem\",\"accepted\":4,\"rejected\":1},"
                 "\"certificate\":{\"delta2\":1e-09,\"rate\":0.7,\"gap\":1.6666666666666667e-09,"
                 "\"decrease_ulps\":2.5,"
                 "\"min_eigenvalue_ratio\":0.00125,\"flags\":[\"covariance_floor\",\"empty\"]},"
                 "\"parts\":{\"weights\":[0.25,0.75],\"means\":[[0.0],[1.0]],"
                 "\"covariances\":[[[1.0]],[[2.0]]]},"
                 "\"components\":[{\"weight\":0.25,\"effective_count\":37.625,"
                 "\"flags\":[\"covariance_floor\",\"empty\"]},"
                 "{\"weight\":0.75,\"effective_count\":112.875,\"flags\":[]}],"
                 "\"time\":{\"read_s\":0.5,\"init_s\":0.25,\"em_s\":4.5,\"pass_s\":0.25,"
                 "\"total_s\":6.0},"
                 "\"memory\":{\"peak_bytes\":123456789},\"threads\":2,\"seed\":42,"
                 "\"starts\":{\"n\":32,\"finished\":9,\"reached_best\":5},"
                 "\"search\":{\"rounds\":0,\"tried\":0,\"accepted\":0,\"respawned\":0,"
                 "\"looked_at\":0,\"residual\":0.0,\"passes\":0.0}}"));
    emix_text_destroy(text);
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static void expect_null(const json_t *root, const char *object, const char *member)
{
    const json_t *inner = object != NULL ? json_object_get(root, object) : root;
    const bool null = json_is_null(json_object_get(inner, member));
    cr_expect(eq(int, null, 1), "%s", member);
}

Test(fit_document, what_is_not_known_is_null)
{
    EmixModel *model = round_model();
    model->report.delta2 = model->report.rate = model->report.gap = (double)NAN;
    model->report.n_passes = 0;
    model->report.log_likelihood = -INFINITY;
    char *text = must_document(model, NULL);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(ne(ptr, root, NULL));
    expect_null(root, "certificate", "delta2");
    expect_null(root, "certificate", "rate");
    expect_null(root, "certificate", "gap");
    expect_null(root, "time", "read_s");
    expect_null(root, "time", "pass_s");
    expect_null(root, "time", "total_s");
    expect_null(root, "memory", "peak_bytes");
    expect_null(root, NULL, "log_likelihood");
    json_decref(root);
    emix_text_destroy(text);
    emix_model_destroy(model);
}

Test(fit_document, a_seed_beyond_signed_integers_is_a_string)
{
    EmixModel *model = round_model();
    model->options.starts.seed = INT64_MAX;
    char *text = must_document(model, NULL);
    expect_contains(text, "\"seed\":9223372036854775807,");
    emix_text_destroy(text);
    model->options.starts.seed = UINT64_MAX;
    text = must_document(model, NULL);
    expect_contains(text, "\"seed\":\"18446744073709551615\",");
    emix_text_destroy(text);
    emix_model_destroy(model);
}

Test(fit_document, a_model_without_a_fit_has_none)
{
    EmixModel *model = random_model(1, 1, 1);
    char *text = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_fit_document(model, NULL, &text, &error), EMIX_ERR_ARGUMENT));
    expect_contains(error.message, "was not made by a fit");
    cr_expect(eq(int, emix_fit_document(NULL, NULL, &text, NULL), EMIX_ERR_ARGUMENT));
    cr_expect(eq(ptr, text, NULL));
    emix_text_destroy(NULL);
    emix_model_destroy(model);
}

Test(fit_document, every_failed_allocation_is_reported_and_leaks_nothing)
{
    EmixModel *model = random_model(20, 1, 1);
    add_report(model);
    const long before = emix_alloc_live_blocks();
    EmixStatus status = EMIX_ERR_NOMEM;
    for (long allowed = 0; status != EMIX_OK; ++allowed) {
        char *text = NULL;
        emix_alloc_fail_after(allowed);
        status = emix_fit_document(model, NULL, &text, NULL);
        emix_alloc_fail_after(-1);
        cr_expect(eq(int, status == EMIX_OK, text != NULL));
        emix_text_destroy(text);
        cr_expect(eq(long, emix_alloc_live_blocks(), before));
        cr_assert(lt(long, allowed, 100));
    }
    emix_model_destroy(model);
}

Test(report, criteria_follow_their_definitions)
{
    const EmixFitReport report = {.log_likelihood = -180.0,
                                  .n_parameters = 44,
                                  .total_weight = 300.0,
                                  .effective_rows = 150.0,
                                  .classification_log = -1.5};
    /* Two roundings each: 4 ulp are enough. */
    cr_expect(ieee_ulp_eq(dbl, emix_report_bic(&report), -360.0 - 44.0 * log(150.0), 4));
    cr_expect(ieee_ulp_eq(dbl, emix_report_icl(&report), -363.0 - 44.0 * log(150.0), 4));
    cr_expect(ieee_ulp_eq(dbl, emix_report_aic(&report), -448.0, 0));
}

Test(report, single_flags_have_names)
{
    cr_expect(eq(str, (char *)emix_flag_name(EMIX_FLAG_FLOOR), "covariance_floor"));
    cr_expect(eq(str, (char *)emix_flag_name(EMIX_FLAG_DECREASE), "objective_decreased"));
    cr_expect(eq(ptr, (void *)emix_flag_name(0), NULL));
    cr_expect(eq(ptr, (void *)emix_flag_name(3), NULL));
    cr_expect(eq(ptr, (void *)emix_flag_name(1u << 31), NULL));
}
