/* Starts, the rounds of their competition, and the run of the winner. */
#include "engine/competition.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "engine/opening.h"
#include "parallel/parallel.h"

/* A pass of fewer multiplications than this is not worth sharing among workers. */
static const double side_by_side_flops = 2.5e7;
/* Iterations of the tournament's rounds; the last number serves all later ones. */
static const int burst_lengths[] = {3, 3, 5, 8, 10};
enum { N_BURSTS = sizeof burst_lengths / sizeof burst_lengths[0], FULL_DATA_ROUNDS = 2 };
/* Where passes take microseconds, rounds are up to so many times as long: the order of starts
 * after a few iterations is not yet that of the maxima they climb to. */
enum { MAX_PATIENCE = 5 };
static const double patient_flops = 2.5e6;
/* So many survivors are run to the end where starts run side by side, the first one alone where
 * a start takes all workers. */
enum { FINALISTS = 4 };
/* Starts within this many nats of the best have reached the same maximum. */
static const double same_maximum = 0.01;
/* A sum of many terms may lose so much by rounding. */
static const double allowed_decrease_ulps = 64.0;

/* ---- life cycle ---- */

EmixStatus emix_competition_create_initial(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_opening_enable(c->engine, &c->options, error));
    EMIX_TRY_ALLOC(c->initial_params, c->engine->sizes.params);
cleanup:
    return status;
}

static void plan_rounds(EmixCompetition *c, double pass_flops)
{
    const bool small = !c->subsampled && pass_flops < side_by_side_flops;
    const int most = c->options.n_starts < FINALISTS ? c->options.n_starts : FINALISTS;
    c->n_finalists = small ? most : 1;
    c->patience = 1;
    while (small && c->patience < MAX_PATIENCE && (c->patience + 1) * pass_flops <= patient_flops) {
        ++c->patience;
    }
}

EmixStatus emix_competition_create_starts(EmixCompetition *c, const EmixModelSpec *spec,
                                          const EmixDataset *data, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const int n_starts = c->options.n_starts;
    const int n_workers = c->options.n_workers;
    const double pass_flops = (double)data->n_rows * c->engine->sizes.row_flops;
    const bool side_by_side = pass_flops < side_by_side_flops;
    const int most = side_by_side ? n_workers : 1;
    c->n_early = most < n_starts ? most : n_starts;
    c->subsampled = data != c->engine->data;
    plan_rounds(c, pass_flops);
    EMIX_TRY(emix_opening_enable(c->engine, &c->options, error));
    EMIX_TRY_ALLOC(c->early, c->n_early);
    for (int i = 0; i < c->n_early; ++i) {
        EMIX_TRY(emix_engine_create(c->engine->ops, spec, data, side_by_side ? 1 : n_workers,
                                    &c->early[i], error));
        if (c->options.acceleration != EMIX_ACCELERATION_NONE && !c->subsampled) {
            EMIX_TRY(emix_engine_enable_acceleration(c->early[i], error));
        }
        if (!c->subsampled) {
            EMIX_TRY(emix_opening_enable(c->early[i], &c->options, error));
        }
    }
    EMIX_TRY(emix_candidates_init(n_starts, c->engine->sizes.params, c->options.trace != NULL,
                                  &c->candidates, error));
cleanup:
    return status;
}

void emix_competition_clear(EmixCompetition *c)
{
    emix_free(c->initial_params);
    emix_candidates_clear(&c->candidates);
    for (int i = 0; c->early != NULL && i < c->n_early; ++i) {
        emix_engine_destroy(c->early[i]);
    }
    emix_free(c->early);
    emix_engine_destroy(c->engine);
}

/* ---- progress ---- */

static void report_progress(EmixCompetition *c, const EmixEmOutcome *outcome)
{
    if (c->options.progress == NULL) {
        return;
    }
    const EmixProgress progress = {
        .n_starts = c->initial_params ? 0 : c->options.n_starts,
        .starts_done = c->starts_done,
        .n_iterations = outcome->n_iterations,
        .log_likelihood = isnan(outcome->log_likelihood) ? outcome->objective
                                                         : outcome->log_likelihood,
        .gap = outcome->gap,
        .elapsed_s = emix_clock_s() - c->began_s,
    };
    if (c->options.progress(c->options.progress_context, &progress) != 0) {
        atomic_store(&c->cancelled, true);
    }
}

