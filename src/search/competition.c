/* The competition among starts, and the run of the winner. */
#include "search/competition.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "search/checkpoint_key.h"
#include "em/warmup.h"
#include "search/refine.h"
#include "search/rounds.h"
#include "search/start_reports.h"

/* Multiplications per pass below which starts run side by side: such a pass is too short to share
 * among workers. */
static const double side_by_side_flops = 2.5e7;
/* Bursts are lengthened by a factor of at most MAX_PATIENCE, as long as factor x multiplications
 * per pass stays within patient_flops: after few iterations the order of the starts is not yet the
 * order of the maxima that they climb to. */
enum { MAX_PATIENCE = 5 };
static const double patient_flops = 2.5e6;
/* Finalists run to convergence: FINALISTS if starts run side by side, 1 if each start uses all
 * workers. */
enum { FINALISTS = 4 };
/* A decrease of the objective up to this many ulps is rounding, and not reported. */
static const double allowed_decrease_ulps = 64.0;

/* ---- life cycle ---- */

bool emix_competition_is_small(double pass_flops)
{
    return pass_flops < side_by_side_flops;
}

EmixStatus emix_competition_create_initial(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_warmup_enable(c->engine, &c->options, error));
    EMIX_TRY_ALLOC(c->initial_params, c->engine->sizes.params);
cleanup:
    return status;
}

static void plan_rounds(EmixCompetition *c, double pass_flops)
{
    const bool small = !c->subsampled && emix_competition_is_small(pass_flops);
    const int most = c->options.starts.n < FINALISTS ? c->options.starts.n : FINALISTS;
    c->n_finalists = small ? most : 1;
    c->patience = 1;
    while (small && c->patience < MAX_PATIENCE && (c->patience + 1) * pass_flops <= patient_flops) {
        ++c->patience;
    }
}

EmixStatus emix_competition_create_starts(EmixCompetition *c, const void *self,
                                          const EmixDataset *data, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const int n_starts = c->options.starts.n;
    const int n_workers = c->n_workers;
    const double pass_flops = (double)data->n_rows * c->engine->sizes.row_flops;
    const bool side_by_side = emix_competition_is_small(pass_flops);
    const int most = side_by_side ? n_workers : 1;
    c->n_early = most < n_starts ? most : n_starts;
    c->subsampled = data != c->engine->data;
    plan_rounds(c, pass_flops);
    EMIX_TRY(emix_warmup_enable(c->engine, &c->options, error));
    EMIX_TRY_ALLOC(c->early, c->n_early);
    for (int i = 0; i < c->n_early; ++i) {
        EMIX_TRY(emix_engine_create(c->engine->ops, self, data, side_by_side ? 1 : n_workers,
                                    &c->early[i], error));
        c->early[i]->labelled = c->engine->labelled;
        if (c->options.acceleration != EMIX_ACCELERATION_NONE && !c->subsampled) {
            EMIX_TRY(emix_engine_enable_acceleration(c->early[i], error));
        }
        if (!c->subsampled) {
            EMIX_TRY(emix_warmup_enable(c->early[i], &c->options, error));
        }
    }
    EMIX_TRY(emix_start_reports_create(c, n_starts, error));
    EMIX_TRY(emix_candidates_init(n_starts, c->engine->sizes.params, c->options.trace != NULL,
                                  &c->candidates, error));
cleanup:
    return status;
}

EmixStatus emix_competition_create_search(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_warmup_enable(c->engine, &c->options, error));
    EMIX_TRY(emix_start_reports_create(c, 1, error));
    EMIX_TRY(emix_candidates_init(1, c->engine->sizes.params, c->options.trace != NULL,
                                  &c->candidates, error));
cleanup:
    return status;
}

EmixStatus emix_competition_create_checkpoint(EmixCompetition *c, const EmixStore *store,
                                              const EmixWatch *watch, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    char key[EMIX_CHECKPOINT_KEY_BYTES];
    c->options.checkpoint.path = NULL; /* belongs to the caller; the store has its own copy */
    if (store == NULL || store->context == NULL) {
        return EMIX_OK;
    }
    EMIX_TRY(emix_checkpoint_key(c, watch, key, error));
    EMIX_TRY(emix_checkpoint_create(store, c->options.checkpoint.interval_s, key, c->engine,
                                    &c->standing, &c->candidates, c->n_early > 0 ? c->n_early : 1,
                                    &c->checkpoint, error));
cleanup:
    return status;
}

