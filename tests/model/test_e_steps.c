/* Other E-steps at the beginning of a run: what they climb, and which maxima they reach. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "support/blobs.h"
#include "support/parts.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { MAX_RECORDS = 60000, N_BLOB_ROWS = 1201, N_BLOB_FEATURES = 3, N_OTHER = 3 };

static const EmixEStep others[N_OTHER] = {EMIX_E_STEP_INCREMENTAL, EMIX_E_STEP_HARD,
                                          EMIX_E_STEP_ANNEALED};
static const char *const names[EMIX_N_E_STEPS] = {"batch", "incremental", "hard", "annealed"};
static const EmixStep steps[EMIX_N_E_STEPS] = {EMIX_STEP_EM, EMIX_STEP_INCREMENTAL, EMIX_STEP_HARD,
                                               EMIX_STEP_ANNEALED};

/* ---- fits and their records ---- */

typedef struct Trace {
    int n;
    EmixPassRecord records[MAX_RECORDS];
} Trace;

static void keep(void *context, const EmixPassRecord *record)
{
    Trace *trace = context;
    cr_assert(lt(int, trace->n, MAX_RECORDS));
    trace->records[trace->n++] = *record;
}

static EmixDataset *table(const char *name)
{
    char path[512];
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    snprintf(path, sizeof path, "%s/data/%s.csv", EMIX_TESTS_DIR, name);
    cr_assert(eq(int, emix_dataset_read(workers(), path, NULL, &data, &error), EMIX_OK), "%s",
              error.message);
    return data;
}

static EmixStatus try_fit(const EmixDataset *data, const FitCase *options, EmixModel **model,
                          EmixError *error)
{
    EmixFit *fit = NULL;
    EmixStatus status = fit_case_create(workers(), data, options, &fit, error);
    if (status == EMIX_OK) status = emix_fit_run(fit, error);
    if (status == EMIX_OK) status = emix_fit_model(fit, model, error);
    emix_fit_destroy(fit);
    return status;
}

static EmixModel *must_fit(const EmixDataset *data, const FitCase *options)
{
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, try_fit(data, options, &model, &error), EMIX_OK), "%s, %s: %s",
              names[options->e_step], emix_covariance_letters(options->covariance), error.message);
    return model;
}

static FitCase options_of(EmixEStep e_step, emix_index n_components)
{
    FitCase options = fit_case_default();
    options.n_components = n_components;
    options.init_method = EMIX_INIT_KMEANSPP;
    options.n_starts = 2;
    options.max_iterations = 5000;
    use_workers(2);
    options.e_step = e_step;
    return options;
}

/* ---- the climb ---- */

/* Bound on the rounding of sums over the rows. Each part of the bound is such a sum; quadratic
 * forms add n D terms of order 1, through a factor of the covariance. */
static double rounding(const EmixPassRecord *record, double row_terms)
{
    return 256.0 * DBL_EPSILON *
           (fabs(record->expected_log_joint) + record->temperature * record->entropy + row_terms);
}

/* At one temperature the objective never falls, KL is not negative, and the log-likelihood is at
 * least every earlier bound. */
static int check_climb(const Trace *trace, EmixStep step, double row_terms, const char *what)
{
    int n_steps = 0;
    for (int i = 0; i < trace->n; ++i) {
        const EmixPassRecord *now = &trace->records[i];
        const double slack = rounding(now, row_terms);
        n_steps += now->step == step;
        cr_expect(isnan(now->kl) || now->kl >= -slack, "%s, record %d: KL %g", what, i, now->kl);
        if (i == 0 || now->step == EMIX_STEP_REJECTED) {
            continue;
        }
        const EmixPassRecord *last = now - 1;
        for (; last->step == EMIX_STEP_REJECTED; --last) {
        }
        const bool comparable = last->temperature == now->temperature ||
                                (last->step == EMIX_STEP_HARD && now->step != EMIX_STEP_HARD);
        cr_expect(now->objective >= last->objective - slack || !comparable,
                  "%s, record %d: the objective falls by %g", what, i,
                  last->objective - now->objective);
        cr_expect(isnan(now->kl_before) || now->kl_before >= -slack, "%s, record %d: KL before %g",
                  what, i, now->kl_before);
    }
    return n_steps;
}

