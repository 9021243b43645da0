/* The time of a whole small fit: N = 500, D = 4, K = 3, ten iterations on one thread. */
#ifndef BENCH_SMALL_FIT_H
#define BENCH_SMALL_FIT_H

#include "bench.h"
#include "core/status_internal.h"

/** Largest acceptable time of the small fit, seconds. */
#define BENCH_SMALL_FIT_LIMIT_S 0.15e-3

/** Times emix_fit_run() on one handle, after a first run that is not counted. */
EmixStatus bench_small_fit(double budget_s, BenchSamples *samples, EmixError *error);

#endif
