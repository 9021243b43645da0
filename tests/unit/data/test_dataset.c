/* Data sets: element access for every type and stride, and every check. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "data/dataset.h"

enum { N_ROWS = 4, N_FEATURES = 3 };

/* Element (i, j) of the test table: small, and negative where the type allows it. */
static int value_at(int i, int j, bool is_signed)
{
    return (is_signed && (i + j) % 2 ? -1 : 1) * (10 * i + j);
}

#define FILL(type)                                                                                 \
    for (int i = 0; i < N_ROWS; ++i)                                                               \
        for (int j = 0; j < N_FEATURES; ++j)                                                       \
    ((type *)x)[i * row_stride + j * feature_stride] = (type)value_at(i, j, is_signed)

static bool fill(EmixDtype dtype, void *x, int row_stride, int feature_stride)
{
    const bool is_signed = dtype < EMIX_UINT8;
    switch (dtype) {
    case EMIX_FLOAT64: FILL(double); break;
    case EMIX_FLOAT32: FILL(float); break;
    case EMIX_INT8: FILL(int8_t); break;
    case EMIX_INT16: FILL(int16_t); break;
    case EMIX_INT32: FILL(int32_t); break;
    case EMIX_INT64: FILL(int64_t); break;
    case EMIX_UINT8: FILL(uint8_t); break;
    case EMIX_UINT16: FILL(uint16_t); break;
    case EMIX_UINT32: FILL(uint32_t); break;
    case EMIX_UINT64: FILL(uint64_t); break;
    case EMIX_N_DTYPES: break;
    }
    return is_signed;
}

static EmixDataset *typed(const void *x, EmixDtype dtype, int row_stride, int feature_stride)
{
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    const EmixStatus status = emix_dataset_create_typed(N_ROWS, N_FEATURES, x, dtype, row_stride,
                                                        feature_stride, NULL, &dataset, &error);
    cr_assert(eq(int, status, EMIX_OK), "%s", error.message);
    return dataset;
}

/* C order, Fortran order, and both with gaps; element counts fit the array of the test below. */
static const int strides[][2] = {{N_FEATURES, 1}, {1, N_ROWS}, {7, 2}, {2, 9}, {5, 1}};
enum { N_STRIDES = sizeof strides / sizeof strides[0], MOST_ELEMENTS = 40 };

Test(dataset, rows_of_every_type_and_stride_come_out_as_doubles)
{
    for (int dtype = 0; dtype < EMIX_N_DTYPES; ++dtype) {
        for (int s = 0; s < N_STRIDES; ++s) {
            double storage[MOST_ELEMENTS] = {0};
            const bool is_signed = fill((EmixDtype)dtype, storage, strides[s][0], strides[s][1]);
            EmixDataset *dataset = typed(storage, (EmixDtype)dtype, strides[s][0], strides[s][1]);
            double rows[2 * N_FEATURES] = {0};
            cr_assert(eq(int, emix_dataset_copy_rows(dataset, 1, 2, rows, NULL), EMIX_OK));
            for (int i = 0; i < 2; ++i) {
                for (int j = 0; j < N_FEATURES; ++j) {
                    cr_expect(ieee_ulp_eq(dbl, rows[i * N_FEATURES + j],
                                          value_at(i + 1, j, is_signed), 0),
                              "%s, strides %d", emix_dtype_name((EmixDtype)dtype), s);
                }
            }
            emix_dataset_destroy(dataset);
        }
    }
}

Test(dataset, a_view_points_into_the_data_when_it_can_and_copies_when_it_must)
{
    double x[MOST_ELEMENTS] = {0};
    double buffer[2 * N_FEATURES] = {0};
    for (int s = 0; s < N_STRIDES; ++s) {
        fill(EMIX_FLOAT64, x, strides[s][0], strides[s][1]);
        EmixDataset *dataset = typed(x, EMIX_FLOAT64, strides[s][0], strides[s][1]);
        emix_index ldx = 0;
        const double *view = emix_data_view_rows(dataset, 2, 2, buffer, &ldx);
        const bool borrowed = strides[s][1] == 1;
        cr_expect(eq(int, emix_data_needs_buffer(dataset), !borrowed));
        cr_expect(eq(ptr, (void *)view, borrowed ? (void *)(x + 2 * strides[s][0]) : buffer));
        for (int i = 0; i < 2; ++i) {
            for (int j = 0; j < N_FEATURES; ++j) {
                cr_expect(ieee_ulp_eq(dbl, view[i * ldx + j], value_at(i + 2, j, true), 0));
            }
        }
        emix_dataset_destroy(dataset);
    }
}

