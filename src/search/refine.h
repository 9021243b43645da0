/* Refinement: the winner of a competition, or a beginning that was searched for, is improved by
 * moves that EM does not make, and EM is run again, until nothing is gained. */
#ifndef EMIX_SEARCH_REFINE_H
#define EMIX_SEARCH_REFINE_H

#include "search/competition.h"

/** Makes the start that the contest searches for (EmixContest.begin), runs it loosely to
 * convergence, and makes it candidate 0.
 * @return EMIX_OK; EMIX_ERR_DEGENERATE: none was sound; other errors of a run. */
EmixStatus emix_refine_begin(EmixCompetition *competition, EmixError *error);

/** Runs the start that the contest grows (EmixContest.grow) to convergence; where it ends higher it
 * takes the place of a candidate that has. */
EmixStatus emix_refine_rival(EmixCompetition *competition, int start, EmixError *error);

/** Improves a sound candidate that has run to convergence, as long as that succeeds. It holds the
 * best result so far at any time.
 * @param loose  Runs end at a tolerance that suffices to compare maxima. */
EmixStatus emix_refine_candidate(EmixCompetition *competition, int start, bool loose,
                                 EmixError *error);

#endif
