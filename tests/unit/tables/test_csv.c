/* Text tables that are read: every form that is allowed, however the text is cut into chunks. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "csv_support.h"
#include "data/dataset.h"
#include "support/io_support.h"

TestSuite(csv, .init = scratch_open, .fini = scratch_close);

static const double two_by_two[] = {1, 2, 3, 4};

Test(csv, plain_numbers_make_a_table)
{
    csv_expect_table("1,2\n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table("1,2\n3,4", NULL, 2, 2, two_by_two);
    csv_expect_table("7", NULL, 1, 1, (const double[]){7});
    csv_expect_table("-1.5e-3\n+2\n.5\n1E3\n", NULL, 4, 1, (const double[]){-1.5e-3, 2, .5, 1e3});
}

Test(csv, line_ends_may_be_those_of_windows)
{
    csv_expect_table("1,2\r\n3,4\r\n", NULL, 2, 2, two_by_two);
    csv_expect_table("1,2\r\n3,4\r", NULL, 2, 2, two_by_two);
    csv_expect_table("a,b\r\n1,2\n3,4\r\n\r\n", NULL, 2, 2, two_by_two);
    csv_expect_table("\"1\",\"2\"\r\n\"3\",\"4\"\r\n", NULL, 2, 2, two_by_two);
}

Test(csv, a_header_is_a_first_record_with_some_text)
{
    csv_expect_table("a,b\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table("1,b\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table("NA,b\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table(",b\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table("\"x\ny\",\"b\"\"c\"\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
}

Test(csv, a_byte_order_mark_is_skipped)
{
    csv_expect_table("\xef\xbb\xbf"
                     "1,2\n3,4\n",
                     NULL, 2, 2, two_by_two);
    csv_expect_table("\xef\xbb\xbf\"a\",b\n1,2\n3,4\n", NULL, 2, 2, two_by_two);
}

Test(csv, blank_trailing_lines_are_ignored)
{
    csv_expect_table("1,2\n3,4\n\n\n", NULL, 2, 2, two_by_two);
    csv_expect_table("1,2\n3,4\r\n  \r\n\n ", NULL, 2, 2, two_by_two);
    csv_expect_table("5\n6\n\n", NULL, 2, 1, (const double[]){5, 6});
}

Test(csv, blanks_and_quotes_around_a_number_are_no_part_of_it)
{
    csv_expect_table(" 1 ,\t2\n 3,4 \n", NULL, 2, 2, two_by_two);
    csv_expect_table("\"1\",\"2\"\n\"3\",\"4\"\n", NULL, 2, 2, two_by_two);
    csv_expect_table(" \"1\" , \"2\" \n3,4\n", NULL, 2, 2, two_by_two);
    csv_expect_table("a,b\n\"1\",2\n3,\"4\"\n", NULL, 2, 2, two_by_two);
}

Test(csv, tabs_separate_a_tsv_file)
{
    const CsvOptions tsv = {.separator = '\t'};
    csv_expect_table("1\t2\n3\t4\n", &tsv, 2, 2, two_by_two);
    csv_expect_table("a b\tc,d\n1\t 2\n3 \t4\n", &tsv, 2, 2, two_by_two);
}

static EmixDataset *must_parse(const char *text, const CsvOptions *options)
{
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, csv_parse(text, strlen(text), options, 4, 2, &dataset, &error), EMIX_OK),
              "%s", error.message);
    return dataset;
}

static void expect_name(const EmixDataset *dataset, emix_index feature, const char *name)
{
    cr_assert(ne(ptr, (void *)emix_dataset_feature_name(dataset, feature), NULL));
    cr_expect(eq(str, (char *)emix_dataset_feature_name(dataset, feature), (char *)name));
}

Test(csv, names_are_those_of_the_header)
{
    EmixDataset *dataset = must_parse(" a b ,\"c,\"\"d\"\"\",\n1,2,3\n", NULL);
    expect_name(dataset, 0, "a b");
    expect_name(dataset, 1, "c,\"d\"");
    expect_name(dataset, 2, "");
    emix_dataset_destroy(dataset);
    dataset = must_parse("1,2\n", NULL);
    cr_expect(eq(ptr, (void *)emix_dataset_feature_name(dataset, 0), NULL));
    emix_dataset_destroy(dataset);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(csv, the_line_of_the_first_row_is_known)
{
    static const struct {
        const char *text;
        emix_index line;
    } cases[] = {{"1,2\n", 1}, {"a,b\n1,2\n", 2}, {"\"a\nb\",c\r\n1,2\n", 3}};
    for (size_t i = 0; i < 3; ++i) {
        EmixDataset *dataset = must_parse(cases[i].text, NULL);
        cr_expect(eq(i64, dataset->first_line, cases[i].line));
        emix_dataset_destroy(dataset);
    }
}

static void expect_weighted(const char *text, const char *column, const char *first,
                            const char *second)
{
    const CsvOptions options = {.weights_column = column};
    static const double features[] = {1, 2, 3, 4};
    csv_expect_table(text, &options, 2, 2, features);
    EmixDataset *dataset = must_parse(text, &options);
    const double *weights = emix_dataset_row_weights(dataset);
    cr_assert(ne(ptr, (void *)weights, NULL));
    cr_expect(ieee_ulp_eq(dbl, weights[0], 0.0, 0));
    cr_expect(ieee_ulp_eq(dbl, weights[1], 2.5, 0));
    cr_expect(ieee_ulp_eq(dbl, emix_dataset_total_weight(dataset), 2.5, 0));
    if (first != NULL) {
        expect_name(dataset, 0, first);
        expect_name(dataset, 1, second);
    }
    emix_dataset_destroy(dataset);
}

Test(csv, the_weights_column_is_no_feature)
{
    expect_weighted("a,b,w\n1,2,0\n3,4,2.5\n", "w", "a", "b");
    expect_weighted("a,w,b\n1,0,2\n3,2.5,4\n", "w", "a", "b");
    expect_weighted("w,a,b\n0,1,2\n2.5,3,4\n", "w", "a", "b");
    expect_weighted("a,w,b\n1,0,2\n3,2.5,4\n", "2", "a", "b");
    expect_weighted("1,0,2\n3,2.5,4\n", "2", NULL, NULL);
    expect_weighted("1,-0,2\n3,2.5,4\n", "2", NULL, NULL);
}

Test(csv, a_column_named_like_a_number_wins_over_the_number)
{
    expect_weighted("a,b,1\n1,2,0\n3,4,2.5\n", "1", "a", "b");
}

Test(csv, files_of_all_kinds_are_read)
{
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    const char *path = scratch_path("table.CSV");
    write_text(path, "a,b\n1,2\n3,4\n");
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, &error), EMIX_OK), "%s",
              error.message);
    cr_expect(eq(i64, emix_dataset_n_rows(dataset), 2));
    cr_expect(eq(str, dataset->source, (char *)path));
    emix_dataset_destroy(dataset);
    path = scratch_path("table.tsv");
    write_text(path, "1\t2\n3\t4\n");
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, &error), EMIX_OK), "%s",
              error.message);
    emix_dataset_destroy(dataset);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

/* More than the first buffer, through a pipe that stands for a shell's standard input. */
Test(csv, standard_input_is_read_to_its_end)
{
    enum { N_ROWS = 30000 };
    const char *path = scratch_path("input");
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    for (int i = 0; i < N_ROWS; ++i) {
        fprintf(file, "%d,%d\n", i, -i);
    }
    fclose(file);
    cr_assert(ne(ptr, freopen(path, "r", stdin), NULL));
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    double row[2];
    cr_assert(eq(int, emix_dataset_read(NULL, "-", NULL, &dataset, &error), EMIX_OK), "%s",
              error.message);
    cr_expect(eq(i64, emix_dataset_n_rows(dataset), N_ROWS));
    emix_dataset_copy_rows(dataset, N_ROWS - 1, 1, row, NULL);
    cr_expect(ieee_ulp_eq(dbl, row[1], 1.0 - N_ROWS, 0));
    cr_expect(eq(str, dataset->source, "standard input"));
    emix_dataset_destroy(dataset);
}

