/* Array files: what is mapped, what is copied, and every header that is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "data/dataset.h"
#include "tables/npy.h"
#include "support/io_support.h"

TestSuite(npy, .init = scratch_open, .fini = scratch_close);

/* Writes an array file: version 1, a header padded to `data_offset` bytes in all, data. */
static const char *write_npy(int major, const char *dictionary, size_t data_offset,
                             const void *data, size_t data_bytes)
{
    const char *path = scratch_path("array.npy");
    const size_t before = major == 1 ? 10 : 12;
    const size_t length = data_offset - before;
    char *bytes = malloc(data_offset + data_bytes + 1);
    cr_assert(ne(ptr, bytes, NULL));
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (char)major;
    bytes[7] = 0;
    for (size_t i = 8; i < before; ++i) {
        bytes[i] = (char)(length >> (8 * (i - 8)));
    }
    memset(bytes + before, ' ', length);
    cr_assert(lt(sz, strlen(dictionary), length));
    memcpy(bytes + before, dictionary, strlen(dictionary));
    bytes[data_offset - 1] = '\n';
    memcpy(bytes + data_offset, data, data_bytes);
    write_bytes(path, bytes, data_offset + data_bytes);
    free(bytes);
    return path;
}

static EmixDataset *must_read(const char *path, const char *weights_column)
{
    const EmixReadOptions options = {.weights_column = weights_column};
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_dataset_read(NULL, path, &options, &dataset, &error), EMIX_OK), "%s",
              error.message);
    return dataset;
}

/* Expects rows of doubles, and releases the data set. */
static void expect_rows(EmixDataset *dataset, emix_index n_rows, emix_index n_features,
                        const double *x)
{
    double got[64] = {0};
    cr_assert(eq(i64, emix_dataset_n_rows(dataset), n_rows));
    cr_assert(eq(i64, emix_dataset_n_features(dataset), n_features));
    emix_dataset_copy_rows(dataset, 0, n_rows, got, NULL);
    for (emix_index i = 0; i < n_rows * n_features; ++i) {
        cr_expect(ieee_ulp_eq(dbl, got[i], x[i], 0), "element %d", (int)i);
    }
    emix_dataset_destroy(dataset);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static const double six[] = {1, 2, 3, 4, 5, 6};
#define DICTIONARY(descr, order, shape)                                                            \
    "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"

Test(npy, doubles_in_c_order_are_mapped)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(2, 3)"), 128, six, sizeof six);
    EmixDataset *dataset = must_read(path, NULL);
    /* Nothing but the data set, its storage and its source. */
    cr_expect(eq(long, emix_alloc_live_blocks(), 3));
    cr_expect(not(emix_data_needs_buffer(dataset)));
    cr_expect(eq(str, dataset->source, (char *)path));
    cr_expect(zero(i64, dataset->first_line));
    expect_rows(dataset, 2, 3, six);
}

Test(npy, doubles_in_fortran_order_are_mapped)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "True", "(2, 3)"), 128, six, sizeof six);
    EmixDataset *dataset = must_read(path, NULL);
    cr_expect(eq(long, emix_alloc_live_blocks(), 3));
    expect_rows(dataset, 2, 3, (const double[]){1, 3, 5, 2, 4, 6});
}

Test(npy, one_dimension_is_one_feature)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(6,)"), 128, six, sizeof six);
    expect_rows(must_read(path, NULL), 6, 1, six);
    path = write_npy(1, DICTIONARY("<f8", "True", "(6,)"), 128, six, sizeof six);
    expect_rows(must_read(path, NULL), 6, 1, six);
}

Test(npy, one_row_is_read_in_either_order)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "True", "(1, 6)"), 128, six, sizeof six);
    expect_rows(must_read(path, NULL), 1, 6, six);
}

Test(npy, versions_2_and_3_have_a_longer_length)
{
    for (int major = 2; major <= 3; ++major) {
        const char *path = write_npy(major, DICTIONARY("<f8", "False", "(3, 2)"), 70016, six,
                                     sizeof six);
        expect_rows(must_read(path, NULL), 3, 2, six);
    }
}

Test(npy, headers_of_other_writers_are_read)
{
    static const char *const dictionaries[] = {
        "{\"shape\":(3,2),\"fortran_order\":False,\"descr\":\"=f8\"}",
        "{'fortran_order': False, 'shape': (3L, 2L), 'descr': '<f8'}",
        "  { 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 3 , 2 , ) , }  ",
        "{'descr': 'f8', 'fortran_order': False, 'shape': (3, 2)}",
    };
    for (int i = 0; i < 4; ++i) {
        const char *path = write_npy(1, dictionaries[i], 128, six, sizeof six);
        expect_rows(must_read(path, NULL), 3, 2, six);
    }
}