void emix_competition_clear(EmixCompetition *c)
{
    emix_free(c->initial_params);
    c->initial_params = NULL;
    emix_free(c->start_reports);
    c->start_reports = NULL;
    emix_candidates_clear(&c->candidates);
    for (int i = 0; c->early != NULL && i < c->n_early; ++i) {
        emix_engine_destroy(c->early[i]);
    }
    emix_free(c->early);
    c->early = NULL;
    c->n_early = 0;
    emix_checkpoint_destroy(c->checkpoint);
    c->checkpoint = NULL;
    emix_engine_destroy(c->engine);
    c->engine = NULL;
}

/* ---- competitions ---- */

static EmixStatus fail_all_starts(EmixCompetition *c, const EmixError *reason, EmixError *error)
{
    const int best = c->candidates.order[0];
    if (atomic_load(&c->cancelled)) {
        return emix_fail(error, EMIX_ERR_INTERRUPTED,
                         "interrupted before any start had a usable model");
    }
    EmixError own = {{0}};
    if (reason == NULL) {
        emix_rounds_relive_failure(c, best, &own);
        reason = &own;
    }
    return emix_fail(error, EMIX_ERR_DEGENERATE, "no usable model from any start: %s (start %d)",
                     reason->message, best);
}

/* Runs start number `start` from params to convergence on all data. It is an error if the result is
 * not a usable model. */
static EmixStatus run_from(EmixCompetition *c, int start, const double *params, EmixRunKind kind,
                           EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCheckpointRun *kept = emix_checkpoint_begin_run(c->checkpoint, start, c->engine);
    if (!emix_checkpoint_is_kept(kept)) {
        emix_rounds_load_params(c->engine, params);
        EMIX_TRY(emix_engine_prepare(c->engine, error));
    }
    EMIX_TRY(emix_rounds_run_to_end(c, c->engine, 0, kind, kept, outcome, error));
    emix_rounds_close_if_cancelled(c);
    EMIX_TRY(emix_rounds_judge(c, c->engine, error));
cleanup:
    emix_checkpoint_end_run(kept);
    return status;
}

/* Makes a candidate that has run to convergence the current point, with the statistics that belong
 * to it. */