Test(csv, a_pipe_is_read_like_a_file)
{
    const char *path = scratch_path("pipe.csv");
    cr_assert(zero(int, mkfifo(path, 0600)));
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    char command[600];
    snprintf(command, sizeof command, "printf '1,2\\n3,4\\n' > %s &", path);
    cr_assert(zero(int, system(command)));
    cr_assert(eq(int, emix_dataset_read(NULL, path, NULL, &dataset, &error), EMIX_OK), "%s",
              error.message);
    cr_expect(eq(i64, emix_dataset_n_rows(dataset), 2));
    emix_dataset_destroy(dataset);
}

/* A table as another program would write it: quotes and blanks here and there. */
static char *random_text(uint64_t *state, emix_index n_rows, emix_index n_columns, double *x)
{
    char *text = calloc((size_t)(n_rows * n_columns) * 64 + 64, 1);
    char *p = text;
    cr_assert(ne(ptr, text, NULL));
    for (emix_index i = 0; i < n_rows * n_columns; ++i) {
        const uint64_t bits = random_bits(state);
        x[i] = random_value(state);
        const char *quote = bits % 8 == 0 ? "\"" : "";
        p += sprintf(p, "%s%s%.*g%s%s", bits & 16 ? " " : "", quote, bits & 32 ? 20 : 17, x[i],
                     quote, bits % 64 == 1 ? " " : "");
        const bool last = i % n_columns == n_columns - 1;
        p += sprintf(p, "%s", !last ? "," : (bits % 3 == 0 ? "\r\n" : "\n"));
    }
    return text;
}

