/* Hashes: every small change of bytes shows. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/hash.h"

enum { N_BYTES = 100 };

static uint64_t hash_of(const unsigned char *bytes, size_t n_bytes)
{
    return emix_hash_bytes(EMIX_HASH_EMPTY, bytes, n_bytes);
}

Test(hash, every_flipped_bit_shows)
{
    unsigned char bytes[N_BYTES] = {0};
    for (size_t n = 1; n <= N_BYTES; ++n) {
        const uint64_t before = hash_of(bytes, n);
        for (size_t bit = 0; bit < 8 * n; ++bit) {
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            cr_assert(ne(u64, hash_of(bytes, n), before), "bit %zu of %zu bytes", bit, n);
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
    }
}

/* A hash whose differences only travel upwards lets two changes of the top bit cancel: two numbers
 * that change their signs. */
Test(hash, two_flipped_bits_do_not_cancel)
{
    unsigned char bytes[4 * sizeof(uint64_t)] = {0};
    const uint64_t before = hash_of(bytes, sizeof bytes);
    for (size_t a = 0; a < 8 * sizeof bytes; ++a) {
        for (size_t b = 0; b < a; ++b) {
            bytes[a / 8] ^= (unsigned char)(1u << a % 8);
            bytes[b / 8] ^= (unsigned char)(1u << b % 8);
            cr_assert(ne(u64, hash_of(bytes, sizeof bytes), before), "bits %zu and %zu", a, b);
            memset(bytes, 0, sizeof bytes);
        }
    }
}

Test(hash, lengths_and_order_count)
{
    const unsigned char zeros[N_BYTES] = {0};
    for (size_t n = 1; n <= N_BYTES; ++n) {
        cr_assert(ne(u64, hash_of(zeros, n), hash_of(zeros, n - 1)), "%zu zeros", n);
    }
    const double ab[2] = {1.0, 2.0};
    const double ba[2] = {2.0, 1.0};
    cr_expect(ne(u64, hash_of((const void *)ab, sizeof ab), hash_of((const void *)ba, sizeof ba)));
}

Test(hash, whole_words_may_come_in_pieces)
{
    unsigned char bytes[N_BYTES];
    for (size_t i = 0; i < N_BYTES; ++i) {
        bytes[i] = (unsigned char)(7 * i);
    }
    for (size_t cut = 0; cut <= N_BYTES; cut += sizeof(uint64_t)) {
        const uint64_t first = hash_of(bytes, cut);
        cr_expect(
            eq(u64, emix_hash_bytes(first, bytes + cut, N_BYTES - cut), hash_of(bytes, N_BYTES)));
    }
}
