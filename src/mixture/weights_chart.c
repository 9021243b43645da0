/* Anchored coordinates of mixture weights. */
#include "mixture/weights_chart.h"

#include <math.h>

void emix_weights_encode(emix_index n_components, EmixComponentRange range, const double *anchor,
                         const double *weights, double *coordinates)
{
    double mean = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        mean += anchor[k] > 0.0 ? anchor[k] * log(weights[k] / anchor[k]) : 0.0;
    }
    for (emix_index k = range.first; k < range.end; ++k) {
        if (anchor[k] > 0.0) {
            coordinates[k] = sqrt(anchor[k]) * (log(weights[k] / anchor[k]) - mean);
        }
    }
}

/* log pi_k up to a constant; -inf for an empty component. */
static double unscaled_log(double anchor, double coordinate)
{
    return anchor > 0.0 ? log(anchor) + coordinate / sqrt(anchor) : -(double)INFINITY;
}

EmixStatus emix_weights_decode(emix_index n_components, EmixComponentRange range,
                               const double *anchor, const double *coordinates, double *weights)
{
    double largest = -INFINITY;
    double sum = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        largest = fmax(largest, unscaled_log(anchor[k], coordinates[k]));
    }
    for (emix_index k = 0; k < n_components; ++k) {
        sum += exp(unscaled_log(anchor[k], coordinates[k]) - largest);
    }
    for (emix_index k = range.first; k < range.end; ++k) {
        weights[k] = exp(unscaled_log(anchor[k], coordinates[k]) - largest) / sum;
        if (anchor[k] > 0.0 && !(weights[k] > EMIX_LEAST_WEIGHT)) {
            return EMIX_ERR_NONFINITE;
        }
    }
    return EMIX_OK;
}
