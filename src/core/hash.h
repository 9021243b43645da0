/* A 64-bit hash to detect changed bytes: by accidents, not by attackers. */
#ifndef EMIX_CORE_HASH_H
#define EMIX_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** The hash of no bytes; the start of a chain of emix_hash_bytes(). */
#define EMIX_HASH_EMPTY UINT64_C(0x9e3779b97f4a7c15)

/** The hash of the bytes hashed so far, followed by n_bytes more. Each word is xored in, multiplied
 * by an odd number and folded. That is a bijection, so a change of a single word is always
 * detected. Words are in the machine's byte order. Cost: about 6 cycles per word. */
uint64_t emix_hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes);

#endif