Test(dataset, a_data_set_says_what_it_holds)
{
    const float x[6] = {1, 2, 3, 4, 5, 6};
    EmixDataset *dataset = NULL;
    cr_assert(eq(int, emix_dataset_create_typed(3, 2, x, EMIX_FLOAT32, 2, 1, NULL, &dataset, NULL),
                 EMIX_OK));
    cr_expect(eq(i64, emix_dataset_n_rows(dataset), 3));
    cr_expect(eq(i64, emix_dataset_n_features(dataset), 2));
    cr_expect(eq(int, emix_dataset_dtype(dataset), EMIX_FLOAT32));
    cr_expect(ieee_ulp_eq(dbl, emix_dataset_total_weight(dataset), 3.0, 0));
    cr_expect(zero(ptr, (void *)emix_dataset_row_weights(dataset)));
    cr_expect(zero(ptr, (void *)emix_dataset_feature_name(dataset, 0)));
    cr_expect(zero(int, strcmp(emix_dtype_name(EMIX_UINT16), "uint16")));
    cr_expect(zero(int, strcmp(emix_dtype_name(EMIX_N_DTYPES), "unknown")));
    emix_dataset_destroy(dataset);
}

static EmixStatus create(emix_index n_rows, emix_index n_features, const double *x,
                         emix_index row_stride, const double *weights, EmixError *error)
{
    EmixDataset *untouched = (EmixDataset *)&create;
    EmixDataset *dataset = untouched;
    const EmixStatus status = emix_dataset_create(n_rows, n_features, x, row_stride, weights,
                                                  &dataset, error);
    if (status == EMIX_OK) {
        emix_dataset_destroy(dataset);
    } else {
        cr_expect(eq(ptr, dataset, untouched), "written to on failure");
    }
    cr_expect(zero(long, emix_alloc_live_blocks()));
    return status;
}

Test(dataset, arguments_out_of_range_are_refused_with_their_value)
{
    const double x[12] = {0};
    EmixError error = {{0}};
    cr_expect(eq(int, create(0, 3, x, 3, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "got 0"), NULL), "%s", error.message);
    cr_expect(eq(int, create(4, -2, x, 3, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "-2"), NULL), "%s", error.message);
    cr_expect(eq(int, create(4, 3, NULL, 3, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, create(4, 3, x, 2, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "strides of 2"), NULL), "%s", error.message);
    cr_expect(eq(int, create(4, 3, x, -3, NULL, &error), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, create(4, 3, x, 3, NULL, NULL), EMIX_OK));
}

Test(dataset, unknown_types_are_refused)
{
    const double x[12] = {0};
    EmixDataset *dataset = NULL;
    EmixError error = {{0}};
    const EmixStatus status = emix_dataset_create_typed(4, 3, x, (EmixDtype)99, 3, 1, NULL,
                                                        &dataset, &error);
    cr_expect(eq(int, status, EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "99"), NULL), "%s", error.message);
}

Test(dataset, weights_are_summed_to_the_last_bit)
{
    /* 1 + 2^20 times 2^-53 is 1 + 2^-33 exactly; adding one by one would stay at 1. */
    enum { N = (1 << 20) + 1 };
    double *x = emix_alloc(N, sizeof *x);
    double *weights = emix_alloc(N, sizeof *weights);
    cr_assert(x != NULL && weights != NULL);
    weights[0] = 1.0;
    for (int i = 1; i < N; ++i) {
        weights[i] = 0x1p-53;
    }
    EmixDataset *dataset = NULL;
    cr_assert(eq(int, emix_dataset_create(N, 1, x, 1, weights, &dataset, NULL), EMIX_OK));
    cr_expect(ieee_ulp_eq(dbl, emix_dataset_total_weight(dataset), 1.0 + 0x1p-33, 1));
    cr_expect(eq(ptr, (void *)emix_dataset_row_weights(dataset), weights));
    emix_dataset_destroy(dataset);
    emix_free(weights);
    emix_free(x);
}

