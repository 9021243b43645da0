/* What a family answers about a model by its parts alone: new rows, how far components are apart,
 * and what two of them lose when they become one. */
#ifndef EMIX_MIXTURE_FAMILY_QUERY_H
#define EMIX_MIXTURE_FAMILY_QUERY_H

#include "core/rng.h"
#include "model/parts.h"

typedef struct EmixQueryOps {
    /** Doubles that draws of rows need, for all components. */
    emix_index (*draw_size)(const EmixParts *parts);

    /** Prepares them.
     * @return EMIX_OK, EMIX_ERR_DEGENERATE. */
    EmixStatus (*draw_init)(const EmixParts *parts, double *memory, EmixError *error);

    /** Draws a row [D] from component k. */
    void (*draw)(const EmixParts *parts, emix_index k, double *memory, EmixRng *rng, double *row);

    /** Doubles that distances from one component need. */
    emix_index (*distance_size)(const EmixParts *parts);

    /** Prepares distances from component k; false when it has no metric. */
    bool (*distance_init)(const EmixParts *parts, emix_index k, double *memory);

    /** Squared distance of component j from k in the complete-data Fisher metric at k for one row;
     * a part of it will do once that is `enough`. */
    double (*distance2)(const EmixParts *parts, emix_index k, emix_index j, double enough,
                        double *memory);

    /** Doubles that a merge needs. */
    emix_index (*merge_size)(const EmixParts *parts);

    /** Makes one component of i and j, which rows of total weight counts[i] and counts[j] were
     * fitted by: the maximiser of the expected log density of all these rows. Parts that components
     * share stay as they are.
     * @param merged  One component, its own parts written but for the weight; NULL = not wanted.
     * @return By how much the maximum of the expected log density falls, >= 0 but for rounding;
     *         INFINITY where there is none. */
    double (*merge)(const EmixParts *parts, emix_index i, emix_index j, const double *counts,
                    double *memory, EmixParts *merged);
} EmixQueryOps;

#endif
