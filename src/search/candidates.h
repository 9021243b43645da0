/* The candidates of a competition: the state of each start, and their ranking. */
#ifndef EMIX_SEARCH_CANDIDATES_H
#define EMIX_SEARCH_CANDIDATES_H

#include "em/em.h"

/** Limit on the draws of one start that are replaced. */
enum { EMIX_MOST_REDRAWN = 1000 };

/** One start and how far it has come. */
typedef struct EmixCandidate {
    double *params;        /* [params], as long as the engines' */
    double *began;         /* [params] where its run to convergence began, or NULL */
    double merit;          /* log-likelihood or objective: see EmixContest.by_likelihood */
    double log_likelihood; /* at the end of its last burst; NaN on a subsample */
    double first;          /* log-likelihood at its start: starts where it is equal are copies */
    int n_redrawn;         /* draws that proved unusable at once, and that it replaces */
    bool done;             /* its step of the present round is over */
    bool drawn;            /* params hold a start */
    bool failed;           /* its last run ended in an error */
    bool sound;            /* its last run ended without an error, and no component is degenerate */
    EmixEmOutcome outcome; /* of its run to convergence */
} EmixCandidate;

/** The progress of a competition. With the candidates it determines all that follows. */
typedef struct EmixStanding {
    int round;               /* rounds completed */
    int n_alive;             /* candidates still in the tournament, or all */
    int n_finals;            /* candidates of the round of finals under way; 0 = none is */
    bool finals_over;        /* the round of runs to convergence is completed */
    int rank;                /* rank of the candidate tried as the winner */
    bool has_reason;         /* some candidate has proved unusable */
    EmixError reason;        /* why it was unusable, if has_reason */
    double elapsed_s;        /* seconds spent in earlier processes */
    int attempt;             /* starts that were searched for in vain */
    int stage;               /* improvements of the winner that are made */
    bool grown;              /* the start that is grown has competed */
    bool refined;            /* nothing is left to improve */
    int repair;              /* times that components which died were given another place, in this
                         attempt */
    EmixSearchReport search; /* what was done beyond the starts; its passes include theirs */
} EmixStanding;

typedef struct EmixCandidates {
    int n;
    EmixCandidate *all;    /* [n], start s at all[s] */
    int *order;            /* [n], best first; sorted as far as emix_candidates_rank() was told */
    int *merged;           /* [n], scratch of emix_candidates_rank() */
    EmixCandidate refined; /* what the winner is being improved to */
    double *storage;       /* [(n + 1) x params], or [(n + 1) x 2 params] if beginnings are kept */
} EmixCandidates;

/** @param keep_beginnings  Also keep the parameters at which each run to convergence begins, so
 *                         that it can be repeated. */
EmixStatus emix_candidates_init(int n, emix_index params, bool keep_beginnings,
                                EmixCandidates *candidates, EmixError *error);
void emix_candidates_clear(EmixCandidates *candidates);

/** Resets every candidate before a new competition; the order becomes 0 ... n - 1. */
void emix_candidates_reset(EmixCandidates *candidates);

/** Sorts the first n_alive entries of `order`: sound before degenerate, degenerate before failed,
 * failed before not drawn; then by merit, highest first; then as they were. The entries behind
 * n_alive keep their places: they dropped out in earlier rounds and rank lower. */
void emix_candidates_rank(EmixCandidates *candidates, int n_alive);

/** True if it has run to convergence, or was stopped on the way. */
static inline bool emix_candidate_has_finished(const EmixCandidate *candidate)
{
    return candidate->outcome.n_passes > 0;
}

/** True if two candidates began at the same parameters, in whatever order of the components. */
bool emix_candidate_is_copy(const EmixCandidate *a, const EmixCandidate *b);

/** True if a ranks before b. */
bool emix_candidate_beats(const EmixCandidate *a, const EmixCandidate *b);

#endif
