/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw (2011), "Parallel random
 * numbers: as easy as 1, 2, 3", SC11).
 *
 * A stream is identified by (seed, purpose, index), and its values depend on nothing else. So start
 * s of a fit, or row i of a sample, is the same for any number of starts, rows or threads. */
#ifndef EMIX_CORE_RNG_H
#define EMIX_CORE_RNG_H

#include <stdint.h>

#include <emix/status.h>

/** The purpose of a stream, so that two uses of one seed share no numbers. Append only: the values
 * determine what a seed yields. */
typedef enum EmixRngPurpose {
    EMIX_RNG_START = 1,
    EMIX_RNG_SAMPLE = 2,
    EMIX_RNG_SUBSAMPLE = 3,
    EMIX_RNG_RESPONSIBILITIES = 4,
    EMIX_RNG_LABELLED = 5,
    EMIX_RNG_BOOTSTRAP = 6,
    EMIX_RNG_ANNEALING = 7,
    EMIX_RNG_OVERSAMPLING = 8,
    EMIX_RNG_SWAPS = 9
} EmixRngPurpose;

/** State of a stream; a plain value. */
typedef struct EmixRng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int n_used; /* words of the block already used */
} EmixRng;

/** The stream (seed, purpose, index), at its beginning. index is >= 0 and below 2^62. */
EmixRng emix_rng_init(uint64_t seed, EmixRngPurpose purpose, emix_index index);

/** 64 random bits. */
uint64_t emix_rng_bits(EmixRng *rng);

/** Uniform in [0, 1), 53 bits. */
double emix_rng_uniform(EmixRng *rng);

/** Uniform integer in 0 ... n - 1, n >= 1, without bias. */
emix_index emix_rng_below(EmixRng *rng, emix_index n);

/** Index i of 0 ... n - 1 with probability proportional to chance[i] >= 0; uniform if all are 0.
 * Reads `chance` once for the sum, and again up to the index. */
emix_index emix_rng_proportional(EmixRng *rng, emix_index n, const double *chance);

/** Standard normal (Box & Muller 1958, the cosine branch; two uniforms each). */
double emix_rng_normal(EmixRng *rng);

/** One Philox4x32-10 block: the published function, for a known-answer test. */
void emix_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
