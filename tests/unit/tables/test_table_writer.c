/* Tables that are written: they read back bit for bit, and half a table never stays. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "support/io_support.h"

TestSuite(table_writer, .init = scratch_open, .fini = scratch_close);

static EmixTableWriter *must_create(const char *path, emix_index n_rows, emix_index n_columns,
                                    const char *const *names, EmixColumnType type)
{
    EmixTableWriter *writer = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_table_writer_create(path, n_rows, n_columns, names, type, &writer, &error),
                 EMIX_OK),
              "%s", error.message);
    return writer;
}

static void write_table(const char *path, emix_index n_rows, emix_index n_columns,
                        const char *const *names, const double *x)
{
    EmixError error = {{0}};
    EmixTableWriter *writer = must_create(path, n_rows, n_columns, names, EMIX_COLUMN_NUMBER);
    const emix_index half = n_rows / 2;
    cr_assert(eq(int, emix_table_writer_append(writer, half, x, &error), EMIX_OK));
    cr_assert(eq(int, emix_table_writer_append(writer, n_rows - half, x + half * n_columns, &error),
                 EMIX_OK));
    cr_assert(eq(int, emix_table_writer_commit(writer, &error), EMIX_OK), "%s", error.message);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static void expect_text(const char *path, const char *text)
{
    char *bytes = read_bytes(path, NULL);
    cr_expect(eq(str, bytes, (char *)text));
    free(bytes);
}

Test(table_writer, numbers_and_names_are_written_as_text)
{
    static const char *const names[] = {"plain", "a,b", "say \"x\"", " blank", "two\nlines"};
    const double x[] = {1, -0.0, 0.1, -INFINITY, 1e300};
    const char *path = scratch_path("t.csv");
    write_table(path, 1, 5, names, x);
    expect_text(path, "plain,\"a,b\",\"say \"\"x\"\"\",\" blank\",\"two\nlines\"\n"
                      "1,-0,0.1,-inf,1e+300\n");
    path = scratch_path("t.tsv");
    write_table(path, 1, 5, NULL, x);
    expect_text(path, "1\t-0\t0.1\t-inf\t1e+300\n");
    write_table(path, 1, 2, (const char *const[]){"a,b", "c\td"}, x);
    expect_text(path, "a,b\t\"c\td\"\n1\t-0\n");
}

Test(table_writer, integers_are_shown_by_their_names_where_they_have_any)
{
    static const emix_index x[] = {0, 1, 2, -1};
    static const char *const names[] = {"plain", "a,b"};
    const char *path = scratch_path("named.csv");
    EmixTableWriter *writer = must_create(path, 4, 1, NULL, EMIX_COLUMN_INDEX);
    cr_assert(eq(int, emix_table_writer_name_indices(writer, 2, names, NULL), EMIX_OK));
    cr_assert(eq(int, emix_table_writer_append_index(writer, 4, x, NULL), EMIX_OK));
    cr_assert(eq(int, emix_table_writer_commit(writer, NULL), EMIX_OK));
    expect_text(path, "plain\n\"a,b\"\n2\n-1\n");
    writer = must_create(path, 1, 1, NULL, EMIX_COLUMN_NUMBER);
    cr_expect(eq(int, emix_table_writer_name_indices(writer, 2, names, NULL), EMIX_ERR_ARGUMENT));
    emix_table_writer_discard(writer);
}

Test(table_writer, names_that_need_quotes_read_back)
{
    static const char *const names[] = {"plain", "a,b", "say \"x\"", " blank", "two\nlines", ""};
    static const double x[] = {1, 2, 3, 4, 5, 6};
    static const char *const files[] = {"t.csv", "t.tsv"};
    for (int f = 0; f < 2; ++f) {
        const char *path = scratch_path(files[f]);
        EmixDataset *dataset = NULL;
        write_table(path, 1, 6, names, x);
        cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, NULL), EMIX_OK));
        for (int j = 0; j < 6; ++j) {
            /* Blanks at the ends are kept inside of quotes. */
            cr_expect(eq(str, (char *)emix_dataset_feature_name(dataset, j), (char *)names[j]));
        }
        emix_dataset_destroy(dataset);
    }
}

Test(table_writer, random_tables_read_back_bit_for_bit)
{
    static const char *const files[] = {"t.csv", "t.TSV", "t.npy"};
    uint64_t state = 7;
    for (int round = 0; round < 60; ++round) {
        const emix_index n_rows = 1 + (emix_index)(random_bits(&state) % 300);
        const emix_index n_columns = 1 + (emix_index)(random_bits(&state) % 9);
        const size_t n = (size_t)(n_rows * n_columns);
        double *x = calloc(n, sizeof *x);
        double *back = calloc(n, sizeof *back);
        for (size_t i = 0; i < n; ++i) {
            x[i] = random_value(&state);
        }
        const char *path = scratch_path(files[round % 3]);
        EmixDataset *dataset = NULL;
        EmixError error = {{0}};
        write_table(path, n_rows, n_columns, NULL, x);
        cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, &error), EMIX_OK), "%s",
                  error.message);
        cr_assert(eq(i64, emix_dataset_n_rows(dataset), n_rows));
        cr_assert(eq(i64, emix_dataset_n_features(dataset), n_columns));
        emix_dataset_copy_rows(dataset, 0, n_rows, back, NULL);
        cr_expect(same_bytes(back, x, n * sizeof *x), "%s", path);
        emix_dataset_destroy(dataset);
        free(back);
        free(x);
    }
}

