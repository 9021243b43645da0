/* Runs: from an initial model, from all starts, or from the winner of a tournament. */
#include "engine/fitter_internal.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "models/mixture.h"
#include "parallel/parallel.h"

/* Iterations of the tournament's rounds; the last number serves all later ones. */
static const int burst_lengths[] = {3, 3, 5, 8, 10};
enum { N_BURSTS = sizeof burst_lengths / sizeof burst_lengths[0], FULL_DATA_ROUNDS = 2 };

/* ---- progress ---- */

static void report_progress(EmixFitter *f, const EmixEmOutcome *outcome)
{
    if (f->options.progress == NULL) {
        return;
    }
    const EmixProgress progress = {
        .n_starts = f->initial_params ? 0 : f->options.n_starts,
        .starts_done = f->starts_done,
        .n_iterations = outcome->n_iterations,
        .log_likelihood = outcome->log_likelihood,
        .gap = outcome->gap,
        .elapsed_s = emix_clock_s() - f->began_s,
    };
    if (f->options.progress(f->options.progress_context, &progress) != 0) {
        atomic_store(&f->cancelled, true);
    }
}

/* Of runs on the calling thread. */
static bool observe_and_report(void *context, const EmixEmOutcome *outcome)
{
    EmixFitter *f = context;
    report_progress(f, outcome);
    return atomic_load(&f->cancelled);
}

/* Of runs on other threads: callbacks come from the calling thread alone. */
static bool observe_silently(void *context, const EmixEmOutcome *outcome)
{
    (void)outcome;
    const EmixFitter *f = context;
    return atomic_load(&f->cancelled);
}

/* ---- one candidate ---- */

static bool is_sound(EmixEngine *e)
{
    const double mean_row_weight = e->data->total_weight / (double)e->data->n_rows;
    for (emix_index k = 0; k < e->spec.kernel_shape.n_components; ++k) {
        if (emix_mixture_state(&e->spec, k, emix_engine_stats(e), e->current.params,
                               e->current.derived, mean_row_weight, emix_engine_scratch(e),
                               NULL) != 0) {
            return false;
        }
    }
    return true;
}

static void load_params(EmixEngine *e, const double *params)
{
    memcpy(e->current.params, params, (size_t)e->sizes.params * sizeof *params);
}

static EmixStatus run_to_the_end(EmixFitter *f, EmixEngine *e, int worker, EmixEmOutcome *outcome,
                                 EmixError *error)
{
    const EmixEmOptions options = {
        .rule = f->options.stop_rule,
        .tolerance = f->options.tolerance,
        .max_iterations = f->options.max_iterations,
        .observe = worker == 0 ? observe_and_report : observe_silently,
        .observe_context = f,
    };
    return emix_em_run(e, &options, outcome, error);
}

/* What a round does to each candidate that is still alive. */
typedef struct Round {
    EmixFitter *fitter;
    EngineTeam *team;
    bool draw;   /* the candidates are yet to be drawn */
    int n_burst; /* EM iterations; 0 = a run to the end */
} Round;

static EmixStatus advance_candidate(const Round *round, int start, int worker)
{
    EmixStatus status = EMIX_OK;
    EmixFitter *f = round->fitter;
    EmixEngine *e = round->team->engines[worker];
    EmixCandidate *c = &f->candidates.all[start];
    if (round->draw) {
        EMIX_TRY(emix_starter_start(round->team->starters[worker], f->options.init_method,
                                    f->options.seed, start, NULL));
    } else {
        load_params(e, c->params);
        EMIX_TRY(emix_engine_prepare(e, NULL));
    }
    if (round->n_burst > 0) {
        EMIX_TRY(emix_em_burst(e, round->n_burst, &c->objective, NULL));
    } else {
        EMIX_TRY(run_to_the_end(f, e, worker, &c->outcome, NULL));
        c->objective = c->outcome.log_likelihood;
    }
cleanup:
    c->failed = status != EMIX_OK;
    c->drawn = true;
    c->sound = !c->failed && is_sound(e);
    memcpy(c->params, e->current.params, (size_t)e->sizes.params * sizeof *c->params);
    return EMIX_OK; /* a start that fails loses; it does not end the fit */
}

static EmixStatus round_task(void *context, int task, int worker)
{
    const Round *round = context;
    EmixFitter *f = round->fitter;
    if (atomic_load(&f->cancelled)) {
        return EMIX_OK;
    }
    const int start = f->candidates.order[task];
    advance_candidate(round, start, worker);
    if (worker == 0 && round->n_burst > 0) {
        const EmixEmOutcome so_far = {.log_likelihood = f->candidates.all[start].objective,
                                      .gap = NAN};
        if (round->draw) {
            f->starts_done = task + 1;
        }
        report_progress(f, &so_far);
    }
    return EMIX_OK;
}

static void run_round(Round *round, int n_alive)
{
    EmixCandidates *candidates = &round->fitter->candidates;
    emix_parallel_for(n_alive, round->team->n_engines, round_task, round);
    emix_candidates_rank(candidates, n_alive);
}

/* ---- competitions ---- */

static int halve(int n)
{
    return (n + 1) / 2;
}

