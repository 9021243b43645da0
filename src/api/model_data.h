/* Data to which a model is applied. */
#ifndef EMIX_API_MODEL_DATA_H
#define EMIX_API_MODEL_DATA_H

#include <emix/model.h>

#include "data/dataset.h"

/** The model's features of a data set: the data set itself, or a view of it in *view.
 *
 * @param[out] view  Release with emix_dataset_destroy() after use of the data.
 * @param[out] data  The data to apply the model to.
 * @return As emix_data_match_features(). */
EmixStatus emix_api_model_data(const EmixModel *model, const EmixDataset *dataset,
                               EmixDataset **view, const EmixDataset **data, EmixError *error);

#endif
