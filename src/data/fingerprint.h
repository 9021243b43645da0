/* A number that identifies the content of a data set. */
#ifndef EMIX_DATA_FINGERPRINT_H
#define EMIX_DATA_FINGERPRINT_H

#include <stdint.h>

#include "data/sweep.h"

/** A hash of all values, row weights and labels, the same for any number of workers. Cost: one
 * sweep.
 * @param watch  Told how far it is; NULL = nobody.
 * @return EMIX_OK, EMIX_ERR_INTERRUPTED, EMIX_ERR_NOMEM. */
EmixStatus emix_fingerprint_data(const EmixDataset *data, int n_workers, const EmixWatch *watch,
                                 uint64_t *fingerprint, EmixError *error);

#endif
