/* Checkpoints: a fit resumed from any state that it saved ends with the same bits. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "fit/fitter.h"
#include "fit/latent_fitter.h"
#include "poisson_mixture.h"
#include "support/blobs.h"
#include "support/workers.h"
#include "support/fit_case.h"
#include "support/shelf.h"

enum { N_ROWS = 307, K = 3, D = 2 };

/* ---- mixtures ---- */

static EmixDataset *dataset_of(const double *x)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, x, D, NULL, &data, NULL), EMIX_OK));
    return data;
}

static FitCase options_of(EmixInitMethod method)
{
    FitCase options = fit_case_default();
    options.n_components = K;
    options.n_starts = 6;
    options.init_method = method;
    use_workers(2);
    options.checkpoint_interval_s = 0.0;
    return options;
}

/* The result of a fit: everything that a model file holds. */
typedef struct Ending {
    double weights[K];
    double means[K * D];
    double covariances[K * D * D];
    double numbers[9];
    int counts[7];
} Ending;

static Ending ending_of(const EmixModel *model)
{
    const EmixFitReport *r = emix_model_report(model);
    Ending e;
    memset(&e, 0, sizeof e);
    memcpy(e.weights, emix_model_weights(model), sizeof e.weights);
    memcpy(e.means, emix_model_means(model), sizeof e.means);
    for (emix_index k = 0; k < K; ++k) {
        emix_model_covariance_matrix(model, k, e.covariances + k * D * D, NULL);
    }
    const double numbers[] = {
        r->log_likelihood, r->objective, r->entropy, r->classification_log,  r->decrease_ulps,
        r->delta2,         r->rate,      r->gap,     r->min_eigenvalue_ratio};
    const int counts[] = {(int)r->stop,
                          r->n_iterations,
                          r->n_passes,
                          r->n_single_passes,
                          r->n_extrapolations,
                          r->n_starts_finished,
                          r->n_starts_reached_best};
    memcpy(e.numbers, numbers, sizeof e.numbers);
    memcpy(e.counts, counts, sizeof e.counts);
    return e;
}

static EmixFitter *fitter_of(const EmixDataset *data, const FitCase *options,
                             const EmixStore *store, EmixError *error)
{
    EmixFitter *fitter = NULL;
    EmixSpec *spec = NULL;
    const EmixFitOptions how = fit_case_options(options);
    cr_assert(eq(int, fit_case_spec(options, data->n_features, &spec, error), EMIX_OK));
    cr_assert(
        eq(int, emix_fitter_create(workers(), data, spec, &how, store, &fitter, error), EMIX_OK));
    emix_spec_destroy(spec);
    return fitter;
}

static EmixStatus fit(const EmixDataset *data, const FitCase *options, Shelf *shelf, Ending *ending,
                      EmixError *error)
{
    const EmixStore store = shelf_store(shelf);
    EmixModel *model = NULL;
    EmixFitter *fitter = fitter_of(data, options, &store, error);
    EmixStatus status = emix_fitter_run(fitter, error);
    if (status == EMIX_OK) status = emix_fitter_model(fitter, &model, error);
    if (status == EMIX_OK) *ending = ending_of(model);
    emix_model_destroy(model);
    emix_fitter_destroy(fitter);
    return status;
}

static void must_fit(const EmixDataset *data, const FitCase *options, Shelf *shelf, Ending *ending)
{
    EmixError error = {{0}};
    cr_assert(eq(int, fit(data, options, shelf, ending, &error), EMIX_OK), "%s", error.message);
}

/* A data set, and a whole fit to it with all the states that it saved. */
typedef struct Problem {
    double *x;
    EmixDataset *data;
    Shelf *shelf;
    Ending whole;
} Problem;

static Problem problem_of(const FitCase *options)
{
    Problem p = {.x = blobs(N_ROWS, K, D, 5), .shelf = shelf_create()};
    p.data = dataset_of(p.x);
    must_fit(p.data, options, p.shelf, &p.whole);
    return p;
}

static void problem_clear(Problem *p)
{
    shelf_clear(p->shelf);
    emix_dataset_destroy(p->data);
    free(p->x);
}

