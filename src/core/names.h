/* Arrays of names: of features, of labels, of components. */
#ifndef EMIX_CORE_NAMES_H
#define EMIX_CORE_NAMES_H

#include "core/status_internal.h"

/** Copies n names; NULL entries stay NULL.
 * @param[out] copy  [n], release with emix_names_free(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_names_copy(emix_index n, const char *const *names, char ***copy, EmixError *error);

/** Releases n names and their array; NULL is allowed, for either. */
void emix_names_free(emix_index n, char **names);

#endif
