/* Texts through the CSV reader. */
#include "csv_support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "support/io_support.h"

static const CsvOptions defaults = {0};

bool csv_cut(int i, size_t *chunk_bytes, int *n_workers)
{
    static const size_t chunks[] = {1, 2, 3, 5, 8, 13, 64, EMIX_CSV_CHUNK_BYTES};
    static const int workers[] = {1, 2, 3, 8};
    const int n_chunks = sizeof chunks / sizeof *chunks;
    if (i >= n_chunks * 4) {
        return false;
    }
    *chunk_bytes = chunks[i % n_chunks];
    *n_workers = workers[i / n_chunks];
    return true;
}

/* The reader gets a copy without a terminator, so that sanitizers see it read too far. */
EmixStatus csv_parse(const char *text, size_t n_bytes, const CsvOptions *options,
                     size_t chunk_bytes, int n_workers, EmixDataset **dataset, EmixError *error)
{
    options = options != NULL ? options : &defaults;
    char *copy = malloc(n_bytes + (n_bytes == 0));
    cr_assert(ne(ptr, copy, NULL));
    memcpy(copy, text, n_bytes);
    const EmixCsvText csv = {
        .name = "table",
        .text = copy,
        .n_bytes = n_bytes,
        .separator = options->separator != 0 ? options->separator : ',',
        .weights_column = options->weights_column,
        .labels_column = options->labels_column,
        .n_workers = n_workers,
        .chunk_bytes = chunk_bytes,
    };
    const EmixStatus status = emix_io_csv_parse(&csv, dataset, error);
    free(copy);
    return status;
}

void csv_expect_table(const char *text, const CsvOptions *options, emix_index n_rows,
                      emix_index n_features, const double *x)
{
    size_t chunk_bytes = 0;
    int n_workers = 0;
    for (int i = 0; csv_cut(i, &chunk_bytes, &n_workers); ++i) {
        EmixDataset *dataset = NULL;
        EmixError error = {{0}};
        cr_assert(
            eq(int,
               csv_parse(text, strlen(text), options, chunk_bytes, n_workers, &dataset, &error),
               EMIX_OK),
            "%s", error.message);
        cr_assert(eq(i64, emix_dataset_n_rows(dataset), n_rows));
        cr_assert(eq(i64, emix_dataset_n_features(dataset), n_features));
        double *got = calloc((size_t)(n_rows * n_features), sizeof *got);
        cr_assert(eq(int, emix_dataset_copy_rows(dataset, 0, n_rows, got, NULL), EMIX_OK));
        cr_expect(same_bytes(got, x, (size_t)(n_rows * n_features) * sizeof *x),
                  "chunks of %zu, %d workers", chunk_bytes, n_workers);
        free(got);
        emix_dataset_destroy(dataset);
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

void csv_expect_refused_bytes(const char *text, size_t n_bytes, const CsvOptions *options,
                              EmixStatus status, const char *message)
{
    size_t chunk_bytes = 0;
    int n_workers = 0;
    for (int i = 0; csv_cut(i, &chunk_bytes, &n_workers); ++i) {
        EmixDataset *untouched = (EmixDataset *)&defaults;
        EmixDataset *dataset = untouched;
        EmixError error = {{0}};
        cr_expect(eq(int,
                     csv_parse(text, n_bytes, options, chunk_bytes, n_workers, &dataset, &error),
                     status),
                  "chunks of %zu, %d workers", chunk_bytes, n_workers);
        cr_expect(eq(str, error.message, (char *)message), "chunks of %zu, %d workers", chunk_bytes,
                  n_workers);
        cr_expect(eq(ptr, dataset, untouched));
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

void csv_expect_refused(const char *text, const CsvOptions *options, EmixStatus status,
                        const char *message)
{
    csv_expect_refused_bytes(text, strlen(text), options, status, message);
}
