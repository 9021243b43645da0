/* Rounds of the competition: candidates step side by side and are ranked; the better ones go on. */
#include "search/rounds.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "parallel/parallel.h"

/* EM iterations per burst in each round of the tournament; the last number holds for all later
 * rounds. On a subsample, the last FULL_DATA_ROUNDS rounds use all data. */
static const int burst_lengths[] = {3, 3, 5, 8, 10};
enum { N_BURSTS = sizeof burst_lengths / sizeof burst_lengths[0], FULL_DATA_ROUNDS = 2 };

/* ---- progress ---- */

static void report_progress(EmixCompetition *c, const EmixEmOutcome *outcome)
{
    if (c->options.progress == NULL || atomic_load(&c->cancelled)) {
        return;
    }
    const int n_starts = c->initial_params ? 0 : c->options.starts.n;
    const bool starting = c->starts_done < n_starts;
    const EmixProgress progress = {
        .phase = starting ? EMIX_PHASE_STARTS : EMIX_PHASE_EM,
        .fraction = starting ? (double)c->starts_done / n_starts : (double)NAN,
        .n_starts = n_starts,
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

/* For runs on the calling thread. */
static bool observe_and_report(void *context, const EmixEmOutcome *outcome)
{
    EmixCompetition *c = context;
    report_progress(c, outcome);
    return atomic_load(&c->cancelled);
}

/* For runs on other threads: only the calling thread may call the user's function. */
static bool observe_silently(void *context, const EmixEmOutcome *outcome)
{
    (void)outcome;
    const EmixCompetition *c = context;
    return atomic_load(&c->cancelled);
}

void emix_rounds_observe(EmixCompetition *c)
{
    const EmixEmOutcome so_far = {.log_likelihood = (double)NAN, .objective = NAN, .gap = NAN};
    report_progress(c, &so_far);
}

/* ---- one candidate ---- */

void emix_rounds_load_params(EmixEngine *e, const double *params)
{
    memcpy(e->current.params, params, (size_t)e->sizes.params * sizeof *params);
}

void emix_rounds_save_params(const EmixEngine *e, double *params)
{
    memcpy(params, e->current.params, (size_t)e->sizes.params * sizeof *params);
}

/* A loose run ends at this predicted gain, nats times the mean row weight, or after so many
 * iterations: maxima that differ by less are not compared. */
static const double loose_tolerance = 0.1;
enum { LOOSE_ITERATIONS = 50 };

static EmixStopOptions stop_of(const EmixCompetition *c, EmixRunKind kind)
{
    EmixStopOptions stop = c->options.stop;
    if (kind == EMIX_RUN_LOOSE) {
        const EmixDataset *data = c->engine->data;
        const double loose = loose_tolerance * emix_data_mean_weight(data) /
                             emix_data_tolerance_unit(data); /* tolerances are in that unit */
        stop.tolerance = stop.rule == EMIX_STOP_ON_GAP ? fmax(stop.tolerance, loose)
                                                       : stop.tolerance;
        stop.max_iterations = stop.max_iterations < LOOSE_ITERATIONS ? stop.max_iterations
                                                                     : LOOSE_ITERATIONS;
    }
    return stop;
}

EmixStatus emix_rounds_run_to_end(EmixCompetition *c, EmixEngine *e, int worker, EmixRunKind kind,
                                  EmixCheckpointRun *kept, EmixEmOutcome *outcome, EmixError *error)
{
    const EmixEmState state = emix_checkpoint_is_kept(kept) ? kept->state : (EmixEmState){0};
    const EmixStopOptions stop = stop_of(c, kind);
    const EmixEmOptions options = {
        .rule = stop.rule,
        .tolerance = stop.tolerance,
        .max_iterations = stop.max_iterations,
        .accelerate = c->options.acceleration == EMIX_ACCELERATION_SQUAREM,
        .e_step = c->options.e_step.kind,
        .annealing = c->options.e_step.annealing,
        .seed = c->options.starts.seed,
        .observe = worker == 0 ? observe_and_report : observe_silently,
        .observe_context = c,
        .trace = kind == EMIX_RUN_RETURNED ? c->options.trace : NULL,
        .trace_context = c->options.trace_context,
        .keep = kept != NULL ? emix_checkpoint_keep : NULL,
        .keep_context = kept,
        .resume = emix_checkpoint_is_kept(kept) ? &state : NULL,
    };
    return emix_em_run(e, &options, outcome, error);
}

/* What one round does to each candidate that is still alive. */
typedef struct Round {
    EmixCompetition *competition;
    EmixEngine **engines;
    int n_engines;
    bool draw;   /* the candidates have not been drawn yet */
    int n_burst; /* EM iterations; 0 = a run to the end */
    int n_alive; /* the first n_alive candidates by rank take part */
} Round;

double emix_rounds_merit(const EmixCompetition *c, double log_likelihood, double objective)
{
    return c->contest->by_likelihood ? log_likelihood : objective;
}

EmixStatus emix_rounds_judge(const EmixCompetition *c, EmixEngine *e, EmixError *error)
{
    const double found = emix_rounds_merit(c, emix_engine_log_likelihood(e),
                                           emix_engine_objective(e));
    if (!isfinite(found)) {
        return emix_fail(error, EMIX_ERR_DEGENERATE, "its log-likelihood is %g", found);
    }
    return c->contest->judge(c->context, e, error);
}

/* One step of a candidate on a worker's engine: a burst, or a run to convergence. */
static EmixStatus step_candidate(const Round *round, int start, int worker, EmixCheckpointRun *kept,
                                 EmixCandidate *after, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCompetition *c = round->competition;
    EmixEngine *e = round->engines[worker];
    if (!emix_checkpoint_is_kept(kept)) {
        if (round->draw) {
            EMIX_TRY(c->contest->draw(c->context, worker, start, after->n_redrawn, error));
        } else {
            emix_rounds_load_params(e, after->params);
        }
        /* Needed after a draw too: a run may depend on nothing but the parameters it begins
         * from. */
        EMIX_TRY(emix_engine_prepare(e, error));
    }
    if (round->n_burst > 0) {
        double first = 0.0;
        double objective = 0.0;
        EMIX_TRY(emix_em_burst(e, round->n_burst, &first, &objective, error));
        after->first = round->draw ? first : after->first;
        after->merit = emix_rounds_merit(c, emix_engine_log_likelihood(e), objective);
        after->log_likelihood = e->data == c->engine->data ? emix_engine_log_likelihood(e)
                                                           : (double)NAN;
    } else {
        if (after->began != NULL && !emix_checkpoint_is_kept(kept)) {
            emix_checkpoint_lock(c->checkpoint);
            memcpy(after->began, e->current.params, (size_t)e->sizes.params * sizeof *after->began);
            emix_checkpoint_unlock(c->checkpoint);
        }
        EMIX_TRY(
            emix_rounds_run_to_end(c, e, worker, EMIX_RUN_COMPARED, kept, &after->outcome, error));
        after->first = round->draw ? after->outcome.first : after->first;
        after->merit = emix_rounds_merit(c, after->outcome.log_likelihood,
                                         after->outcome.objective);
    }
cleanup:
    return status;
}

static EmixCheckpointRun *begin_step(const Round *round, int start, EmixEngine *e)
{
    EmixCheckpoint *checkpoint = round->competition->checkpoint;
    return round->n_burst > 0 ? NULL : emix_checkpoint_begin_run(checkpoint, start, e);
}

/* One step of a candidate, which is then judged. */
static EmixStatus step_and_judge(const Round *round, int start, int worker, EmixCheckpointRun *kept,
                                 EmixCandidate *after, EmixError *error)
{
    const EmixCompetition *c = round->competition;
    const EmixStatus status = step_candidate(round, start, worker, kept, after, error);
    after->failed = status != EMIX_OK;
    after->drawn = true;
    after->sound = !after->failed && emix_rounds_judge(c, round->engines[worker], NULL) == EMIX_OK;
    after->done = true;
    return status;
}

/* True if a start that has just been drawn has come to nothing and is to be drawn again. */
static bool draws_again(const Round *round, const EmixCandidate *after)
{
    const EmixCompetition *c = round->competition;
    return round->draw && !after->sound && after->n_redrawn + 1 < c->n_draws &&
           after->outcome.stop != EMIX_STOP_INTERRUPTED;
}

/* Writes the new state of a candidate in one go when its step is over, so that a checkpoint holds
 * its state either before or after the step, or before it is drawn again. */
static EmixStatus advance_candidate(const Round *round, int start, int worker, EmixError *error)
{
    EmixCompetition *c = round->competition;
    EmixEngine *e = round->engines[worker];
    EmixCandidate *candidate = &c->candidates.all[start];
    EmixCandidate after = *candidate;
    EmixCheckpointRun *kept = begin_step(round, start, e);
    EmixStatus status = step_and_judge(round, start, worker, kept, &after, error);
    while (draws_again(round, &after)) {
        emix_checkpoint_lock(c->checkpoint);
        candidate->n_redrawn += 1;
        emix_checkpoint_end_run(kept);
        emix_checkpoint_unlock(c->checkpoint);
        if (atomic_load(&c->cancelled)) {
            return status; /* its next draw is left to the process that resumes */
        }
        after = *candidate;
        kept = begin_step(round, start, e);
        status = step_and_judge(round, start, worker, kept, &after, error);
    }
    if (after.outcome.stop == EMIX_STOP_INTERRUPTED) {
        emix_checkpoint_close(c->checkpoint);
    }
    emix_checkpoint_lock(c->checkpoint);
    *candidate = after;
    memcpy(candidate->params, e->current.params,
           (size_t)e->sizes.params * sizeof *candidate->params);
    emix_checkpoint_end_run(kept);
    emix_checkpoint_unlock(c->checkpoint);
    emix_checkpoint_offer(c->checkpoint);
    return status;
}

static EmixStatus round_task(void *context, int task, int worker)
{
    const Round *round = context;
    EmixCompetition *c = round->competition;
    const int start = c->candidates.order[task];
    const EmixCandidate *candidate = &c->candidates.all[start];
    const bool over = round->n_burst == 0 && !round->draw &&
                      (emix_candidate_has_finished(candidate) || !candidate->sound);
    if (atomic_load(&c->cancelled) || candidate->done || over) {
        return EMIX_OK;
    }
    advance_candidate(round, start, worker, NULL); /* a failed start just loses */
    if (worker == 0 && round->n_burst > 0) {
        const EmixEmOutcome so_far = {.log_likelihood = c->candidates.all[start].merit, .gap = NAN};
        if (round->draw) {
            c->starts_done = task + 1;
        }
        report_progress(c, &so_far);
    }
    return EMIX_OK;
}

void emix_rounds_close_if_cancelled(EmixCompetition *c)
{
    if (atomic_load(&c->cancelled)) {
        emix_checkpoint_close(c->checkpoint);
    }
}

EmixStatus emix_rounds_finish(EmixCompetition *c, EmixCandidate *candidate, int number,
                              EmixRunKind kind, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = c->engine;
    EmixCandidate after = *candidate;
    EmixCheckpointRun *kept = emix_checkpoint_begin_run(c->checkpoint, number, e);
    after.sound = false;
    if (!emix_checkpoint_is_kept(kept)) {
        emix_rounds_load_params(e, candidate->params);
        EMIX_TRY(emix_engine_prepare(e, error));
    }
    EMIX_TRY(emix_rounds_run_to_end(c, e, 0, kind, kept, &after.outcome, error));
    after.merit = emix_rounds_merit(c, after.outcome.log_likelihood, after.outcome.objective);
    EMIX_TRY(emix_rounds_judge(c, e, error));
    after.sound = true;
cleanup:
    after.failed = status != EMIX_OK && status != EMIX_ERR_DEGENERATE;
    emix_rounds_close_if_cancelled(c);
    emix_checkpoint_lock(c->checkpoint);
    if (candidate->began != NULL) {
        memcpy(candidate->began, candidate->params,
               (size_t)e->sizes.params * sizeof *candidate->began);
    }
    *candidate = after;
    emix_rounds_save_params(e, candidate->params);
    emix_checkpoint_end_run(kept);
    emix_checkpoint_unlock(c->checkpoint);
    return status;
}

/* ---- rounds ---- */

int emix_rounds_halve(int n)
{
    return (n + 1) / 2;
}

static int rounds_left(int n_alive)
{
    int rounds = 0;
    for (; n_alive > 1; n_alive = emix_rounds_halve(n_alive)) {
        ++rounds;
    }
    return rounds;
}

static int burst_length(const EmixCompetition *c, int round)
{
    return c->patience * burst_lengths[round < N_BURSTS ? round : N_BURSTS - 1];
}

/* Finalists run to convergence. Where some of them prove unusable, the next of the sound candidates
 * take their places: returns how many of the first by rank are to have run, 0 if all have. */
static int n_of_finals(const EmixCompetition *c)
{
    int missing = c->n_finalists;
    int n = 0;
    for (int rank = 0; rank < c->candidates.n; ++rank) {
        const EmixCandidate *candidate = &c->candidates.all[c->candidates.order[rank]];
        missing -= emix_candidate_has_finished(candidate) && candidate->sound;
    }
    for (int rank = 0; rank < c->candidates.n && missing > 0; ++rank) {
        const EmixCandidate *candidate = &c->candidates.all[c->candidates.order[rank]];
        if (candidate->sound && !emix_candidate_has_finished(candidate)) {
            n = rank + 1;
            --missing;
        }
    }
    return n;
}

/* Plans the next round; returns false when none is left. A tournament makes bursts of EM and keeps
 * the better half each time, until only the finalists are left; these run to convergence. */
static bool plan_round(EmixCompetition *c, Round *round)
{
    const EmixStanding *s = &c->standing;
    const bool tournament = c->options.starts.method == EMIX_INIT_TOURNAMENT;
    const bool bursts = tournament && !s->finals_over &&
                        (s->round == 0 || s->n_alive > c->n_finalists);
    const bool late = c->subsampled && s->round > 0 && rounds_left(s->n_alive) <= FULL_DATA_ROUNDS;
    *round = (Round){
        .competition = c,
        .engines = bursts && late ? &c->engine : c->early,
        .n_engines = bursts && late ? 1 : c->n_early,
        .draw = s->round == 0,
        .n_burst = bursts ? burst_length(c, s->round) : 0,
        .n_alive = bursts || !tournament ? s->n_alive
                   : s->n_finals > 0     ? s->n_finals
                                         : n_of_finals(c),
    };
    return bursts || (tournament ? c->n_finalists > 1 && round->n_alive > 0 : !s->finals_over);
}

/* Work of a round of bursts, in passes over all rows. */
static double round_passes(const Round *round)
{
    const EmixCompetition *c = round->competition;
    const double part = (double)round->engines[0]->data->n_rows / (double)c->engine->data->n_rows;
    return part * round->n_burst * round->n_alive;
}

/* Reports progress at the end in any case, because other threads may have taken all the tasks. */
static void run_round(Round *round)
{
    EmixCompetition *c = round->competition;
    EmixStanding *s = &c->standing;
    s->n_finals = round->n_burst == 0 ? round->n_alive : 0;
    emix_parallel_for(round->n_alive, round->n_engines, round_task, round);
    emix_rounds_close_if_cancelled(c);
    s->search.passes += round_passes(round);
    emix_candidates_rank(&c->candidates, round->n_alive);
    for (int start = 0; start < c->candidates.n; ++start) {
        c->candidates.all[start].done = false;
    }
    s->round += 1;
    s->n_alive = emix_rounds_halve(round->n_alive);
    s->finals_over = round->n_burst == 0;
    s->n_finals = 0;
    c->starts_done = c->options.starts.n;
    if (!atomic_load(&c->cancelled)) {
        const EmixCandidate *best = &c->candidates.all[c->candidates.order[0]];
        const EmixEmOutcome so_far = {.log_likelihood = best->merit, .gap = NAN};
        report_progress(c, &so_far);
    }
}

void emix_rounds_run(EmixCompetition *c)
{
    Round round;
    while (!atomic_load(&c->cancelled) && plan_round(c, &round)) {
        run_round(&round);
    }
    emix_rounds_close_if_cancelled(c);
}

/* The failed step is repeated; being deterministic, it fails in the same way. */
void emix_rounds_relive_failure(EmixCompetition *c, int start, EmixError *reason)
{
    const Round round = {
        .competition = c,
        .engines = c->early,
        .n_engines = 1,
        .draw = true,
        .n_burst = c->options.starts.method == EMIX_INIT_TOURNAMENT ? burst_length(c, 0) : 0,
    };
    if (advance_candidate(&round, start, 0, reason) == EMIX_OK) {
        emix_error_format(reason, "it failed after its first iterations");
    }
}
