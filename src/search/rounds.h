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

/** Runs to convergence from the engine's current, prepared point, or, if a checkpoint kept the run,
 * from where it stood.
 * @param traced  Its passes go to the trace, if there is one: this run makes the result.
 * @param kept    NULL = the run need not be kept. */
EmixStatus emix_rounds_run_to_end(EmixCompetition *competition, EmixEngine *engine, int worker,
                                  bool traced, EmixCheckpointRun *kept, EmixEmOutcome *outcome,
                                  EmixError *error);

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
