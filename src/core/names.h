/* Arrays of names: of features, of labels, of components. */
#ifndef EMIX_CORE_NAMES_H
#define EMIX_CORE_NAMES_H

#include <stdbool.h>

#include "core/status_internal.h"

/** Copies n names; NULL entries stay NULL.
 * @param[out] copy  [n], release with emix_names_free(). Unchanged on failure.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_names_copy(emix_index n, const char *const *names, char ***copy, EmixError *error);

/** Frees n names and their array; either may be NULL. */
void emix_names_free(emix_index n, char **names);

/** Whether there are names, and none of the n is NULL. */
bool emix_names_are_complete(emix_index n, const char *const *names);

/** Finds columns by name. Names that are the wanted ones in order are found, even the same twice.
 *
 * @param source       Where the columns are, for the message; NULL = not to be said.
 * @param n            Columns there are.
 * @param names        [n] their names, none of them NULL.
 * @param n_wanted     Columns to find.
 * @param wanted       [n_wanted] their names, none of them NULL.
 * @param[out] found   [n_wanted] their places, 0 ... n - 1.
 * @return EMIX_OK, EMIX_ERR_SHAPE (the message lists what is missing, or a name that is there
 *         twice), EMIX_ERR_NOMEM. Cost: O((n + n_wanted) log n). */
EmixStatus emix_names_find(const char *source, emix_index n, const char *const *names,
                           emix_index n_wanted, const char *const *wanted, emix_index *found,
                           EmixError *error);

#endif