/* Of runs on the calling thread. */
static bool observe_and_report(void *context, const EmixEmOutcome *outcome)
{
    EmixCompetition *c = context;
    report_progress(c, outcome);
    return atomic_load(&c->cancelled);
}

/* Of runs on other threads: callbacks come from the calling thread alone. */
static bool observe_silently(void *context, const EmixEmOutcome *outcome)
{
    (void)outcome;
    const EmixCompetition *c = context;
    return atomic_load(&c->cancelled);
}

/* ---- one candidate ---- */

static void load_params(EmixEngine *e, const double *params)
{
    memcpy(e->current.params, params, (size_t)e->sizes.params * sizeof *params);
}

static EmixStatus run_to_the_end(EmixCompetition *c, EmixEngine *e, int worker,
                                 EmixEmOutcome *outcome, EmixError *error)
{
    const EmixEmOptions options = {
        .rule = c->options.stop_rule,
        .tolerance = c->options.tolerance,
        .max_iterations = c->options.max_iterations,
        .accelerate = c->options.acceleration == EMIX_ACCELERATION_SQUAREM,
        .e_step = c->options.e_step,
        .annealing = c->options.annealing,
        .seed = c->options.seed,
        .observe = worker == 0 ? observe_and_report : observe_silently,
        .observe_context = c,
        .trace = e == c->engine ? c->options.trace : NULL,
        .trace_context = c->options.trace_context,
    };
    return emix_em_run(e, &options, outcome, error);
}

/* What a round does to each candidate that is still alive. */
typedef struct Round {
    EmixCompetition *competition;
    EmixEngine **engines;
    int n_engines;
    bool draw;   /* the candidates are yet to be drawn */
    int n_burst; /* EM iterations; 0 = a run to the end */
} Round;

static double merit(const EmixCompetition *c, double log_likelihood, double objective)
{
    return c->contest->by_likelihood ? log_likelihood : objective;
}

static EmixStatus advance_candidate(const Round *round, int start, int worker, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = round->competition;
    EmixEngine *e = round->engines[worker];
    EmixCandidate *candidate = &c->candidates.all[start];
    if (round->draw) {
        EMIX_TRY(c->contest->draw(c->context, worker, start, error));
    } else {
        load_params(e, candidate->params);
    }
    /* After a draw too: a run must not depend on more than the parameters it begins from. */
    EMIX_TRY(emix_engine_prepare(e, error));
    if (round->n_burst > 0) {
        double objective = 0.0;
        EMIX_TRY(emix_em_burst(e, round->n_burst, &objective, error));
        candidate->merit = merit(c, emix_engine_log_likelihood(e), objective);
    } else {
        if (candidate->began != NULL) {
            memcpy(candidate->began, e->current.params,
                   (size_t)e->sizes.params * sizeof *candidate->began);
        }
        EMIX_TRY(run_to_the_end(c, e, worker, &candidate->outcome, error));
        candidate->merit = merit(c, candidate->outcome.log_likelihood,
                                 candidate->outcome.objective);
    }
cleanup:
    candidate->failed = status != EMIX_OK;
    candidate->drawn = true;
    candidate->sound = !candidate->failed && c->contest->judge(c->context, e, NULL) == EMIX_OK;
    memcpy(candidate->params, e->current.params,
           (size_t)e->sizes.params * sizeof *candidate->params);
    return status;
}

static EmixStatus round_task(void *context, int task, int worker)
{
    const Round *round = context;
    EmixCompetition *c = round->competition;
    if (atomic_load(&c->cancelled)) {
        return EMIX_OK;
    }
    const int start = c->candidates.order[task];
    advance_candidate(round, start, worker, NULL); /* a start that fails loses, no more */
    if (worker == 0 && round->n_burst > 0) {
        const EmixEmOutcome so_far = {.log_likelihood = c->candidates.all[start].merit, .gap = NAN};
        if (round->draw) {
            c->starts_done = task + 1;
        }
        report_progress(c, &so_far);
    }
    return EMIX_OK;
}

