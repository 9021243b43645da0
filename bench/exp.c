/* The fixed exp: x = n ln 2 + r, a Taylor polynomial of degree 12 in r, n into the exponent.
 * Error below 4 ulp. */
#include <stdint.h>
#include <string.h>

#include "rates.h"

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline __attribute__((always_inline)) double exp_one(double x)
{
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest integer in the low bits */
    const double shifted = x * 0x1.71547652b82fep+0 + to_integer;
    const double n = shifted - to_integer;
    const double r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    double p = 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    return double_of(bits_of(p) + (bits_of(shifted) << 52));
}

static inline __attribute__((always_inline)) void exp_array(int n, const double *restrict x,
                                                            double *restrict y)
{
    for (int i = 0; i < n; ++i) {
        y[i] = exp_one(x[i]);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq,prefer-vector-width=512"))) static void
exp_avx512(int n, const double *restrict x, double *restrict y)
{
    exp_array(n, x, y);
}

__attribute__((target("avx2,fma"))) static void exp_avx2(int n, const double *restrict x,
                                                         double *restrict y)
{
    exp_array(n, x, y);
}

void bench_exp(int n, const double *x, double *y)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        exp_avx512(n, x, y);
    } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        exp_avx2(n, x, y);
    } else {
        exp_array(n, x, y);
    }
}
#else
void bench_exp(int n, const double *x, double *y)
{
    exp_array(n, x, y);
}
#endif