/* Saves whenever possible, and resumes from each of the states, as after a kill at that moment. */
static void expect_same_end_from_every_state(const FitCase *options, int most_states)
{
    Shelf *later = shelf_create();
    Problem p = problem_of(options);
    cr_assert(gt(int, p.shelf->n_states, 10));
    const int step = p.shelf->n_states / most_states + 1;
    for (int i = 0; i < p.shelf->n_states; i += step) {
        FitCase other = *options;
        Ending end;
        use_workers(1 + i / step % 3);
        other.checkpoint_interval_s = 1e9;
        later->loaded = &p.shelf->states[i];
        must_fit(p.data, &other, later, &end);
        cr_assert(zero(int, memcmp(&end, &p.whole, sizeof end)),
                  "from state %d of %d, %d workers: %.17g after %d passes, not %.17g after %d", i,
                  p.shelf->n_states, 1 + i / step % 3, end.numbers[0], end.counts[2],
                  p.whole.numbers[0], p.whole.counts[2]);
    }
    cr_expect(zero(int, later->n_states), "a fit that goes on has its state on disk already");
    shelf_clear(later);
    problem_clear(&p);
}

Test(checkpoint, a_tournament_ends_the_same_from_every_state)
{
    const FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    expect_same_end_from_every_state(&options, 60);
}

Test(checkpoint, starts_run_to_the_end_side_by_side_end_the_same_from_every_state)
{
    for (int covariance = 0; covariance < EMIX_N_COVARIANCES; ++covariance) {
        FitCase options = options_of(EMIX_INIT_KMEANSPP);
        options.covariance = (EmixCovariance)covariance;
        use_workers(3);
        expect_same_end_from_every_state(&options, 40);
    }
}

Test(checkpoint, every_rule_ends_the_same_from_every_state)
{
    static const double tolerances[EMIX_N_STOP_RULES] = {
        [EMIX_STOP_ON_GAP] = 1e-6,    [EMIX_STOP_ON_LOGLIK] = 1e-8, [EMIX_STOP_ON_Q] = 1e-8,
        [EMIX_STOP_ON_PARAMS] = 1e-6, [EMIX_STOP_ON_NONE] = 0.0,
    };
    for (int rule = 0; rule < EMIX_N_STOP_RULES; ++rule) {
        for (int method = 0; method < EMIX_N_ACCELERATIONS; ++method) {
            FitCase options = options_of(EMIX_INIT_RANDOM_ROWS);
            options.n_starts = 2;
            options.stop_rule = (EmixStopRule)rule;
            options.acceleration = (EmixAcceleration)method;
            options.tolerance = tolerances[rule];
            options.max_iterations = 41;
            expect_same_end_from_every_state(&options, 25);
        }
    }
}

Test(checkpoint, mixed_precision_and_priors_end_the_same_from_every_state)
{
    FitCase options = options_of(EMIX_INIT_RANDOM_ROWS);
    options.precision = EMIX_PRECISION_MIXED;
    expect_same_end_from_every_state(&options, 40);
    options = options_of(EMIX_INIT_KMEANSPP);
    options.prior = EMIX_PRIOR_CONJUGATE;
    expect_same_end_from_every_state(&options, 40);
}

Test(checkpoint, runs_that_begin_with_other_e_steps_end_the_same_from_every_state)
{
    for (int e_step = 0; e_step < EMIX_N_E_STEPS; ++e_step) {
        FitCase options = options_of(EMIX_INIT_KMEANSPP);
        options.e_step = (EmixEStep)e_step;
        expect_same_end_from_every_state(&options, 30);
    }
}

static void ignore_pass(void *context, const EmixPassRecord *record)
{
    (void)record;
    ++*(int *)context;
}

Test(checkpoint, a_traced_fit_ends_the_same_from_every_state)
{
    int n_traced = 0;
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    options.trace = ignore_pass;
    options.trace_context = &n_traced;
    expect_same_end_from_every_state(&options, 60);
    cr_expect(gt(int, n_traced, 0));
}

/* ---- interruptions ---- */

static int stop_soon(void *context, const EmixProgress *progress)
{
    int *left = context;
    return progress->phase >= EMIX_PHASE_STARTS && --*left <= 0;
}

