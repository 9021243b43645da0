/* Scores of Gaussian components. Coordinates are standardised: with covariance_k = L L',
 *
 *     mean_k + L u,        L (I + S) L'
 *
 * u and S are the coordinates, 0 at the model. S is symmetric with n_features (n_features + 1) / 2
 * free entries (packed rows of the lower triangle), diagonal with n_features, or a multiple of I
 * with one. u and, unless components share it, S are a component's own: u | S. */
#ifndef EMIX_FAMILIES_GAUSSIAN_SCORES_H
#define EMIX_FAMILIES_GAUSSIAN_SCORES_H

#include "mixture/family_scores.h"

extern const EmixScoreOps emix_gaussian_scores;

#endif
