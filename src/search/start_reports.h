/* What came of each start of a competition, for the report of the fit. */
#ifndef EMIX_SEARCH_START_REPORTS_H
#define EMIX_SEARCH_START_REPORTS_H

#include "search/competition.h"

/** Allocates competition.start_reports, one for each of n_starts starts. */
EmixStatus emix_start_reports_create(EmixCompetition *competition, int n_starts, EmixError *error);

/** Writes the reports of the starts, and the members of a fit's report that are about them. Its
 * `starts` is BORROWED from the competition.
 * @param best  What the winner is ranked by, emix_rounds_merit(). */
void emix_start_reports_write(const EmixCompetition *competition, double best,
                              EmixFitReport *report);

#endif
