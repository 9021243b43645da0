/* The swap search: a maximum of EM with many components has too many of them here and too few
 * there. A swap merges two components and splits a third; swaps of different components are
 * independent of each other, so a round makes many at once (after Ueda, Nakano, Ghahramani & Hinton
 * (2000), SMEM algorithm for mixture models, Neural Comput. 12(9), 2109-2128, which makes one at a
 * time, each followed by EM on all data).
 *
 * What a swap gains is first predicted: the gain of the split less the loss of the merge. It is
 * then tried out by EM for the few components concerned, on the rows they answer for
 * (swaps/trial.h), and made if the lower bound F(theta, q) rises. A few passes of EM on all data
 * follow each round.
 *
 * Everything depends on the data, the parameters, the seed and the number of the round, and not on
 * the number of workers. */
#ifndef EMIX_SWAPS_SWAP_SEARCH_H
#define EMIX_SWAPS_SWAP_SEARCH_H

#include <stdatomic.h>

#include <emix/fit.h>

#include "em/engine.h"
#include "mixture/mixture.h"
#include "model/parts.h"

/** How thoroughly to search. */
typedef enum EmixSwapEffort {
    EMIX_SWAPS_QUICK,   /* while EM has not converged */
    EMIX_SWAPS_THOROUGH /* at a maximum of EM: more rows, and one more beginning for splits */
} EmixSwapEffort;

/** Components of a search at most, for streams of random numbers. */
enum { EMIX_SWAPS_MOST_COMPONENTS = 1 << 20 };

/** What is searched; everything BORROWED until emix_swap_search_destroy(). */
typedef struct EmixSwapProblem {
    EmixEngine *engine; /* its model is a mixture of one group, of at least 3 components */
    const EmixFamilyParts *parts;
    const EmixSpec *spec;
    const EmixMoments *moments; /* of the engine's data */
    uint64_t seed;
    int stage;                      /* of the search: each has random numbers of its own */
    const atomic_bool *cancelled;   /* looked at between pieces of work; NULL = never */
    void (*observe)(void *context); /* called between them, by the calling thread; or NULL */
    void *observe_context;
} EmixSwapProblem;

typedef struct EmixSwapSearch EmixSwapSearch;

EmixStatus emix_swap_search_create(const EmixSwapProblem *problem, EmixSwapSearch **search,
                                   EmixError *error);
void emix_swap_search_destroy(EmixSwapSearch *search);

/** Makes rounds from the engine's current, prepared point until none gains anything.
 *
 * Components that are dying are given another place first, whatever becomes of the log-likelihood:
 * what a collapsing component gains is no gain.
 *
 * @param[out] rose  By how much the log-likelihood has risen, nats; < 0 only if components died.
 * @return EMIX_OK, also if cancelled; EMIX_ERR_NOMEM, EMIX_ERR_DEGENERATE. */
EmixStatus emix_swap_search_run(EmixSwapSearch *search, EmixSwapEffort effort, double *rose,
                                EmixError *error);

/** Grows a start, which the engine's current point becomes: all rows in one component, which is split
 * where that gains most, until there are enough. A start of one component more goes on from where
 * this one ends, so its log-likelihood is no lower but for the EM iterations between.
 * @return EMIX_OK, also if cancelled; EMIX_ERR_DEGENERATE: no split is left that is sound;
 *         EMIX_ERR_NOMEM. */
EmixStatus emix_swap_search_grow(EmixSwapSearch *search, EmixError *error);

/** What was done so far, in passes over the engine's rows; BORROWED. */
const EmixSearchReport *emix_swap_search_tally(const EmixSwapSearch *search);

#endif
