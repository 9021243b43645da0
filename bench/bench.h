/* Timing: samples within a time budget, their minimum and median.
 *
 * The minimum is the headline, for noise only ever adds time; the median beside it shows how
 * noisy the machine was. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

enum { BENCH_MIN_SAMPLES = 5, BENCH_MAX_SAMPLES = 2000 };

/** Seconds of repeated runs of the same work; zeroed = none yet. */
typedef struct BenchSamples {
    int n;
    double seconds[BENCH_MAX_SAMPLES];
} BenchSamples;

/** Adds a sample; those beyond the room for them are dropped. */
void bench_samples_add(BenchSamples *samples, double seconds);

/** The smallest sample; NaN without any. */
double bench_samples_min(const BenchSamples *samples);

/** The median sample, which puts the samples in order; NaN without any. */
double bench_samples_median(BenchSamples *samples);

/** Whether another sample is wanted: fewer than the least number, or time and room are left. */
int bench_samples_want_more(const BenchSamples *samples, double began_s, double budget_s);

#endif
