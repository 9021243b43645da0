/* Trials: a predicted swap is tried out by local EM before it is made. */
#ifndef EMIX_SWAPS_TRIAL_H
#define EMIX_SWAPS_TRIAL_H

#include "swaps/pairs.h"
#include "swaps/split.h"

/** Components of a trial at most: the one that is split, the two that are merged, and neighbours,
 * which can then adapt. */
enum { EMIX_TRIAL_NEIGHBOURS = 2, EMIX_TRIAL_COMPONENTS = 3 + EMIX_TRIAL_NEIGHBOURS };

/** A swap to be tried, and what came of it. */
typedef struct EmixTrial {
    emix_index split;                             /* the component that is split */
    int pair;                                     /* which pair is merged */
    int n_components;                             /* that take part */
    emix_index components[EMIX_TRIAL_COMPONENTS]; /* of the mixture: the places of the merged one,
                                                     of the two halves, and of the neighbours */
    double gain;                                  /* nats; -INFINITY = it failed or is unsound */
    bool accepted;
    double *values; /* [n_values of parts of n_components] after the swap, weights summing to 1;
                       owned by who made the trial */
    double cost;    /* rows x components of its passes */
} EmixTrial;

typedef struct EmixTrialOptions {
    emix_index most_rows;    /* looked at first, for three components */
    emix_index confirm_rows; /* looked at again when these were not all */
    double least_gain;       /* nats, for a swap to be accepted */
} EmixTrialOptions;

/** Compares EM from the present parameters with EM from the swapped ones, on the rows that the
 * trial's components answer for; if those were a sample, on all of them again.
 *
 * @param parts  Of the whole mixture.
 * @param split  Of trial->split.
 * @param rows   Memory for rows.
 * @return EMIX_OK, also if the swap is no good; EMIX_ERR_NOMEM. */
EmixStatus emix_trial_run(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                          const EmixParts *parts, const EmixSplit *split, const EmixPair *pair,
                          const EmixTrialOptions *options, EmixRng *rng, EmixLocalRows *rows,
                          EmixTrial *trial, EmixError *error);

#endif
