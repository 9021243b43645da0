/* Results as a table for people, printed as they come, and as one JSON document. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "iteration.h"
#include "machine.h"

/** A report under way; end it with bench_report_end(). */
typedef struct BenchReport {
    struct json_t *document; /* owned */
    bool table_begun;
    bool reproducible; /* every iteration so far */
} BenchReport;

/** Begins with the line that says what is measured where. */
void bench_report_begin(BenchReport *report, const BenchMachine *machine);

void bench_report_rates(BenchReport *report, const BenchRates *rates);
void bench_report_iteration(BenchReport *report, const BenchShape *shape, const BenchSetup *setup,
                            const BenchIteration *result);
void bench_report_slope(BenchReport *report, const char *axis, double slope, double least,
                        double most);
void bench_report_small_fit(BenchReport *report, BenchSamples *samples, double limit_s);

/** Writes the document to a file, unless json_path is NULL, and releases the report.
 * @return false when the file could not be written. */
bool bench_report_end(BenchReport *report, const char *json_path);

#endif