Test(npy, bytes_after_the_data_are_ignored)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(2, 2)"), 128, six, sizeof six);
    expect_rows(must_read(path, NULL), 2, 2, six);
}

/* Two elements of every type, the second one negative where it can be. */
Test(npy, every_element_type_is_read_in_both_byte_orders)
{
    static const struct {
        const char *code;
        EmixDtype dtype;
        size_t bytes;
        unsigned char little_endian[16];
        double x[2];
    } cases[] = {
        {"f8",
         EMIX_FLOAT64,
         8,
         {0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0},
         {1.5, -2}},
        {"f4", EMIX_FLOAT32, 4, {0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0}, {1.5, -2}},
        {"i1", EMIX_INT8, 1, {3, 0xfe}, {3, -2}},
        {"i2", EMIX_INT16, 2, {1, 2, 0xfe, 0xff}, {513, -2}},
        {"i4", EMIX_INT32, 4, {1, 2, 0, 0, 0xfe, 0xff, 0xff, 0xff}, {513, -2}},
        {"i8",
         EMIX_INT64,
         8,
         {1, 2, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
         {513, -2}},
        {"u1", EMIX_UINT8, 1, {3, 0xfe}, {3, 254}},
        {"u2", EMIX_UINT16, 2, {1, 2, 0xfe, 0xff}, {513, 65534}},
        {"u4", EMIX_UINT32, 4, {1, 2, 0, 0, 0xfe, 0xff, 0xff, 0xff}, {513, 4294967294.0}},
        {"u8", EMIX_UINT64, 8, {1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}, {513, 0x1p63}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        unsigned char swapped[16];
        const size_t n = cases[c].bytes;
        for (size_t i = 0; i < 2 * n; ++i) {
            swapped[i] = cases[c].little_endian[i / n * n + n - 1 - i % n];
        }
        for (int order = 0; order < (n == 1 ? 3 : 2); ++order) {
            char dictionary[128];
            snprintf(dictionary, sizeof dictionary,
                     "{'descr': '%c%s', 'fortran_order': False, 'shape': (2, 1), }", "<>|"[order],
                     cases[c].code);
            const char *path = write_npy(1, dictionary, 128,
                                         order == 1 ? swapped : cases[c].little_endian, 2 * n);
            EmixDataset *dataset = must_read(path, NULL);
            cr_expect(eq(int, emix_dataset_dtype(dataset), cases[c].dtype), "%s", dictionary);
            expect_rows(dataset, 2, 1, cases[c].x);
        }
    }
}

Test(npy, data_at_an_odd_offset_are_copied)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(2, 3)"), 101, six, sizeof six);
    EmixDataset *dataset = must_read(path, NULL);
    cr_expect(eq(long, emix_alloc_live_blocks(), 4));
    cr_expect(zero(u64, (uintptr_t)dataset->x % 8));
    expect_rows(dataset, 2, 3, six);
}

/* Column w of a 2 x 3 table in either order; the features that are left. */
static void expect_weights(const char *order, const char *column, int w)
{
    static const double by_rows[] = {1, 2, 3, 4, 5, 6};
    static const double by_columns[] = {1, 4, 2, 5, 3, 6};
    char dictionary[128];
    double left[4];
    snprintf(dictionary, sizeof dictionary,
             "{'descr': '<f8', 'fortran_order': %s, 'shape': (2, 3)}", order);
    const bool fortran = strcmp(order, "True") == 0;
    const char *path = write_npy(1, dictionary, 128, fortran ? by_columns : by_rows,
                                 sizeof by_rows);
    EmixDataset *dataset = must_read(path, column);
    const double *weights = emix_dataset_row_weights(dataset);
    cr_assert(ne(ptr, (void *)weights, NULL));
    cr_expect(ieee_ulp_eq(dbl, weights[0], by_rows[w], 0));
    cr_expect(ieee_ulp_eq(dbl, weights[1], by_rows[3 + w], 0));
    for (int i = 0, n = 0; i < 6; ++i) {
        if (i % 3 != w) {
            left[n++] = by_rows[i];
        }
    }
    /* Storage, source, data set, weights; the features too when they are torn apart. */
    cr_expect(eq(long, emix_alloc_live_blocks(), w == 1 ? 5 : 4));
    expect_rows(dataset, 2, 2, left);
}

Test(npy, the_weights_column_is_no_feature)
{
    expect_weights("False", "1", 0);
    expect_weights("False", "2", 1);
    expect_weights("False", "3", 2);
    expect_weights("True", "1", 0);
    expect_weights("True", "2", 1);
    expect_weights("True", "3", 2);
}

Test(npy, weights_of_another_type_and_byte_order_become_doubles)
{
    static const unsigned char data[] = {0, 7, 0, 1, 0, 2, 0, 8, 0, 3, 0, 4};
    const char *path = write_npy(1, DICTIONARY(">i2", "False", "(2, 3)"), 128, data, sizeof data);
    EmixDataset *dataset = must_read(path, "2");
    cr_expect(ieee_ulp_eq(dbl, emix_dataset_total_weight(dataset), 4.0, 0));
    expect_rows(dataset, 2, 2, (const double[]){7, 2, 8, 4});
}

static void expect_refused_file(const char *path, const char *weights_column, EmixStatus status,
                                const char *text)
{
    const EmixReadOptions options = {.weights_column = weights_column};
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    cr_expect(eq(int, emix_dataset_read(NULL, path, &options, &dataset, &error), status), "%s",
              error.message);
    expect_contains(error.message, text);
    expect_contains(error.message, path);
    cr_expect(eq(ptr, dataset, NULL));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static void expect_refused(const char *dictionary, EmixStatus status, const char *text)
{
    expect_refused_file(write_npy(1, dictionary, 256, six, sizeof six), NULL, status, text);
}

Test(npy, element_types_that_are_not_supported_are_named)
{
    static const char *const codes[] = {"|b1",     "<f2",    "<f16", "<c16", "|O",  "<U5", "|S3",
                                        "<M8[ns]", "<m8[s]", "|V8",  "|f8",  "f88", "",    "<"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i) {
        char dictionary[128];
        char text[64];
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (2, 3)}", codes[i]);
        snprintf(text, sizeof text, "element type '%s' is not supported", codes[i]);
        expect_refused(dictionary, EMIX_ERR_UNSUPPORTED, text);
    }
    expect_refused("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2, 3)}",
                   EMIX_ERR_UNSUPPORTED, "element type 'record' is not supported");
}

Test(npy, malformed_dictionaries_are_refused)
{
    static const struct {
        const char *dictionary;
        const char *text;
    } cases[] = {
        {"", "a dictionary is expected"},
        {"[]", "a dictionary is expected"},
        {"{", "a string is expected"},
        {"{}", "one of descr, fortran_order and shape is missing"},
        {"{descr: '<f8'}", "a string is expected"},
        {"{'descr' '<f8'}", "a colon is expected"},
        {"{'descr': '<f8' 'shape': (2, 3)}", "a comma is expected"},
        {"{'descr': '<f8', 'descr': '<f8'}", "a key appears twice"},
        {"{'descr': '<f8', 'order': 1}", "an unknown key"},
        {"{'descr': '<f8', 'fortran_order': False}", "is missing"},
        {"{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 3)}", "True or False is expected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': [2, 3]}", "a tuple is expected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2 3)}", "a comma is expected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, x)}", "a size is expected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3}", "a comma is expected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 3)}", "a size is negative"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 3)}",
         "a size is too large"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)} x",
         "text after the dictionary"},
        {"{'descr': \"<f8, 'fortran_order': False, 'shape': (2, 3)}", "not closed"},
        {"{'de\\x73cr': '<f8'}", "has escapes"},
        {"{'descr': 'a very long element type that nobody has ever seen'}", "too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        expect_refused(cases[i].dictionary, EMIX_ERR_FORMAT, cases[i].text);
    }
}

