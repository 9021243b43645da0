/* The chart of mixture weights about an anchor pi0:
 *
 *     a_k = s_k (log(pi_k / pi0_k) - sum_j pi0_j log(pi_j / pi0_j)),   s_k = sqrt(pi0_k),
 *
 * in which |a|^2 is sum_k (pi_k - pi0_k)^2 / pi0_k, their complete-data Fisher information per unit
 * of row weight, to leading order; the inverse pi ~ pi0 exp(a / s) is always a distribution.
 * Components of weight 0 at the anchor stay so, with coordinate 0. */
#ifndef EMIX_MIXTURE_WEIGHTS_CHART_H
#define EMIX_MIXTURE_WEIGHTS_CHART_H

#include "mixture/family.h"

/** Coordinates of a range of components; components of weight 0 at the anchor are skipped. All
 * arrays [n_components]. Not finite if a weight is 0 that is not 0 at the anchor. */
void emix_weights_encode(emix_index n_components, EmixComponentRange range, const double *anchor,
                         const double *weights, double *coordinates);

/** Weights of a range of components.
 * @return EMIX_OK, or EMIX_ERR_NONFINITE if one over- or underflows. */
EmixStatus emix_weights_decode(emix_index n_components, EmixComponentRange range,
                               const double *anchor, const double *coordinates, double *weights);

#endif
