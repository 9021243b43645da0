/* Aligned allocation, with failures that tests can plant. */
#include "core/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Global state for tests only; the library's results never depend on it. */
static atomic_long live_blocks;
static atomic_long allocations;
static atomic_long allowed = -1;
static atomic_llong largest = -1;

static bool may_allocate(size_t bytes)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    const long long most = atomic_load_explicit(&largest, memory_order_relaxed);
    if (most >= 0 && bytes > (size_t)most) {
        return false;
    }
    long left = atomic_load(&allowed);
    if (left < 0) {
        return true;
    }
    while (left > 0 && !atomic_compare_exchange_weak(&allowed, &left, left - 1)) {
    }
    return left > 0;
}

static bool byte_count(emix_index count, size_t size, size_t *bytes)
{
    return count >= 0 && !__builtin_mul_overflow((size_t)count, size, bytes) &&
           *bytes <= PTRDIFF_MAX - EMIX_ALIGNMENT;
}

void *emix_alloc(emix_index count, size_t size)
{
    size_t bytes = 0;
    if (!byte_count(count, size, &bytes) || !may_allocate(bytes)) {
        return NULL;
    }
    /* An aligned slot before the block holds the address to free. */
    char *base = calloc(1, bytes + 2 * EMIX_ALIGNMENT);
    if (base == NULL) {
        return NULL;
    }
    const uintptr_t start = ((uintptr_t)base + 2 * EMIX_ALIGNMENT - 1) &
                            ~(uintptr_t)(EMIX_ALIGNMENT - 1);
    char *block = base + (start - (uintptr_t)base);
    memcpy(block - sizeof base, &base, sizeof base);
    atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return block;
}

void emix_free(void *block)
{
    if (block == NULL) {
        return;
    }
    char *base = NULL;
    memcpy(&base, (char *)block - sizeof base, sizeof base);
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(base);
}

void *emix_realloc(void *block, emix_index old_count, emix_index new_count, size_t size)
{
    void *grown = emix_alloc(new_count, size);
    if (grown != NULL && block != NULL) {
        const emix_index kept = old_count < new_count ? old_count : new_count;
        memcpy(grown, block, (size_t)kept * size);
        emix_free(block);
    }
    return grown;
}

emix_index emix_align_doubles(emix_index n_doubles)
{
    const emix_index line = EMIX_ALIGNMENT / (emix_index)sizeof(double);
    return (n_doubles + line - 1) / line * line;
}

bool emix_multiply(emix_index a, emix_index b, emix_index *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

void emix_alloc_fail_after(long n)
{
    atomic_store(&allowed, n);
}

void emix_alloc_fail_above(emix_index n_bytes)
{
    atomic_store(&largest, n_bytes);
}

long emix_alloc_live_blocks(void)
{
    return atomic_load(&live_blocks);
}

long emix_alloc_count(void)
{
    return atomic_load(&allocations);
}
