/* A number that identifies the content of a data set. */
#ifndef EMIX_DATA_FINGERPRINT_H
#define EMIX_DATA_FINGERPRINT_H

#include <stdint.h>

#include "data/dataset.h"

/** A hash of all values, row weights and labels, the same for any number of workers. Cost: one
 * sweep.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_fingerprint_data(const EmixDataset *data, int n_workers, uint64_t *fingerprint,
                                 EmixError *error);

#endif