/* Short tasks may all fall to other threads: the calling one reports after them in any case. */
static void run_round(Round *round, int n_alive)
{
    EmixCompetition *c = round->competition;
    emix_parallel_for(n_alive, round->n_engines, round_task, round);
    emix_candidates_rank(&c->candidates, n_alive);
    if (!atomic_load(&c->cancelled)) {
        const EmixCandidate *best = &c->candidates.all[c->candidates.order[0]];
        const EmixEmOutcome so_far = {.log_likelihood = best->merit, .gap = NAN};
        report_progress(c, &so_far);
    }
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

static int burst_length(const EmixCompetition *c, int round)
{
    return c->patience * burst_lengths[round < N_BURSTS ? round : N_BURSTS - 1];
}

/* Bursts of EM, the better half kept each time, until no more than the finalists are left. */
static void run_bursts(EmixCompetition *c)
{
    int n_alive = c->options.n_starts;
    for (int r = 0; r == 0 || n_alive > c->n_finalists; ++r) {
        const bool late = c->subsampled && r > 0 && rounds_left(n_alive) <= FULL_DATA_ROUNDS;
        Round round = {
            .competition = c,
            .engines = late ? &c->engine : c->early,
            .n_engines = late ? 1 : c->n_early,
            .draw = r == 0,
            .n_burst = burst_length(c, r),
        };
        run_round(&round, n_alive);
        n_alive = halve(n_alive);
        c->starts_done = c->options.n_starts;
        if (atomic_load(&c->cancelled)) {
            return;
        }
    }
}

/* What went wrong with a start that failed while the errors of starts were not looked at: the same
 * again, which ends the same. */
static void relive_failure(EmixCompetition *c, int start, EmixError *reason)
{
    const Round round = {
        .competition = c,
        .engines = c->early,
        .n_engines = 1,
        .draw = true,
        .n_burst = c->options.init_method == EMIX_INIT_TOURNAMENT ? burst_length(c, 0) : 0,
    };
    if (advance_candidate(&round, start, 0, reason) == EMIX_OK) {
        emix_error_format(reason, "it failed after its first iterations");
    }
}

static EmixStatus fail_all_starts(EmixCompetition *c, const EmixError *reason, EmixError *error)
{
    const int best = c->candidates.order[0];
    EmixError own = {{0}};
    if (reason == NULL) {
        relive_failure(c, best, &own);
        reason = &own;
    }
    return emix_fail(error, EMIX_ERR_DEGENERATE, "no usable model from any start: %s (start %d)",
                     reason->message, best);
}

/* From params to the end on all data; a run that ends in no usable model is an error. */
static EmixStatus run_from(EmixCompetition *c, const double *params, EmixEmOutcome *outcome,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    load_params(c->engine, params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(run_to_the_end(c, c->engine, 0, outcome, error));
    EMIX_TRY(c->contest->judge(c->context, c->engine, error));
cleanup:
    return status;
}

/* Makes a candidate that was run to the end current, with the statistics at its parameters; for a
 * trace, by the same run again. */
static EmixStatus adopt(EmixCompetition *c, const EmixCandidate *candidate, EmixEmOutcome *outcome,
                        EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (c->options.trace != NULL) {
        return run_from(c, candidate->began, outcome, error);
    }
    load_params(c->engine, candidate->params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(emix_engine_pass(c->engine, EMIX_PASS_ASSESS, error));
    *outcome = candidate->outcome;
    outcome->log_likelihood = emix_engine_log_likelihood(c->engine);
    outcome->objective = emix_engine_objective(c->engine);
    outcome->assessed = true;
    EMIX_TRY(c->contest->judge(c->context, c->engine, error));
cleanup:
    return status;
}

/* The first sound candidate in the order of merit wins; one that has come through bursts alone is
 * run to the end when its turn comes. */
static EmixStatus choose_winner(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    EmixError reason = {{0}};
    bool has_reason = false;
    for (int rank = 0; rank < c->candidates.n; ++rank) {
        EmixCandidate *candidate = &c->candidates.all[c->candidates.order[rank]];
        const bool finished = candidate->outcome.n_passes > 0;
        if (!candidate->drawn || candidate->failed ||
            (finished && !candidate->sound && has_reason)) {
            continue;
        }
        EmixError *first = has_reason ? NULL : &reason;
        EmixStatus status = EMIX_OK;
        if (finished) {
            status = adopt(c, candidate, outcome, first);
        } else {
            status = run_from(c, candidate->params, outcome, first);
            candidate->outcome = *outcome;
            candidate->merit = merit(c, outcome->log_likelihood, outcome->objective);
        }
        candidate->failed = status != EMIX_OK && status != EMIX_ERR_DEGENERATE;
        candidate->sound = status == EMIX_OK;
        if (status == EMIX_OK) {
            return EMIX_OK;
        }
        has_reason = true;
    }
    return fail_all_starts(c, has_reason ? &reason : NULL, error);
}

/* The first n_alive candidates, each to its end. */
static void run_finals(EmixCompetition *c, int n_alive, bool draw)
{
    Round round = {.competition = c, .engines = c->early, .n_engines = c->n_early, .draw = draw};
    run_round(&round, n_alive);
}

static EmixStatus run_from_initial(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    EmixError reason = {{0}};
    const EmixStatus status = run_from(c, c->initial_params, outcome, &reason);
    return status == EMIX_OK ? EMIX_OK
                             : emix_fail(error, status, "no usable model from the initial one: %s",
                                         reason.message);
}

static EmixStatus compete(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    if (c->initial_params != NULL) {
        return run_from_initial(c, outcome, error);
    }
    emix_candidates_reset(&c->candidates);
    if (c->options.init_method != EMIX_INIT_TOURNAMENT) {
        run_finals(c, c->options.n_starts, true);
    } else {
        run_bursts(c);
        if (c->n_finalists > 1) {
            run_finals(c, c->n_finalists, false);
        }
    }
    return choose_winner(c, outcome, error);
}

EmixStatus emix_competition_run(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    *outcome = (EmixEmOutcome){0};
    c->began_s = emix_clock_s();
    c->starts_done = 0;
    atomic_store(&c->cancelled, false);
    const EmixStatus status = compete(c, outcome, error);
    if (status == EMIX_OK && atomic_load(&c->cancelled)) {
        outcome->stop = EMIX_STOP_INTERRUPTED;
    }
    c->init_s = emix_clock_s() - c->began_s - outcome->em_s;
    return status;
}

/* ---- what came out ---- */

static void count_starts(const EmixCandidates *candidates, double best, EmixFitReport *report)
{
    for (int s = 0; s < candidates->n; ++s) {
        const EmixCandidate *c = &candidates->all[s];
        const bool finished = c->outcome.n_passes > 0 && c->outcome.stop != EMIX_STOP_INTERRUPTED;
        report->n_starts_degenerate += c->failed || !c->sound;
        report->n_starts_finished += finished;
        report->n_starts_reached_best += finished && c->sound && c->merit >= best - same_maximum;
    }
}

EmixFitReport emix_competition_report(const EmixCompetition *c, const EmixEmOutcome *outcome)
{
    const EmixDataset *data = c->engine->data;
    EmixFitReport report = {
        .n_rows = data->n_rows,
        .n_features = data->n_features,
        .total_weight = data->total_weight,
        .dtype = data->dtype,
        .log_likelihood = outcome->log_likelihood,
        .objective = outcome->objective,
        .stop = outcome->stop,
        .stop_rule = c->options.stop_rule,
        .tolerance = c->options.tolerance,
        .n_iterations = outcome->n_iterations,
        .n_passes = outcome->n_passes,
        .n_single_passes = outcome->n_single_passes,
        .acceleration = c->options.acceleration,
        .e_step = c->options.e_step,
        .n_extrapolations = outcome->n_extrapolations,
        .n_rejected = outcome->n_rejected,
        .decrease_ulps = outcome->decrease_ulps,
        .delta2 = outcome->delta2,
        .rate = outcome->rate,
        .gap = outcome->gap,
        .flags = outcome->decrease_ulps > allowed_decrease_ulps ? EMIX_FLAG_DECREASE : 0,
        .seed = c->options.seed,
        .n_starts = c->initial_params ? 0 : c->options.n_starts,
        .n_workers = c->engine->n_workers,
        .init_s = c->init_s,
        .em_s = outcome->em_s,
    };
    if (c->initial_params == NULL) {
        count_starts(&c->candidates, merit(c, outcome->log_likelihood, outcome->objective),
                     &report);
    }
    return report;
}
