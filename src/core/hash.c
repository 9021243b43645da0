/* Hashing words of 64 bits. */
#include "core/hash.h"

#include <string.h>

/* The multiplication carries differences to higher bits, the shift brings them back to lower
 * ones. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * EMIX_HASH_EMPTY;
    return hash ^ hash >> 32;
}

uint64_t emix_hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes)
{
    const unsigned char *at = bytes;
    uint64_t word = 0;
    size_t left = n_bytes;
    for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    if (left > 0) {
        word = left; /* zeros at the end must count too */
        hash = mix(hash, word);
        word = 0;
        memcpy(&word, at, left);
        hash = mix(hash, word);
    }
    return hash;
}