/* Ends every process after some calls, and resumes from the file that it left. */
static void expect_same_end_in_pieces(const FitCase *options, const char *path)
{
    Problem p = problem_of(options);
    FitCase pieces = *options;
    pieces.checkpoint_path = path;
    pieces.checkpoint_interval_s = 1e9;
    pieces.progress = stop_soon;
    int n_pieces = 0;
    for (bool over = false; !over; ++n_pieces) {
        int left = 4 + n_pieces % 5;
        EmixFit *piece = NULL;
        EmixModel *model = NULL;
        EmixError error = {{0}};
        pieces.progress_context = &left;
        /* A single worker makes all the calls; among several, the number of calls per worker
         * varies. */
        use_workers(n_pieces <= 5 ? 1 : 1 + n_pieces % 3);
        cr_assert(lt(int, n_pieces, 5000), "no progress");
        cr_assert(eq(int, fit_case_create(workers(), p.data, &pieces, &piece, &error), EMIX_OK));
        const EmixStatus status = emix_fit_run(piece, &error);
        /* A fit cut short early may not have a usable model yet. */
        cr_assert(status == EMIX_OK || status == EMIX_ERR_INTERRUPTED, "%s", error.message);
        over = status == EMIX_OK && emix_fit_report(piece)->stop != EMIX_STOP_INTERRUPTED;
        if (over) {
            cr_assert(eq(int, emix_fit_model(piece, &model, NULL), EMIX_OK));
            const Ending end = ending_of(model);
            cr_expect(zero(int, memcmp(&end, &p.whole, sizeof end)), "%.17g not %.17g",
                      end.numbers[0], p.whole.numbers[0]);
            cr_expect(eq(int, emix_fit_checkpoint_status(piece, NULL), EMIX_OK));
            cr_expect(eq(int, emix_fit_checkpoint_discard(piece, NULL), EMIX_OK));
        }
        emix_model_destroy(model);
        emix_fit_destroy(piece);
    }
    cr_expect(gt(int, n_pieces, 5));
    cr_expect(ne(int, access(path, F_OK), 0));
    problem_clear(&p);
}

static void in_scratch(char path[64])
{
    snprintf(path, 64, "/tmp/emix-checkpoint-%ld", (long)getpid());
    unlink(path);
}

Test(checkpoint, a_fit_interrupted_again_and_again_ends_the_same)
{
    char path[64];
    in_scratch(path);
    for (int method = 0; method < EMIX_N_INIT_METHODS; ++method) {
        const FitCase options = options_of((EmixInitMethod)method);
        expect_same_end_in_pieces(&options, path);
    }
    FitCase options = options_of(EMIX_INIT_KMEANSPP);
    int n_traced = 0;
    options.trace = ignore_pass;
    options.trace_context = &n_traced;
    options.precision = EMIX_PRECISION_MIXED;
    expect_same_end_in_pieces(&options, path);
}

/* ---- checkpoints of other fits ---- */

/* Expects that a fit with these options refuses the state, for `reason`. */
static void expect_other_fit(const EmixDataset *data, const FitCase *options, Shelf *shelf,
                             const char *reason)
{
    Ending end;
    EmixError error = {{0}};
    cr_expect(eq(int, fit(data, options, shelf, &end, &error), EMIX_ERR_FORMAT), "%s", reason);
    cr_expect(ne(ptr, strstr(error.message, reason), NULL), "\"%s\" does not say \"%s\"",
              error.message, reason);
}

Test(checkpoint, a_state_of_other_options_is_refused_by_name)
{
    const FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    int n_traced = 0;
    Problem p = problem_of(&options);
    p.shelf->loaded = &p.shelf->states[p.shelf->n_states / 2];
#define REFUSED(member, value, reason)                                                             \
    do {                                                                                           \
        FitCase other = options;                                                                   \
        other.member = (value);                                                                    \
        expect_other_fit(p.data, &other, p.shelf, reason);                                         \
    } while (0)
    REFUSED(seed, 7, "seed was 0, and is 7 now");
    REFUSED(n_components, 2, "shelf: is the checkpoint of another fit: ");
    REFUSED(covariance, EMIX_COVARIANCE_DIAG, "another fit: ");
    REFUSED(init_method, EMIX_INIT_KMEANSPP, "init-method was tournament, and is kmeans++ now");
    REFUSED(n_starts, 7, "starts was 6, and is 7 now");
    REFUSED(stop_rule, EMIX_STOP_ON_LOGLIK, "stop was gap, and is loglik now");
    REFUSED(tolerance, 1e-7, "tol was ");
    REFUSED(max_iterations, 999, "max-iter was 1000, and is 999 now");
    REFUSED(acceleration, EMIX_ACCELERATION_NONE, "accelerate was squarem, and is none now");
    REFUSED(precision, EMIX_PRECISION_MIXED, "another fit: ");
    REFUSED(eigenvalue_ratio, 50.0, "eigenvalue-ratio was none, and is 50 now");
    REFUSED(equal_weights, 1, "equal-weights was no, and is yes now");
    REFUSED(e_step, EMIX_E_STEP_HARD, "e-step was batch, and is hard now");
    REFUSED(prior, EMIX_PRIOR_CONJUGATE, "prior was none, and is conjugate now");
    FitCase traced = options;
    traced.trace = ignore_pass;
    traced.trace_context = &n_traced;
    expect_other_fit(p.data, &traced, p.shelf, "trace was none, and is asked-for now");
    problem_clear(&p);
}

