/* Features by name. */
#include "api/model_data.h"

#include <stddef.h>

#include "data/columns.h"
#include "model/model.h"

EmixStatus emix_api_model_data(const EmixModel *model, const EmixDataset *dataset,
                               EmixDataset **view, const EmixDataset **data, EmixError *error)
{
    const EmixStatus status = emix_data_match_features(dataset, model->n_features,
                                                       model->feature_names, view, error);
    *data = *view != NULL ? *view : dataset;
    return status;
}