Test(dataset, weights_that_are_no_weights_are_refused_with_their_row)
{
    const double x[3] = {1, 2, 3};
    static const double bad[] = {-1.0, NAN, INFINITY, -INFINITY, 1e200};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        const double weights[3] = {1.0, bad[i], 1.0};
        EmixError error = {{0}};
        cr_expect(eq(int, create(3, 1, x, 1, weights, &error), EMIX_ERR_NONFINITE));
        cr_expect(ne(ptr, strstr(error.message, "row 2 "), NULL), "%s", error.message);
    }
    const double zeros[3] = {0};
    EmixError error = {{0}};
    cr_expect(eq(int, create(3, 1, x, 1, zeros, &error), EMIX_ERR_NONFINITE));
    cr_expect(ne(ptr, strstr(error.message, "all 3 row weights are 0"), NULL));
    const double some[3] = {0, 2, 0};
    cr_expect(eq(int, create(3, 1, x, 1, some, &error), EMIX_OK));
}

Test(dataset, a_failed_allocation_is_reported_and_leaks_nothing)
{
    const double x[1] = {1};
    EmixError error = {{0}};
    emix_alloc_fail_after(0);
    const EmixStatus status = create(1, 1, x, 1, NULL, &error);
    emix_alloc_fail_after(-1);
    cr_expect(eq(int, status, EMIX_ERR_NOMEM));
}

Test(dataset, copying_rows_outside_of_the_table_is_refused)
{
    const double x[4] = {1, 2, 3, 4};
    double out[4] = {0};
    EmixDataset *dataset = NULL;
    cr_assert(eq(int, emix_dataset_create(4, 1, x, 1, NULL, &dataset, NULL), EMIX_OK));
    EmixError error = {{0}};
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, 3, 2, out, &error), EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "2 rows from row 3"), NULL), "%s", error.message);
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, -1, 2, out, NULL), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, 0, -1, out, NULL), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, INT64_MAX, INT64_MAX, out, NULL),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, 0, 4, out, NULL), EMIX_OK));
    cr_expect(eq(int, emix_dataset_copy_rows(dataset, 4, 0, out, NULL), EMIX_OK));
    emix_dataset_destroy(dataset);
}

static void count_release(void *owner)
{
    *(int *)owner += 1;
}

Test(dataset, owned_storage_is_released_once_and_only_by_a_data_set_that_was_made)
{
    const double x[2] = {1, 2};
    int released = 0;
    EmixDataset fields = {.x = x,
                          .dtype = EMIX_FLOAT64,
                          .n_rows = 2,
                          .n_features = 1,
                          .row_stride = 1,
                          .feature_stride = 1,
                          .release = count_release,
                          .owner = &released};
    EmixDataset *dataset = NULL;
    cr_assert(eq(int, emix_data_dataset_create_owned(&fields, &dataset, NULL), EMIX_OK));
    emix_dataset_destroy(dataset);
    cr_expect(eq(int, released, 1));
    fields.n_rows = 0;
    cr_expect(eq(int, emix_data_dataset_create_owned(&fields, &dataset, NULL), EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, released, 1));
    emix_dataset_destroy(NULL);
}

Test(dataset, a_feature_is_described_by_file_number_and_name)
{
    const double x[2] = {1, 2};
    EmixDataset *dataset = NULL;
    char text[64];
    cr_assert(eq(int, emix_dataset_create(1, 2, x, 2, NULL, &dataset, NULL), EMIX_OK));
    emix_data_describe_feature(dataset, 1, text, sizeof text);
    cr_expect(eq(str, text, "column 2"));

    dataset->source = emix_alloc(6, 1);
    memcpy(dataset->source, "a.csv", 6);
    dataset->feature_names = emix_alloc(2, sizeof *dataset->feature_names);
    dataset->feature_names[1] = emix_alloc(6, 1);
    memcpy(dataset->feature_names[1], "width", 6);
    emix_data_describe_feature(dataset, 1, text, sizeof text);
    cr_expect(eq(str, text, "a.csv, column 2 (width)"));
    cr_expect(zero(ptr, (void *)emix_dataset_feature_name(dataset, 2)));
    cr_expect(zero(ptr, (void *)emix_dataset_feature_name(dataset, -1)));

    emix_dataset_destroy(dataset);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}
