/* The inside of a swap search, shared by the files that make it: rounds (swap_search.c), which
 * components are split (search_splits.c), and the trials of a round (search_trials.c). */
#ifndef EMIX_SWAPS_SWAP_SEARCH_INTERNAL_H
#define EMIX_SWAPS_SWAP_SEARCH_INTERNAL_H

#include "core/rng.h"
#include "swaps/swap_search.h"
#include "swaps/pairs.h"
#include "swaps/split.h"
#include "swaps/trial.h"

enum {
    FAILURES = 24,    /* that are remembered of a split */
    MOST_TRIES = 3,   /* pairs that one split is tried with in a round */
    BATCH = 16,       /* trials side by side */
    QUICK_ROWS = 500, /* of a component that a split looks at */
    THOROUGH_ROWS = 2000,
    ROUNDS_OF_A_STAGE = 1000,
    PIECES = 1 + MOST_TRIES /* streams of random numbers of a component in a round */
};

/* A pair that a split was tried with in vain, and where the three components then were. */
typedef struct EmixSwapFailure {
    emix_index i;
    emix_index j;
    int versions[3]; /* of i, j and the one that was split */
} EmixSwapFailure;

typedef struct EmixSplitCandidate {
    EmixSplit split;
    int version; /* counts how often the component has moved since its split was looked for */
    EmixSwapFailure failures[FAILURES]; /* a ring */
    int n_failures;
    bool known;  /* the split belongs to the parameters kept in `remembered` */
    int n_tried; /* pairs in this round */
} EmixSplitCandidate;

struct EmixSwapSearch {
    EmixSwapProblem problem;
    struct EmixSpec spec; /* with what components share fixed */
    EmixLocalProblem local;
    EmixSearchReport tally;
    EmixSwapEffort effort;
    bool forced;     /* the round has moved components that were dying */
    EmixParts parts; /* of the current point */
    EmixOwnership ownership;
    EmixPairs pairs;
    EmixSplitCandidate *candidates; /* [K] */
    double *values;                 /* [K x values of two components] of the splits */
    double *remembered;             /* [params] where each component's split was found */
    double *saved;                  /* [params] before a round */
    emix_index *order;              /* [K] by falling gain */
    bool *used;                     /* [K] part of a swap that was made in this round */
    bool *reserved;                 /* [K] part of a trial under way */
    bool *dying;                    /* [K] */
    EmixTrial trials[BATCH];
    int n_trials;
    double *trial_values;
    EmixLocalRows *rows; /* [n_workers] */
    double *costs;       /* [K] of this round's splits */
};

static inline emix_index emix_search_n_components(const EmixSwapSearch *s)
{
    return s->parts.n_components;
}

static inline void emix_search_observe(const EmixSwapSearch *s)
{
    if (s->problem.observe != NULL) {
        s->problem.observe(s->problem.observe_context);
    }
}

static inline bool emix_search_is_cancelled(const EmixSwapSearch *s)
{
    return s->problem.cancelled != NULL && atomic_load(s->problem.cancelled);
}

static inline void emix_search_add_cost(EmixSwapSearch *s, double rows_x_components)
{
    s->tally.passes += rows_x_components / ((double)s->problem.engine->data->n_rows *
                                            (double)emix_search_n_components(s));
}

static inline emix_index emix_search_split_rows(const EmixSwapSearch *s)
{
    const double d = (double)s->parts.n_features;
    const double enough = (d + 1.0) * (d + 2.0);
    const emix_index most = s->effort == EMIX_SWAPS_QUICK ? QUICK_ROWS : THOROUGH_ROWS;
    return enough > (double)most ? (emix_index)enough : most;
}

/* A stream of random numbers for each piece of work on a component in a round: piece 0 is the search
 * for its split, others are its trials. The number of components makes no difference. */
static inline EmixRng emix_search_stream(const EmixSwapSearch *s, int piece, emix_index k)
{
    const emix_index round = (emix_index)s->problem.stage * ROUNDS_OF_A_STAGE + s->tally.n_rounds;
    return emix_rng_init(s->problem.seed, EMIX_RNG_SWAPS,
                         (round * PIECES + piece) * EMIX_SWAPS_MOST_COMPONENTS + k);
}

/** Looks for the best split of every component that is not still where its split was found, and ranks
 * them; components that are dying are found on the way. */
EmixStatus emix_search_find_splits(EmixSwapSearch *search, EmixError *error);

/** Gives dying components another place, where a split gains most. */
EmixStatus emix_search_respawn(EmixSwapSearch *search, EmixError *error);

/** Tries swaps out and makes those that gain: the parts then hold the new parameters. Dying
 * components are given another place before.
 * @param[out] n_made  Swaps made, and components given another place. */
EmixStatus emix_search_make_swaps(EmixSwapSearch *search, int *n_made, EmixError *error);

/** Component k, which is empty, becomes a half of the best split.
 * @param[out] found  Whether there is one. */
EmixStatus emix_search_respawn_one(EmixSwapSearch *search, emix_index k, bool *found,
                                   EmixError *error);

/** The current point as parts, and back. */
void emix_search_read_parts(EmixSwapSearch *search);
EmixStatus emix_search_write_parts(EmixSwapSearch *search, EmixError *error);

/** EM iterations on all rows; then who owns them. */
EmixStatus emix_search_burst(EmixSwapSearch *search, int n_iterations, EmixError *error);

/** No split is known any more. */
void emix_search_forget(EmixSwapSearch *search);

/** Finds the residual of a round: what is left that it has not made. */
void emix_search_find_residual(EmixSwapSearch *search);

#endif
