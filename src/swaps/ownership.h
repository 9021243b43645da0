/* Which rows each component answers for: the responsibilities of all rows, small ones left out, in
 * lists by component. Memory is that of the entries, about one or two a row, not rows x
 * components. */
#ifndef EMIX_SWAPS_OWNERSHIP_H
#define EMIX_SWAPS_OWNERSHIP_H

#include "em/engine.h"

/** Responsibilities above this are listed. */
#define EMIX_OWNED_RESPONSIBILITY 0.01

/** Entries of component k are first[k] ... first[k + 1] - 1, rows ascending; owned. */
typedef struct EmixOwnership {
    emix_index n_components;
    emix_index *first;        /* [K + 1] */
    emix_index *rows;         /* [first[K]] */
    double *responsibilities; /* [first[K]], row weights left out */
    double *counts;           /* [K] effective counts, of all rows */
    double log_likelihood;    /* nats */
} EmixOwnership;

/** Makes the lists at the engine's current point, whose model is a mixture; one sweep, without
 * moments.
 * @param[out] ownership  What it held is released. Release with emix_ownership_clear(). */
EmixStatus emix_ownership_take(EmixEngine *engine, EmixOwnership *ownership, EmixError *error);

void emix_ownership_clear(EmixOwnership *ownership);

#endif
