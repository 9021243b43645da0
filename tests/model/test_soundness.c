/* No fit returns a collapsed model as a result, however its data invite one; and how a fit is run,
 * traced, saved, on how many workers, changes neither its verdict nor its bits. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <emix/emix.h>

#include "core/rng.h"
#include "support/fit_case.h"
#include "support/parts.h"

enum { N_ROWS = 90, D = 2 };

/* ---- tables on which likelihoods are unbounded ---- */

typedef enum Kind { TIES, ZEROS, CLIPPED, ONE_HOT, COPIES, OUTLIERS, POINTS, N_KINDS } Kind;

static const char *const kind_names[N_KINDS] = {"ties",   "zeros",    "clipped", "one-hot",
                                                "copies", "outliers", "points"};

static double *table_of(Kind kind, int number)
{
    double *x = malloc(sizeof(double) * N_ROWS * D);
    EmixRng rng = emix_rng_init(number, EMIX_RNG_START, kind);
    for (int i = 0; i < N_ROWS; ++i) {
        double *row = x + i * D;
        const double centre = 4.0 * (double)emix_rng_below(&rng, 3);
        for (int j = 0; j < D; ++j)
            row[j] = centre + emix_rng_normal(&rng);
        const double u = emix_rng_uniform(&rng);
        switch (kind) {
        case TIES: row[0] = round(row[0]); break;
        case ZEROS: row[0] = u < 0.6 ? 0.0 : row[0]; break;
        case CLIPPED: row[1] = fmin(row[1], 5.0); break;
        case ONE_HOT:
            row[0] = u < 0.5;
            row[1] = u > 0.8;
            break;
        case COPIES: memcpy(row, x + i / 4 * 4 * D, sizeof(double) * D); break;
        case OUTLIERS: row[0] += u < 0.05 ? 1e3 * emix_rng_normal(&rng) : 0.0; break;
        default: /* a few points, many times each */
            row[0] = 3.0 * (double)(i % 3);
            row[1] = (double)(i % 3 * (i % 3));
        }
    }
    return x;
}

/* ---- what a fit comes to ---- */

/* How a fit is run. */
typedef struct Manner {
    int n_workers;
    bool traced;
    const char *checkpoint;
} Manner;

typedef struct Outcome {
    EmixStatus status;
    EmixError error;
    EmixModel *model; /* NULL unless the status is EMIX_OK */
    int n_records;
} Outcome;

static void count_record(void *context, const EmixPassRecord *record)
{
    (void)record;
    *(int *)context += 1;
}

