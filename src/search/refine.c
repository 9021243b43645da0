/* Refinement of the best candidate. */
#include "search/refine.h"

#include <string.h>

/* Improvements that are followed by a run of EM. */
enum { MAX_STAGES = 4 };
/* Starts that are searched for until one leads to a sound maximum. */
enum { MAX_ATTEMPTS = 6 };
/* Times that components which died are given another place, in each attempt. */
enum { MAX_REPAIRS = 2 };
/* A maximum is higher than another if it is by this, nats times the mean row weight. */
static const double clearly_higher = 0.02;

/* Passes of a run that is not returned count as work of the search. */
static EmixStatus finish(EmixCompetition *c, EmixCandidate *candidate, int number, EmixRunKind kind,
                         EmixError *error)
{
    const EmixStatus status = emix_rounds_finish(c, candidate, number, kind, error);
    emix_checkpoint_lock(c->checkpoint);
    c->standing.search.passes += candidate->outcome.n_passes;
    emix_checkpoint_unlock(c->checkpoint);
    return status;
}

/* Of a run or a search, only what ends the whole fit is an error: a degenerate end just loses.
 * @param own  The message of the status. */
static EmixStatus serious(EmixStatus status, const EmixError *own, EmixError *error)
{
    const bool ends = status == EMIX_ERR_NOMEM || status == EMIX_ERR_INTERRUPTED;
    return ends ? emix_fail(error, status, "%s", own->message) : EMIX_OK;
}

static void clear_candidate(EmixCandidate *candidate)
{
    *candidate = (EmixCandidate){.params = candidate->params, .began = candidate->began};
}

/* Searches on from a point by moves that EM does not make.
 * @param[out] tally  Of all searches so far, this one included; for the caller to keep. */
