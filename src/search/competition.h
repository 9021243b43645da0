/* Starts, the competition among them, and the run of the winner: one mechanism for every model.
 *
 * Small problems run their starts side by side, one worker each; large ones run them one after
 * another with all workers, the early rounds of the tournament on a random subsample. Which it
 * is depends on the size of the problem alone, and no result depends on the number of workers. */
#ifndef EMIX_SEARCH_COMPETITION_H
#define EMIX_SEARCH_COMPETITION_H

#include <stdatomic.h>

#include "search/candidates.h"
#include "search/checkpoint.h"

/** What a competition must know of the models that take part. */
typedef struct EmixContest {
    /** Sets the current point of competition.early[member], prepared, to start number `start`.
     * Called from several threads, each with a member of its own. */
    EmixStatus (*draw)(void *context, int member, int start, EmixError *error);

    /** Whether an engine's current point, which the statistics belong to, is a usable model.
     * @return EMIX_OK, or EMIX_ERR_DEGENERATE, saying what is wrong with it. */
    EmixStatus (*judge)(void *context, EmixEngine *engine, EmixError *error);

    /** Candidates are ranked by log-likelihood, not by objective: the prior serves to keep each of
     * them sound. */
    bool by_likelihood;
} EmixContest;

typedef struct EmixCompetition {
    /* set by the owner before anything else */
    const EmixContest *contest;
    void *context;          /* handed to the contest */
    EmixFitOptions options; /* n_workers resolved */
    const char *name;       /* of the model, and of its kernels, for checkpoints; BORROWED */
    const char *kernels_name;
    EmixEngine *engine; /* all data, all workers: the final run; owned from here on */

    /* made by the functions below */
    double *initial_params; /* for the owner to fill; NULL = starts are drawn */
    int n_early;
    EmixEngine **early; /* run the starts: one with all workers, or one a worker */
    bool subsampled;    /* they work on a subsample */
    int patience;       /* bursts are so many times their least length */
    int n_finalists;    /* of a tournament: run to the end side by side, or 1 */
    EmixCandidates candidates;
    EmixCheckpoint *checkpoint; /* NULL = none is kept */

    /* the run under way, or the last one */
    EmixStanding standing;
    double began_s;
    double init_s; /* seconds before the returned run */
    int starts_done;
    atomic_bool cancelled;
} EmixCompetition;

/** Takes memory for initial parameters: no starts will be drawn. */
EmixStatus emix_competition_create_initial(EmixCompetition *competition, EmixError *error);

/** Takes memory for starts, which run on `data` with engines of the instance `self`: those of
 * competition.engine, or a subsample and an instance for it. Both BORROWED. */
EmixStatus emix_competition_create_starts(EmixCompetition *competition, const void *self,
                                          const EmixDataset *data, EmixError *error);

/** Takes memory for checkpoints; called when the initial parameters are filled in, or the starts'
 * memory is taken.
 * @param store  Where states are kept; taken over on success. NULL, or a context of NULL: nothing
 * is done. */
EmixStatus emix_competition_create_checkpoint(EmixCompetition *competition, const EmixStore *store,
                                              EmixError *error);

/** Releases what a competition holds, its engine too. */
void emix_competition_clear(EmixCompetition *competition);

/** Runs from the initial parameters or from starts, to the end: the engine's current point is the
 * result, its statistics belong to it, and it is usable. Goes on from a checkpoint, if there is
 * one.
 *
 * @return EMIX_OK, also when interrupted; what emix_checkpoint_open() returns; EMIX_ERR_DEGENERATE,
 * saying what is wrong with the best start; from initial parameters, whatever ended the run. */
EmixStatus emix_competition_run(EmixCompetition *competition, EmixEmOutcome *outcome,
                                EmixError *error);

/** What the report of any model says of a run. */
EmixFitReport emix_competition_report(const EmixCompetition *competition,
                                      const EmixEmOutcome *outcome);

#endif
