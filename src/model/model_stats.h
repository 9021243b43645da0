/* The header of a statistics vector, as every model fills it. */
#ifndef EMIX_MODEL_MODEL_STATS_H
#define EMIX_MODEL_MODEL_STATS_H

#include "model/model_ops.h"

/** Adds a shard's part of the log-likelihood, and keeps the rounding error of the sum. */
void emix_stats_add_log_likelihood(double *stats, double term);

/** Sum of the row weights of a shard. */
double emix_shard_row_weight(const EmixShard *shard);

#endif
