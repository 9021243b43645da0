/* What the swap search does in a fit. */
#ifndef EMIX_FIT_SEARCH_STAGE_H
#define EMIX_FIT_SEARCH_STAGE_H

#include "fit/fitter.h"
#include "search/candidates.h"

/** Whether maxima of this fit are improved by swaps. */
bool emix_search_improves(const EmixFitter *fitter);

/** Whether its start is searched for by swaps, instead of many being drawn. */
bool emix_search_begins(const EmixFitter *fitter);

/** Whether a start that is grown competes with the winner of those that are drawn. */
bool emix_search_grows(const EmixFitter *fitter);

/** EmixContest.begin, .grow and .improve; the context is the fitter. */
EmixStatus emix_search_begin(void *context, int attempt, EmixSearchReport *tally, EmixError *error);
EmixStatus emix_search_grow(void *context, EmixSearchReport *tally, EmixError *error);
EmixStatus emix_search_improve(void *context, int stage, EmixSearchReport *tally, double *rose,
                               EmixError *error);

#endif
