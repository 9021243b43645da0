/* Refinement of the best candidate. */
#include "search/refine.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "search/rounds.h"

/* Improvements that are followed by a run of EM. */
enum { MAX_STAGES = 4 };
/* Starts that are searched for until one leads to a sound maximum. */
enum { MAX_ATTEMPTS = 6 };
/* Times that components which died are given another place, in each attempt. */
enum { MAX_REPAIRS = 3 };
/* A maximum is higher than another if it is by this, nats times the mean row weight. */
static const double clearly_higher = 0.02;

static double unit_of(const EmixCompetition *c)
{
    return c->engine->data->total_weight / (double)c->engine->data->n_rows;
}

static void remember_beginning(EmixCompetition *c, EmixCandidate *candidate)
{
    if (candidate->began != NULL) {
        memcpy(candidate->began, candidate->params,
               (size_t)c->engine->sizes.params * sizeof *candidate->began);
    }
}

/* Runs a candidate from its params to convergence and writes what came of it. `number` tells the
 * run from all others, for checkpoints. */
static EmixStatus run(EmixCompetition *c, EmixCandidate *candidate, int number, bool loose,
                      EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate after = *candidate;
    EmixCheckpointRun *kept = emix_checkpoint_begin_run(c->checkpoint, number, c->engine);
    if (!emix_checkpoint_is_kept(kept)) {
        emix_rounds_load_params(c->engine, candidate->params);
        EMIX_TRY(emix_engine_prepare(c->engine, error));
    }
    c->loose = loose;
    status = emix_rounds_run_to_end(c, c->engine, 0, false, kept, &after.outcome, error);
    c->loose = false;
    emix_rounds_close_if_cancelled(c);
    if (status == EMIX_OK) {
        c->standing.refinement.passes += after.outcome.n_passes;
        after.merit = emix_rounds_merit(c, after.outcome.log_likelihood, after.outcome.objective);
        after.sound = emix_rounds_judge(c, c->engine, error) == EMIX_OK;
    }
cleanup:
    after.failed = status != EMIX_OK;
    after.sound = after.sound && !after.failed;
    emix_checkpoint_lock(c->checkpoint);
    remember_beginning(c, candidate);
    *candidate = after;
    emix_rounds_save_params(c->engine, candidate->params);
    emix_checkpoint_end_run(kept);
    emix_checkpoint_unlock(c->checkpoint);
    return status;
}

/* The run of the start that is grown. */
enum { RIVAL_RUN = 1000000001 };

/* Runs of improvements are numbered behind the starts. */
static int run_number(const EmixCompetition *c)
{
    return c->candidates.n + MAX_ATTEMPTS + c->standing.stage;
}

/* Candidate 0 becomes the start that is searched for at the given attempt. */
static EmixStatus begin(EmixCompetition *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *candidate = &c->candidates.all[0];
    EmixRefinement tally = c->standing.refinement;
    EMIX_TRY(c->contest->begin(c->context, c->standing.attempt, &tally, error));
    emix_rounds_close_if_cancelled(c);
    emix_checkpoint_lock(c->checkpoint);
    emix_rounds_save_params(c->engine, candidate->params);
    candidate->drawn = true;
    c->standing.round = 1;
    c->standing.refinement = tally;
    emix_checkpoint_unlock(c->checkpoint);
    emix_checkpoint_offer(c->checkpoint);
cleanup:
    return status;
}

static void forget(EmixCompetition *c)
{
    EmixCandidate *candidate = &c->candidates.all[0];
    emix_checkpoint_lock(c->checkpoint);
    *candidate = (EmixCandidate){.params = candidate->params, .began = candidate->began};
    c->standing.attempt += 1;
    emix_checkpoint_unlock(c->checkpoint);
}

