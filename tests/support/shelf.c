#include "support/shelf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EmixStatus shelf_save(void *context, const void *bytes, size_t n_bytes, EmixError *error)
{
    Shelf *shelf = context;
    if (shelf->saves_left == 0) {
        snprintf(error->message, sizeof error->message, "the shelf is full");
        return EMIX_ERR_IO;
    }
    shelf->saves_left -= shelf->saves_left > 0;
    if (shelf->n_states < SHELF_STATES) {
        ShelfState *state = &shelf->states[shelf->n_states++];
        state->bytes = malloc(n_bytes);
        state->n_bytes = n_bytes;
        memcpy(state->bytes, bytes, n_bytes);
    }
    return EMIX_OK;
}

static EmixStatus shelf_load(void *context, const void **bytes, size_t *n_bytes, EmixError *error)
{
    (void)error;
    Shelf *shelf = context;
    ++shelf->n_loads;
    *bytes = shelf->loaded != NULL ? shelf->loaded->bytes : NULL;
    *n_bytes = shelf->loaded != NULL ? shelf->loaded->n_bytes : 0;
    return EMIX_OK;
}

static EmixStatus shelf_discard(void *context, EmixError *error)
{
    (void)error;
    ((Shelf *)context)->loaded = NULL;
    return EMIX_OK;
}

static void shelf_destroy(void *context)
{
    (void)context; /* belongs to the test */
}

EmixStore shelf_store(Shelf *shelf)
{
    return (EmixStore){.context = shelf,
                       .name = "shelf",
                       .save = shelf_save,
                       .load = shelf_load,
                       .discard = shelf_discard,
                       .destroy = shelf_destroy};
}

Shelf *shelf_create(void)
{
    Shelf *shelf = calloc(1, sizeof *shelf);
    cr_assert(ne(ptr, shelf, NULL));
    shelf->saves_left = -1;
    return shelf;
}

void shelf_clear(Shelf *shelf)
{
    for (int i = 0; i < shelf->n_states; ++i) {
        free(shelf->states[i].bytes);
    }
    free(shelf);
}
