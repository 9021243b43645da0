/* Refinement: the winner of a competition, or a start that was searched for, is improved by moves
 * that EM does not make, and EM is run again, until nothing is gained. */
#ifndef EMIX_SEARCH_REFINE_H
#define EMIX_SEARCH_REFINE_H

#include "search/competition.h"
#include "search/rounds.h"

/** Numbers of runs that are no start's, for checkpoints. */
enum {
    EMIX_NUMBER_OF_IMPROVEMENT = 1 << 28, /* any: they are made one after another */
    EMIX_NUMBER_OF_GROWN_RUN,
    EMIX_NUMBER_OF_RETURNED_RUN
};

/** Makes the start that the contest searches for (EmixContest.begin), runs it loosely to
 * convergence, and makes it candidate 0; where that is not sound, others. Nothing is done where
 * candidate 0 is sound already.
 * @return EMIX_OK; EMIX_ERR_DEGENERATE: none was sound; other errors of a run. */
EmixStatus emix_refine_begin(EmixCompetition *competition, EmixError *error);

/** Gives candidate 0 up, for emix_refine_begin() to make another.
 * @param reason  Why it is unusable. */
void emix_refine_reject(EmixCompetition *competition, const EmixError *reason);

/** Runs the start that the contest grows (EmixContest.grow) to convergence; where it ends higher it
 * takes the place of a candidate that has. */
EmixStatus emix_refine_rival(EmixCompetition *competition, int start, EmixError *error);

/** Improves a sound candidate that has run to convergence, as long as that succeeds. It holds the
 * best result so far at any time.
 * @param kind  Of the runs that are made. */
EmixStatus emix_refine_candidate(EmixCompetition *competition, int start, EmixRunKind kind,
                                 EmixError *error);

#endif
