/* A whole fit: starts, the competition among them, the final run, and the judgement of what came
 * out. */
#ifndef EMIX_FIT_FITTER_H
#define EMIX_FIT_FITTER_H

#include <emix/fit.h>

#include "context/context.h"
#include "search/checkpoint.h"
#include "model/model.h"

typedef struct EmixFitter EmixFitter;

/** Checks what can be checked without the rows; see emix_fit_create().
 *
 * @param spec     Copied. Like the options checked by the caller.
 * @param store    For checkpoints; taken over on success. NULL, or a context of NULL, for none. */
EmixStatus emix_fitter_create(const EmixContext *context, const EmixDataset *data,
                              const EmixSpec *spec, const EmixFitOptions *options,
                              const EmixStore *store, EmixFitter **fitter, EmixError *error);

void emix_fitter_destroy(EmixFitter *fitter);

/** See emix_fit_run(). */
EmixStatus emix_fitter_run(EmixFitter *fitter, EmixError *error);

/** Its checkpoints; NULL = none. */
EmixCheckpoint *emix_fitter_checkpoint(const EmixFitter *fitter);

/** Report of the last run. */
const EmixFitReport *emix_fitter_report(const EmixFitter *fitter);

/** Copies the result of the last run into a new model. */
EmixStatus emix_fitter_model(const EmixFitter *fitter, EmixModel **model, EmixError *error);

#endif
