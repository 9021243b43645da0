/* Coordinates in which distances between rows are measured. */
#include "seeds/metric.h"

bool emix_metric_scales(const EmixDataSummary *summary, EmixMetric metric)
{
    return metric == EMIX_METRIC_SCALED || summary->whitener == NULL;
}

void emix_metric_transform(const EmixDataSummary *summary, emix_index n_features, EmixMetric metric,
                           const double *x, double *z)
{
    const emix_index d = n_features;
    const bool scales = emix_metric_scales(summary, metric);
    for (emix_index i = d - 1; i >= 0; --i) {
        if (scales) {
            z[i] = (x[i] - summary->mean[i]) / summary->sds[i];
            continue;
        }
        double sum = 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            sum += summary->whitener[i * d + j] * (x[j] - summary->mean[j]);
        }
        z[i] = sum;
    }
}
