/* exp of Reals and log of doubles, to 2 ulp over the ranges that a mixture needs.
 *
 * Polynomials are minimax over the reduced range (Remez exchange in 60 digits). Each comment gives
 * the error of the polynomial; the tests measure the error of the function. */
#ifndef EMIX_KERNELS_VECTOR_MATH_H
#define EMIX_KERNELS_VECTOR_MATH_H

#include <math.h>

#include "kernels/vector.h"

/* ln 2 in two parts; the product of the first with an integer below 2^17 is exact. */
#define LN2_HIGH 0x1.62e42fefa0000p-1
#define LN2_LOW 0x1.cf79abc9e3b3ap-40
#define LOG2_E 0x1.71547652b82fep+0

#if EMIX_VECTOR_SINGLE

/* exp is 0 below this. Just above it the result is still a normal number. */
#define EXP_UNDERFLOW (-87.0F)

/* The product of the first part with an integer below 2^11 is exact; that includes multiples of
 * 1/16 below 2^7. */
#define LN2_HIGH_SINGLE 0x1.62ep-1F
#define LN2_LOW_SINGLE 0x1.0bfbe8p-15F

#if EMIX_VECTOR_BYTES == 64

/* 2^(i/16) */
static const float EXP_TABLE[16] __attribute__((aligned(64))) = {
    0x1.000000p+0F, 0x1.0b5586p+0F, 0x1.172b84p+0F, 0x1.2387a6p+0F, 0x1.306fe0p+0F, 0x1.3dea64p+0F,
    0x1.4bfdaep+0F, 0x1.5ab07ep+0F, 0x1.6a09e6p+0F, 0x1.7a1148p+0F, 0x1.8ace54p+0F, 0x1.9c4918p+0F,
    0x1.ae89fap+0F, 0x1.c199bep+0F, 0x1.d5818ep+0F, 0x1.ea4afap+0F};

/** exp x for x <= 0. With k the multiple of 1/16 next to x / ln 2 and r = x - k ln 2,
 * exp x = 2^floor(k) 2^(k - floor(k)) exp r: a scaling, a table held in a register and a
 * polynomial, (exp r - 1 - r) / r^2 on |r| <= ln 2 / 32 to a relative error of 2e-9 in exp r. */
INLINE Vec exp_nonpositive(Vec x)
{
    /* Adding 1.5 2^19 rounds to multiples of 1/16 and leaves 16 k in the low bits. */
    const Vec rounder = splat(0x1.8p19F);
    const Vec shifted = x * (Real)LOG2_E + rounder;
    const Vec k = shifted - rounder;
    const Vec r = (x - k * LN2_HIGH_SINGLE) - k * LN2_LOW_SINGLE;
    const Vec root = (Vec)_mm512_permutexvar_ps((__m512i)shifted, _mm512_load_ps(EXP_TABLE));
    const Vec p = r + r * r * (0x1.00022p-1F + 0x1.555762p-3F * r);
    const Vec mantissa = root + root * p;
    const __mmask16 in_range = _mm512_cmp_ps_mask((__m512)x, (__m512)splat(EXP_UNDERFLOW),
                                                  _CMP_GE_OQ);
    return (Vec)_mm512_maskz_scalef_ps(in_range, (__m512)mantissa, (__m512)k);
}

#else

/** exp x for x <= 0. With k the integer next to x / ln 2 and r = x - k ln 2, exp x = 2^k exp r;
 * (exp r - 1 - r) / r^2 on |r| <= ln 2 / 2 to a relative error of 5e-9 in exp r. */