/* Expects that more passes of EM gain no more than the certificate predicts. */
static void check_maximum(const EmixDataset *data, const EmixModel *model, const char *what)
{
    const EmixFitReport *report = emix_model_report(model);
    char prior[16] = "";
    FitCase options = options_of(EMIX_E_STEP_BATCH, emix_model_n_components(model));
    options.covariance = emix_model_covariance(model);
    options.initial = model;
    options.stop_rule = EMIX_STOP_ON_NONE;
    options.max_iterations = 300;
    emix_spec_get(emix_model_spec(model), "prior", prior, sizeof prior, NULL);
    options.prior = strcmp(prior, "none") != 0 ? EMIX_PRIOR_CONJUGATE : EMIX_PRIOR_NONE;
    EmixModel *later = must_fit(data, &options);
    const double gain = emix_model_report(later)->objective - report->objective;
    cr_expect(eq(int, report->stop, EMIX_STOP_CONVERGED), "%s", what);
    cr_expect(le(dbl, report->gap, 1e-6), "%s", what);
    cr_expect(le(dbl, gain, 2.0 * report->gap + 1e-9), "%s: %g more, gap %g", what, gain,
              report->gap);
    emix_model_destroy(later);
}

static void check_e_step(const EmixDataset *data, FitCase options, Trace *trace, const char *what)
{
    trace->n = 0;
    options.trace = keep;
    options.trace_context = trace;
    EmixModel *model = must_fit(data, &options);
    const double row_terms = (double)emix_dataset_n_rows(data) *
                             (double)emix_dataset_n_features(data);
    const int n_steps = check_climb(trace, steps[options.e_step], row_terms, what);
    cr_expect(ge(int, n_steps, 3), "%s: the E-steps were made", what);
    cr_expect(eq(int, emix_model_options(model)->e_step.kind, options.e_step));
    cr_expect(eq(int, trace->records[trace->n - 1].pass, emix_model_report(model)->n_passes));
    check_maximum(data, model, what);
    emix_model_destroy(model);
}

static void check_every_e_step(const EmixDataset *data, emix_index n_components,
                               EmixPriorKind prior, const char *name)
{
    Trace *trace = calloc(1, sizeof *trace);
    for (int structure = 0; structure < EMIX_N_COVARIANCES; ++structure) {
        for (int i = 0; i < N_OTHER; ++i) {
            for (int method = 0; method < EMIX_N_ACCELERATIONS; ++method) {
                char what[128];
                FitCase options = options_of(others[i], n_components);
                options.covariance = (EmixCovariance)structure;
                options.acceleration = (EmixAcceleration)method;
                options.prior = prior;
                snprintf(what, sizeof what, "%s, %s, %s, acceleration %d", name, names[others[i]],
                         emix_covariance_letters(options.covariance), method);
                check_e_step(data, options, trace, what);
            }
        }
    }
    free(trace);
}

Test(e_steps, climb_their_bound_and_end_at_a_maximum_on_real_data)
{
    static const char *const tables[] = {"faithful", "iris", "geyser"};
    for (int t = 0; t < 3; ++t) {
        EmixDataset *data = table(tables[t]);
        check_every_e_step(data, 2, EMIX_PRIOR_NONE, tables[t]);
        emix_dataset_destroy(data);
    }
}

Test(e_steps, climb_with_row_weights_and_with_a_prior)
{
    EmixDataset *data = NULL;
    double *x = blobs(N_BLOB_ROWS, 3, N_BLOB_FEATURES, 41);
    double *weights = blob_weights(N_BLOB_ROWS, 42);
    cr_assert(eq(
        int,
        emix_dataset_create(N_BLOB_ROWS, N_BLOB_FEATURES, x, N_BLOB_FEATURES, weights, &data, NULL),
        EMIX_OK));
    check_every_e_step(data, 3, EMIX_PRIOR_NONE, "weighted blobs");
    check_every_e_step(data, 3, EMIX_PRIOR_CONJUGATE, "weighted blobs, MAP");
    emix_dataset_destroy(data);
    free(weights);
    free(x);
}