Test(checkpoint, a_state_of_a_prior_is_refused_under_another)
{
    const double elsewhere[D] = {0.5, -0.25};
    FitCase options = options_of(EMIX_INIT_KMEANSPP);
    options.prior = EMIX_PRIOR_CONJUGATE;
    Problem p = problem_of(&options);
    p.shelf->loaded = &p.shelf->states[0];
    REFUSED(prior_shrinkage, 0.02, "prior-shrinkage was ");
    REFUSED(prior_dof, 9.0, "prior-dof was ");
    REFUSED(prior_scale, 2.0, "prior-scale was ");
    REFUSED(prior_weights, 1.5, "prior-weights was ");
    REFUSED(prior_mean, elsewhere, "prior-mean was ");
#undef REFUSED
    problem_clear(&p);
}

Test(checkpoint, a_state_of_other_data_is_refused)
{
    const FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    Problem p = problem_of(&options);
    p.shelf->loaded = &p.shelf->states[p.shelf->n_states / 2];
    for (int i = 0; i < N_ROWS * D; i += 97) {
        const double kept = p.x[i];
        p.x[i] = kept * (1.0 + 0x1p-52);
        expect_other_fit(p.data, &options, p.shelf, "data was with hash");
        p.x[i] = kept;
    }
    EmixDataset *fewer = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS - 1, D, p.x, D, NULL, &fewer, NULL), EMIX_OK));
    expect_other_fit(fewer, &options, p.shelf, "rows was 307, and is 306 now");
    emix_dataset_destroy(fewer);
    double *weights = blob_weights(N_ROWS, 3);
    EmixDataset *weighted = NULL;
    cr_assert(eq(int, emix_dataset_create(N_ROWS, D, p.x, D, weights, &weighted, NULL), EMIX_OK));
    expect_other_fit(weighted, &options, p.shelf, "weights was none, and is given now");
    emix_dataset_destroy(weighted);
    free(weights);
    problem_clear(&p);
}

/* A file's checksum detects accidents. This test is about states that were never written like
 * that. */
Test(checkpoint, a_state_that_is_cut_short_is_no_state)
{
    const FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    Ending end;
    Problem p = problem_of(&options);
    ShelfState cut = p.shelf->states[p.shelf->n_states - 1];
    const size_t n_bytes = cut.n_bytes;
    p.shelf->loaded = &cut;
    for (size_t i = 0; i < 40; ++i) {
        EmixError error = {{0}};
        cut.n_bytes = n_bytes * i / 40;
        cr_expect(eq(int, fit(p.data, &options, p.shelf, &end, &error), EMIX_ERR_FORMAT),
                  "%zu bytes", cut.n_bytes);
    }
    problem_clear(&p);
}

/* ---- saves that fail, memory ---- */

Test(checkpoint, a_first_save_that_fails_ends_the_run_a_later_one_is_told)
{
    const FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    EmixError error = {{0}};
    Ending end;
    Problem p = problem_of(&options);
    p.shelf->saves_left = 0;
    cr_expect(eq(int, fit(p.data, &options, p.shelf, &end, &error), EMIX_ERR_IO));
    cr_expect(eq(str, error.message, (char *)"the shelf is full"));
    p.shelf->saves_left = 3;
    const EmixStore store = shelf_store(p.shelf);
    EmixFitter *fitter = fitter_of(p.data, &options, &store, NULL);
    cr_assert(eq(int, emix_fitter_run(fitter, NULL), EMIX_OK));
    memset(&error, 0, sizeof error);
    cr_expect(eq(int, emix_checkpoint_status(emix_fitter_checkpoint(fitter), &error), EMIX_ERR_IO));
    cr_expect(eq(str, error.message, (char *)"the shelf is full"));
    EmixModel *model = NULL;
    cr_assert(eq(int, emix_fitter_model(fitter, &model, NULL), EMIX_OK));
    end = ending_of(model);
    cr_expect(zero(int, memcmp(&end, &p.whole, sizeof end)), "the fit itself is not touched");
    emix_model_destroy(model);
    emix_fitter_destroy(fitter);
    problem_clear(&p);
}

