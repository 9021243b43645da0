/* The labels column of a text. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "csv_support.h"
#include "data/dataset.h"

/* Expects the labels [n_rows] and their names, in one string, from `text`, however it is cut. */
static void expect_labels(const char *text, const CsvOptions *options, emix_index n_rows,
                          const int *labels, const char *names)
{
    size_t chunk_bytes = 0;
    int n_workers = 0;
    for (int i = 0; csv_cut(i, &chunk_bytes, &n_workers); ++i) {
        EmixDataset *data = NULL;
        EmixError error = {{0}};
        char found[256] = "";
        cr_assert(eq(int,
                     csv_parse(text, strlen(text), options, chunk_bytes, n_workers, &data, &error),
                     EMIX_OK),
                  "%s", error.message);
        cr_assert(eq(i64, emix_dataset_n_rows(data), n_rows));
        cr_expect(
            zero(int, memcmp(emix_dataset_labels(data), labels, (size_t)n_rows * sizeof *labels)),
            "%s, cut %d", text, i);
        for (emix_index l = 0; l < emix_dataset_n_labels(data); ++l) {
            const size_t end = strlen(found);
            snprintf(found + end, sizeof found - end, "%s%s", l > 0 ? "|" : "",
                     emix_dataset_label_name(data, l));
        }
        cr_expect(zero(int, strcmp(found, names)), "%s", found);
        emix_dataset_destroy(data);
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(csv_labels, names_are_in_the_order_of_their_bytes_and_integers_in_that_of_their_values)
{
    const CsvOptions options = {.labels_column = "z"};
    expect_labels("x,z\n1,b\n2,a\n3,b\n4,B\n", &options, 4, (const int[]){2, 1, 2, 0}, "B|a|b");
    expect_labels("x,z\n1,10\n2,9\n3,-1\n", &options, 3, (const int[]){2, 1, 0}, "-1|9|10");
    expect_labels("x,z\n1,10\n2,9\n3,x\n", &options, 3, (const int[]){0, 1, 2}, "10|9|x");
}

Test(csv_labels, empty_and_missing_fields_are_unknown)
{
    const CsvOptions options = {.labels_column = "z"};
    expect_labels("z,x\n,1\na,2\nNA,3\nnan,4\n\"\",5\n\"  \",6\n", &options, 6,
                  (const int[]){-1, 1, -1, -1, -1, 0}, "  |a");
}

Test(csv_labels, quoted_fields_hold_any_text)
{
    const CsvOptions options = {.labels_column = "z"};
    expect_labels("x,z,y\n1,\"a, b\",2\r\n3,\"say \"\"a\"\"\",4\r\n5,\"say \"\"a\"\"\",6\r\n"
                  "7, plain ,8\n",
                  &options, 4, (const int[]){0, 2, 2, 1}, "a, b|plain|say \"a\"");
}

Test(csv_labels, a_column_given_by_its_number_is_no_sign_of_a_header)
{
    const CsvOptions options = {.labels_column = "2"};
    expect_labels("1,a\n2,b\n", &options, 2, (const int[]){0, 1}, "a|b");
    expect_labels("x,kind\n1,a\n2,b\n", &options, 2, (const int[]){0, 1}, "a|b");
}

Test(csv_labels, weights_and_features_stand_beside_them)
{
    const CsvOptions options = {.labels_column = "z", .weights_column = "w"};
    csv_expect_table("x,z,w,y\n1,a,1,2\n3,b,2,4\n", &options, 2, 2, (const double[]){1, 2, 3, 4});
}

Test(csv_labels, thousands_of_names_are_told_apart)
{
    enum { N = 5000 };
    char *text = malloc(N * 24 + 8);
    size_t n = (size_t)sprintf(text, "x,z\n");
    for (int i = 0; i < N; ++i) {
        n += (size_t)sprintf(text + n, "1,%d\n", (i * 7919) % N);
    }
    EmixDataset *data = NULL;
    const CsvOptions options = {.labels_column = "z"};
    cr_assert(eq(int, csv_parse(text, n, &options, 1000, 2, &data, NULL), EMIX_OK));
    cr_expect(eq(i64, emix_dataset_n_labels(data), N));
    for (int i = 0; i < N; ++i) {
        cr_assert(eq(int, emix_dataset_labels(data)[i], (i * 7919) % N));
    }
    emix_dataset_destroy(data);
    free(text);
}

Test(csv_labels, columns_and_labels_that_cannot_be)
{
    const CsvOptions z = {.labels_column = "z"};
    csv_expect_refused("a,b\n1,2\n", &z, EMIX_ERR_ARGUMENT,
                       "table: there is no column 'z' for the labels");
    csv_expect_refused("a,b\n1,2\n", &(CsvOptions){.labels_column = "3"}, EMIX_ERR_ARGUMENT,
                       "table: there is no column 3 for the labels, only 1 ... 2");
    csv_expect_refused("a,z\n1,2\n", &(CsvOptions){.labels_column = "z", .weights_column = "2"},
                       EMIX_ERR_ARGUMENT,
                       "table: column 2 cannot hold both the weights and the labels");
    csv_expect_refused("z\na\n", &z, EMIX_ERR_ARGUMENT,
                       "table: its only column holds the labels, and no feature is left");
    csv_expect_refused("w,z\n1,a\n", &(CsvOptions){.labels_column = "z", .weights_column = "w"},
                       EMIX_ERR_ARGUMENT,
                       "table: its only columns hold the weights and the labels, and no feature is "
                       "left");
    csv_expect_refused("x,z\n1,\n2,NA\n", &z, EMIX_ERR_ARGUMENT,
                       "table: column 2 holds no label at all");
    csv_expect_refused("x,z\n1,a\n2,\"b\"c\n", &z, EMIX_ERR_FORMAT,
                       "table, line 3: text after a closing quote");
    csv_expect_refused("x,z\n1,a\n2,b\001\n", &z, EMIX_ERR_FORMAT,
                       "table, line 3, column 2 (z): the label 'b\\x01' holds a control character");
    csv_expect_refused("z,x\na,1\n\nb,2\n", &z, EMIX_ERR_FORMAT,
                       "table, line 3: the line is blank");
    csv_expect_refused("x,z\n1,a\n2\n", &z, EMIX_ERR_FORMAT,
                       "table, line 3: 1 field, where the first record has 2");
}
