/* How the time of an iteration grows with rows, features, components and threads. */
#ifndef BENCH_SCALING_H
#define BENCH_SCALING_H

#include "iteration.h"
#include "report.h"

/** Varies one size at a time and reports each problem, and the slope on log scales against what
 * the operation count lets expect.
 *
 * @param[out] as_expected  Whether every slope lay in its range. */
EmixStatus bench_scaling(const BenchSetup *setup, BenchReport *report, bool *as_expected,
                         EmixError *error);

#endif