Test(checkpoint, a_run_allocates_nothing_and_every_failed_allocation_is_reported)
{
    char path[64];
    in_scratch(path);
    double *x = blobs(N_ROWS, K, D, 5);
    EmixDataset *data = dataset_of(x);
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    options.search = EMIX_SEARCH_NONE; /* its local fits come and go */
    options.checkpoint_path = path;
    const long live = emix_alloc_live_blocks();
    EmixStatus status = EMIX_ERR_NOMEM;
    for (long allowed = 0; status != EMIX_OK; ++allowed) {
        EmixFit *one = NULL;
        emix_alloc_fail_after(allowed);
        status = fit_case_create(workers(), data, &options, &one, NULL);
        if (status == EMIX_OK) status = emix_fit_run(one, NULL);
        emix_alloc_fail_after(-1);
        if (status == EMIX_OK) {
            const long before = emix_alloc_count();
            cr_expect(eq(int, emix_fit_run(one, NULL), EMIX_OK), "from its own checkpoint");
            cr_expect(eq(int, emix_fit_checkpoint_discard(one, NULL), EMIX_OK));
            cr_expect(eq(long, emix_alloc_count(), before));
        } else {
            cr_assert(eq(int, status, EMIX_ERR_NOMEM));
        }
        emix_fit_destroy(one);
        cr_assert(eq(long, emix_alloc_live_blocks(), live), "after %ld allocations", allowed);
    }
    emix_dataset_destroy(data);
    free(x);
}

Test(checkpoint, options_out_of_range_are_refused)
{
    double *x = blobs(N_ROWS, K, D, 5);
    EmixDataset *data = dataset_of(x);
    static const double intervals[] = {-1.0, (double)INFINITY, (double)NAN};
    FitCase options = options_of(EMIX_INIT_TOURNAMENT);
    EmixFit *one = NULL;
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; ++i) {
        options.checkpoint_interval_s = intervals[i];
        cr_expect(
            eq(int, fit_case_create(workers(), data, &options, &one, NULL), EMIX_ERR_ARGUMENT));
    }
    options.checkpoint_interval_s = 1.0;
    options.checkpoint_path = "";
    cr_expect(eq(int, fit_case_create(workers(), data, &options, &one, NULL), EMIX_ERR_ARGUMENT));
    emix_dataset_destroy(data);
    free(x);
}

/* ---- users' own models ---- */

Test(checkpoint, a_users_model_ends_the_same_from_every_state)
{
    static const double deaths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const double days[] = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
    const EmixLatentModel model = poisson_mixture();
    FitCase options = fit_case_default();
    EmixDataset *data = NULL;
    Shelf *shelf = shelf_create();
    double whole[POISSON_N_PARAMS];
    use_workers(2);
    options.n_starts = 4;
    options.checkpoint_interval_s = 0.0;
    cr_assert(eq(int, emix_dataset_create(10, 1, deaths, 1, days, &data, NULL), EMIX_OK));
    int n_states = 0;
    for (int i = -1; i < n_states; ++i) {
        const EmixStore store = shelf_store(shelf);
        EmixLatentFitter *fitter = NULL;
        EmixError error = {{0}};
        shelf->loaded = i < 0 ? NULL : &shelf->states[i];
        options.checkpoint_interval_s = i < 0 ? 0.0 : 1e9;
        const EmixFitOptions how = fit_case_options(&options);
        cr_assert(eq(
            int,
            emix_latent_fitter_create(workers(), &model, data, &how, NULL, &store, &fitter, NULL),
            EMIX_OK));
        cr_assert(eq(int, emix_latent_fitter_run(fitter, &error), EMIX_OK), "%s", error.message);
        const double *params = emix_latent_fitter_params(fitter);
        if (i < 0) {
            memcpy(whole, params, sizeof whole);
            n_states = shelf->n_states;
            cr_assert(gt(int, n_states, 10));
        }
        cr_assert(zero(int, memcmp(params, whole, sizeof whole)), "from state %d of %d", i,
                  n_states);
        emix_latent_fitter_destroy(fitter);
    }
    shelf_clear(shelf);
    emix_dataset_destroy(data);
}
