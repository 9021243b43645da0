/* The information that data hold about the parameters of a mixture: one sweep over the rows. */
#ifndef EMIX_INFERENCE_INFORMATION_H
#define EMIX_INFERENCE_INFORMATION_H

#include <emix/uncertainty.h>

#include "data/dataset.h"
#include "mixture/family_scores.h"
#include "model/model.h"

/** Coordinates: for each component a_k, with weight_k (1 + a_k), and its own
 * (mixture/family_scores.h); behind them those that components share. The a_k are not free:
 * sum_k weight_k a_k = 0. */
typedef struct EmixInformation {
    const EmixScoreOps *score_ops;
    EmixScores *scores;
    emix_index block;     /* coordinates of one component: a_k and its own */
    emix_index shared_at; /* the first shared one */
    emix_index n;         /* all */
    double *matrix;       /* [n x n], symmetric */
    double *gradient;     /* [n] of the log-likelihood */
} EmixInformation;

/** Sums up the observed information, or the outer product of the scores.
 *
 * The rows go by in chunks whose scores fit into some 64 MiB. Workers first fill such a chunk, a
 * shard each, and then add products of its columns, a tile of the matrix each; chunks follow one
 * another in order. So there is one matrix whatever the number of workers, and its bits do not
 * depend on that number.
 *
 * @param[out] information  Release with emix_information_clear(); cleared on failure. */
EmixStatus emix_information_init(const EmixContext *context, const EmixModel *model,
                                 const EmixDataset *data, EmixInformationKind kind,
                                 EmixInformation *information, EmixError *error);
void emix_information_clear(EmixInformation *information);

#endif
