/* An engine whose current point is a given model: for predictions, scores and bounds. */
#ifndef EMIX_QUERY_MODEL_ENGINE_H
#define EMIX_QUERY_MODEL_ENGINE_H

#include "context/context.h"
#include "em/engine.h"
#include "mixture/mixture.h"
#include "model/model.h"

/** The centre is the model's own mean. Whitened differences are then small for the rows that the
 * model describes. */
typedef struct EmixModelEngine {
    EmixMixture *mixture;
    EmixEngine *engine;
    double *centre; /* [D] */
} EmixModelEngine;

/** @param data BORROWED until emix_model_engine_clear(); its features must be the model's.
 * @param[out] m Release with emix_model_engine_clear(); cleared on failure.
 * @return EMIX_OK, EMIX_ERR_SHAPE, EMIX_ERR_NOMEM. */
EmixStatus emix_model_engine_init(const EmixContext *context, const EmixModel *model,
                                  const EmixDataset *data, EmixModelEngine *m, EmixError *error);

void emix_model_engine_clear(EmixModelEngine *m);

#endif
