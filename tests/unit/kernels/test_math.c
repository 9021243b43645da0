/* exp and log of every table against long double. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rng.h"
#include "kernels/kernels.h"

enum { N = 1 << 20, N_LISTED = 1003 /* no multiple of any vector length */ };

/* Distance of `value` from `exact` in units of the last place of `exact` as a double. */
static double ulps(double value, long double exact)
{
    const double nearest = (double)exact;
    const double unit = nextafter(fabs(nearest), HUGE_VAL) - fabs(nearest);
    return fabs((double)(((long double)value - exact) / (long double)unit));
}

static double worst_exp(const EmixKernels *table, const double *x, double *y, emix_index n)
{
    double worst = 0.0;
    table->exp_array(n, x, y);
    for (emix_index i = 0; i < n; ++i) {
        worst = fmax(worst, ulps(y[i], expl((long double)x[i])));
    }
    return worst;
}

static double worst_log(const EmixKernels *table, const double *x, double *y, emix_index n)
{
    double worst = 0.0;
    table->log_array(n, x, y);
    for (emix_index i = 0; i < n; ++i) {
        worst = fmax(worst, ulps(y[i], logl((long double)x[i])));
    }
    return worst;
}

static void fill_uniform(double *x, emix_index n, double low, double high)
{
    EmixRng rng = emix_rng_init(1, EMIX_RNG_SAMPLE, 0);
    for (emix_index i = 0; i < n; ++i) {
        x[i] = low + (high - low) * emix_rng_uniform(&rng);
    }
}

/* exp(low) to exp(high), uniform in the exponent. */
static void fill_log_uniform(double *x, emix_index n, double low, double high)
{
    fill_uniform(x, n, low, high);
    for (emix_index i = 0; i < n; ++i) {
        x[i] = exp(x[i]);
    }
}

Test(kernels_math, exp_is_within_two_ulp)
{
    double *x = malloc(N * sizeof *x);
    double *y = malloc(N * sizeof *y);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        for (int i = 0; i < N; ++i) {
            x[i] = -708.0 * i / (N - 1);
        }
        cr_expect(le(dbl, worst_exp(table, x, y, N), 2.0), "%s, grid", table->name);
        fill_uniform(x, N, -1.0, 0.0);
        cr_expect(le(dbl, worst_exp(table, x, y, N), 2.0), "%s, [-1, 0]", table->name);
        fill_log_uniform(x, N, -300.0, 6.5);
        for (int i = 0; i < N; ++i) {
            x[i] = -x[i];
        }
        cr_expect(le(dbl, worst_exp(table, x, y, N), 2.0), "%s, tiny to large", table->name);
    }
    free(x);
    free(y);
}

/* Where the reduction changes from one multiple of ln 2 / 16 to the next. */
Test(kernels_math, exp_is_within_two_ulp_at_its_seams)
{
    static double x[3 * 16000];
    static double y[3 * 16000];
    for (int i = 0; i < 16000; ++i) {
        const double seam = -(i + 0.5) * 0.69314718055994530942 / 16.0;
        x[3 * i] = seam;
        x[3 * i + 1] = nextafter(seam, 0.0);
        x[3 * i + 2] = nextafter(seam, -1e3);
    }
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        cr_expect(le(dbl, worst_exp(table, x, y, 3 * 16000), 2.0), "%s", table->name);
    }
}

Test(kernels_math, exp_of_zero_is_one_and_far_below_zero_is_zero)
{
    const double x[] = {0.0, -0.0, -HUGE_VAL, -1e300, -1e4, -745.0, -708.0000001, -DBL_MAX, -709.0};
    double y[9];
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        table->exp_array(9, x, y);
        cr_expect(eq(dbl, y[0], 1.0), "%s", table->name);
        cr_expect(eq(dbl, y[1], 1.0), "%s", table->name);
        for (int i = 2; i < 9; ++i) {
            cr_expect(eq(dbl, y[i], 0.0), "%s: exp(%g) is %g", table->name, x[i], y[i]);
        }
    }
}

Test(kernels_math, log_is_within_two_ulp)
{
    double *x = malloc(N * sizeof *x);
    double *y = malloc(N * sizeof *y);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        fill_log_uniform(x, N, -708.0, 709.7);
        cr_expect(le(dbl, worst_log(table, x, y, N), 2.0), "%s, all", table->name);
        fill_uniform(x, N, 0.5, 2.0);
        cr_expect(le(dbl, worst_log(table, x, y, N), 2.0), "%s, about 1", table->name);
        fill_uniform(x, N, 1.0, 1.0 + 1e-6);
        cr_expect(le(dbl, worst_log(table, x, y, N), 2.0), "%s, next to 1", table->name);
    }
    free(x);
    free(y);
}

Test(kernels_math, log_holds_at_the_edges_of_its_range)
{
    const double x[] = {1.0,
                        DBL_MIN,
                        DBL_MAX,
                        0x1.6a09e667f3bcdp-1,
                        0x1.6a09e667f3bccp-1,
                        0x1.6a09e667f3bcdp+0,
                        0x1.6a09e667f3bccp+0,
                        2.0,
                        0.5};
    double y[9];
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        cr_expect(le(dbl, worst_log(table, x, y, 9), 2.0), "%s", table->name);
        cr_expect(eq(dbl, y[0], 0.0), "%s: log 1 is %g", table->name, y[0]);
    }
}

Test(kernels_math, length_and_alignment_do_not_matter)
{
    static double x[N_LISTED + 1];
    static double y[N_LISTED + 1];
    fill_uniform(x, N_LISTED + 1, -20.0, 0.0);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        for (emix_index n = 0; n < 40; ++n) {
            y[n + 1] = 17.0;
            cr_expect(le(dbl, worst_exp(table, x + 1, y + 1, n), 2.0), "%s", table->name);
            cr_expect(eq(dbl, y[n + 1], 17.0), "%s writes behind its %d", table->name, (int)n);
        }
        cr_expect(le(dbl, worst_exp(table, x + 1, y + 1, N_LISTED), 2.0), "%s", table->name);
    }
}
