/* Arrays of names. */
#include "core/names.h"

#include <string.h>

#include "core/alloc.h"

EmixStatus emix_names_copy(emix_index n, const char *const *names, char ***copy, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    char **all = NULL;
    EMIX_TRY_ALLOC(all, n);
    for (emix_index i = 0; i < n; ++i) {
        if (names[i] == NULL) {
            continue;
        }
        const emix_index bytes = (emix_index)strlen(names[i]) + 1;
        EMIX_TRY_ALLOC(all[i], bytes);
        memcpy(all[i], names[i], (size_t)bytes);
    }
    *copy = all;
    all = NULL;
cleanup:
    emix_names_free(n, all);
    return status;
}

void emix_names_free(emix_index n, char **names)
{
    for (emix_index i = 0; names != NULL && i < n; ++i) {
        emix_free(names[i]);
    }
    emix_free(names);
}
