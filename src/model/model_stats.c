/* The header of a statistics vector. */
#include "model/model_stats.h"

#include <stddef.h>

#include "core/compensated.h"

void emix_stats_add_log_likelihood(double *stats, double term)
{
    EmixSum sum = {stats[EMIX_STAT_LOG_LIKELIHOOD], stats[EMIX_STAT_LOG_LIKELIHOOD_TAIL]};
    emix_sum_add(&sum, term);
    stats[EMIX_STAT_LOG_LIKELIHOOD] = sum.value;
    stats[EMIX_STAT_LOG_LIKELIHOOD_TAIL] = sum.tail;
}

double emix_shard_row_weight(const EmixShard *shard)
{
    if (shard->row_weights == NULL) {
        return (double)shard->n_rows;
    }
    double sum = 0.0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        sum += shard->row_weights[i];
    }
    return sum;
}
