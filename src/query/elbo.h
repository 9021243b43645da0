/* The evidence lower bound over a data set. */
#ifndef EMIX_QUERY_ELBO_H
#define EMIX_QUERY_ELBO_H

#include <emix/elbo.h>

#include "context/context.h"
#include "model/model.h"

/** See emix_elbo(). */
EmixStatus emix_elbo_run(const EmixContext *context, const EmixModel *model,
                         const EmixDataset *data, const EmixDataset *responsibilities,
                         EmixElbo *elbo, EmixError *error);

#endif