INLINE Vec exp_nonpositive(Vec x)
{
    /* Adding 1.5 2^23 rounds to integers and leaves k in the low bits. */
    const Vec rounder = splat(0x1.8p23F);
    const Vec shifted = x * (Real)LOG2_E + rounder;
    const Vec k = shifted - rounder;
    const Vec r = (x - k * LN2_HIGH_SINGLE) - k * LN2_LOW_SINGLE;
    const Vec r2 = r * r;
    const Vec q01 = 0x1.fffffcp-2F + 0x1.55549p-3F * r;
    const Vec q23 = 0x1.5558f4p-5F + 0x1.123a6cp-7F * r;
    const Vec q = q01 + r2 * (q23 + r2 * 0x1.6a2352p-10F);
    const Vec mantissa = 1.0F + (r + r2 * q);
    const VecBits scaled = (VecBits)mantissa + ((VecBits)shifted << 23);
    return (Vec)(scaled & (VecBits)(x >= splat(EXP_UNDERFLOW)));
}

#endif

#else

/* exp is 0 below this. Just above it the result is still a normal number. */
#define EXP_UNDERFLOW (-708.0)

#if EMIX_VECTOR_BYTES == 64

/* 2^(i/16) */
static const double EXP_TABLE[16] __attribute__((aligned(64))) = {
    0x1.0000000000000p+0, 0x1.0b5586cf9890fp+0, 0x1.172b83c7d517bp+0, 0x1.2387a6e756238p+0,
    0x1.306fe0a31b715p+0, 0x1.3dea64c123422p+0, 0x1.4bfdad5362a27p+0, 0x1.5ab07dd485429p+0,
    0x1.6a09e667f3bcdp+0, 0x1.7a11473eb0187p+0, 0x1.8ace5422aa0dbp+0, 0x1.9c49182a3f090p+0,
    0x1.ae89f995ad3adp+0, 0x1.c199bdd85529cp+0, 0x1.d5818dcfba487p+0, 0x1.ea4afa2a490dap+0};

/** exp x for x <= 0. With k the multiple of 1/16 next to x / ln 2 and r = x - k ln 2,
 * exp x = 2^floor(k) 2^(k - floor(k)) exp r: a scaling, a table held in two registers and a
 * polynomial, (exp r - 1) / r on |r| <= ln 2 / 32 to a relative error of 7e-18 in exp r. */
INLINE Vec exp_nonpositive(Vec x)
{
    /* Adding 1.5 2^48 rounds to multiples of 1/16 and leaves 16 k in the low bits. */
    const Vec rounder = splat(0x1.8p48);
    const Vec shifted = x * LOG2_E + rounder;
    const Vec k = shifted - rounder;
    const Vec r = (x - k * LN2_HIGH) - k * LN2_LOW;
    const Vec root = (Vec)_mm512_permutex2var_pd(_mm512_load_pd(EXP_TABLE), (__m512i)shifted,
                                                 _mm512_load_pd(EXP_TABLE + 8));
    const Vec r2 = r * r;
    const Vec p45 = 0x1.11126e9b63249p-7 + 0x1.6c15a753fc7fbp-10 * r;
    const Vec p23 = 0x1.555555540612ep-3 + 0x1.555555580d1dcp-5 * r;
    const Vec p01 = 0x1.000000000000ap+0 + 0x1.fffffffffffc2p-2 * r;
    const Vec p = p01 + r2 * (p23 + r2 * p45);
    const Vec mantissa = root + (root * r) * p;
    const __mmask8 in_range = _mm512_cmp_pd_mask((__m512d)x, (__m512d)splat(EXP_UNDERFLOW),
                                                 _CMP_GE_OQ);
    return (Vec)_mm512_maskz_scalef_pd(in_range, (__m512d)mantissa, (__m512d)k);
}

#else

/** exp x for x <= 0. With k the integer next to x / ln 2 and r = x - k ln 2, exp x = 2^k exp r;
 * (exp r - 1 - r) / r^2 on |r| <= ln 2 / 2 to a relative error of 4e-18 in exp r. */