Test(csv, random_tables_are_read_bit_for_bit)
{
    uint64_t state = 3;
    for (int round = 0; round < 60; ++round) {
        const emix_index n_rows = 1 + (emix_index)(random_bits(&state) % 40);
        const emix_index n_columns = 1 + (emix_index)(random_bits(&state) % 7);
        double *x = calloc((size_t)(n_rows * n_columns), sizeof *x);
        char *text = random_text(&state, n_rows, n_columns, x);
        csv_expect_table(text, NULL, n_rows, n_columns, x);
        free(text);
        free(x);
    }
}

/* Whatever is done to a text, reading it ends in a table or a message, the same ones for any
 * cut, and leaks nothing. */
Test(csv, mutated_texts_give_the_same_outcome_for_every_cut)
{
    static const char alphabet[] = "0123456789.eE+-\",;\n\r\t NAinf\0\xff";
    static const char seed_text[] = "a,\"b\"\"c\",d\r\n1,2.5,-3e2\n\"4\", 5 ,6\n7,8,9\n10,11,12\n";
    uint64_t state = 4;
    for (int round = 0; round < 3000; ++round) {
        char text[sizeof seed_text];
        const size_t n = 1 + random_bits(&state) % (sizeof seed_text - 1);
        memcpy(text, seed_text, sizeof text);
        for (uint64_t m = 1 + random_bits(&state) % 4; m > 0; --m) {
            text[random_bits(&state) % n] = alphabet[random_bits(&state) % sizeof alphabet];
        }
        EmixStatus first_status = EMIX_OK;
        EmixError first = {{0}};
        double first_x[64] = {0};
        for (int cut = 0; cut < 6; ++cut) {
            EmixDataset *dataset = NULL;
            EmixError error = {{0}};
            double x[64] = {0};
            const EmixStatus status = csv_parse(text, n, NULL, cut == 0 ? 1000 : (size_t)cut, 1,
                                                &dataset, &error);
            if (status == EMIX_OK) {
                cr_assert(
                    le(i64, emix_dataset_n_rows(dataset) * emix_dataset_n_features(dataset), 64));
                emix_dataset_copy_rows(dataset, 0, emix_dataset_n_rows(dataset), x, NULL);
            }
            emix_dataset_destroy(dataset);
            if (cut == 0) {
                first_status = status;
                first = error;
                memcpy(first_x, x, sizeof x);
            }
            cr_expect(eq(int, status, first_status), "%.*s", (int)n, text);
            cr_expect(eq(str, error.message, first.message), "%.*s", (int)n, text);
            cr_expect(same_bytes(x, first_x, sizeof x), "%.*s", (int)n, text);
        }
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(csv, every_failed_allocation_is_reported_and_leaks_nothing)
{
    const char *path = scratch_path("table.csv");
    const EmixReadOptions options = {.weights_column = "w"};
    write_text(path, "a,\"b,c\",w\n1,2,3\n4,5,6\n");
    for (long allowed = 0;; ++allowed) {
        EmixDataset *dataset = NULL;
        EmixError error = {{0}};
        emix_alloc_fail_after(allowed);
        const EmixStatus status = emix_dataset_read(NULL, path, &options, &dataset, &error);
        emix_alloc_fail_after(-1);
        emix_dataset_destroy(dataset);
        cr_expect(zero(long, emix_alloc_live_blocks()), "%ld allocations allowed", allowed);
        if (status == EMIX_OK) {
            cr_expect(gt(long, allowed, 8));
            break;
        }
        cr_expect(eq(int, status, EMIX_ERR_NOMEM), "%ld allocations allowed", allowed);
        expect_contains(error.message, "out of memory");
        cr_assert(lt(long, allowed, 100));
    }
}

Test(csv, failed_allocations_while_reading_a_pipe_leak_nothing)
{
    const char *path = scratch_path("input");
    enum { N = 200000 };
    char *text = malloc(N);
    for (int i = 0; i < N; ++i) {
        text[i] = "1,2\n"[i % 4];
    }
    write_bytes(path, text, N);
    free(text);
    for (long allowed = 0; allowed < 4; ++allowed) {
        EmixDataset *dataset = NULL;
        cr_assert(ne(ptr, freopen(path, "r", stdin), NULL));
        emix_alloc_fail_after(allowed);
        cr_expect(eq(int, emix_dataset_read(NULL, "-", NULL, &dataset, NULL), EMIX_ERR_NOMEM));
        emix_alloc_fail_after(-1);
        cr_expect(zero(long, emix_alloc_live_blocks()));
    }
}
