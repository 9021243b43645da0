/* Using a model: densities, responsibilities, labels, scores and new rows.
 *
 * A model is applied by name. Where all features of the model and of the data set have names, those
 * of the model are found by name: another order is put right, further columns are left alone, and
 * missing ones refused by name with EMIX_ERR_SHAPE. Otherwise feature j of the one is feature j of
 * the other, and their numbers must agree. This holds for all that takes a model and a data set:
 * here, in <emix/elbo.h>, <emix/uncertainty.h>, <emix/bootstrap.h>, and for the initial model of a
 * fit. */
#ifndef EMIX_PREDICT_H
#define EMIX_PREDICT_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Results of emix_predict(), in the caller's arrays; a NULL member is not computed. */
typedef struct EmixPrediction {
    double *log_density;      /**< [n_rows] log p(x_i), nats                                   */
    double *responsibilities; /**< [n_rows x n_components], C order, rows summing to 1         */
    emix_index *labels;       /**< [n_rows] component of the largest responsibility, 0-based;
                                   of equal ones the first                                     */
} EmixPrediction;

/** Densities, responsibilities and labels of consecutive rows.
 *
 * For a long table use windows of about 10,000 rows, so that results stay small.
 *
 * @param context   Who works; NULL = the defaults.
 * @param model     Its features are found by name, or are as many as the data set's.
 * @param first_row 0 ... number of rows of the data set - 1.
 * @param n_rows    Rows of the window; first_row + n_rows at most the rows of the data set.
 * @param out       Arrays for n_rows rows, owned by the caller.
 * @param[out] error May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_SHAPE, EMIX_ERR_NOMEM,
 *         EMIX_ERR_NONFINITE (a NaN, an infinity or |value| > 1e150 among these rows).
 *
 * Cost: O(n_rows * n_components * n_features^2). */
EMIX_API EmixStatus emix_predict(const EmixContext *context, const EmixModel *model,
                                 const EmixDataset *dataset, emix_index first_row,
                                 emix_index n_rows, const EmixPrediction *out, EmixError *error);

/** Log-likelihood of a model on a data set; row weights count.
 *
 * @param context            Who works; NULL = the defaults.
 * @param[out] log_likelihood Total, nats: sum_i w_i log p(x_i).
 * @param[out] error         May be NULL.
 * @return As emix_predict(). Cost: O(n_rows * n_components * n_features^2). */
EMIX_API EmixStatus emix_score(const EmixContext *context, const EmixModel *model,
                               const EmixDataset *dataset, double *log_likelihood,
                               EmixError *error);

/** Draws rows from a model. Row i depends only on seed and first_row + i, so that one long
 * sample can be drawn in windows, one after another.
 *
 * @param seed      64-bit seed.
 * @param first_row Index of the first row in the whole sample, >= 0.
 * @param n_rows    Rows to draw, >= 0.
 * @param[out] x      [n_rows x n_features], C order.
 * @param[out] labels [n_rows] component of each row, 0-based; may be NULL.
 * @param[out] error  May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM.
 *
 * Cost: O(n_rows * n_features^2). */
EMIX_API EmixStatus emix_sample(const EmixModel *model, uint64_t seed, emix_index first_row,
                                emix_index n_rows, double *x, emix_index *labels, EmixError *error);

#ifdef __cplusplus
}
#endif
#endif
