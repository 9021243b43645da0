/* Standard errors of the parameters of a user's model. */
#ifndef EMIX_INFERENCE_LATENT_INFORMATION_H
#define EMIX_INFERENCE_LATENT_INFORMATION_H

#include <emix/latent.h>

#include "context/context.h"

/** See emix_latent_standard_errors(); the model has a score. */
EmixStatus emix_latent_information(const EmixContext *context, const EmixLatentModel *model,
                                   const EmixDataset *data, const double *params,
                                   EmixInformationKind kind, double *standard_errors,
                                   double *covariance, EmixError *error);

#endif