INLINE Vec exp_nonpositive(Vec x)
{
    /* Adding 1.5 2^52 rounds to integers and leaves k in the low bits. */
    const Vec rounder = splat(0x1.8p52);
    const Vec shifted = x * LOG2_E + rounder;
    const Vec k = shifted - rounder;
    const Vec r = (x - k * LN2_HIGH) - k * LN2_LOW;
    const Vec r2 = r * r;
    const Vec r4 = r2 * r2;
    const Vec q89 = 0x1.28ad72d31703cp-22 + 0x1.ad7f6cebef6ebp-26 * r;
    const Vec q67 = 0x1.a0199a0c619d4p-16 + 0x1.71df2553887c7p-19 * r;
    const Vec q45 = 0x1.6c16c1842a12fp-10 + 0x1.a01a012a5725cp-13 * r;
    const Vec q23 = 0x1.555555555087cp-5 + 0x1.1111111127be7p-7 * r;
    const Vec q01 = 0x1.000000000000ap-1 + 0x1.55555555554fap-3 * r;
    const Vec q = (q01 + r2 * q23) + r4 * ((q45 + r2 * q67) + r4 * q89);
    const Vec mantissa = 1.0 + (r + r2 * q);
    const VecBits scaled = (VecBits)mantissa + ((VecBits)shifted << 52);
    return (Vec)(scaled & (VecBits)(x >= splat(EXP_UNDERFLOW)));
}

#endif

#endif

/** log x for normal positive x. With x = 2^k (1 + f), sqrt 1/2 <= 1 + f < sqrt 2, and
 * s = f / (2 + f), log(1 + f) = 2 atanh s = f - (f^2/2 - s (f^2/2 + R(s^2))); R(z) / z to an error
 * of 2e-18 / z on z <= (3 - 2 sqrt 2)^2. */
INLINE Wide log_positive(Wide x)
{
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcd; /* the bits of sqrt 1/2, rounded up */
    const uint64_t one = 0x3ff0000000000000;
    const WideBits biased = ((WideBits)x + (one - sqrt_half)) >> 52;
    /* An integer below 2^52 in the low bits of 2^52 adds its value to 2^52. */
    const Wide k = (Wide)(biased | 0x4330000000000000) - (0x1p52 + 1023.0);
    const Wide f = (Wide)((WideBits)x - ((biased - 1023) << 52)) - 1.0;
    const Wide s = f / (2.0 + f);
    const Wide z = s * s;
    const Wide z2 = z * z;
    const Wide r01 = 0x1.5555555555592p-1 + 0x1.999999997fd77p-2 * z;
    const Wide r23 = 0x1.24924941f4facp-2 + 0x1.c71c52060864cp-3 * z;
    const Wide r45 = 0x1.74663fa21b3dep-3 + 0x1.39a1a6f70dd64p-3 * z;
    const Wide r = z * (r01 + z2 * (r23 + z2 * (r45 + z2 * 0x1.2f063493a9e21p-3)));
    const Wide half_square = 0.5 * f * f;
    return k * LN2_HIGH - ((half_square - (s * (half_square + r) + k * LN2_LOW)) - f);
}

#if !EMIX_VECTOR_SINGLE

/** exp of n numbers <= 0; x and y need no alignment. */
static void exp_array(emix_index n, const double *x, double *y)
{
    emix_index i = 0;
    for (; i + LANES <= n; i += LANES) {
        store_unaligned(y + i, exp_nonpositive(load_unaligned(x + i)));
    }
    for (; i < n; ++i) {
        y[i] = exp_nonpositive(splat(x[i]))[0];
    }
}

/** log of n normal positive numbers; x and y need no alignment. */
static void log_array(emix_index n, const double *x, double *y)
{
    emix_index i = 0;
    for (; i + LANES <= n; i += LANES) {
        store_unaligned(y + i, log_positive(load_unaligned(x + i)));
    }
    for (; i < n; ++i) {
        y[i] = log_positive(splat(x[i]))[0];
    }
}

#endif

#endif
