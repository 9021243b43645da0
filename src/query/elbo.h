/* The evidence lower bound over a data set. */
#ifndef EMIX_QUERY_ELBO_H
#define EMIX_QUERY_ELBO_H

#include <emix/elbo.h>

#include "model/model.h"

/** See emix_elbo(); isa names the kernel table to use, NULL = the best one. */
EmixStatus emix_elbo_run(const EmixModel *model, const EmixDataset *data,
                         const EmixDataset *responsibilities, int n_workers, const char *isa,
                         EmixElbo *elbo, EmixError *error);

#endif