Test(npy, shapes_that_are_no_table_are_refused)
{
    expect_refused(DICTIONARY("<f8", "False", "()"), EMIX_ERR_FORMAT, "0 dimensions");
    expect_refused(DICTIONARY("<f8", "False", "(1, 2, 3)"), EMIX_ERR_FORMAT, "3 dimensions");
    expect_refused(DICTIONARY("<f8", "False", "(0, 3)"), EMIX_ERR_FORMAT, "0 x 3 holds no data");
    expect_refused(DICTIONARY("<f8", "False", "(2, 0)"), EMIX_ERR_FORMAT, "2 x 0 holds no data");
    expect_refused(DICTIONARY("<f8", "False", "(2, 4)"), EMIX_ERR_FORMAT,
                   "it holds 48 bytes of data, where 2 x 4 elements of 8 bytes are announced");
    expect_refused(DICTIONARY("<f8", "False", "(4611686018427387904, 4)"), EMIX_ERR_FORMAT,
                   "too short");
    expect_refused(DICTIONARY("<f8", "False", "(2305843009213693952, 1)"), EMIX_ERR_FORMAT,
                   "too short");
    expect_refused(DICTIONARY("<f8", "False", "(9223372036854775807,)"), EMIX_ERR_FORMAT,
                   "a size is too large");
}

