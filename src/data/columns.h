/* Data sets whose features are not in one array: separate arrays, or features picked from another
 * data set. */
#ifndef EMIX_DATA_COLUMNS_H
#define EMIX_DATA_COLUMNS_H

#include "data/dataset.h"

/** A view of the features picked[0], picked[1], ... of a data set, in that order, with its row
 * weights and labels. Its storage is not copied.
 *
 * @param n         At least 1.
 * @param picked    [n] 0 ... n_features - 1.
 * @param[out] view Release with emix_dataset_destroy(), before its data set. */
EmixStatus emix_data_pick_features(const EmixDataset *data, emix_index n, const emix_index *picked,
                                   EmixDataset **view, EmixError *error);

/** A view of the same rows with other weights, without labels and names.
 * @param row_weights  [n_rows] BORROWED by the view, as its data are. */
EmixStatus emix_data_reweight(const EmixDataset *data, const double *row_weights,
                              EmixDataset **view, EmixError *error);

/** The features to which a model was fitted, found by name, in the model's order.
 *
 * @param n         Number of the model's features.
 * @param names     [n] their names, each may be NULL; or NULL: none.
 * @param[out] view NULL if the data set can be used as it is: its names are the model's in order,
 *                  or the data set or the model lacks a name. Else as emix_data_pick_features().
 * @return EMIX_OK; EMIX_ERR_SHAPE (columns are missing, or a name occurs twice: the message names
 *         them); EMIX_ERR_NOMEM.
 *
 * Cost: O(n) if the names are in order, else O(D log D). */
EmixStatus emix_data_match_features(const EmixDataset *data, emix_index n, char *const *names,
                                    EmixDataset **view, EmixError *error);

#endif
