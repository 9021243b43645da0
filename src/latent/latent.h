/* A user's latent-variable model as an EM model. */
#ifndef EMIX_LATENT_LATENT_H
#define EMIX_LATENT_LATENT_H

#include <emix/latent.h>

#include "model/model_ops.h"

/** A user's model as an instance; `self` of the tables below. */
typedef struct EmixLatent {
    const EmixLatentModel *model; /* BORROWED */
    emix_index n_features;
    emix_index shard_rows;
} EmixLatent;

extern const EmixModelOps emix_latent_ops;

/** The same parameters, with sums over rows for statistics: behind the header the sum of the
 * scores [n_params] and, of passes that assess, that of their outer products [n_params x n_params],
 * lower triangle. For passes alone: there is no M-step. */
extern const EmixModelOps emix_latent_score_ops;

/** The instance for data of n_features features; model is BORROWED. */
EmixLatent emix_latent_instance(const EmixLatentModel *model, emix_index n_features);

/** What the table of functions must hold.
 * @return EMIX_OK, or EMIX_ERR_ARGUMENT, naming the member. */
EmixStatus emix_latent_check(const EmixLatentModel *model, EmixError *error);

/** Start number `start` in params [n_params], every one finite. */
EmixStatus emix_latent_start(const EmixLatentModel *model, const EmixDataset *dataset,
                             uint64_t seed, int start, double *params, EmixError *error);

/** The statistics of the model's own in a stats vector, and what it says of the fit. */
EmixStatus emix_latent_judge(const EmixLatentModel *model, const double *stats,
                             const double *params, EmixError *error);

/** EMIX_OK, or EMIX_ERR_NONFINITE, naming model, function, kind of value and index. */
EmixStatus emix_latent_check_finite(const EmixLatentModel *model, const char *function,
                                    const char *what, emix_index n, const double *values,
                                    EmixError *error);

/** Turns a failure of a user's function into one whose message names model and function.
 * @param own  What the function said, if anything. */
EmixStatus emix_latent_fail(const EmixLatentModel *model, const char *function, EmixStatus status,
                            const EmixError *own, EmixError *error);

/** Fills a vector that a user's function is to write with NaN, so that a slot left out is found. */
void emix_latent_unset(emix_index n, double *values);

#endif
