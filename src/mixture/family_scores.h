/* Scores of a mixture's components for standard errors: derivatives of log f_k(x) with respect to
 * the parameters of component k, and the information in complete data.
 *
 * Coordinates are linear in the parameters, so that second derivatives are those of the parameters,
 * and 0 at the model; a family scales them so that the information is well conditioned whatever the
 * units. Some are a component's own, others are shared by all components. */
#ifndef EMIX_MIXTURE_FAMILY_SCORES_H
#define EMIX_MIXTURE_FAMILY_SCORES_H

#include "model/parts.h"

/** The part of a family's scores that all families have; theirs begin with it. */
typedef struct EmixScores {
    const EmixParts *parts; /* of the model; BORROWED */
    emix_index n_own;       /* coordinates of one component alone, its weight left out */
    emix_index n_shared;    /* coordinates that all components share */
} EmixScores;

/** Which coordinates of a matrix are a component's: its own from `own` on, shared ones from
 * `shared` on. own < shared. */
typedef struct EmixScorePlace {
    emix_index own;
    emix_index shared;
} EmixScorePlace;

typedef struct EmixScoreOps {
    /** @param parts  BORROWED until destroy().
     * @return EMIX_OK, EMIX_ERR_DEGENERATE, EMIX_ERR_NOMEM. */
    EmixStatus (*create)(const EmixParts *parts, EmixScores **scores, EmixError *error);
    void (*destroy)(EmixScores *scores); /* NULL is allowed */

    /** t = d log f_k(x) / d(own | shared), [n_own + n_shared], of one row x [D]. */
    void (*of_row)(const EmixScores *scores, emix_index k, const double *x, double *t);

    /** Adds a component's complete-data information sum_i c_i (-d^2 log f_k(x_i)) to the lower
     * triangle of `information`. The family is such that second derivatives are affine in the
     * scores: sums of these will do.
     * @param k      The component.
     * @param count  sum_i c_i
     * @param sums   sum_i c_i t_i, [n_own + n_shared]
     * @param ld     Row stride of `information`. */
    void (*add_information)(const EmixScores *scores, emix_index k, double count,
                            const double *sums, EmixScorePlace place, double *information,
                            emix_index ld);

    /** Standard errors of the family's values that belong to one feature of component k, in the
     * parameters' own units, from the covariance matrix of the coordinates. What components share
     * goes with component 0, what features share with feature 0.
     * @param coordinates      Symmetric, row stride ld.
     * @param standard_errors  [parts->n_values], laid out like the values. */
    void (*standard_errors)(const EmixScores *scores, emix_index k, emix_index feature,
                            const double *coordinates, emix_index ld, EmixScorePlace place,
                            double *standard_errors);
} EmixScoreOps;

#endif
