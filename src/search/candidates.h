/* Starts in competition: the state of each, and their order of merit. */
#ifndef EMIX_SEARCH_CANDIDATES_H
#define EMIX_SEARCH_CANDIDATES_H

#include "em/em.h"

/** One start and how far it has come. */
typedef struct EmixCandidate {
    double *params;        /* of the engines' params length */
    double *began;         /* those that its run to the end began from; NULL unless kept */
    double merit;          /* objective or log-likelihood, as the contest says */
    bool done;             /* with the present round */
    bool drawn;            /* params hold something */
    bool failed;           /* its last run ended in an error */
    bool sound;            /* no component is degenerate */
    EmixEmOutcome outcome; /* of a run to the end */
} EmixCandidate;

/** How far a competition has come; with the candidates, all that the rest of it depends on. */
typedef struct EmixStanding {
    int round;        /* rounds that are over */
    int n_alive;      /* candidates still in the tournament, or all */
    bool finals_over; /* those that were to be run to the end side by side have been */
    int rank;         /* while the winner is chosen: of the candidate whose turn it is */
    bool has_reason;  /* some candidate was found unusable, */
    EmixError reason; /* which is why */
    double elapsed_s; /* seconds spent in earlier processes */
} EmixStanding;

typedef struct EmixCandidates {
    int n;
    EmixCandidate *all; /* [n] start s at all[s] */
    int *order;         /* [n] best first, as far as emix_candidates_rank() was told */
    int *merged;        /* [n] scratch of emix_candidates_rank() */
    double *storage;    /* [n x params], twice where beginnings are kept */
} EmixCandidates;

/** @param keep_beginnings  For a run to the end that may have to be made again. */
EmixStatus emix_candidates_init(int n, emix_index params, bool keep_beginnings,
                                EmixCandidates *candidates, EmixError *error);
void emix_candidates_clear(EmixCandidates *candidates);

/** Forgets the last competition: order 0 ... n - 1. */
void emix_candidates_reset(EmixCandidates *candidates);

/** Sorts the first n_alive entries of `order`: sound before degenerate before failed, then by
 * merit, then by number. Those behind stay: they dropped out earlier, and rank lower. */
void emix_candidates_rank(EmixCandidates *candidates, int n_alive);

/** Whether a ranks before b. */
bool emix_candidate_beats(const EmixCandidate *a, const EmixCandidate *b);

#endif
