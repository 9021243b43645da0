/* A model at work on rows: densities, responsibilities, labels, the score, new rows. */
#ifndef EMIX_QUERY_PREDICTOR_H
#define EMIX_QUERY_PREDICTOR_H

#include <emix/predict.h>

#include "model/model.h"

/** See emix_predict(); arguments are checked by the caller. isa names the kernel table to use,
 * NULL = the best one. */
EmixStatus emix_predictor_predict(const EmixModel *model, const EmixDataset *data,
                                  emix_index first_row, emix_index n_rows, int n_workers,
                                  const char *isa, const EmixPrediction *out, EmixError *error);

/** See emix_score(). */
EmixStatus emix_predictor_score(const EmixModel *model, const EmixDataset *data, int n_workers,
                                const char *isa, double *log_likelihood, EmixError *error);

/** See emix_sample(). */
EmixStatus emix_predictor_sample(const EmixModel *model, uint64_t seed, emix_index first_row,
                                 emix_index n_rows, double *x, emix_index *labels,
                                 EmixError *error);

#endif
