/* A user's latent-variable model as an EM model. */
#ifndef EMIX_LATENT_LATENT_H
#define EMIX_LATENT_LATENT_H

#include <emix/latent.h>

#include "model/model_ops.h"

/** A user's model as an instance: `self` of the operations below. */
typedef struct EmixLatent {
    const EmixLatentModel *model; /* BORROWED */
    emix_index n_features;
    emix_index shard_rows;
} EmixLatent;

extern const EmixModelOps emix_latent_ops;

/** The model with sums of scores over rows as its statistics. Behind the header are the sum of the
 * scores [n_params] and, for passes that assess, the sum of their outer products
 * [n_params x n_params], lower triangle. It can only make passes: it has no M-step. */
extern const EmixModelOps emix_latent_score_ops;

/** The instance for data of n_features features; the model is BORROWED as long as the instance is
 * used. */
EmixLatent emix_latent_instance(const EmixLatentModel *model, emix_index n_features);

/** Checks the table of functions.
 * @return EMIX_OK, or EMIX_ERR_ARGUMENT with the name of the wrong member. */
EmixStatus emix_latent_check(const EmixLatentModel *model, EmixError *error);

/** Draws start number `start` into params [n_params]; all of them must be finite. */
EmixStatus emix_latent_start(const EmixLatentModel *model, const EmixDataset *dataset,
                             uint64_t seed, int start, double *params, EmixError *error);

/** Asks the model if the fit is usable. It sees its own statistics, which follow the header in
 * stats. */
EmixStatus emix_latent_judge(const EmixLatentModel *model, const double *stats,
                             const double *params, EmixError *error);

/** @return EMIX_OK, or EMIX_ERR_NONFINITE with the names of model, function and kind of value, and
 *         the index. */
EmixStatus emix_latent_check_finite(const EmixLatentModel *model, const char *function,
                                    const char *what, emix_index n, const double *values,
                                    EmixError *error);

/** Turns the failure of a user's function into one whose message names model and function.
 * @param own  The message of the function, if it wrote one. */
EmixStatus emix_latent_fail(const EmixLatentModel *model, const char *function, EmixStatus status,
                            const EmixError *own, EmixError *error);

/** Fills a vector that a user's function must write with NaN, so that a slot it leaves out is
 * found. */
void emix_latent_unset(emix_index n, double *values);

#endif
