/* All memory of the library comes from here: aligned, checked for overflow and counted; tests can
 * make it fail. Blocks come from the system's allocator, so large ones begin as untouched zero
 * pages. */
#ifndef EMIX_CORE_ALLOC_H
#define EMIX_CORE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status_internal.h"

/** Alignment of every block: a cache line, and the widest vector register. */
enum { EMIX_ALIGNMENT = 64 };

/** Allocates a zeroed block of count * size bytes; NULL if memory is short, if the product
 * overflows, or if a test has planted a failure. A count of 0 gives a valid block too. Release:
 * emix_free(). */
void *emix_alloc(emix_index count, size_t size);

/** Resizes a block as realloc() does: the old contents are kept, new bytes are not zeroed. On
 * failure returns NULL, and the old block stays. `block` may be NULL. */
void *emix_realloc(void *block, emix_index old_count, emix_index new_count, size_t size);

/** Frees a block; NULL is allowed. */
void emix_free(void *block);

/** The message of every failed allocation. */
#define emix_fail_nomem(error, count, size)                                                        \
    emix_fail((error), EMIX_ERR_NOMEM, "out of memory: %lld elements of %zu bytes",                \
              (long long)(count), (size_t)(size))

/** Allocates `count` zeroed elements into `pointer`; on failure goes to `cleanup`. */
#define EMIX_TRY_ALLOC(pointer, count)                                                             \
    do {                                                                                           \
        (pointer) = emix_alloc((count), sizeof *(pointer));                                        \
        if ((pointer) == NULL) {                                                                   \
            status = emix_fail_nomem(error, (count), sizeof *(pointer));                           \
            goto cleanup;                                                                          \
        }                                                                                          \
    } while (0)

/** Rounds a number of doubles up to whole cache lines, where the next region of a vector may
 * begin. */
emix_index emix_align_doubles(emix_index n_doubles);

/** Stores a * b in `*product`; returns false if it does not fit. Both must be >= 0. */
bool emix_multiply(emix_index a, emix_index b, emix_index *product);

/* For tests. */

/** The next `n` allocations succeed and all later ones fail; -1 ends the failing. */
void emix_alloc_fail_after(long n);
/** Allocations of more than so many bytes fail; -1 ends the failing. */
void emix_alloc_fail_above(emix_index n_bytes);
/** Blocks that are allocated and not yet freed, in the whole process. */
long emix_alloc_live_blocks(void);
/** Allocations made so far, in the whole process. */
long emix_alloc_count(void);

#endif
