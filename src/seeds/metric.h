/* The metrics for distances between rows. */
#ifndef EMIX_SEEDS_METRIC_H
#define EMIX_SEEDS_METRIC_H

#include "seeds/scan.h"

typedef enum EmixMetric {
    EMIX_METRIC_SCALED, /* columns centred and scaled to unit variance */
    EMIX_METRIC_SPHERED, /* whitened by the covariance of the data; of a summary without one, scaled */
    EMIX_N_METRICS
} EmixMetric;

/** Whether the metric of a summary does no more than scale columns. */
bool emix_metric_scales(const EmixDataSummary *summary, EmixMetric metric);

/** Transforms a row x [D] into the metric's coordinates z [D]; x and z may be the same array. */
void emix_metric_transform(const EmixDataSummary *summary, emix_index n_features, EmixMetric metric,
                           const double *x, double *z);

#endif
