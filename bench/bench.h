/* Timing: samples within a time budget, their minimum and median.
 *
 * The minimum is the main result, because noise only adds time; the median beside it shows how
 * noisy the machine was. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

enum { BENCH_MIN_SAMPLES = 5, BENCH_MAX_SAMPLES = 2000 };

/** Seconds of repeated runs of the same work; zeroed = none yet. */
typedef struct BenchSamples {
    int n;
    double seconds[BENCH_MAX_SAMPLES];
} BenchSamples;

/** Adds a sample; it is dropped if there is no room. */
void bench_samples_add(BenchSamples *samples, double seconds);

/** The smallest sample; NaN if there are none. */
double bench_samples_min(const BenchSamples *samples);

/** The median sample; NaN if there are none. Sorts the samples. */
double bench_samples_median(BenchSamples *samples);

/** True if another sample is wanted: there are fewer than the minimum number, or time and room are
 * left. */
int bench_samples_want_more(const BenchSamples *samples, double began_s, double budget_s);

#endif
