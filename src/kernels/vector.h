/* Vectors of floating-point numbers, in the width the including file asks for.
 *
 * The vector_*.h headers hold one implementation of every kernel. avx512.c, avx2.c and baseline.c
 * compile it, each for one instruction set: they define EMIX_VECTOR_BYTES and EMIX_VECTOR_TABLE and
 * include vector_table.h. There a Real is a double. avx512_single.c, avx2_single.c and
 * baseline_single.c also define EMIX_VECTOR_SINGLE as 1 and include vector_single_table.h. There a
 * Real is a float. Sums over the rows of a block are Reals; sums over blocks are always doubles.
 * Arithmetic is written with the vector types of gcc and clang. A product and a sum become one
 * fused operation if the instruction set has it (-ffp-contract=fast).
 *
 * Functions marked INLINE take tile sizes as arguments. Every call passes constants, so loops over
 * a tile unroll and its accumulators stay in registers. */
#ifndef EMIX_KERNELS_VECTOR_H
#define EMIX_KERNELS_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if EMIX_VECTOR_SINGLE
typedef float Real;
typedef int32_t RealMask; /* an integer as wide as a Real: 0 or -1 */
typedef uint32_t RealBits;
#else
typedef double Real;
typedef int64_t RealMask;
typedef uint64_t RealBits;
#endif

typedef Real Vec __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));
typedef Real VecUnaligned
    __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias, aligned(sizeof(Real))));
typedef RealMask VecMask __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));
typedef RealBits VecBits __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));

/* Doubles, also if a Real is a float. */
typedef double Wide __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));
typedef double WideUnaligned
    __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias, aligned(sizeof(double))));
typedef uint64_t WideBits __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));

enum {
    LANES = EMIX_VECTOR_BYTES / sizeof(Real),
    WIDE_LANES = EMIX_VECTOR_BYTES / sizeof(double),
    GROUP_VECTORS = 3, /* a group of rows: what a register tile covers */
    GROUP = GROUP_VECTORS * LANES,
    CACHE_LINE_REALS = 64 / sizeof(Real),
    CACHE_LINE_DOUBLES = 8
};

/* AVX-512 and arm64 have 32 vector registers, SSE2 and AVX2 have 16. */
#if EMIX_VECTOR_BYTES == 64 || defined(__aarch64__)
#define MANY_REGISTERS 1
#else
#define MANY_REGISTERS 0
#endif

#define INLINE static inline __attribute__((always_inline))

/** Unrolls the next loop completely. Its bounds must be constants after inlining, and must not
 * depend on an enclosing loop: clang 14 unrolls inner loops first, and if it cannot, arrays stay in
 * memory. To run over a triangle, run over the square and skip. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

INLINE Vec load(const Real *source)
{
    return *(const Vec *)source;
}

INLINE Vec load_unaligned(const Real *source)
{
    return *(const VecUnaligned *)source;
}

INLINE void store(Real *target, Vec v)
{
    *(Vec *)target = v;
}

INLINE void store_unaligned(Real *target, Vec v)
{
    *(VecUnaligned *)target = v;
}

/* The compiler removes the subtraction of 0. It could not remove an addition, because -0 + 0 is
 * 0. */
INLINE Vec splat(Real value)
{
    return value - (Vec){0};
}

/** Lanes of `yes` where the mask is set, of `no` elsewhere. */
INLINE Vec choose(VecMask mask, Vec yes, Vec no)
{
    return (Vec)((mask & (VecMask)yes) | (~mask & (VecMask)no));
}

