/* Arrays of names. */
#include "core/names.h"

#include <stdio.h>
#include <stdlib.h>
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

bool emix_names_are_complete(emix_index n, const char *const *names)
{
    bool complete = names != NULL;
    for (emix_index i = 0; complete && i < n; ++i) {
        complete = names[i] != NULL;
    }
    return complete;
}

/* A name and where it stands. */
typedef struct Place {
    const char *name;
    emix_index index;
    bool taken;
} Place;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Place *)a)->name, ((const Place *)b)->name);
}

/* Appends 'name' to a list of names, or "..." once where there is no more room. */
static void list_name(char *text, size_t bytes, const char *name)
{
    const size_t used = strlen(text);
    const size_t room = bytes - used;
    const char *comma = used > 0 ? ", " : "";
    if (strlen(name) + 12 < room) {
        snprintf(text + used, room, "%s'%s'", comma, name);
    } else if (used < 3 || strcmp(text + used - 3, "...") != 0) {
        snprintf(text + used, room, "%s...", comma);
    }
}

static EmixStatus fail_missing(const char *source, emix_index n, const char *const *names,
                               emix_index n_missing, const char *missing, EmixError *error)
{
    char present[96] = "";
    for (emix_index i = 0; i < n; ++i) {
        list_name(present, sizeof present, names[i]);
    }
    return emix_fail(error, EMIX_ERR_SHAPE, "%s%sno column%s named %s; there %s %s",
                     source != NULL ? source : "", source != NULL ? ": " : "",
                     n_missing == 1 ? " is" : "s are", missing, n == 1 ? "is" : "are", present);
}

static bool are_equal(emix_index n, const char *const *a, const char *const *b)
{
    bool equal = true;
    for (emix_index i = 0; equal && i < n; ++i) {
        equal = strcmp(a[i], b[i]) == 0;
    }
    return equal;
}

/* The place of a name in [n] sorted ones; one that is there twice is none to be sure of. */
static EmixStatus find_place(const char *source, Place *sorted, emix_index n, const char *name,
                             Place **found, EmixError *error)
{
    const Place key = {.name = name};
    Place *place = bsearch(&key, sorted, (size_t)n, sizeof *sorted, by_name);
    *found = place;
    if (place != NULL && (place->taken || (place > sorted && by_name(place - 1, place) == 0) ||
                          (place + 1 < sorted + n && by_name(place, place + 1) == 0))) {
        return emix_fail(error, EMIX_ERR_SHAPE, "%s%stwo columns are named '%.100s'",
                         source != NULL ? source : "", source != NULL ? ": " : "", name);
    }
    return EMIX_OK;
}

EmixStatus emix_names_find(const char *source, emix_index n, const char *const *names,
                           emix_index n_wanted, const char *const *wanted, emix_index *found,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    char missing[96] = "";
    emix_index n_missing = 0;
    Place *sorted = NULL;
    Place *place = NULL;
    if (n == n_wanted && are_equal(n, names, wanted)) {
        for (emix_index i = 0; i < n; ++i) {
            found[i] = i;
        }
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(sorted, n);
    for (emix_index i = 0; i < n; ++i) {
        sorted[i] = (Place){.name = names[i], .index = i};
    }
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);
    for (emix_index i = 0; i < n_wanted; ++i) {
        EMIX_TRY(find_place(source, sorted, n, wanted[i], &place, error));
        if (place == NULL) {
            ++n_missing;
            list_name(missing, sizeof missing, wanted[i]);
        } else {
            found[i] = place->index;
            place->taken = true;
        }
    }
    if (n_missing > 0) {
        EMIX_TRY(fail_missing(source, n, names, n_missing, missing, error));
    }
cleanup:
    emix_free(sorted);
    return status;
}
