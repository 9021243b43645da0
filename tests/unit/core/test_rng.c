/* Random numbers: the published function, and the distributions made of it. Every test uses fixed
 * seeds, so it passes always or never; limits are what a correct generator breaks with the
 * probability given. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "core/rng.h"

typedef struct KnownAnswer {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t out[4];
} KnownAnswer;

/* Known answers published with Random123 (Salmon, Moraes, Dror, Shaw 2011); the last counter and
 * key are the hexadecimal digits of pi. */
static const KnownAnswer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

Test(rng, philox_gives_the_published_answers)
{
    for (size_t i = 0; i < sizeof known_answers / sizeof known_answers[0]; ++i) {
        uint32_t out[4] = {0};
        emix_philox4x32(known_answers[i].counter, known_answers[i].key, out);
        cr_expect(zero(int, memcmp(out, known_answers[i].out, sizeof out)), "answer %zu", i);
    }
}

Test(rng, a_stream_is_philox_on_a_counter)
{
    const uint64_t seed = 0x123456789abcdef0;
    const emix_index index = 0x0abcdef012345678;
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, index);
    for (uint32_t block = 0; block < 3; ++block) {
        const uint32_t counter[4] = {block, (uint32_t)EMIX_RNG_SAMPLE << 24, 0x12345678,
                                     0x0abcdef0};
        const uint32_t key[2] = {0x9abcdef0, 0x12345678};
        uint32_t out[4] = {0};
        emix_philox4x32(counter, key, out);
        cr_expect(eq(u64, emix_rng_bits(&rng), out[0] | (uint64_t)out[1] << 32));
        cr_expect(eq(u64, emix_rng_bits(&rng), out[2] | (uint64_t)out[3] << 32));
    }
}

Test(rng, streams_do_not_depend_on_the_order_of_their_use)
{
    EmixRng a = emix_rng_init(1, EMIX_RNG_START, 0);
    EmixRng b = emix_rng_init(1, EMIX_RNG_START, 1);
    uint64_t a_alone[9];
    for (int i = 0; i < 9; ++i) {
        a_alone[i] = emix_rng_bits(&a);
    }
    a = emix_rng_init(1, EMIX_RNG_START, 0);
    for (int i = 0; i < 9; ++i) {
        emix_rng_bits(&b);
        cr_expect(eq(u64, emix_rng_bits(&a), a_alone[i]));
    }
}

Test(rng, seed_purpose_and_index_name_different_streams)
{
    EmixRng streams[] = {
        emix_rng_init(0, EMIX_RNG_START, 0),
        emix_rng_init(1, EMIX_RNG_START, 0),
        emix_rng_init((uint64_t)1 << 32, EMIX_RNG_START, 0),
        emix_rng_init(0, EMIX_RNG_SAMPLE, 0),
        emix_rng_init(0, EMIX_RNG_START, 1),
        emix_rng_init(0, EMIX_RNG_START, (emix_index)1 << 32),
    };
    enum { N = sizeof streams / sizeof streams[0] };
    uint64_t first[N];
    for (int i = 0; i < N; ++i) {
        first[i] = emix_rng_bits(&streams[i]);
        for (int j = 0; j < i; ++j) {
            cr_expect(ne(u64, first[i], first[j]), "streams %d and %d", j, i);
        }
    }
}

Test(rng, uniforms_lie_in_the_unit_interval_and_fill_it_evenly)
{
    enum { N = 200000, N_BINS = 100 };
    EmixRng rng = emix_rng_init(11, EMIX_RNG_SAMPLE, 0);
    int counts[N_BINS] = {0};
    for (int i = 0; i < N; ++i) {
        const double u = emix_rng_uniform(&rng);
        cr_assert(u >= 0.0 && u < 1.0);
        counts[(int)(u * N_BINS)] += 1;
    }
    const double expected = (double)N / N_BINS;
    double chi2 = 0.0;
    for (int b = 0; b < N_BINS; ++b) {
        chi2 += (counts[b] - expected) * (counts[b] - expected) / expected;
    }
    /* chi-square with 99 degrees of freedom: outside of 48 ... 174 once in 100,000. */
    cr_expect(chi2 > 48.0 && chi2 < 174.0, "chi2 %g", chi2);
}

Test(rng, integers_below_n_are_unbiased)
{
    /* 3 * 2^61: a plain modulus of 64 bits would give the thirds weights 3 : 3 : 2. */
    const emix_index n = (emix_index)3 << 61;
    enum { N = 60000 };
    EmixRng rng = emix_rng_init(5, EMIX_RNG_START, 0);
    int counts[3] = {0};
    for (int i = 0; i < N; ++i) {
        const emix_index value = emix_rng_below(&rng, n);
        cr_assert(value >= 0 && value < n);
        counts[value >> 61] += 1;
    }
    double chi2 = 0.0;
    for (int b = 0; b < 3; ++b) {
        chi2 += (counts[b] - N / 3.0) * (counts[b] - N / 3.0) / (N / 3.0);
    }
    /* chi-square with 2 degrees of freedom: above 23 once in 100,000. */
    cr_expect(lt(dbl, chi2, 23.0));
}

Test(rng, small_ranges_reach_all_their_values)
{
    EmixRng rng = emix_rng_init(6, EMIX_RNG_START, 0);
    enum { N = 70000, RANGE = 7 };
    int counts[RANGE] = {0};
    for (int i = 0; i < N; ++i) {
        counts[emix_rng_below(&rng, RANGE)] += 1;
        cr_assert(zero(i64, emix_rng_below(&rng, 1)));
    }
    double chi2 = 0.0;
    for (int b = 0; b < RANGE; ++b) {
        chi2 += (counts[b] - (double)N / RANGE) * (counts[b] - (double)N / RANGE) * RANGE / N;
    }
    /* chi-square with 6 degrees of freedom: above 33.1 once in 100,000. */
    cr_expect(lt(dbl, chi2, 33.1));
}

Test(rng, normals_have_the_moments_of_the_standard_normal)
{
    enum { N = 400000 };
    EmixRng rng = emix_rng_init(3, EMIX_RNG_SAMPLE, 0);
    double moments[5] = {0};
    for (int i = 0; i < N; ++i) {
        const double z = emix_rng_normal(&rng);
        cr_assert(isfinite(z));
        for (int m = 1; m <= 4; ++m) {
            moments[m] += pow(z, m) / N;
        }
    }
    /* Variances of the four sample moments: 1, 2, 15, 96 over N; limits of 4.5 deviations are
     * passed once in 150,000. */
    const double unit = 4.5 / sqrt((double)N);
    cr_expect(epsilon_eq(dbl, moments[1], 0.0, unit));
    cr_expect(epsilon_eq(dbl, moments[2], 1.0, unit * sqrt(2.0)));
    cr_expect(epsilon_eq(dbl, moments[3], 0.0, unit * sqrt(15.0)));
    cr_expect(epsilon_eq(dbl, moments[4], 3.0, unit * sqrt(96.0)));
}