Test(e_steps, climb_with_rows_of_known_component)
{
    Trace *trace = calloc(1, sizeof *trace);
    EmixDataset *data = table("iris");
    int labels[150];
    for (int i = 0; i < 150; ++i) {
        labels[i] = i % 4 == 0 ? i / 50 : -1;
    }
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 3, NULL, NULL), EMIX_OK));
    for (int i = 0; i < N_OTHER; ++i) {
        check_e_step(data, options_of(others[i], 3), trace, names[others[i]]);
    }
    for (int i = 0; i < 150; ++i) {
        labels[i] = i / 50;
    }
    cr_assert(eq(int, emix_dataset_set_labels(data, labels, 3, NULL, NULL), EMIX_OK));
    for (int i = 0; i < N_OTHER; ++i) {
        FitCase options = options_of(others[i], 3);
        options.trace = keep;
        options.trace_context = trace;
        trace->n = 0;
        emix_model_destroy(must_fit(data, &options));
        for (int r = 0; r < trace->n; ++r) {
            const EmixPassRecord *record = &trace->records[r];
            cr_expect(le(dbl, fabs(record->entropy), rounding(record, 600.0)),
                      "%s, record %d: the rows are known, entropy %g", names[others[i]], r,
                      record->entropy);
        }
    }
    emix_dataset_destroy(data);
    free(trace);
}

/* ---- compared with 60 digits ---- */

/* Reads the passes of the reference, tests/oracle/e_step_reference.py. */
static int read_bounds(const char *name, EmixEStep e_step, double *bounds, int most)
{
    char path[512];
    char line[256];
    char kind[32];
    double bound = 0.0;
    int n = 0;
    snprintf(path, sizeof path, "%s/oracle/e_steps_%s.csv", EMIX_TESTS_DIR, name);
    FILE *file = fopen(path, "r");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%31[a-z_],%*d,%lf", kind, &bound) == 2 &&
            strcmp(kind, names[e_step]) == 0) {
            cr_assert(lt(int, n, most));
            bounds[n++] = bound;
        }
    }
    fclose(file);
    return n;
}

Test(e_steps, first_passes_agree_with_sixty_digits)
{
    static const char *const starts[] = {"iris_3", "iris_3_EEE", "iris_3_VVI", "iris_3_VII"};
    Trace *trace = calloc(1, sizeof *trace);
    EmixDataset *data = table("iris");
    for (int s = 0; s < 4; ++s) {
        char path[512];
        EmixModel *start = NULL;
        snprintf(path, sizeof path, "%s/oracle/%s.start.json", EMIX_TESTS_DIR, starts[s]);
        cr_assert(eq(int, emix_model_read(path, &start, NULL), EMIX_OK));
        for (int i = 0; i < N_OTHER; ++i) {
            double expected[16];
            const int n = read_bounds(starts[s], others[i], expected, 16);
            FitCase options = options_of(others[i], 3);
            options.covariance = emix_model_covariance(start);
            options.initial = start;
            options.max_iterations = 4;
            options.stop_rule = EMIX_STOP_ON_NONE;
            options.n_blocks = others[i] == EMIX_E_STEP_INCREMENTAL ? 4 : 0;
            options.annealing = 0.5;
            options.trace = keep;
            options.trace_context = trace;
            trace->n = 0;
            emix_model_destroy(must_fit(data, &options));
            cr_assert(ge(int, n, 5));
            cr_assert(ge(int, trace->n, n));
            for (int r = 0; r < n; ++r) {
                cr_expect(eq(int, trace->records[r].step, steps[others[i]]));
                cr_expect(le(dbl, fabs(trace->records[r].objective - expected[r]),
                             1e-12 * fabs(expected[r])),
                          "%s, %s, pass %d: %.17g, expected %.17g", starts[s], names[others[i]], r,
                          trace->records[r].objective, expected[r]);
            }
        }
        emix_model_destroy(start);
    }
    emix_dataset_destroy(data);
    free(trace);
}

/* ---- effects ---- */

static void expect_same_model(const EmixModel *a, const EmixModel *b, const char *what)
{
    cr_expect(same_values(a, b), "%s", what);
}