Test(npy, files_that_end_early_or_are_something_else_are_refused)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(2, 3)"), 128, six, sizeof six);
    size_t n = 0;
    char *whole = read_bytes(path, &n);
    for (size_t cut = 0; cut < n; ++cut) {
        write_bytes(path, whole, cut);
        expect_refused_file(path, NULL, EMIX_ERR_FORMAT,
                            cut < 6     ? "not an NPY file"
                            : cut < 10  ? "ends within the NPY header"
                            : cut < 128 ? "the NPY header has 118 bytes, of which only"
                                        : "too short");
    }
    whole[6] = 4;
    write_bytes(path, whole, n);
    expect_refused_file(path, NULL, EMIX_ERR_FORMAT, "NPY format 4.0 is unknown");
    whole[6] = 1;
    whole[7] = 1;
    write_bytes(path, whole, n);
    expect_refused_file(path, NULL, EMIX_ERR_FORMAT, "NPY format 1.1 is unknown");
    free(whole);
    write_text(path, "1,2\n3,4\n");
    expect_refused_file(path, NULL, EMIX_ERR_FORMAT, "not an NPY file");
}

Test(npy, weights_columns_that_cannot_be)
{
    const char *path = write_npy(1, DICTIONARY("<f8", "False", "(2, 3)"), 128, six, sizeof six);
    expect_refused_file(path, "w", EMIX_ERR_ARGUMENT, "there is no column 'w'");
    expect_refused_file(path, "4", EMIX_ERR_ARGUMENT, "there is no column 4");
    path = write_npy(1, DICTIONARY("<f8", "False", "(6,)"), 128, six, sizeof six);
    expect_refused_file(path, "1", EMIX_ERR_ARGUMENT, "no feature is left");
    const double bad[] = {1, -2, 3, (double)NAN};
    path = write_npy(1, DICTIONARY("<f8", "False", "(2, 2)"), 128, bad, sizeof bad);
    expect_refused_file(path, "2", EMIX_ERR_NONFINITE, "row 1 has weight -2");
}

Test(npy, mutated_files_are_read_or_refused_and_leak_nothing)
{
    const char *path = write_npy(1, DICTIONARY("<i2", "True", "(3, 2)"), 96, six, 12);
    size_t n = 0;
    char *whole = read_bytes(path, &n);
    uint64_t state = 5;
    for (int round = 0; round < 3000; ++round) {
        char *mutated = malloc(n);
        memcpy(mutated, whole, n);
        for (uint64_t m = 1 + random_bits(&state) % 3; m > 0; --m) {
            const uint64_t bits = random_bits(&state);
            mutated[bits % n] = bits & 1 ? (char)(bits >> 32)
                                         : "0123456789'{}(),: <>|LTF"[(bits >> 32) % 24];
        }
        EmixNpyHeader header = {0};
        EmixError error = {{0}};
        const EmixStatus status = emix_io_npy_read_header(
            "array", mutated, n - random_bits(&state) % 20, &header, &error);
        cr_expect(status == EMIX_OK || status == EMIX_ERR_FORMAT || status == EMIX_ERR_UNSUPPORTED);
        if (status == EMIX_OK) {
            const emix_index bytes = header.n_rows * header.n_columns *
                                     (emix_index)header.item_bytes;
            cr_expect(le(i64, bytes + (emix_index)header.data_offset, (emix_index)n));
        }
        free(mutated);
    }
    free(whole);
}

Test(npy, every_failed_allocation_is_reported_and_leaks_nothing)
{
    static const double data[] = {1, 2, 3, 4, 5, 6};
    const char *path = write_npy(1, DICTIONARY(">f8", "False", "(2, 3)"), 128, data, sizeof data);
    const EmixReadOptions options = {.weights_column = "2"};
    for (long allowed = 0;; ++allowed) {
        EmixDataset *dataset = NULL;
        emix_alloc_fail_after(allowed);
        const EmixStatus status = emix_dataset_read(NULL, path, &options, &dataset, NULL);
        emix_alloc_fail_after(-1);
        emix_dataset_destroy(dataset);
        cr_expect(zero(long, emix_alloc_live_blocks()), "%ld allocations allowed", allowed);
        if (status == EMIX_OK) {
            cr_expect(eq(long, allowed, 7));
            break;
        }
        cr_expect(eq(int, status, EMIX_ERR_NOMEM), "%ld allocations allowed", allowed);
        cr_assert(lt(long, allowed, 100));
    }
}
