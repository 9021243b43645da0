/* Which table runs, and how many rows a block has. */
#include "kernels/kernels.h"

#include <stddef.h>
#include <string.h>

enum { N_TABLES = 1 };

/* Every table of this build, best first. */
static const EmixKernels *table(int i)
{
    switch (i) {
    case 0: return &emix_kernels_reference;
    default: return NULL;
    }
}

const EmixKernels *emix_kernels_available(int i)
{
    return i >= 0 && i < N_TABLES ? table(i) : NULL;
}

const EmixKernels *emix_kernels_select(const char *isa)
{
    if (isa == NULL || isa[0] == '\0') return emix_kernels_available(0);
    for (int i = 0; emix_kernels_available(i) != NULL; ++i) {
        if (strcmp(emix_kernels_available(i)->name, isa) == 0) return emix_kernels_available(i);
    }
    return NULL;
}

/* Panel, responsibilities and scratch of a block stay in the second-level cache, and what is read
 * again for every component is as small as can be while the work per block covers its overhead. */
emix_index emix_kernels_block_rows(emix_index n_features, emix_index n_components)
{
    (void)n_components;
    if (n_features <= 5) return 480;
    if (n_features <= 24) return 192;
    return n_features <= 256 ? 144 : 240;
}
