/* Chooses the table to run and the number of rows of a block. */
#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Every table of this build, best first; NULL marks the end. */
static const EmixKernels *const TABLES[] = {
#if defined(__x86_64__)
    &emix_kernels_avx512,   &emix_kernels_avx2,
#endif
    &emix_kernels_baseline, &emix_kernels_reference, NULL,
};

static bool can_run(const EmixKernels *table)
{
#if defined(__x86_64__)
    if (table == &emix_kernels_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("fma");
    }
    if (table == &emix_kernels_avx2) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    return table != NULL;
}

const EmixKernels *emix_kernels_available(int i)
{
    for (const EmixKernels *const *table = TABLES; *table != NULL; ++table) {
        if (can_run(*table) && i-- == 0) return *table;
    }
    return NULL;
}

const EmixKernels *emix_kernels_select(const char *isa)
{
    if (isa == NULL || isa[0] == '\0') return emix_kernels_available(0);
    for (int i = 0; emix_kernels_available(i) != NULL; ++i) {
        if (strcmp(emix_kernels_available(i)->name, isa) == 0) return emix_kernels_available(i);
    }
    return NULL;
}

/* Panel, responsibilities and scratch of a block must stay in the second-level cache. What is read
 * again for every component must be small, but a block must be large enough to outweigh its
 * overhead. */
static emix_index cached_rows(emix_index n_features)
{
    if (n_features <= 5) return 480;
    if (n_features <= 24) return 192;
    return n_features <= 256 ? 144 : 240;
}

emix_index emix_kernels_block_rows(emix_index n_features, emix_index n_rows)
{
    enum { GROUP_OF_ALL_TABLES = 48 };
    const emix_index most = cached_rows(n_features);
    const emix_index groups = n_rows / GROUP_OF_ALL_TABLES + 1;
    return groups < most / GROUP_OF_ALL_TABLES ? groups * GROUP_OF_ALL_TABLES : most;
}
