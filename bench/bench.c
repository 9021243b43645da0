#include "bench.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"

void bench_samples_add(BenchSamples *samples, double seconds)
{
    if (samples->n < BENCH_MAX_SAMPLES) {
        samples->seconds[samples->n++] = seconds;
    }
}

double bench_samples_min(const BenchSamples *samples)
{
    double least = NAN;
    for (int i = 0; i < samples->n; ++i) {
        least = fmin(least, samples->seconds[i]);
    }
    return least;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_samples_median(BenchSamples *samples)
{
    const int n = samples->n;
    if (n == 0) {
        return NAN;
    }
    qsort(samples->seconds, (size_t)n, sizeof samples->seconds[0], compare_doubles);
    return 0.5 * (samples->seconds[(n - 1) / 2] + samples->seconds[n / 2]);
}

int bench_samples_want_more(const BenchSamples *samples, double began_s, double budget_s)
{
    return samples->n < BENCH_MIN_SAMPLES ||
           (samples->n < BENCH_MAX_SAMPLES && emix_clock_s() - began_s < budget_s);
}