static EmixStatus search_from(EmixCompetition *c, const double *params, EmixSearchReport *tally,
                              double *rose, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    *tally = c->standing.search;
    emix_rounds_load_params(c->engine, params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(emix_engine_pass(c->engine, EMIX_PASS_FULL, error));
    EMIX_TRY(c->contest->improve(c->context, c->standing.stage, tally, rose, error));
    emix_rounds_close_if_cancelled(c);
cleanup:
    return status;
}

/* ---- starts that are searched for ---- */

/* Candidate 0 becomes the start of the present attempt. */
static EmixStatus begin(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *candidate = &c->candidates.all[0];
    EmixSearchReport tally = c->standing.search;
    EMIX_TRY(c->contest->begin(c->context, c->standing.attempt, &tally, error));
    emix_rounds_close_if_cancelled(c);
    emix_checkpoint_lock(c->checkpoint);
    emix_rounds_save_params(c->engine, candidate->params);
    candidate->drawn = true;
    c->standing.round = 1;
    c->standing.search = tally;
    emix_checkpoint_unlock(c->checkpoint);
    emix_checkpoint_offer(c->checkpoint);
cleanup:
    return status;
}

/* Components of candidate 0 have died: they are given another place, from where EM runs again. */
static EmixStatus repair(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *candidate = &c->candidates.all[0];
    EmixSearchReport tally;
    double rose = 0.0;
    EMIX_TRY(search_from(c, candidate->params, &tally, &rose, error));
    emix_checkpoint_lock(c->checkpoint);
    c->standing.search = tally;
    c->standing.repair += 1;
    candidate->outcome = (EmixEmOutcome){0};
    emix_rounds_save_params(c->engine, candidate->params);
    emix_checkpoint_unlock(c->checkpoint);
cleanup:
    return status;
}

/* One attempt: a start, and EM from it, again where components died. What a process that was
 * interrupted has done of it is not done again. */
static EmixStatus attempt(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *candidate = &c->candidates.all[0];
    if (!candidate->drawn) {
        EMIX_TRY(begin(c, error));
    }
    c->starts_done = c->options.starts.n;
    if (!emix_candidate_has_finished(candidate)) {
        status = finish(c, candidate, 0, EMIX_RUN_LOOSE, error);
    }
    while (!candidate->sound && emix_candidate_has_finished(candidate) &&
           c->standing.repair < MAX_REPAIRS && !atomic_load(&c->cancelled)) {
        EMIX_TRY(repair(c, error));
        status = finish(c, candidate, 0, EMIX_RUN_LOOSE, error);
    }
    if (status == EMIX_OK && !candidate->sound) {
        status = EMIX_ERR_DEGENERATE; /* as the process that was interrupted has found */
    }
cleanup:
    return status;
}

void emix_refine_reject(EmixCompetition *c, const EmixError *reason)
{
    EmixStanding *s = &c->standing;
    emix_checkpoint_lock(c->checkpoint);
    if (!s->has_reason) {
        s->reason = *reason;
        s->has_reason = true;
    }
    clear_candidate(&c->candidates.all[0]);
    clear_candidate(&c->candidates.refined);
    s->attempt += 1;
    s->repair = 0;
    s->stage = 0;
    s->refined = false;
    emix_checkpoint_unlock(c->checkpoint);
}

EmixStatus emix_refine_begin(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    while (c->standing.attempt < MAX_ATTEMPTS) {
        EmixError own = {{0}};
        status = attempt(c, &own);
        if (status == EMIX_OK || atomic_load(&c->cancelled)) {
            return EMIX_OK; /* an interrupted fit returns what there is */
        }
        EMIX_TRY(serious(status, &own, error));
        emix_refine_reject(c, &own);
    }
    status = emix_fail(error, EMIX_ERR_DEGENERATE, "no usable model from any start: %s",
                       c->standing.reason.message);
cleanup:
    return status;
}

/* ---- improvements ---- */

/* The refined candidate becomes the point from where EM is to be run next, if a search gains
 * anything from the best one. */
static EmixStatus improve(EmixCompetition *c, const EmixCandidate *best, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *refined = &c->candidates.refined;
    EmixSearchReport tally;
    double rose = 0.0;
    EMIX_TRY(search_from(c, best->params, &tally, &rose, error));
    emix_checkpoint_lock(c->checkpoint);
    c->standing.search = tally;
    clear_candidate(refined);
    if (rose > clearly_higher * emix_data_mean_weight(c->engine->data)) {
        emix_rounds_save_params(c->engine, refined->params);
        refined->drawn = true;
    }
    emix_checkpoint_unlock(c->checkpoint);
    emix_checkpoint_offer(c->checkpoint);
cleanup:
    return status;
}

/* The refined candidate takes the place of the best one, if it is clearly higher.
 * @return Whether it was. */
static bool promote(EmixCompetition *c, EmixCandidate *best)
{
    const EmixCandidate *refined = &c->candidates.refined;
    const size_t n_bytes = (size_t)c->engine->sizes.params * sizeof(double);
    const double margin = clearly_higher * emix_data_mean_weight(c->engine->data);
    if (!refined->sound || refined->merit <= best->merit + margin) {
        return false;
    }
    memcpy(best->params, refined->params, n_bytes);
    if (best->began != NULL) {
        memcpy(best->began, refined->began, n_bytes);
    }
    best->merit = refined->merit;
    best->outcome = refined->outcome;
    return true;
}

EmixStatus emix_refine_rival(EmixCompetition *c, int start, EmixError *error)
{
    EmixCandidate *refined = &c->candidates.refined;
    EmixSearchReport tally = c->standing.search;
    EmixError own = {{0}};
    if (c->contest->grow == NULL || c->standing.grown || atomic_load(&c->cancelled)) {
        return EMIX_OK;
    }
    EmixStatus status = c->contest->grow(c->context, &tally, &own);
    emix_rounds_close_if_cancelled(c);
    if (status == EMIX_OK && !atomic_load(&c->cancelled)) {
        clear_candidate(refined);
        emix_rounds_save_params(c->engine, refined->params);
        status = emix_rounds_finish(c, refined, EMIX_NUMBER_OF_GROWN_RUN, EMIX_RUN_COMPARED, &own);
    }
    if (!atomic_load(&c->cancelled)) {
        emix_checkpoint_lock(c->checkpoint);
        tally.passes += refined->outcome.n_passes;
        c->standing.search = tally;
        promote(c, &c->candidates.all[start]);
        clear_candidate(refined);
        c->standing.grown = true;
        emix_checkpoint_unlock(c->checkpoint);
        emix_checkpoint_offer(c->checkpoint);
    }
    return serious(status, &own, error);
}

EmixStatus emix_refine_candidate(EmixCompetition *c, int start, EmixRunKind kind, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *best = &c->candidates.all[start];
    EmixCandidate *refined = &c->candidates.refined;
    while (!c->standing.refined && !atomic_load(&c->cancelled)) {
        EmixError own = {{0}};
        if (!refined->drawn) { /* else by the process that left the checkpoint */
            status = improve(c, best, &own);
        }
        if (status == EMIX_OK && refined->drawn && !atomic_load(&c->cancelled)) {
            status = finish(c, refined, EMIX_NUMBER_OF_IMPROVEMENT, kind, &own);
        }
        EMIX_TRY(serious(status, &own, error));
        if (atomic_load(&c->cancelled)) {
            break;
        }
        emix_checkpoint_lock(c->checkpoint);
        c->standing.refined = !promote(c, best) || ++c->standing.stage == MAX_STAGES;
        clear_candidate(refined);
        emix_checkpoint_unlock(c->checkpoint);
        emix_checkpoint_offer(c->checkpoint);
    }
cleanup:
    return status;
}
