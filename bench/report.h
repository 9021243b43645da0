/* Results as a table for people, printed line by line, and as one JSON document. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "iteration.h"
#include "machine.h"

/** A report under way; end it with bench_report_end(). */
typedef struct BenchReport {
    struct json_t *document; /* owned */
    bool table_begun;
    bool reproducible; /* so far, for every iteration */
} BenchReport;

/** Begins with a line that says what is measured and where. */
void bench_report_begin(BenchReport *report, const BenchMachine *machine);

void bench_report_rates(BenchReport *report, const BenchRates *rates);
void bench_report_iteration(BenchReport *report, const BenchShape *shape, const BenchSetup *setup,
                            const BenchIteration *result);
void bench_report_slope(BenchReport *report, const char *axis, double slope, double least,
                        double most);
void bench_report_small_fit(BenchReport *report, BenchSamples *samples, double limit_s);

/** Writes the document to a file, unless json_path is NULL, and frees the report.
 * @return false if the file could not be written. */
bool bench_report_end(BenchReport *report, const char *json_path);

#endif
