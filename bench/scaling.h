/* Growth of the time of an iteration with rows, features, components and threads. */
#ifndef BENCH_SCALING_H
#define BENCH_SCALING_H

#include "iteration.h"
#include "report.h"

/** Varies one size at a time. Reports each problem, and the slope on log scales with the range that
 * the operation count predicts.
 *
 * @param[out] as_expected  True if every slope lay in its range. */
EmixStatus bench_scaling(const BenchSetup *setup, BenchReport *report, bool *as_expected,
                         EmixError *error);

#endif
