/* Applying a model to rows: densities, responsibilities, labels, the score; drawing new rows. */
#ifndef EMIX_QUERY_PREDICTOR_H
#define EMIX_QUERY_PREDICTOR_H

#include <emix/predict.h>

#include "context/context.h"
#include "model/model.h"

/** See emix_predict(); arguments are checked by the caller. */
EmixStatus emix_predictor_predict(const EmixContext *context, const EmixModel *model,
                                  const EmixDataset *data, emix_index first_row, emix_index n_rows,
                                  const EmixPrediction *out, EmixError *error);

/** See emix_score(). */
EmixStatus emix_predictor_score(const EmixContext *context, const EmixModel *model,
                                const EmixDataset *data, double *log_likelihood, EmixError *error);

/** See emix_sample(). */
EmixStatus emix_predictor_sample(const EmixModel *model, uint64_t seed, emix_index first_row,
                                 emix_index n_rows, double *x, emix_index *labels,
                                 EmixError *error);

#endif