Test(e_steps, incremental_with_one_block_is_em_bit_for_bit)
{
    EmixDataset *data = table("faithful");
    for (int structure = 0; structure < EMIX_N_COVARIANCES; ++structure) {
        FitCase options = options_of(EMIX_E_STEP_BATCH, 2);
        options.covariance = (EmixCovariance)structure;
        options.acceleration = EMIX_ACCELERATION_NONE;
        options.stop_rule = EMIX_STOP_ON_NONE;
        options.n_starts = 1;
        options.max_iterations = 3;
        EmixModel *batch = must_fit(data, &options);
        options.e_step = EMIX_E_STEP_INCREMENTAL;
        options.n_blocks = 1;
        EmixModel *incremental = must_fit(data, &options);
        expect_same_model(batch, incremental, emix_covariance_letters(options.covariance));
        cr_expect(eq(int, emix_model_report(incremental)->n_iterations, 3));
        cr_expect(eq(int, emix_model_report(incremental)->n_passes, 5), "one more to evaluate");
        emix_model_destroy(incremental);
        emix_model_destroy(batch);
    }
    emix_dataset_destroy(data);
}

Test(e_steps, worker_count_never_changes_a_bit)
{
    enum { N = 60013 };
    EmixDataset *data = NULL;
    double *x = blobs(N, 3, N_BLOB_FEATURES, 43);
    cr_assert(eq(int,
                 emix_dataset_create(N, N_BLOB_FEATURES, x, N_BLOB_FEATURES, NULL, &data, NULL),
                 EMIX_OK));
    for (int i = 0; i < N_OTHER; ++i) {
        FitCase options = options_of(others[i], 3);
        options.n_blocks = others[i] == EMIX_E_STEP_INCREMENTAL ? 2 : 0;
        options.n_starts = 1;
        options.max_iterations = 12;
        use_workers(1);
        EmixModel *one = must_fit(data, &options);
        for (int n_workers = 2; n_workers <= 3; ++n_workers) {
            use_workers(n_workers);
            EmixModel *many = must_fit(data, &options);
            expect_same_model(one, many, names[others[i]]);
            emix_model_destroy(many);
        }
        emix_model_destroy(one);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(e_steps, incremental_needs_fewer_passes_where_em_is_slow)
{
    enum { N = 20000 };
    EmixDataset *data = NULL;
    double *x = blobs(N, 3, 2, 44);
    cr_assert(eq(int, emix_dataset_create(N, 2, x, 2, NULL, &data, NULL), EMIX_OK));
    int n_passes[2];
    double reached[2];
    for (int i = 0; i < 2; ++i) {
        FitCase options = options_of(i == 0 ? EMIX_E_STEP_BATCH : EMIX_E_STEP_INCREMENTAL, 3);
        options.acceleration = EMIX_ACCELERATION_NONE;
        options.n_starts = 1;
        EmixModel *model = must_fit(data, &options);
        n_passes[i] = emix_model_report(model)->n_passes;
        reached[i] = emix_model_report(model)->log_likelihood;
        emix_model_destroy(model);
    }
    cr_expect(gt(int, n_passes[0], 100), "EM is slow");
    cr_expect(lt(dbl, fabs(reached[0] - reached[1]), 1e-4), "the same maximum");
    cr_expect(lt(int, 4 * n_passes[1], 3 * n_passes[0]), "%d passes instead of %d", n_passes[1],
              n_passes[0]);
    emix_dataset_destroy(data);
    free(x);
}

Test(e_steps, hard_ones_go_on_until_no_row_moves)
{
    Trace *trace = calloc(1, sizeof *trace);
    EmixDataset *data = table("faithful");
    FitCase options = options_of(EMIX_E_STEP_HARD, 2);
    options.n_starts = 1;
    options.trace = keep;
    options.trace_context = trace;
    emix_model_destroy(must_fit(data, &options));
    int last = 0;
    while (last + 1 < trace->n && trace->records[last + 1].step == EMIX_STEP_HARD)
        ++last;
    cr_assert(ge(int, last, 2));
    cr_expect(eq(dbl, trace->records[last].entropy, 0.0));
    cr_expect(eq(dbl, trace->records[last].objective, trace->records[last - 1].objective),
              "the same rows make the same parameters");
    emix_dataset_destroy(data);
    free(trace);
}

/* Starts with the same random rows as means, over twenty seeds. */
Test(e_steps, annealed_ones_reach_higher_maxima_from_poor_starts)
{
    static const char *const tables[] = {"faithful", "iris", "diabetes", "geyser"};
    enum { N_SEEDS = 20 };
    for (int t = 0; t < 4; ++t) {
        EmixDataset *data = table(tables[t]);
        double mean[2] = {0.0, 0.0};
        int n_compared = 0;
        for (uint64_t seed = 0; seed < N_SEEDS; ++seed) {
            EmixModel *models[2] = {NULL, NULL};
            EmixStatus status = EMIX_OK;
            for (int i = 0; i < 2 && status == EMIX_OK; ++i) {
                FitCase options = options_of(i == 0 ? EMIX_E_STEP_BATCH : EMIX_E_STEP_ANNEALED, 3);
                options.init_method = EMIX_INIT_RANDOM_ROWS;
                options.n_starts = 1;
                options.search = EMIX_SEARCH_NONE;
                options.seed = seed;
                status = try_fit(data, &options, &models[i], NULL);
                cr_expect(status == EMIX_OK || i == 0, "%s, seed %d: annealed ones fail", tables[t],
                          (int)seed);
            }
            if (status == EMIX_OK) { /* plain EM may end in a degenerate model */
                mean[0] += emix_model_report(models[0])->log_likelihood;
                mean[1] += emix_model_report(models[1])->log_likelihood;
                ++n_compared;
            }
            emix_model_destroy(models[0]);
            emix_model_destroy(models[1]);
        }
        cr_expect(ge(int, n_compared, N_SEEDS - 2));
        cr_expect(gt(dbl, mean[1] / n_compared, mean[0] / n_compared + 0.5), "%s: %g against %g",
                  tables[t], mean[1] / n_compared, mean[0] / n_compared);
        emix_dataset_destroy(data);
    }
}

/* ---- limits ---- */

static void expect_refusal(const EmixDataset *data, const FitCase *options, EmixStatus expected,
                           const char *pattern)
{
    EmixFit *fit = NULL;
    EmixError error = {{0}};
    EmixStatus status = fit_case_create(workers(), data, options, &fit, &error);
    if (status == EMIX_OK) status = emix_fit_run(fit, &error);
    cr_expect(eq(int, status, expected), "%s", pattern);
    cr_expect(ne(ptr, strstr(error.message, pattern), NULL), "'%s', expected '%s'", error.message,
              pattern);
    emix_fit_destroy(fit);
}

Test(e_steps, options_out_of_range_are_refused)
{
    static const double powers[] = {0.0, -0.5, 1.5, NAN, INFINITY};
    EmixDataset *data = table("faithful");
    FitCase options = options_of(EMIX_E_STEP_INCREMENTAL, 2);
    options.n_blocks = 273;
    expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "273 blocks are more than the 272 rows");
    options.n_blocks = -1;
    expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "n_blocks is -1");
    options.n_blocks = 4;
    options.e_step = EMIX_E_STEP_HARD;
    expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "only incremental E-steps go by blocks");
    options.n_blocks = 0;
    options.e_step = (EmixEStep)EMIX_N_E_STEPS;
    expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "e_step.kind 4 is unknown");
    for (int i = 0; i < 5; ++i) {
        options = options_of(EMIX_E_STEP_ANNEALED, 2);
        options.annealing = powers[i];
        expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "must be above 0, at most 1");
    }
    for (int i = 0; i < N_OTHER; ++i) {
        options = options_of(others[i], 2);
        options.precision = EMIX_PRECISION_MIXED;
        expect_refusal(data, &options, EMIX_ERR_UNSUPPORTED, "mixed precision");
    }
    emix_dataset_destroy(data);
}

