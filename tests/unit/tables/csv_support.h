/* Texts through the CSV reader, for every chunk size and worker count of interest. */
#ifndef EMIX_TESTS_CSV_SUPPORT_H
#define EMIX_TESTS_CSV_SUPPORT_H

#include "tables/csv.h"

/** How to read a text in a test; zeroed = commas, no weights. */
typedef struct CsvOptions {
    char separator; /* 0 = ',' */
    const char *weights_column;
    const char *labels_column;
} CsvOptions;

/** Reads `text` for one chunk size and worker count. */
EmixStatus csv_parse(const char *text, size_t n_bytes, const CsvOptions *options,
                     size_t chunk_bytes, int n_workers, EmixDataset **dataset, EmixError *error);

/** Expects the n_rows x n_features table x from `text`, however it is cut.
 * @param options  NULL = zeroed. */
void csv_expect_table(const char *text, const CsvOptions *options, emix_index n_rows,
                      emix_index n_features, const double *x);

/** Expects a failure with `status` and exactly `message`, however the text is cut. */
void csv_expect_refused_bytes(const char *text, size_t n_bytes, const CsvOptions *options,
                              EmixStatus status, const char *message);
void csv_expect_refused(const char *text, const CsvOptions *options, EmixStatus status,
                        const char *message);

/** The i-th way to cut a text; false when there is no such way. */
bool csv_cut(int i, size_t *chunk_bytes, int *n_workers);

#endif