Test(table_writer, integers_are_written_without_a_fraction)
{
    static const emix_index x[] = {0, -1, INT64_MAX, 7};
    static const char *const files[] = {"t.csv", "t.npy"};
    for (int f = 0; f < 2; ++f) {
        const char *path = scratch_path(files[f]);
        EmixTableWriter *writer = must_create(path, 4, 1, NULL, EMIX_COLUMN_INDEX);
        cr_expect(eq(int, emix_table_writer_append_index(writer, 4, x, NULL), EMIX_OK));
        cr_expect(eq(int, emix_table_writer_commit(writer, NULL), EMIX_OK));
    }
    expect_text(scratch_path("t.csv"), "0\n-1\n9223372036854775807\n7\n");
    size_t n_bytes = 0;
    char *bytes = read_bytes(scratch_path("t.npy"), &n_bytes);
    cr_assert(eq(sz, n_bytes, 128 + sizeof x));
    cr_expect(same_bytes(bytes + 128, x, sizeof x));
    expect_contains(bytes + 10, "'descr': '<i8'");
    free(bytes);
}

/* The bytes that NumPy 1.0 headers have, with data aligned to 64 bytes. */
Test(table_writer, an_npy_header_is_that_of_numpy)
{
    static const double x[] = {1, 2, 3, 4, 5, 6};
    const char *path = scratch_path("t.npy");
    write_table(path, 3, 2, NULL, x);
    size_t n_bytes = 0;
    char *bytes = read_bytes(path, &n_bytes);
    static const char expected[] =
        "\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }";
    cr_assert(eq(sz, n_bytes, 128 + sizeof x));
    cr_expect(same_bytes(bytes, expected, sizeof expected - 1));
    cr_expect(eq(chr, bytes[127], '\n'));
    cr_expect(same_bytes(bytes + 128, x, sizeof x));
    free(bytes);
}

Test(table_writer, an_empty_table_is_a_header)
{
    const char *path = scratch_path("t.csv");
    EmixTableWriter *writer = must_create(path, 0, 1, (const char *const[]){"label"},
                                          EMIX_COLUMN_INDEX);
    cr_expect(eq(int, emix_table_writer_commit(writer, NULL), EMIX_OK));
    expect_text(path, "label\n");
}

Test(table_writer, misuse_is_refused_and_leaves_nothing)
{
    static const double x[] = {1, 2, 3, 4};
    static const emix_index labels[] = {1, 2};
    EmixError error = {{0}};
    EmixTableWriter *writer = must_create(scratch_path("t.csv"), 2, 2, NULL, EMIX_COLUMN_NUMBER);
    cr_expect(eq(int, emix_table_writer_append(writer, 3, x, &error), EMIX_ERR_ARGUMENT));
    expect_contains(error.message, "3 rows after 0 do not fit in a table of 2");
    cr_expect(eq(int, emix_table_writer_append(writer, INT64_MAX, x, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_table_writer_append(writer, -1, x, &error), EMIX_ERR_ARGUMENT));
    cr_expect(
        eq(int, emix_table_writer_append_index(writer, 1, labels, &error), EMIX_ERR_ARGUMENT));
    expect_contains(error.message, "the table holds numbers, not integers");
    cr_expect(eq(int, emix_table_writer_append(writer, 1, x, &error), EMIX_OK));
    cr_expect(eq(int, emix_table_writer_commit(writer, &error), EMIX_ERR_ARGUMENT));
    expect_contains(error.message, "2 rows were announced and 1 written");
    cr_expect(zero(int, scratch_count()));
    emix_table_writer_discard(NULL);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(table_writer, arguments_out_of_range_are_refused)
{
    EmixTableWriter *writer = NULL;
    const char *path = scratch_path("t.csv");
    cr_expect(eq(int, emix_table_writer_create(NULL, 1, 1, NULL, EMIX_COLUMN_NUMBER, &writer, NULL),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int,
                 emix_table_writer_create(path, -1, 1, NULL, EMIX_COLUMN_NUMBER, &writer, NULL),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_table_writer_create(path, 1, 0, NULL, EMIX_COLUMN_NUMBER, &writer, NULL),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int,
                 emix_table_writer_create("t.json", 1, 1, NULL, EMIX_COLUMN_NUMBER, &writer, NULL),
                 EMIX_ERR_UNSUPPORTED));
    cr_expect(zero(int, scratch_count()));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(table_writer, every_failed_allocation_is_reported_and_leaves_nothing)
{
    static const double x[] = {1, 2};
    const char *path = scratch_path("t.csv");
    for (long allowed = 0;; ++allowed) {
        EmixTableWriter *writer = NULL;
        emix_alloc_fail_after(allowed);
        EmixStatus status = emix_table_writer_create(path, 1, 2, NULL, EMIX_COLUMN_NUMBER, &writer,
                                                     NULL);
        if (status == EMIX_OK) {
            cr_expect(eq(int, emix_table_writer_append(writer, 1, x, NULL), EMIX_OK));
            status = emix_table_writer_commit(writer, NULL);
        }
        emix_alloc_fail_after(-1);
        cr_expect(zero(long, emix_alloc_live_blocks()));
        cr_expect(eq(int, scratch_count(), status == EMIX_OK));
        if (status == EMIX_OK) {
            break;
        }
        cr_expect(eq(int, status, EMIX_ERR_NOMEM));
        cr_assert(lt(long, allowed, 100));
    }
}