static int rounds_left(int n_alive)
{
    int rounds = 0;
    for (; n_alive > 1; n_alive = halve(n_alive)) {
        ++rounds;
    }
    return rounds;
}

/* Bursts of EM, the better half kept each time. */
static void run_tournament(EmixFitter *f)
{
    EmixEngine *full_engine[] = {f->engine};
    EngineTeam full = {.n_engines = 1, .engines = full_engine};
    int n_alive = f->options.n_starts;
    for (int r = 0; r == 0 || n_alive > 1; ++r) {
        const bool late = f->subsample != NULL && r > 0 && rounds_left(n_alive) <= FULL_DATA_ROUNDS;
        Round round = {
            .fitter = f,
            .team = late ? &full : &f->early,
            .draw = r == 0,
            .n_burst = burst_lengths[r < N_BURSTS ? r : N_BURSTS - 1],
        };
        run_round(&round, n_alive);
        n_alive = halve(n_alive);
        f->starts_done = f->options.n_starts;
        if (atomic_load(&f->cancelled)) {
            return;
        }
    }
}

static const char *failure_reason(unsigned flags)
{
    return flags & EMIX_FLAG_EMPTY      ? "no row is left to it"
           : flags & EMIX_FLAG_FEW_ROWS ? "it holds too few rows for a full covariance"
                                        : "its covariance has collapsed onto a lower dimension";
}

/* The message of a fit without any sound start: the first component at fault of the engine's
 * current point. */
static EmixStatus fail_degenerate(EmixFitter *f, EmixError *error)
{
    EmixEngine *e = f->engine;
    const double mean_row_weight = e->data->total_weight / (double)e->data->n_rows;
    for (emix_index k = 0; k < e->spec.kernel_shape.n_components; ++k) {
        const unsigned flags = emix_mixture_state(&e->spec, k, emix_engine_stats(e),
                                                  e->current.params, e->current.derived,
                                                  mean_row_weight, emix_engine_scratch(e), NULL);
        if (flags != 0) {
            return emix_fail(
                error, EMIX_ERR_DEGENERATE,
                "no usable model%s: component %lld of %lld is degenerate (effective count %.4g of "
                "%.6g rows, %lld features): %s; use fewer components",
                f->initial_params ? " from the initial one" : " from any start", (long long)k + 1,
                (long long)e->spec.kernel_shape.n_components,
                emix_mixture_count(&e->spec, k, emix_engine_stats(e), emix_engine_scratch(e)),
                e->data->total_weight, (long long)e->spec.kernel_shape.n_features,
                failure_reason(flags));
        }
    }
    return emix_fail(error, EMIX_ERR_DEGENERATE, "no start led to a usable model");
}

/* Runs candidates to the end, best first, until one is sound. */
static EmixStatus finish_tournament(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    for (int rank = 0; rank < f->candidates.n; ++rank) {
        EmixCandidate *c = &f->candidates.all[f->candidates.order[rank]];
        if (!c->drawn || c->failed) {
            break;
        }
        load_params(f->engine, c->params);
        EmixStatus status = emix_engine_prepare(f->engine, error);
        if (status == EMIX_OK) {
            status = run_to_the_end(f, f->engine, 0, outcome, error);
        }
        c->failed = status != EMIX_OK;
        c->sound = !c->failed && is_sound(f->engine);
        c->objective = outcome->log_likelihood;
        if (c->sound) {
            return EMIX_OK;
        }
    }
    return fail_degenerate(f, error);
}

/* Every start to its end; the best sound one wins. */
static EmixStatus run_all_starts(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Round round = {.fitter = f, .team = &f->early, .draw = true};
    run_round(&round, f->options.n_starts);
    const EmixCandidate *best = &f->candidates.all[f->candidates.order[0]];
    if (!best->drawn || best->failed) {
        return emix_fail(error, EMIX_ERR_DEGENERATE, "no start led to a usable model");
    }
    load_params(f->engine, best->params);
    EMIX_TRY(emix_engine_prepare(f->engine, error));
    EMIX_TRY(emix_engine_pass(f->engine, EMIX_PASS_ASSESS, error));
    *outcome = best->outcome;
    outcome->log_likelihood = emix_engine_log_likelihood(f->engine);
    outcome->assessed = true;
    if (!best->sound) {
        return fail_degenerate(f, error);
    }
cleanup:
    return status;
}

static EmixStatus run_from_initial(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    load_params(f->engine, f->initial_params);
    EMIX_TRY(emix_engine_prepare(f->engine, error));
    EMIX_TRY(run_to_the_end(f, f->engine, 0, outcome, error));
    if (!is_sound(f->engine)) {
        return fail_degenerate(f, error);
    }
cleanup:
    return status;
}

EmixStatus emix_fitter_compete(EmixFitter *f, EmixEmOutcome *outcome, EmixError *error)
{
    if (f->initial_params != NULL) {
        return run_from_initial(f, outcome, error);
    }
    emix_candidates_reset(&f->candidates);
    if (f->options.init_method != EMIX_INIT_TOURNAMENT) {
        return run_all_starts(f, outcome, error);
    }
    run_tournament(f);
    return finish_tournament(f, outcome, error);
}
