/* Structs that carry their size, so that a caller compiled against an older header goes on working
 * when members are appended. */
#ifndef EMIX_CORE_SIZED_H
#define EMIX_CORE_SIZED_H

#include <stddef.h>

#include "core/status_internal.h"

/** Copies a caller's struct over one that holds the defaults: members the caller's header does not
 * have keep theirs.
 *
 * @param name       Of the type, for messages.
 * @param from       Begins with a size_t, its size.
 * @param from_size  That size.
 * @param to         [to_size], holds the defaults; its own size member stays.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: a size below that of the first member; EMIX_ERR_UNSUPPORTED:
 *         the caller's struct is longer, and says something in members this library lacks. */
EmixStatus emix_sized_copy(const char *name, const void *from, size_t from_size, void *to,
                           size_t to_size, EmixError *error);

/** Writes defaults into a caller's struct of to_size bytes, whose size member stays; bytes beyond
 * the defaults become 0. */
void emix_sized_init(void *to, size_t to_size, const void *defaults, size_t size);

#endif
