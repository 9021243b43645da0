/* The evidence lower bound, which EM climbs, for any distribution over the components. */
#ifndef EMIX_ELBO_H
#define EMIX_ELBO_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The log-likelihood split at a distribution q_i over the components of every row i, with row
 * weights w_i and responsibilities r_ik = p(k | x_i); all in nats:
 *
 *     log_likelihood     = sum_i w_i log p(x_i)
 *     expected_log_joint = sum_i w_i sum_k q_ik log(weight_k f_k(x_i))
 *     entropy            = - sum_i w_i sum_k q_ik log q_ik                    (0 log 0 = 0)
 *     elbo               = expected_log_joint + entropy
 *     kl                 = sum_i w_i sum_k q_ik log(q_ik / r_ik)              >= 0
 *
 * log_likelihood = elbo + kl for every q. The E-step of EM makes kl 0, the M-step raises elbo. kl
 * is not computed as a difference of the others, so that the identity can be checked: it holds up
 * to rounding of the terms.
 *
 * If q_ik > 0 and weight_k f_k(x_i) is 0 in a row of positive weight, expected_log_joint and elbo
 * are -inf and kl is +inf. The same holds for a row of density 0 under every component, which also
 * makes log_likelihood -inf. No member is ever NaN.
 *
 * Neal, Hinton (1998). A view of the EM algorithm that justifies incremental, sparse, and other
 * variants. Learning in Graphical Models, 355-368; Bishop (2006), eq. 9.70-9.72. */
typedef struct EmixElbo {
    double log_likelihood;
    double elbo;
    double kl;
    double entropy;
    double expected_log_joint;
} EmixElbo;

/** Evaluates the bound.
 *
 * @param context          Who works; NULL = the defaults.
 * @param dataset          Its n_features must be the model's; its row weights count.
 * @param responsibilities q [n_rows x n_components], as a data set: an array of the caller
 *                         wrapped by emix_dataset_create(), or a file. Every value >= 0,
 *                         every row summing to 1 within 1e-9; rows are divided by their sum. Row
 *                         weights of this data set are ignored.
 * @param[out] elbo        Untouched on failure.
 * @param[out] error       May be NULL. Names the row of a refused value.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_SHAPE, EMIX_ERR_NOMEM, EMIX_ERR_NONFINITE (a NaN,
 *         an infinity or a value out of range among the data or the responsibilities).
 *
 * Cost: O(n_rows * n_components * n_features^2). */
EMIX_API EmixStatus emix_elbo(const EmixContext *context, const EmixModel *model,
                              const EmixDataset *dataset, const EmixDataset *responsibilities,
                              EmixElbo *elbo, EmixError *error);

#ifdef __cplusplus
}
#endif
#endif