INLINE Vec larger(Vec a, Vec b)
{
#if EMIX_VECTOR_SINGLE && EMIX_VECTOR_BYTES == 64
    return (Vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif EMIX_VECTOR_SINGLE && EMIX_VECTOR_BYTES == 32
    return (Vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif EMIX_VECTOR_SINGLE && defined(__SSE2__)
    return (Vec)_mm_max_ps((__m128)a, (__m128)b);
#elif EMIX_VECTOR_BYTES == 64
    return (Vec)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif EMIX_VECTOR_BYTES == 32
    return (Vec)_mm256_max_pd((__m256d)a, (__m256d)b);
#elif defined(__SSE2__)
    return (Vec)_mm_max_pd((__m128d)a, (__m128d)b);
#else
    return choose(a > b, a, b);
#endif
}

/** Sum of the lanes, in one fixed order. */
INLINE double sum_lanes(Wide v)
{
    double sum = v[0];
    UNROLL
    for (int i = 1; i < WIDE_LANES; ++i) {
        sum += v[i];
    }
    return sum;
}

INLINE Wide load_wide(const double *source)
{
    return *(const Wide *)source;
}

INLINE Wide load_wide_unaligned(const double *source)
{
    return *(const WideUnaligned *)source;
}

INLINE void store_wide(double *target, Wide v)
{
    *(Wide *)target = v;
}

INLINE Wide splat_wide(double value)
{
    return value - (Wide){0};
}

/* INTERLEAVE: a0 b0 a1 b1 ..., first and second half. EVEN and ODD: every other lane of a, b.
 * SWAP_HALVES: the second half of a vector of floats, then the first. ROTATE: from lane n on and
 * around, n a constant; gcc 12 would load a permutation for it with AVX-512. */
#define LANE(n) ((n) % LANES)
#if EMIX_VECTOR_SINGLE && EMIX_VECTOR_BYTES == 64
#define EVEN_LANES(a, b)                                                                           \
    __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_LANES(a, b)                                                                            \
    __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define INTERLEAVE_LOW(a, b)                                                                       \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b)                                                                      \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define SWAP_HALVES(v)                                                                             \
    __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define ROTATE_LANES(v, n) (Vec) _mm512_alignr_epi32((__m512i)(v), (__m512i)(v), LANE(n))
#elif EMIX_VECTOR_SINGLE && EMIX_VECTOR_BYTES == 32
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define SWAP_HALVES(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define ROTATE_LANES(v, n)                                                                         \
    __builtin_shufflevector(v, v, LANE(n), LANE(n + 1), LANE(n + 2), LANE(n + 3), LANE(n + 4),     \
                            LANE(n + 5), LANE(n + 6), LANE(n + 7))
#elif EMIX_VECTOR_SINGLE
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define SWAP_HALVES(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define ROTATE_LANES(v, n)                                                                         \
    __builtin_shufflevector(v, v, LANE(n), LANE(n + 1), LANE(n + 2), LANE(n + 3))
#elif EMIX_VECTOR_BYTES == 64
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define ROTATE_LANES(v, n) (Vec) _mm512_alignr_epi64((__m512i)(v), (__m512i)(v), LANE(n))
#elif EMIX_VECTOR_BYTES == 32
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define ROTATE_LANES(v, n)                                                                         \
    __builtin_shufflevector(v, v, LANE(n), LANE(n + 1), LANE(n + 2), LANE(n + 3))
#else
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
#define ROTATE_LANES(v, n) __builtin_shufflevector(v, v, LANE(n), LANE(n + 1))
#endif

#if EMIX_VECTOR_SINGLE

/** The first half of the lanes, as doubles. gcc 12 on its own would convert sixteen floats in four
 * steps. */
INLINE Wide wide_low(Vec v)
{
#if EMIX_VECTOR_BYTES == 64
    return (Wide)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)v));
#elif EMIX_VECTOR_BYTES == 32
    return (Wide)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)v));
#elif defined(__SSE2__)
    return (Wide)_mm_cvtps_pd((__m128)v);
#else
    return (Wide){v[0], v[1]};
#endif
}

/** The second half of the lanes, as doubles. */
INLINE Wide wide_high(Vec v)
{
#if EMIX_VECTOR_BYTES == 64
    return (Wide)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)v, 1));
#elif EMIX_VECTOR_BYTES == 32
    return (Wide)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)v, 1));
#else
    return wide_low(SWAP_HALVES(v));
#endif
}

/** The inverse of wide_low and wide_high: both halves, rounded to float. */
INLINE Vec narrow(Wide low, Wide high)
{
#if EMIX_VECTOR_BYTES == 64
    const __m512 half = _mm512_castps256_ps512(_mm512_cvtpd_ps((__m512d)low));
    return (Vec)_mm512_insertf32x8(half, _mm512_cvtpd_ps((__m512d)high), 1);
#elif EMIX_VECTOR_BYTES == 32
    const __m256 half = _mm256_castps128_ps256(_mm256_cvtpd_ps((__m256d)low));
    return (Vec)_mm256_insertf128_ps(half, _mm256_cvtpd_ps((__m256d)high), 1);
#elif defined(__SSE2__)
    return (Vec)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)low), _mm_cvtpd_ps((__m128d)high));
#else
    return (Vec){(float)low[0], (float)low[1], (float)high[0], (float)high[1]};
#endif
}

/** Adds the two halves of the lanes in double: half as many partial sums. */
INLINE Wide fold(Vec v)
{
    return wide_low(v + SWAP_HALVES(v));
}

/** Adds lane i to target[i]. */
INLINE void accumulate(double *target, Vec v)
{
    store_wide(target, load_wide(target) + wide_low(v));
    store_wide(target + WIDE_LANES, load_wide(target + WIDE_LANES) + wide_high(v));
}

#else

INLINE Wide fold(Vec v)
{
    return v;
}

/** Adds lane i to target[i]. */
INLINE void accumulate(double *target, Vec v)
{
    store(target, load(target) + v);
}

#endif

/** Transposes LANES vectors in place: log2(LANES) rounds of interleaving the halves. */
INLINE void transpose(Vec v[LANES])
{
    Vec mixed[LANES];
    UNROLL
    for (int round = 1; round < LANES; round *= 2) {
        UNROLL
        for (int i = 0; i < LANES / 2; ++i) {
            mixed[2 * i] = INTERLEAVE_LOW(v[i], v[i + LANES / 2]);
            mixed[2 * i + 1] = INTERLEAVE_HIGH(v[i], v[i + LANES / 2]);
        }
        UNROLL
        for (int i = 0; i < LANES; ++i) {
            v[i] = mixed[i];
        }
    }
}

/** Smallest multiple of `step` that is at least n. */
INLINE emix_index round_up(emix_index n, emix_index step)
{
    return (n + step - 1) / step * step;
}

INLINE emix_index smaller_index(emix_index a, emix_index b)
{
    return a < b ? a : b;
}

#endif
