/* The fixed exp: x = n ln 2 + r, a Taylor polynomial of degree 12 in r; n is added to the
 * exponent. */
#include <stdint.h>
#include <string.h>

#include "rates.h"

typedef double Doubles __attribute__((vector_size(64)));
typedef int64_t Integers __attribute__((vector_size(64)));
enum { LANES = sizeof(Doubles) / sizeof(double), DEGREE = 12 };

static const double one_over_factorial[DEGREE + 1] = {
    1.0,
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5040.0,
    1.0 / 40320.0,
    1.0 / 362880.0,
    1.0 / 3628800,
    1.0 / 39916800,
    1.0 / 479001600,
};

static inline __attribute__((always_inline)) void exp_array(int n, const double *restrict x,
                                                            double *restrict y)
{
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest integer in the low bits */
    for (int i = 0; i < n; i += LANES) {
        Doubles v;
        memcpy(&v, x + i, sizeof v);
        const Doubles shifted = v * 0x1.71547652b82fep+0 + to_integer;
        const Doubles whole = shifted - to_integer;
        const Doubles r = (v - whole * 0x1.62e42fefa3800p-1) - whole * 0x1.ef35793c76730p-45;
        Doubles p = r * one_over_factorial[DEGREE] + one_over_factorial[DEGREE - 1];
        for (int j = DEGREE - 2; j >= 0; --j) {
            p = p * r + one_over_factorial[j];
        }
        const Integers scaled = (Integers)p + ((Integers)shifted << 52);
        memcpy(y + i, &scaled, sizeof scaled);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void exp_avx512(int n, const double *restrict x,
                                                          double *restrict y)
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
    if (__builtin_cpu_supports("avx512f")) {
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
