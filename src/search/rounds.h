/* The rounds of a competition. In a round every candidate still alive makes one step, a burst of EM
 * or a run to convergence, on whichever worker is free. */
#ifndef EMIX_SEARCH_ROUNDS_H
#define EMIX_SEARCH_ROUNDS_H

#include "search/competition.h"

/** Runs the remaining rounds, until the winner is to be chosen or the fit is cancelled. */
void emix_rounds_run(EmixCompetition *competition);

/** Finds out why a start failed whose error was dropped in a round.
 * @param reason  Out: the message. */
void emix_rounds_relive_failure(EmixCompetition *competition, int start, EmixError *reason);

/** What a run to convergence is for. */
typedef enum EmixRunKind {
    EMIX_RUN_RETURNED, /* it makes the result: its passes go to the trace, if there is one     */
    EMIX_RUN_COMPARED, /* its end is compared with others                                      */
    EMIX_RUN_LOOSE     /* the same, at a tolerance and in a number of iterations that suffice  */
} EmixRunKind;

/** Runs to convergence from the engine's current, prepared point, or, if a checkpoint kept the run,
 * from where it stood.
 * @param kept  NULL = the run need not be kept. */
EmixStatus emix_rounds_run_to_end(EmixCompetition *competition, EmixEngine *engine, int worker,
                                  EmixRunKind kind, EmixCheckpointRun *kept, EmixEmOutcome *outcome,
                                  EmixError *error);

/** Runs a candidate from its params to convergence on all rows, judges it and writes what came of
 * it.
 * @param number  Tells the run from all others under way, for checkpoints; starts have theirs.
 * @return The status of the run; EMIX_ERR_DEGENERATE too if its end is not sound. */
EmixStatus emix_rounds_finish(EmixCompetition *competition, EmixCandidate *candidate, int number,
                              EmixRunKind kind, EmixError *error);

/** If the fit is cancelled, saves the state for the last time. */
void emix_rounds_close_if_cancelled(EmixCompetition *competition);

/** Candidates that stay in the tournament after a round of n. */
int emix_rounds_halve(int n);

/** What candidates are ranked by: log-likelihood or objective, as the contest says. */
double emix_rounds_merit(const EmixCompetition *competition, double log_likelihood,
                         double objective);

/** Decides if an engine's current point, to which its statistics belong, is a sound result: the one
 * definition, a function of the point and the statistics alone. Whoever must know it later keeps the
 * answer (EmixCandidate.sound) instead of asking again.
 * @return EMIX_OK, or EMIX_ERR_DEGENERATE with a message that says what is wrong. */
EmixStatus emix_rounds_judge(const EmixCompetition *competition, EmixEngine *engine,
                             EmixError *error);

/** Reports progress between runs, on the calling thread; the caller may ask to stop. */
void emix_rounds_observe(EmixCompetition *competition);

/** Sets the engine's current parameters. They still have to be prepared. */
void emix_rounds_load_params(EmixEngine *engine, const double *params);

/** Copies them out. */
void emix_rounds_save_params(const EmixEngine *engine, double *params);

#endif
