/* A 64-bit hash that tells whether bytes are still the same: against accidents, not attacks. */
#ifndef EMIX_CORE_HASH_H
#define EMIX_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** The hash of nothing; where a chain of emix_hash_bytes() begins. */
#define EMIX_HASH_EMPTY UINT64_C(0x9e3779b97f4a7c15)

/** The hash of what `hash` stands for, followed by n_bytes more. Each word is xored in, multiplied
 * by an odd number and folded: a bijection, so that a change of a single word is never missed.
 * Words are in the machine's byte order. Cost: about 6 cycles a word. */
uint64_t emix_hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes);

#endif
