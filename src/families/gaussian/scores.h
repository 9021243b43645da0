/* Scores of a mixture's components for standard errors: derivatives of log f_k(x) with respect to
 * the parameters of component k, and the information in complete data.
 *
 * Coordinates are linear in the parameters, so second derivatives are those of the parameters; and
 * standardised, so that the information is well scaled whatever the units: with
 * covariance_k = L L',
 *
 *     mean_k + L u,        L (I + S) L'
 *
 * u and S are the coordinates, 0 at the model. S is symmetric with n_features (n_features + 1) / 2
 * free entries (packed rows of the lower triangle), diagonal with n_features, or a multiple of I
 * with one. u and, unless components share it, S are a component's own: u | S. */
#ifndef EMIX_FAMILIES_GAUSSIAN_SCORES_H
#define EMIX_FAMILIES_GAUSSIAN_SCORES_H

#include "model/model.h"

typedef struct EmixScores {
    const EmixModel *model; /* BORROWED */
    emix_index n_own;       /* coordinates of one component alone, its weight left out */
    emix_index n_shared;    /* coordinates that all components share */
    double *l;              /* [n_factors x D x D] Cholesky factors; diagonal structures: [K x D] */
    double *w;              /* their inverses */
} EmixScores;

/** Which coordinates of a matrix are a component's: its own from `own` on, shared ones from
 * `shared` on. own < shared. */
typedef struct EmixScorePlace {
    emix_index own;
    emix_index shared;
} EmixScorePlace;

/** Factorises the covariances; release with emix_scores_clear(). model is BORROWED. */
EmixStatus emix_scores_init(const EmixModel *model, EmixScores *scores, EmixError *error);
void emix_scores_clear(EmixScores *scores);

/** t = d log f_k(x) / d(own | shared), [n_own + n_shared], of one row x [D]. Cost: O(D^2). */
void emix_scores_of_row(const EmixScores *scores, emix_index k, const double *x, double *t);

/** Adds a component's complete-data information sum_i c_i (-d^2 log f_k(x_i)) to the lower triangle
 * of `information`.
 *
 * The family is such that second derivatives are affine in the scores: sums of these will do.
 * @param count  sum_i c_i
 * @param sums   sum_i c_i t_i, [n_own + n_shared]
 * @param ld     Row stride of `information`. */
void emix_scores_add_information(const EmixScores *scores, double count, const double *sums,
                                 EmixScorePlace place, double *information, emix_index ld);

/** Variances of the estimates of component k's mean and covariance, in the parameters' own units,
 * from the covariance matrix of the coordinates.
 * @param coordinates   Symmetric, row stride ld.
 * @param feature       0 ... D - 1.
 * @param[out] mean     Of entry `feature` of the mean.
 * @param[out] covariance  [feature + 1]: of entries (feature, 0 ... feature) of the covariance. */
void emix_scores_variances(const EmixScores *scores, emix_index k, const double *coordinates,
                           emix_index ld, EmixScorePlace place, emix_index feature, double *mean,
                           double *covariance);

#endif
