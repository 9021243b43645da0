/* Data sets whose features lie apart: separate arrays, or features picked from another data set. */
#ifndef EMIX_DATA_COLUMNS_H
#define EMIX_DATA_COLUMNS_H

#include "data/dataset.h"

/** The features picked[0], picked[1], ... of a data set, in that order, with its row weights and
 * labels; nothing of its storage is copied.
 *
 * @param n         At least 1.
 * @param picked    [n] 0 ... n_features - 1.
 * @param[out] view Release with emix_dataset_destroy(), before the data set it is of. */
EmixStatus emix_data_pick_features(const EmixDataset *data, emix_index n, const emix_index *picked,
                                   EmixDataset **view, EmixError *error);

/** The same rows with other weights, without labels and names.
 * @param row_weights  [n_rows] BORROWED by the view, as its data are. */
EmixStatus emix_data_reweight(const EmixDataset *data, const double *row_weights,
                              EmixDataset **view, EmixError *error);

/** The features that a model was fitted to, found by name, in the model's order.
 *
 * @param n         The model's features.
 * @param names     [n] their names, each may be NULL, or NULL: none.
 * @param[out] view NULL when the data set is to be used as it is: its names are the model's in
 *                  order, or one of the two lacks a name. Else as emix_data_pick_features().
 * @return EMIX_OK, EMIX_ERR_SHAPE (columns are missing, or a name is there twice: the message tells
 *         them), EMIX_ERR_NOMEM.
 *
 * Cost: O(n) when the names are in order, else O(D log D). */
EmixStatus emix_data_match_features(const EmixDataset *data, emix_index n, char *const *names,
                                    EmixDataset **view, EmixError *error);

#endif
