/* The competition among starts, and the run of the winner: one mechanism for every model.
 *
 * Small problems run their starts side by side, one worker each. Large problems run them one after
 * another with all workers each, and the early rounds of the tournament on a random subsample. The
 * size of the problem alone decides; no result depends on the number of workers. */
#ifndef EMIX_SEARCH_COMPETITION_H
#define EMIX_SEARCH_COMPETITION_H

#include <stdatomic.h>

#include "model/spec.h"
#include "search/candidates.h"
#include "search/checkpoint.h"

/** What a competition must know about the models that take part. */
typedef struct EmixContest {
    /** Sets the current point of competition.early[member] to start number `start`, prepared.
     * Called from several threads, each with its own member.
     * @param n_redrawn  Draws of this start before, all of which proved unusable. */
    EmixStatus (*draw)(void *context, int member, int start, int n_redrawn, EmixError *error);

    /** Decides if an engine's current point, to which its statistics belong, is a usable model.
     * @return EMIX_OK, or EMIX_ERR_DEGENERATE with a message that says what is wrong. */
    EmixStatus (*judge)(void *context, EmixEngine *engine, EmixError *error);

    /** Searches for a start, instead of drawing many: sets competition.engine's current point to it,
     * prepared. NULL: starts are drawn.
     * @param attempt  0, 1, ...: another start each.
     * @param tally    What was done is added.
     * @return EMIX_OK; EMIX_ERR_DEGENERATE: none was found. */
    EmixStatus (*begin)(void *context, int attempt, EmixSearchReport *tally, EmixError *error);

    /** Makes one start more, as .begin does, which competes with the winner of those that are drawn.
     * NULL: there is none. */
    EmixStatus (*grow)(void *context, EmixSearchReport *tally, EmixError *error);

    /** Improves a maximum by moves that EM does not make: from competition.engine's current point,
     * whose statistics are known, to another, prepared. NULL: nothing is improved.
     * @param stage  Improvements made before: with the point it determines all that is random.
     * @param[out] rose  By how much the log-likelihood has risen, nats, >= 0. */
    EmixStatus (*improve)(void *context, int stage, EmixSearchReport *tally, double *rose,
                          EmixError *error);

    /** Candidates are ranked by log-likelihood, not by objective. For mixtures with a prior: it
     * only serves to keep each candidate sound. */
    bool by_likelihood;
} EmixContest;

typedef struct EmixCompetition {
    /* Set by the owner before anything else. */
    const EmixContest *contest;
    void *context;               /* handed to the contest */
    const struct EmixSpec *spec; /* of a mixture; BORROWED. NULL = a user's own model */
    EmixFitOptions options;
    int n_workers;    /* at least 1 */
    int n_draws;      /* of a start, at most, where one proves unusable at once; 0 stands for 1 */
    const char *name; /* of the model and of its kernels, for checkpoints; BORROWED */
    const char *kernels_name;
    EmixEngine *engine; /* all data, all workers: makes the final run; owned from here on */

    /* Made by the functions below. */
    double *initial_params; /* [params], filled in by the owner; NULL = starts are drawn */
    int n_early;
    EmixEngine **early; /* [n_early], run the starts: one with all workers, or one per worker */
    bool subsampled;    /* the early engines work on a subsample */
    int patience;       /* factor on the lengths of bursts, at least 1 */
    int n_finalists;    /* candidates run to convergence side by side, or 1; see competition.c */
    EmixCandidates candidates;
    EmixStartReport *start_reports; /* [starts.n], written with the report; NULL without starts */
    EmixCheckpoint *checkpoint;     /* NULL = none */

    double called_s; /* set by the owner before each run: when it was asked for */

    /* Of the present run, or of the last one. */
    EmixStanding standing;
    double began_s;
    double init_s; /* seconds before the returned run began */
    int starts_done;
    atomic_bool cancelled;
} EmixCompetition;

/** Whether passes of so many multiplications are too short to share among workers: starts of such a
 * problem run side by side. */
bool emix_competition_is_small(double pass_flops);

/** Allocates the initial parameters: no starts will be drawn. */
EmixStatus emix_competition_create_initial(EmixCompetition *competition, EmixError *error);

/** Allocates starts. Their engines hold `self`, an instance of the model, and run on `data`: the
 * instance and the data of competition.engine, or a subsample and an instance made for it. Both
 * BORROWED until emix_competition_clear(). */
EmixStatus emix_competition_create_starts(EmixCompetition *competition, const void *self,
                                          const EmixDataset *data, EmixError *error);

/** Allocates what one searched start needs (EmixContest.begin), instead. */
EmixStatus emix_competition_create_search(EmixCompetition *competition, EmixError *error);

/** Allocates checkpoints. To be called after the initial parameters are filled in, or after
 * emix_competition_create_starts().
 * @param watch  Told how far the sweep over the data is that they need; NULL = nobody.
 * @param store  Where states are kept; taken over on success. If it is NULL, or its context is,
 *               nothing is done. */
EmixStatus emix_competition_create_checkpoint(EmixCompetition *competition, const EmixStore *store,
                                              const EmixWatch *watch, EmixError *error);

/** Frees what a competition owns, its engine included. */
void emix_competition_clear(EmixCompetition *competition);

/** Runs to convergence, from the initial parameters or from the best of the starts. Afterwards the
 * engine's current point is the result, the engine's statistics belong to it, and it is usable.
 * Resumes from a checkpoint if there is one.
 *
 * @return EMIX_OK, also if interrupted; what emix_checkpoint_open() returns; EMIX_ERR_DEGENERATE
 *         with a message that says what is wrong with the best start; from initial parameters, the
 *         error that ended the run. */
EmixStatus emix_competition_run(EmixCompetition *competition, EmixEmOutcome *outcome,
                                EmixError *error);

/** The part of the report that is the same for every model. */
EmixFitReport emix_competition_report(const EmixCompetition *competition,
                                      const EmixEmOutcome *outcome);

#endif