Test(e_steps, blocks_that_would_take_too_much_memory_are_refused)
{
    enum { N = 3000, WIDE = 40 };
    EmixDataset *data = NULL;
    double *x = blobs(N, 2, WIDE, 45);
    cr_assert(eq(int, emix_dataset_create(N, WIDE, x, WIDE, NULL, &data, NULL), EMIX_OK));
    FitCase options = options_of(EMIX_E_STEP_INCREMENTAL, 60);
    options.n_blocks = N;
    expect_refusal(data, &options, EMIX_ERR_ARGUMENT, "use at most ");
    emix_dataset_destroy(data);
    free(x);
}

Test(e_steps, as_many_blocks_as_rows_are_fine)
{
    EmixDataset *data = table("two_component");
    FitCase options = options_of(EMIX_E_STEP_INCREMENTAL, 2);
    Trace *trace = calloc(1, sizeof *trace);
    options.n_blocks = 20;
    options.n_starts = 8;
    check_e_step(data, options, trace, "20 blocks of 20 rows");
    free(trace);
    emix_dataset_destroy(data);
}

Test(e_steps, iteration_limit_counts_their_passes)
{
    EmixDataset *data = table("faithful");
    for (int i = 0; i < N_OTHER; ++i) {
        for (int limit = 0; limit < 40; limit += 3) {
            FitCase options = options_of(others[i], 2);
            options.max_iterations = limit;
            options.stop_rule = EMIX_STOP_ON_NONE;
            options.n_starts = 1;
            EmixModel *model = must_fit(data, &options);
            const EmixFitReport *report = emix_model_report(model);
            double log_likelihood = 0.0;
            cr_expect(eq(int, report->n_iterations, limit), "%s", names[others[i]]);
            cr_assert(eq(int, emix_score(workers(), model, data, &log_likelihood, NULL), EMIX_OK));
            cr_expect(lt(dbl, fabs(log_likelihood - report->log_likelihood), 1e-9),
                      "%s, limit %d: reported at the returned parameters", names[others[i]], limit);
            emix_model_destroy(model);
        }
    }
    emix_dataset_destroy(data);
}

