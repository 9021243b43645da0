/* Philox4x32-10 streams. */
#include "core/rng.h"

#include <math.h>

void emix_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < 10; ++round) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        const uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        const uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* counter[0..1] count the blocks of a stream together with the purpose in the top byte,
 * counter[2..3] hold the index, the key holds the seed. */
EmixRng emix_rng_init(uint64_t seed, EmixRngPurpose purpose, emix_index index)
{
    return (EmixRng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)purpose << 24, (uint32_t)index, (uint32_t)((uint64_t)index >> 32)},
        .n_used = 4,
    };
}

static uint32_t next_word(EmixRng *rng)
{
    if (rng->n_used == 4) {
        emix_philox4x32(rng->counter, rng->key, rng->block);
        rng->n_used = 0;
        rng->counter[0] += 1;
        rng->counter[1] += rng->counter[0] == 0;
    }
    return rng->block[rng->n_used++];
}

uint64_t emix_rng_bits(EmixRng *rng)
{
    const uint64_t low = next_word(rng);
    return low | (uint64_t)next_word(rng) << 32;
}

double emix_rng_uniform(EmixRng *rng)
{
    return (double)(emix_rng_bits(rng) >> 11) * 0x1p-53;
}

emix_index emix_rng_below(EmixRng *rng, emix_index n)
{
    /* Values above the last multiple of n are drawn again, so that every residue is equally
     * likely. */
    const uint64_t range = (uint64_t)n;
    const uint64_t unfair = (UINT64_MAX % range + 1) % range;
    uint64_t bits = emix_rng_bits(rng);
    while (bits > UINT64_MAX - unfair) {
        bits = emix_rng_bits(rng);
    }
    return (emix_index)(bits % range);
}

emix_index emix_rng_proportional(EmixRng *rng, emix_index n, const double *chance)
{
    double total = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        total += chance[i];
    }
    if (!(total > 0.0)) {
        return emix_rng_below(rng, n);
    }
    double left = emix_rng_uniform(rng) * total;
    for (emix_index i = 0; i < n; ++i) {
        left -= chance[i];
        if (left < 0.0) {
            return i;
        }
    }
    /* only after rounding: the last index whose chance is not 0 */
    emix_index last = n - 1;
    while (last > 0 && chance[last] == 0.0) {
        --last;
    }
    return last;
}

double emix_rng_normal(EmixRng *rng)
{
    const double two_pi = 6.283185307179586477;
    const double u = 1.0 - emix_rng_uniform(rng); /* in (0, 1] */
    const double v = emix_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(two_pi * v);
}
