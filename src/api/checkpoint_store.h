/* Checkpoints of a search, kept in files. */
#ifndef EMIX_API_CHECKPOINT_STORE_H
#define EMIX_API_CHECKPOINT_STORE_H

#include "search/checkpoint.h"

/** A store in the file `path`, which is copied. The store is zeroed if path is NULL.
 * @param[out] store  Release with emix_store_clear(), unless a fitter takes it over.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_api_store_create(const char *path, EmixStore *store, EmixError *error);

#endif