/* Components of the candidate have died: they are given another place, from where EM runs again. */
static EmixStatus respawn(EmixCompetition *c, EmixCandidate *candidate, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixRefinement tally = c->standing.refinement;
    double rose = 0.0;
    emix_rounds_load_params(c->engine, candidate->params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(emix_engine_pass(c->engine, EMIX_PASS_FULL, error));
    EMIX_TRY(c->contest->improve(c->context, c->standing.stage, &tally, &rose, error));
    emix_checkpoint_lock(c->checkpoint);
    c->standing.refinement = tally;
    candidate->outcome = (EmixEmOutcome){0};
    emix_rounds_save_params(c->engine, candidate->params);
    emix_checkpoint_unlock(c->checkpoint);
cleanup:
    return status;
}

EmixStatus emix_refine_begin(EmixCompetition *c, EmixError *error)
{
    EmixCandidate *candidate = &c->candidates.all[0];
    EmixStatus status = EMIX_OK;
    for (; c->standing.attempt < MAX_ATTEMPTS; forget(c)) {
        EmixError *first = c->standing.has_reason ? NULL : &c->standing.reason;
        status = candidate->drawn ? EMIX_OK : begin(c, first);
        c->starts_done = c->options.starts.n;
        for (int repair = 0; status == EMIX_OK && !candidate->sound && repair < MAX_REPAIRS &&
                             !atomic_load(&c->cancelled);
             ++repair) {
            if (candidate->outcome.n_passes > 0) {
                status = respawn(c, candidate, first);
            }
            if (status == EMIX_OK) {
                status = run(c, candidate, c->standing.attempt, true, first);
            }
        }
        if (status == EMIX_ERR_NOMEM || status == EMIX_ERR_INTERRUPTED) {
            return first != NULL ? emix_fail(error, status, "%s", first->message) : status;
        }
        if ((status == EMIX_OK && candidate->sound) || atomic_load(&c->cancelled)) {
            return EMIX_OK;
        }
        c->standing.has_reason = true;
    }
    return emix_fail(error, EMIX_ERR_DEGENERATE, "no usable model from any start: %s",
                     c->standing.reason.message);
}

/* Moves from the candidate's point to where EM is to be run from next.
 * @return Whether anything was gained. */
static EmixStatus improve(EmixCompetition *c, const EmixCandidate *best, bool *improved,
                          EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *refined = &c->candidates.refined;
    EmixRefinement tally = c->standing.refinement;
    double rose = 0.0;
    emix_rounds_load_params(c->engine, best->params);
    EMIX_TRY(emix_engine_prepare(c->engine, error));
    EMIX_TRY(emix_engine_pass(c->engine, EMIX_PASS_FULL, error));
    EMIX_TRY(c->contest->improve(c->context, c->standing.stage, &tally, &rose, error));
    *improved = rose > clearly_higher * unit_of(c);
    emix_rounds_close_if_cancelled(c);
    emix_checkpoint_lock(c->checkpoint);
    c->standing.refinement = tally;
    if (*improved) {
        const EmixCandidate fresh = {
            .params = refined->params, .began = refined->began, .drawn = true};
        *refined = fresh;
        emix_rounds_save_params(c->engine, refined->params);
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
    EmixCandidate *refined = &c->candidates.refined;
    const size_t n_bytes = (size_t)c->engine->sizes.params * sizeof(double);
    if (!refined->sound || refined->merit <= best->merit + clearly_higher * unit_of(c)) {
        return false;
    }
    emix_checkpoint_lock(c->checkpoint);
    memcpy(best->params, refined->params, n_bytes);
    if (best->began != NULL) {
        memcpy(best->began, refined->began, n_bytes);
    }
    best->merit = refined->merit;
    best->outcome = refined->outcome;
    refined->drawn = false;
    emix_checkpoint_unlock(c->checkpoint);
    return true;
}

EmixStatus emix_refine_rival(EmixCompetition *c, int start, EmixError *error)
{
    EmixCandidate *best = &c->candidates.all[start];
    EmixCandidate *refined = &c->candidates.refined;
    EmixRefinement tally = c->standing.refinement;
    if (c->contest->grow == NULL || c->standing.grown || atomic_load(&c->cancelled)) {
        return EMIX_OK;
    }
    EmixStatus status = c->contest->grow(c->context, &tally, NULL);
    emix_rounds_close_if_cancelled(c);
    if (status == EMIX_OK && !atomic_load(&c->cancelled)) {
        c->standing.refinement = tally;
        emix_rounds_save_params(c->engine, refined->params);
        status = run(c, refined, RIVAL_RUN, false, NULL);
    }
    if (status == EMIX_ERR_NOMEM) {
        return emix_fail(error, status, "out of memory");
    }
    if (status == EMIX_OK && !atomic_load(&c->cancelled)) {
        promote(c, best);
    }
    emix_checkpoint_lock(c->checkpoint);
    *refined = (EmixCandidate){.params = refined->params, .began = refined->began};
    c->standing.grown = !atomic_load(&c->cancelled);
    emix_checkpoint_unlock(c->checkpoint);
    emix_checkpoint_offer(c->checkpoint);
    return EMIX_OK;
}

EmixStatus emix_refine_candidate(EmixCompetition *c, int start, bool loose, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCandidate *best = &c->candidates.all[start];
    EmixCandidate *refined = &c->candidates.refined;
    while (c->standing.stage < MAX_STAGES && !c->standing.refined && !atomic_load(&c->cancelled)) {
        bool improved = refined->drawn; /* by the process that left the checkpoint */
        if (!improved) {
            EMIX_TRY(improve(c, best, &improved, error));
        }
        if (!improved || atomic_load(&c->cancelled)) {
            break;
        }
        status = run(c, refined, run_number(c), loose, NULL);
        if (status == EMIX_ERR_NOMEM) {
            return emix_fail(error, status, "out of memory");
        }
        status = EMIX_OK;
        if (atomic_load(&c->cancelled) || !promote(c, best)) {
            break;
        }
        c->standing.stage += 1;
        emix_checkpoint_offer(c->checkpoint);
    }
    if (!atomic_load(&c->cancelled)) {
        c->standing.refined = true;
    }
cleanup:
    return status;
}
