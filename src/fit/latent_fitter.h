/* A whole fit of a user's latent-variable model. */
#ifndef EMIX_FIT_LATENT_FITTER_H
#define EMIX_FIT_LATENT_FITTER_H

#include <emix/latent.h>

#include "context/context.h"
#include "search/checkpoint.h"

typedef struct EmixLatentFitter EmixLatentFitter;

/** Allocates all memory of the fit; see emix_latent_fit_create(). The caller checks model and
 * options.
 * @param store    For checkpoints; taken over on success. NULL, or a context of NULL: none. */
EmixStatus emix_latent_fitter_create(const EmixContext *context, const EmixLatentModel *model,
                                     const EmixDataset *data, const EmixFitOptions *options,
                                     const double *initial, const EmixStore *store,
                                     EmixLatentFitter **fitter, EmixError *error);

void emix_latent_fitter_destroy(EmixLatentFitter *fitter);

/** See emix_latent_fit_run(). */
EmixStatus emix_latent_fitter_run(EmixLatentFitter *fitter, EmixError *error);

/** Parameters of the last run; NULL before it. */
const double *emix_latent_fitter_params(const EmixLatentFitter *fitter);

/** The fit's checkpoints; NULL = none. */
EmixCheckpoint *emix_latent_fitter_checkpoint(const EmixLatentFitter *fitter);

/** Report of the last run; NULL before it. */
const EmixFitReport *emix_latent_fitter_report(const EmixLatentFitter *fitter);

#endif
