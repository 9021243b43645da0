/* A store of checkpoints in memory that keeps every state ever saved. */
#ifndef EMIX_TESTS_SUPPORT_SHELF_H
#define EMIX_TESTS_SUPPORT_SHELF_H

#include "search/checkpoint.h"

enum { SHELF_STATES = 4096 }; /* at most; later ones are dropped */

typedef struct ShelfState {
    char *bytes;
    size_t n_bytes;
} ShelfState;

typedef struct Shelf {
    ShelfState states[SHELF_STATES];
    int n_states;
    const ShelfState *loaded; /* the state that load returns; NULL = none */
    int n_loads;
    int saves_left; /* saves that succeed before all others fail; -1 = none fails */
} Shelf;

/** An empty one; release with shelf_clear(). */
Shelf *shelf_create(void);
void shelf_clear(Shelf *shelf);

/** The store that a fit is handed; the shelf outlives it. */
EmixStore shelf_store(Shelf *shelf);

#endif
