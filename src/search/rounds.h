/* The rounds of a competition: every candidate that is still alive makes one step, a burst of EM or
 * a run to the end, on whichever worker is free. */
#ifndef EMIX_SEARCH_ROUNDS_H
#define EMIX_SEARCH_ROUNDS_H

#include "search/competition.h"

/** Runs the rounds that are left, until the winner is to be chosen or the fit is cancelled. */
void emix_rounds_run(EmixCompetition *competition);

/** What went wrong with a start that failed while the errors of starts were not looked at. */
void emix_rounds_relive_failure(EmixCompetition *competition, int start, EmixError *reason);

/** A run to the end from the engine's current, prepared point, or, when a checkpoint kept it, from
 * where it stood.
 * @param kept  NULL = the run need not be kept. */
EmixStatus emix_rounds_run_to_end(EmixCompetition *competition, EmixEngine *engine, int worker,
                                  EmixCheckpointRun *kept, EmixEmOutcome *outcome,
                                  EmixError *error);

/** After an interruption, saves the state as it is now for the last time. */
void emix_rounds_close_if_cancelled(EmixCompetition *competition);

/** What candidates are ranked by. */
double emix_rounds_merit(const EmixCompetition *competition, double log_likelihood,
                         double objective);

/** Sets the engine's current parameters, which are yet to be prepared. */
void emix_rounds_load_params(EmixEngine *engine, const double *params);

#endif