static EmixStatus load_finished(EmixCompetition *c, const EmixCandidate *candidate,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_rounds_load_params(c->engine, candidate->params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(emix_engine_pass(c->engine, EMIX_PASS_ASSESS, error));
cleanup:
    return status;
}

/* Makes a sound candidate that has run to convergence the result. If a trace is wanted, the run is
 * repeated to write it. */
static EmixStatus adopt(EmixCompetition *c, int start, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixCandidate *candidate = &c->candidates.all[start];
    if (c->options.trace != NULL && !atomic_load(&c->cancelled)) {
        return run_from(c, start, candidate->began, EMIX_RUN_RETURNED, outcome, error);
    }
    EMIX_TRY(load_finished(c, candidate, error));
    *outcome = candidate->outcome;
    outcome->log_likelihood = emix_engine_log_likelihood(c->engine);
    outcome->objective = emix_engine_objective(c->engine);
    outcome->assessed = true;
cleanup:
    return status;
}

/* Says why a candidate that has run to convergence is unusable. */
static void explain_finished(EmixCompetition *c, const EmixCandidate *candidate, EmixError *reason)
{
    if (load_finished(c, candidate, reason) == EMIX_OK) {
        emix_rounds_judge(c, c->engine, reason);
    }
}

/* The first sound candidate by rank wins. A candidate that has only had bursts is run to
 * convergence when its turn comes.
 * @param[out] ran  It was: the outcome is that of its run, and the engine's point its end. */
static EmixStatus choose_winner(EmixCompetition *c, bool *ran, EmixEmOutcome *outcome,
                                EmixError *error)
{
    EmixStanding *s = &c->standing;
    for (; s->rank < c->candidates.n; ++s->rank) {
        const int start = c->candidates.order[s->rank];
        EmixCandidate *candidate = &c->candidates.all[start];
        EmixError *first = s->has_reason ? NULL : &s->reason;
        if (!candidate->drawn || candidate->failed) {
            continue;
        }
        *ran = !emix_candidate_has_finished(candidate);
        if (*ran) {
            emix_rounds_finish(c, candidate, start, EMIX_RUN_COMPARED, first);
            *outcome = candidate->outcome;
        } else if (!candidate->sound && first != NULL) {
            explain_finished(c, candidate, first);
        }
        if (candidate->sound) {
            return EMIX_OK;
        }
        s->has_reason = true;
    }
    return fail_all_starts(c, s->has_reason ? &s->reason : NULL, error);
}

static EmixStatus run_from_initial(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    EmixError reason = {{0}};
    const EmixStatus status = run_from(c, 0, c->initial_params, EMIX_RUN_RETURNED, outcome,
                                       &reason);
    return status == EMIX_OK ? EMIX_OK
                             : emix_fail(error, status, "no usable model from the initial one: %s",
                                         reason.message);
}

/* A searched start, its improvements, and the run that is returned. Where that leads to no usable
 * model, although a looser run did, the next start is searched for. */
static EmixStatus search_and_run(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (;;) {
        EmixError reason = {{0}};
        EMIX_TRY(emix_refine_begin(c, error));
        EMIX_TRY(emix_refine_candidate(c, 0, EMIX_RUN_LOOSE, error));
        status = run_from(c, EMIX_NUMBER_OF_RETURNED_RUN, c->candidates.all[0].params,
                          EMIX_RUN_RETURNED, outcome, &reason);
        if (status != EMIX_ERR_DEGENERATE || atomic_load(&c->cancelled)) {
            return status == EMIX_OK ? status : emix_fail(error, status, "%s", reason.message);
        }
        emix_refine_reject(c, &reason);
    }
cleanup:
    return status;
}

static EmixStatus compete(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (c->initial_params != NULL) {
        return run_from_initial(c, outcome, error);
    }
    if (c->contest->begin != NULL) {
        return search_and_run(c, outcome, error);
    }
    bool ran = false;
    emix_rounds_run(c);
    EMIX_TRY(choose_winner(c, &ran, outcome, error));
    const int winner = c->candidates.order[c->standing.rank];
    if (c->contest->improve != NULL) {
        EMIX_TRY(emix_refine_rival(c, winner, error));
        EMIX_TRY(emix_refine_candidate(c, winner, EMIX_RUN_COMPARED, error));
        ran = false; /* the engine has been elsewhere */
    }
    if (!ran || c->options.trace != NULL) {
        EMIX_TRY(adopt(c, winner, outcome, error));
    }
cleanup:
    return status;
}

EmixStatus emix_competition_run(EmixCompetition *c, EmixEmOutcome *outcome, EmixError *error)
{
    *outcome = (EmixEmOutcome){0};
    c->standing = (EmixStanding){.n_alive = c->candidates.n};
    emix_candidates_reset(&c->candidates);
    EmixStatus status = emix_checkpoint_open(c->checkpoint, error);
    if (status != EMIX_OK) {
        return status;
    }
    c->began_s = c->called_s - c->standing.elapsed_s;
    c->starts_done = c->standing.round > 0 ? c->options.starts.n : 0;
    atomic_store(&c->cancelled, false);
    status = compete(c, outcome, error);
    if (status == EMIX_OK && atomic_load(&c->cancelled)) {
        outcome->stop = EMIX_STOP_INTERRUPTED;
    }
    c->init_s = emix_clock_s() - c->began_s - outcome->em_s;
    return status;
}

/* ---- what came out ---- */

EmixFitReport emix_competition_report(const EmixCompetition *c, const EmixEmOutcome *outcome)
{
    const EmixDataset *data = c->engine->data;
    EmixFitReport report = {
        .size = sizeof report,
        .n_rows = data->n_rows,
        .n_features = data->n_features,
        .total_weight = data->total_weight,
        .dtype = data->dtype,
        .log_likelihood = outcome->log_likelihood,
        .objective = outcome->objective,
        .stop = outcome->stop,
        .n_iterations = outcome->n_iterations,
        .n_passes = outcome->n_passes,
        .n_single_passes = outcome->n_single_passes,
        .n_extrapolations = outcome->n_extrapolations,
        .n_rejected = outcome->n_rejected,
        .decrease_ulps = outcome->decrease_ulps,
        .delta2 = outcome->delta2,
        .rate = outcome->rate,
        .gap = outcome->gap,
        .at_rounding = outcome->at_rounding,
        .flags = outcome->decrease_ulps > allowed_decrease_ulps ? EMIX_FLAG_DECREASE : 0,
        .n_starts = c->initial_params ? 0 : c->candidates.n,
        .best_start = -1,
        .n_workers = c->engine->n_workers,
        .init_s = c->init_s,
        .em_s = outcome->em_s,
        .effective_rows = isnan(c->options.effective_rows) ? data->total_weight
                                                           : c->options.effective_rows,
        .search = c->standing.search,
    };
    if (report.search.n_rounds == 0) {
        report.search.residual = (double)NAN;
    }
    if (c->initial_params == NULL) {
        emix_start_reports_write(
            c, emix_rounds_merit(c, outcome->log_likelihood, outcome->objective), &report);
    }
    return report;
}