static int stop_at(void *context, const EmixProgress *progress)
{
    int *left = context;
    if (progress->phase < EMIX_PHASE_STARTS) return 0; /* there is no likelihood yet */
    cr_expect(eq(int, isnan(progress->log_likelihood) != 0, 0));
    return --*left <= 0;
}

Test(e_steps, an_interrupted_run_leaves_a_model)
{
    EmixDataset *data = table("faithful");
    for (int i = 0; i < N_OTHER; ++i) {
        int left = 4;
        FitCase options = options_of(others[i], 2);
        options.n_starts = 1;
        use_workers(1);
        options.progress = stop_at;
        options.progress_context = &left;
        EmixModel *model = must_fit(data, &options);
        cr_expect(eq(int, emix_model_report(model)->stop, EMIX_STOP_INTERRUPTED), "%s",
                  names[others[i]]);
        cr_expect(eq(int, isfinite(emix_model_report(model)->log_likelihood) != 0, 1));
        emix_model_destroy(model);
    }
    emix_dataset_destroy(data);
}

Test(e_steps, runs_allocate_nothing_and_failed_allocations_are_reported)
{
    EmixDataset *data = table("faithful");
    for (int i = 0; i < N_OTHER; ++i) {
        FitCase options = options_of(others[i], 2);
        options.acceleration = EMIX_ACCELERATION_NONE;
        options.initial = must_fit(data, &options);
        EmixFit *fit = NULL;
        long allowed = 0;
        const long live = emix_alloc_live_blocks();
        for (EmixStatus status = EMIX_ERR_NOMEM; status != EMIX_OK; ++allowed) {
            cr_assert(lt(long, allowed, 200));
            emix_alloc_fail_after(allowed);
            status = fit_case_create(workers(), data, &options, &fit, NULL);
            if (status == EMIX_OK) status = emix_fit_run(fit, NULL);
            emix_alloc_fail_after(-1);
            if (status != EMIX_OK) {
                emix_fit_destroy(fit);
                fit = NULL;
                cr_expect(eq(long, emix_alloc_live_blocks(), live));
            }
        }
        cr_expect(gt(long, allowed, 5));
        const long before = emix_alloc_count();
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        const double first = emix_fit_report(fit)->log_likelihood;
        cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
        cr_expect(eq(long, emix_alloc_count(), before), "%s", names[others[i]]);
        cr_expect(eq(dbl, emix_fit_report(fit)->log_likelihood, first), "%s", names[others[i]]);
        emix_fit_destroy(fit);
        emix_model_destroy((EmixModel *)options.initial);
    }
    emix_dataset_destroy(data);
}