static Outcome fit(const double *x, const FitCase *how, Manner manner)
{
    Outcome o = {0};
    EmixContext *context = NULL;
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    EmixContextOptions who = emix_context_options_default();
    FitCase options = *how;
    who.n_workers = manner.n_workers;
    if (manner.traced) {
        options.trace = count_record;
        options.trace_context = &o.n_records;
    }
    options.checkpoint_path = manner.checkpoint;
    options.checkpoint_interval_s = 1e9;
    cr_assert(eq(int, emix_context_create(&who, &context, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    cr_assert(eq(int, fit_case_create(context, data, &options, &fit, &o.error), EMIX_OK));
    o.status = emix_fit_run(fit, &o.error);
    if (o.status == EMIX_OK) cr_assert(eq(int, emix_fit_model(fit, &o.model, NULL), EMIX_OK));
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
    emix_context_destroy(context);
    if (manner.checkpoint != NULL) unlink(manner.checkpoint);
    return o;
}

static double variance_of(const double *x, int feature)
{
    double mean = 0.0;
    double sum = 0.0;
    for (int i = 0; i < N_ROWS; ++i)
        mean += x[i * D + feature] / N_ROWS;
    for (int i = 0; i < N_ROWS; ++i)
        sum += (x[i * D + feature] - mean) * (x[i * D + feature] - mean) / N_ROWS;
    return sum;
}

/* Smallest eigenvalue of component k's covariance, columns scaled to unit variance. */
static double least_eigenvalue(const EmixModel *model, int k, const double *x)
{
    const double v0 = variance_of(x, 0);
    const double v1 = variance_of(x, 1);
    const double a = covariance_entry(model, k, 0, 0) / v0;
    const double b = covariance_entry(model, k, 1, 0) / sqrt(v0 * v1);
    const double c = covariance_entry(model, k, 1, 1) / v1;
    return 2.0 * (a * c - b * b) / (a + c + hypot(a - c, 2.0 * b));
}

static void expect_sound(const Outcome *o, const double *x, const char *what)
{
    for (int k = 0; o->model != NULL && k < emix_model_n_components(o->model); ++k) {
        cr_expect(least_eigenvalue(o->model, k, x) > 1.005e-10, "%s: component %d has collapsed",
                  what, k);
        cr_expect(emix_model_effective_counts(o->model)[k] > 0.5, "%s: component %d has no rows",
                  what, k);
        cr_expect(emix_model_component_flags(o->model)[k] &
                          (EMIX_FLAG_FLOOR | EMIX_FLAG_EMPTY | EMIX_FLAG_FEW_ROWS)
                      ? 0
                      : 1,
                  "%s: component %d is flagged", what, k);
    }
}

static void expect_same(const Outcome *a, const Outcome *b, const char *what)
{
    cr_expect(eq(int, (int)a->status, (int)b->status), "%s: %s / %s", what, a->error.message,
              b->error.message);
    cr_expect(eq(int, strcmp(a->error.message, b->error.message), 0), "%s: %s / %s", what,
              a->error.message, b->error.message);
    if (a->model != NULL && b->model != NULL) {
        const EmixFitReport *of_a = emix_model_report(a->model);
        const EmixFitReport *of_b = emix_model_report(b->model);
        const size_t counts = sizeof(double) * (size_t)emix_model_n_components(a->model);
        cr_expect(same_values(a->model, b->model), "%s: other parameters, of %s", what,
                  b->n_records > 0 ? "a trace" : "other workers");
        cr_expect(eq(int,
                     memcmp(emix_model_effective_counts(a->model),
                            emix_model_effective_counts(b->model), counts),
                     0),
                  "%s: other counts", what);
        cr_expect(of_a->log_likelihood == of_b->log_likelihood && of_a->flags == of_b->flags &&
                      of_a->n_passes == of_b->n_passes && of_a->stop == of_b->stop &&
                      of_a->n_starts_degenerate == of_b->n_starts_degenerate,
                  "%s: another report", what);
    }
}

/* ---- tests ---- */

Test(soundness, no_collapsed_model_is_returned_and_the_manner_of_a_fit_changes_nothing)
{
    static const EmixCovariance structures[] = {EMIX_COVARIANCE_FULL, EMIX_COVARIANCE_DIAG,
                                                EMIX_COVARIANCE_SPHERICAL, EMIX_COVARIANCE_TIED};
    char path[64];
    int n_ok = 0;
    int n_refused = 0;
    snprintf(path, sizeof path, "/tmp/emix-sound-%ld", (long)getpid());
    for (int c = 0; c < N_KINDS * 12; ++c) {
        const Kind kind = c % N_KINDS;
        const int number = c / N_KINDS;
        double *x = table_of(kind, number);
        FitCase how = fit_case_default();
        char what[96];
        how.n_components = 2 + number % 3;
        how.covariance = structures[number % 4];
        how.n_starts = 12;
        how.seed = (uint64_t)number;
        snprintf(what, sizeof what, "%s %d, K = %d", kind_names[kind], number,
                 (int)how.n_components);
        Outcome plain = fit(x, &how, (Manner){.n_workers = 1});
        Outcome others[] = {fit(x, &how, (Manner){.n_workers = 2, .traced = true}),
                            fit(x, &how, (Manner){.n_workers = 3, .checkpoint = path})};
        cr_expect(plain.status == EMIX_OK || plain.status == EMIX_ERR_DEGENERATE, "%s: %s", what,
                  plain.error.message);
        expect_sound(&plain, x, what);
        n_ok += plain.status == EMIX_OK;
        n_refused += plain.status != EMIX_OK;
        for (int i = 0; i < 2; ++i) {
            expect_same(&plain, &others[i], what);
            emix_model_destroy(others[i].model);
        }
        if (plain.model != NULL)
            cr_expect(eq(int, others[0].n_records, emix_model_report(plain.model)->n_passes));
        emix_model_destroy(plain.model);
        free(x);
    }
    cr_expect(n_ok > 20 && n_refused > 3, "%d fits, %d refused", n_ok, n_refused);
}

Test(soundness, a_fit_that_begins_at_a_collapsed_model_is_refused_as_starts_are)
{
    static const double weights[] = {0.5, 0.5};
    static const double means[] = {0.0, 0.0, 4.0, 4.0};
    static const double covariances[] = {1e-11, 0.0, 0.0, 1e-11, 4.0, 1.0, 1.0, 4.0};
    double *x = table_of(COPIES, 1);
    EmixModel *start = NULL;
    FitCase how = fit_case_default();
    for (int i = 0; i < N_ROWS / 2; ++i)
        x[i * D] = x[i * D + 1] = 0.0;
    cr_assert(eq(int,
                 emix_model_create_gaussian(EMIX_COVARIANCE_FULL, 2, D, weights, means, covariances,
                                            &start, NULL),
                 EMIX_OK));
    how.n_components = 2;
    how.initial = start;
    Outcome plain = fit(x, &how, (Manner){.n_workers = 1});
    Outcome traced = fit(x, &how, (Manner){.n_workers = 1, .traced = true});
    cr_expect(eq(int, (int)plain.status, EMIX_ERR_DEGENERATE));
    expect_same(&plain, &traced, "initial model");
    how.stop_rule = EMIX_STOP_ON_NONE; /* it is no more sound before the first step */
    how.max_iterations = 0;
    Outcome untouched = fit(x, &how, (Manner){.n_workers = 1});
    cr_expect(eq(int, (int)untouched.status, EMIX_ERR_DEGENERATE));
    emix_model_destroy(untouched.model);
    emix_model_destroy(plain.model);
    emix_model_destroy(traced.model);
    emix_model_destroy(start);
    free(x);
}

/* Two clusters and a row far away, where most starts give that row a component of its own. */
static double *table_with_an_outlier(uint64_t seed)
{
    double *x = malloc(sizeof(double) * N_ROWS * D);
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, N_KINDS);
    for (int i = 0; i < N_ROWS * D; ++i)
        x[i] = (i < N_ROWS ? 0.0 : 6.0) + emix_rng_normal(&rng);
    x[0] = 300.0;
    x[1] = -400.0;
    return x;
}

Test(soundness, starts_that_an_outlier_makes_useless_are_drawn_again)
{
    int n_falls = 0;
    for (int seed = 0; seed < 6; ++seed) {
        double *x = table_with_an_outlier((uint64_t)seed);
        double before = -INFINITY;
        for (int k = 1; k <= 3; ++k) {
            FitCase how = fit_case_default();
            how.n_components = k;
            Outcome o = fit(x, &how, (Manner){.n_workers = 2});
            cr_assert(eq(int, (int)o.status, EMIX_OK), "%s", o.error.message);
            const EmixFitReport *report = emix_model_report(o.model);
            cr_expect(k == 1 || report->n_starts_redrawn > 0, "seed %d, K = %d", seed, k);
            cr_expect(le(int, report->n_starts_redrawn, 3 * report->n_starts));
            n_falls += report->log_likelihood < before - 1e-6;
            before = report->log_likelihood;
            emix_model_destroy(o.model);
        }
        free(x);
    }
    cr_expect(le(int, n_falls, 1)); /* of 12 */
}

Test(soundness, starts_at_the_same_parameters_reach_the_best_as_one)
{
    double *x = table_of(TIES, 1); /* far apart, every k-means++ start is the same partition */
    FitCase how = fit_case_default();
    for (int i = 0; i < N_ROWS; ++i) {
        x[i * D] = 1000.0 * (i % 2) + sin(i);
        x[i * D + 1] = 1000.0 * (i % 2) + cos(i * i);
    }
    how.n_components = 2;
    how.n_starts = 9;
    how.init_method = EMIX_INIT_KMEANSPP;
    Outcome o = fit(x, &how, (Manner){.n_workers = 2});
    cr_assert(eq(int, (int)o.status, EMIX_OK), "%s", o.error.message);
    cr_expect(eq(int, emix_model_report(o.model)->n_starts_finished, 9));
    cr_expect(eq(int, emix_model_report(o.model)->n_starts_reached_best, 1));
    emix_model_destroy(o.model);
    free(x);
}

/* ---- weights ---- */

static Outcome fit_weighted(int n_rows, const double *x, const double *weights)
{
    Outcome o = {0};
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    FitCase how = fit_case_default();
    how.n_components = 2;
    cr_assert(eq(int, emix_dataset_create(n_rows, D, x, D, weights, &data, NULL), EMIX_OK));
    cr_assert(eq(int, fit_case_create(NULL, data, &how, &fit, &o.error), EMIX_OK));
    o.status = emix_fit_run(fit, &o.error);
    cr_assert(eq(int, (int)o.status, EMIX_OK), "%s", o.error.message);
    cr_assert(eq(int, emix_fit_model(fit, &o.model, NULL), EMIX_OK));
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
    return o;
}

static void expect_same_estimates(const EmixModel *a, const EmixModel *b, double within,
                                  const char *what)
{
    for (int i = 0; i < 2 * D; ++i) {
        const double difference = emix_model_means(a)[i] - emix_model_means(b)[i];
        cr_expect(fabs(difference) < within, "%s: a mean differs by %g", what, difference);
    }
}

Test(soundness, a_constant_factor_of_the_weights_changes_no_estimate)
{
    static const double factors[] = {1e-6, 1.0 / (3.0 * N_ROWS), 1e5};
    double *x = table_of(OUTLIERS, 2);
    double weights[N_ROWS];
    for (int i = 0; i < N_ROWS; ++i)
        x[i * D] = fmin(fmax(x[i * D], -4.0), 12.0) + 0.3 * x[i * D + 1];
    Outcome plain = fit_weighted(N_ROWS, x, NULL);
    for (int f = 0; f < 3; ++f) {
        for (int i = 0; i < N_ROWS; ++i)
            weights[i] = factors[f];
        Outcome scaled = fit_weighted(N_ROWS, x, weights);
        const EmixFitReport *report = emix_model_report(scaled.model);
        expect_same_estimates(plain.model, scaled.model, factors[f] < 1.0 ? 1e-7 : 1e-3, "factor");
        cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED));
        cr_expect(le(dbl, report->gap, 1e-6 * fmin(1.0, factors[f]))); /* nats of these weights */
        if (factors[f] < 1.0) /* above, the tolerance is tighter */
            cr_expect(eq(int, report->n_passes, emix_model_report(plain.model)->n_passes));
        emix_model_destroy(scaled.model);
    }
    emix_model_destroy(plain.model);
    free(x);
}

