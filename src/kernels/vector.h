/* Vectors of doubles, in the width the including file asks for.
 *
 * The vector_*.h headers hold one implementation of every kernel. avx512.c, avx2.c and baseline.c
 * each compile it for one instruction set: they define EMIX_VECTOR_BYTES and EMIX_VECTOR_TABLE and
 * include vector_table.h. Arithmetic is written with the vector types of gcc and clang; a product
 * and a sum become one fused operation where the instruction set has it (-ffp-contract=fast).
 *
 * Functions marked INLINE take tile sizes as arguments: every call passes constants, so that loops
 * over a tile unroll and its accumulators live in registers. */
#ifndef EMIX_KERNELS_VECTOR_H
#define EMIX_KERNELS_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

typedef double Vec __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));
typedef double VecUnaligned
    __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias, aligned(sizeof(double))));
typedef int64_t VecMask __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));
typedef uint64_t VecBits __attribute__((vector_size(EMIX_VECTOR_BYTES), may_alias));

enum {
    LANES = EMIX_VECTOR_BYTES / sizeof(double),
    GROUP_VECTORS = 3, /* a group of rows: what a register tile covers */
    GROUP = GROUP_VECTORS * LANES,
    CACHE_LINE_DOUBLES = 8
};

/* AVX-512 and arm64 have 32 vector registers, SSE2 and AVX2 have 16. */
#if EMIX_VECTOR_BYTES == 64 || defined(__aarch64__)
#define MANY_REGISTERS 1
#else
#define MANY_REGISTERS 0
#endif

#define INLINE static inline __attribute__((always_inline))

/** Unrolls the next loop completely; its bounds are constants after inlining. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

INLINE Vec load(const double *source)
{
    return *(const Vec *)source;
}

INLINE Vec load_unaligned(const double *source)
{
    return *(const VecUnaligned *)source;
}

INLINE void store(double *target, Vec v)
{
    *(Vec *)target = v;
}

INLINE void store_unaligned(double *target, Vec v)
{
    *(VecUnaligned *)target = v;
}

/* The subtraction folds away; an addition could not, because -0 + 0 is 0. */
INLINE Vec splat(double value)
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
#if EMIX_VECTOR_BYTES == 64
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
INLINE double sum_lanes(Vec v)
{
    double sum = v[0];
    UNROLL
    for (int i = 1; i < LANES; ++i) {
        sum += v[i];
    }
    return sum;
}

/* INTERLEAVE: a0 b0 a1 b1 ..., first and second half. EVEN and ODD: every other lane of a, b. */
#if EMIX_VECTOR_BYTES == 64
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif EMIX_VECTOR_BYTES == 32
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
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
