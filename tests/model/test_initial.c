/* Fits that begin at responsibilities. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "support/blobs.h"
#include "support/fit_case.h"
#include "support/parts.h"

enum { N = 600, D = 3, K = 3 };

typedef struct Case {
    double *x;
    EmixDataset *data;
    FitCase options;
} Case;

static Case begin(EmixCovariance covariance)
{
    Case c = {.x = blobs(N, K, D, 11), .options = fit_case_default()};
    cr_assert(eq(int, emix_dataset_create(N, D, c.x, D, NULL, &c.data, NULL), EMIX_OK));
    c.options.n_components = K;
    c.options.covariance = covariance;
    c.options.acceleration = EMIX_ACCELERATION_NONE;
    return c;
}

static void end(Case *c)
{
    emix_dataset_destroy(c->data);
    free(c->x);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static EmixStatus create_and_run(const Case *c, EmixError *error)
{
    EmixFit *fit = NULL;
    EmixStatus status = fit_case_create(NULL, c->data, &c->options, &fit, error);
    if (status == EMIX_OK) status = emix_fit_run(fit, error);
    emix_fit_destroy(fit);
    return status;
}

static EmixModel *run(const Case *c, int n_workers)
{
    EmixContextOptions who = emix_context_options_default();
    EmixContext *context = NULL;
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    who.n_workers = n_workers;
    cr_assert(eq(int, emix_context_create(&who, &context, &error), EMIX_OK));
    cr_assert(eq(int, fit_case_create(context, c->data, &c->options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK));
    cr_expect(eq(int, emix_fit_report(fit)->n_starts, 0));
    emix_fit_destroy(fit);
    emix_context_destroy(context);
    return model;
}

static void expect_equal(const EmixModel *a, const EmixModel *b, double tolerance)
{
    for (int i = 0; i < K * D * D; ++i) {
        const int k = i / (D * D);
        const int row = i % (D * D) / D;
        cr_expect(fabs(covariance_entry(a, k, row, i % D) - covariance_entry(b, k, row, i % D)) <=
                  tolerance);
    }
    for (int i = 0; i < K * D; ++i) {
        cr_expect(fabs(emix_model_means(a)[i] - emix_model_means(b)[i]) <= tolerance);
    }
    for (int k = 0; k < K; ++k) {
        cr_expect(fabs(emix_model_weights(a)[k] - emix_model_weights(b)[k]) <= tolerance);
    }
}

/* The model of EM from random rows after some iterations, not yet at a maximum. */
static EmixModel *midway(Case *c)
{
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    c->options.n_starts = 1;
    c->options.init_method = EMIX_INIT_RANDOM_ROWS;
    c->options.max_iterations = 3;
    cr_assert(eq(int, fit_case_create(NULL, c->data, &c->options, &fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
    emix_fit_destroy(fit);
    return model;
}

Test(initial, responsibilities_of_a_model_lead_where_its_em_step_leads)
{
    for (int covariance = 0; covariance < EMIX_N_COVARIANCES; ++covariance) {
        Case c = begin((EmixCovariance)covariance);
        EmixModel *model = midway(&c);
        static double r[N * K];
        const EmixPrediction out = {.responsibilities = r};
        EmixDataset *q = NULL;
        cr_assert(eq(int, emix_predict(NULL, model, c.data, 0, N, &out, NULL), EMIX_OK));
        cr_assert(eq(int, emix_dataset_create(N, K, r, K, NULL, &q, NULL), EMIX_OK));
        c.options.initial = model;
        c.options.max_iterations = 1;
        EmixModel *next = run(&c, 1);
        c.options.initial = NULL;
        c.options.initial_responsibilities = q;
        c.options.max_iterations = 0;
        EmixModel *same = run(&c, 1);
        EmixModel *by_three = run(&c, 3);
        expect_equal(next, same, 1e-9);
        expect_equal(same, by_three, 0.0);
        emix_model_destroy(by_three);
        emix_model_destroy(same);
        emix_model_destroy(next);
        emix_model_destroy(model);
        emix_dataset_destroy(q);
        end(&c);
    }
}

Test(initial, a_column_of_components_is_one_hot_responsibilities)
{
    Case c = begin(EMIX_COVARIANCE_FULL);
    static double r[N * K];
    static int32_t labels[N];
    EmixDataset *one_hot = NULL;
    EmixDataset *column = NULL;
    for (int i = 0; i < N; ++i) {
        labels[i] = (i * 7) % K;
        r[i * K + labels[i]] = 1.0;
    }
    cr_assert(eq(int, emix_dataset_create(N, K, r, K, NULL, &one_hot, NULL), EMIX_OK));
    cr_assert(eq(int,
                 emix_dataset_create_typed(N, 1, labels, EMIX_INT32, 1, 1, NULL, &column, NULL),
                 EMIX_OK));
    c.options.initial_responsibilities = one_hot;
    EmixModel *a = run(&c, 2);
    c.options.initial_responsibilities = column;
    EmixModel *b = run(&c, 1);
    expect_equal(a, b, 0.0);
    emix_model_destroy(b);
    emix_model_destroy(a);
    emix_dataset_destroy(column);
    emix_dataset_destroy(one_hot);
    end(&c);
}

Test(initial, what_cannot_be_begun_with_is_refused_with_its_place)
{
    Case c = begin(EMIX_COVARIANCE_FULL);
    static double r[N * K];
    EmixDataset *q = NULL;
    EmixError error = {{0}};
    for (int i = 0; i < N * K; ++i) {
        r[i] = i % K == 2 ? 0.0 : 0.5;
    }
    const struct {
        emix_index n_rows, n_columns;
        int element; /* to be changed */
        double value;
        EmixStatus status;
        const char *text;
    } cases[] = {
        {N - 1, K, 0, 0.5, EMIX_ERR_SHAPE, "599 rows x 3 columns"},
        {N, 2, 0, 0.5, EMIX_ERR_SHAPE, "600 rows x 2 columns"},
        {N, K, 0, 0.5, EMIX_ERR_DEGENERATE, "no row to component 2"},
        {N, K, 4, -0.5, EMIX_ERR_NONFINITE, "row 2, column 2: the responsibility -0.5"},
        {N, K, 4, NAN, EMIX_ERR_NONFINITE, "row 2, column 2: the responsibility"},
        {N, K, 4, 0.6, EMIX_ERR_NONFINITE, "row 2: the responsibilities sum to 1.1"},
        {N, 1, 0, 0.5, EMIX_ERR_NONFINITE, "row 1: 0.5 is not the number of a component, 0 ... 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const double kept = r[cases[i].element];
        r[cases[i].element] = cases[i].value;
        cr_assert(eq(int,
                     emix_dataset_create(cases[i].n_rows, cases[i].n_columns, r, K, NULL, &q, NULL),
                     EMIX_OK));
        c.options.initial_responsibilities = q;
        cr_expect(eq(int, create_and_run(&c, &error), cases[i].status), "case %zu", i);
        cr_expect(ne(ptr, strstr(error.message, cases[i].text), NULL), "%s", error.message);
        emix_dataset_destroy(q);
        r[cases[i].element] = kept;
    }
    c.options.initial_responsibilities = NULL;
    EmixModel *model = midway(&c);
    c.options.initial = model;
    c.options.initial_responsibilities = c.data;
    cr_expect(eq(int, create_and_run(&c, &error), EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "different beginnings"), NULL), "%s", error.message);
    emix_model_destroy(model);
    end(&c);
}