Test(soundness, rows_of_weight_0_are_absent)
{
    enum { FEW = 30 };
    double *x = table_of(OUTLIERS, 3);
    double weights[N_ROWS] = {0.0};
    for (int i = 0; i < N_ROWS; ++i)
        weights[i] = i < FEW;
    for (int i = 0; i < FEW; ++i)
        x[i * D] = 5.0 * (i % 2) + cos(i);
    Outcome absent = fit_weighted(FEW, x, NULL);
    Outcome weightless = fit_weighted(N_ROWS, x, weights);
    expect_same_estimates(absent.model, weightless.model, 1e-7, "weights of 0");
    cr_expect(eq(int, emix_model_report(absent.model)->n_starts_degenerate,
                 emix_model_report(weightless.model)->n_starts_degenerate));
    emix_model_destroy(absent.model);
    emix_model_destroy(weightless.model);
    free(x);
}

Test(soundness, a_cycle_among_points_of_single_precision_goes_on_in_double)
{
    enum { N = 40, WIDE = 5 };
    double x[N * WIDE];
    for (int seed = 0; seed < 12; ++seed) {
        EmixRng rng = emix_rng_init((uint64_t)seed, EMIX_RNG_START, 0);
        EmixDataset *data = NULL;
        EmixFit *fit = NULL;
        FitCase how = fit_case_default();
        how.n_components = 2;
        how.precision = EMIX_PRECISION_MIXED;
        how.max_iterations = 400;
        for (int i = 0; i < N * WIDE; ++i) { /* a ring's width, 74 away from 0, to 1e-3 */
            const double common = i % WIDE == 0 ? 0.01 * emix_rng_normal(&rng) : 0.0;
            x[i] = 74.0 + (i > 30 * WIDE ? 0.02 : 0.0) + common + 0.01 * emix_rng_normal(&rng);
            x[i] = round(1e3 * x[i]) / 1e3;
        }
        cr_assert(eq(int, emix_dataset_create(N, WIDE, x, WIDE, NULL, &data, NULL), EMIX_OK));
        cr_assert(eq(int, fit_case_create(NULL, data, &how, &fit, NULL), EMIX_OK));
        if (emix_fit_run(fit, NULL) == EMIX_OK)
            cr_expect(eq(int, (int)emix_fit_report(fit)->stop, EMIX_STOP_CONVERGED), "seed %d",
                      seed);
        emix_fit_destroy(fit);
        emix_dataset_destroy(data);
    }
}
