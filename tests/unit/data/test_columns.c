/* Data sets of separate arrays, picked features, and features found by name. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include <emix/emix.h>

#include "core/alloc.h"
#include "data/columns.h"

#include "support/fit_case.h"

enum { N_ROWS = 5, N_FEATURES = 3 };

/* Column 0 doubles, column 1 every second int32, column 2 bytes. */
static const double first[N_ROWS] = {0.5, 1.5, -2.5, 3.5, 8.0};
static const int32_t second[2 * N_ROWS] = {1, 99, -2, 99, 3, 99, 4, 99, 5, 99};
static const uint8_t third[N_ROWS] = {10, 20, 30, 40, 250};
static const void *const arrays[N_FEATURES] = {first, second, third};
static const EmixDtype dtypes[N_FEATURES] = {EMIX_FLOAT64, EMIX_INT32, EMIX_UINT8};
static const emix_index strides[N_FEATURES] = {1, 2, 1};

static EmixDataset *separate(void)
{
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    cr_assert(
        eq(int,
           emix_dataset_create_columns(N_ROWS, N_FEATURES, arrays, dtypes, strides, &data, &error),
           EMIX_OK),
        "%s", error.message);
    return data;
}

Test(columns, rows_are_put_together_from_arrays_of_any_type_and_stride)
{
    EmixDataset *data = separate();
    double rows[3 * N_FEATURES] = {0};
    cr_assert(eq(int, emix_dataset_copy_rows(data, 1, 3, rows, NULL), EMIX_OK));
    for (int i = 0; i < 3; ++i) {
        const double expected[N_FEATURES] = {first[i + 1], second[2 * (i + 1)], third[i + 1]};
        cr_expect(zero(int, memcmp(rows + i * N_FEATURES, expected, sizeof expected)), "row %d", i);
    }
    cr_expect(eq(int, emix_dataset_dtype(data), EMIX_FLOAT64));
    emix_dataset_destroy(data);

    const void *const same[2] = {third, third};
    const EmixDtype bytes[2] = {EMIX_UINT8, EMIX_UINT8};
    cr_assert(
        eq(int, emix_dataset_create_columns(N_ROWS, 2, same, bytes, NULL, &data, NULL), EMIX_OK));
    cr_expect(eq(int, emix_dataset_dtype(data), EMIX_UINT8));
    emix_dataset_destroy(data);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(columns, arguments_out_of_range_are_refused_with_the_feature)
{
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    const void *const missing[N_FEATURES] = {first, NULL, third};
    cr_expect(
        eq(int,
           emix_dataset_create_columns(N_ROWS, N_FEATURES, missing, dtypes, strides, &data, &error),
           EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "feature 1 is NULL"), NULL), "%s", error.message);
    const emix_index bad[N_FEATURES] = {1, 2, 0};
    cr_expect(
        eq(int, emix_dataset_create_columns(N_ROWS, N_FEATURES, arrays, dtypes, bad, &data, &error),
           EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "stride 0 of feature 2"), NULL), "%s", error.message);
    cr_expect(eq(int, emix_dataset_create_columns(0, 1, arrays, NULL, NULL, &data, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_dataset_create_columns(N_ROWS, 0, arrays, NULL, NULL, &data, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(eq(int, emix_dataset_create_columns(N_ROWS, 1, NULL, NULL, NULL, &data, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

/* The means of a fit, [2 x 2]. */
static void fit_means(EmixDataset *data, double *means)
{
    FitCase options = fit_case_default();
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    options.n_components = 2;
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, &error), EMIX_OK), "%s",
              error.message);
    cr_assert(eq(int, emix_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    cr_assert(eq(int, emix_fit_model(fit, &model, &error), EMIX_OK), "%s", error.message);
    memcpy(means, emix_model_means(model), 4 * sizeof *means);
    emix_model_destroy(model);
    emix_fit_destroy(fit);
}

Test(columns, a_fit_has_the_bits_of_one_array_with_the_same_values)
{
    enum { N = 400 };
    static double x[N][2];
    static double apart[2][N];
    static float weights[2 * N];
    static double doubles[N];
    uint32_t state = 1;
    for (int i = 0; i < N; ++i) {
        for (int j = 0; j < 2; ++j) {
            double sum = i % 2 == 0 ? 0.0 : 5.0;
            for (int u = 0; u < 6; ++u) {
                state = state * 1664525u + 1013904223u;
                sum += (double)(state >> 8) * 0x1p-24;
            }
            x[i][j] = sum;
            apart[j][i] = sum;
        }
        weights[2 * i] = (float)(1 + i % 3) * 0.25f;
        doubles[i] = weights[2 * i];
    }
    EmixDataset *one = NULL;
    EmixDataset *two = NULL;
    const void *const columns[2] = {apart[0], apart[1]};
    double means[2][4];
    cr_assert(eq(int, emix_dataset_create(N, 2, x[0], 2, doubles, &one, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_create_columns(N, 2, columns, NULL, NULL, &two, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_set_row_weights(two, weights, EMIX_FLOAT32, 2, NULL), EMIX_OK));
    fit_means(one, means[0]);
    fit_means(two, means[1]);
    cr_expect(zero(int, memcmp(means[0], means[1], sizeof means[0])));
    emix_dataset_destroy(two);
    emix_dataset_destroy(one);
}

Test(columns, weights_of_any_type_count_and_bad_ones_change_nothing)
{
    EmixDataset *data = separate();
    const int16_t weights[2 * N_ROWS] = {1, -1, 2, -1, 3, -1, 0, -1, 4, -1};
    cr_assert(eq(int, emix_dataset_set_row_weights(data, weights, EMIX_INT16, 2, NULL), EMIX_OK));
    cr_expect(eq(dbl, emix_dataset_total_weight(data), 10.0));
    cr_expect(eq(dbl, emix_dataset_row_weights(data)[2], 3.0));
    EmixError error = {{0}};
    cr_expect(eq(int, emix_dataset_set_row_weights(data, weights, EMIX_INT16, 1, &error),
                 EMIX_ERR_NONFINITE));
    cr_expect(ne(ptr, strstr(error.message, "row 2 has weight -1"), NULL), "%s", error.message);
    cr_expect(eq(dbl, emix_dataset_total_weight(data), 10.0));
    cr_expect(eq(dbl, emix_dataset_row_weights(data)[2], 3.0));
    cr_expect(eq(int, emix_dataset_set_row_weights(data, weights, EMIX_INT16, 0, &error),
                 EMIX_ERR_ARGUMENT));
    cr_assert(eq(int, emix_dataset_set_row_weights(data, NULL, EMIX_FLOAT64, 1, NULL), EMIX_OK));
    cr_expect(zero(ptr, (void *)emix_dataset_row_weights(data)));
    cr_expect(eq(dbl, emix_dataset_total_weight(data), (double)N_ROWS));
    emix_dataset_destroy(data);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(columns, labels_of_any_type_are_taken_and_unknown_ones_told_apart)
{
    EmixDataset *data = separate();
    const int expected[N_ROWS] = {1, -1, 0, 2, 1};
    const double reals[N_ROWS] = {1, -1, 0, 2, 1};
    const int32_t of_r[N_ROWS] = {1, INT32_MIN, 0, 2, 1};
    const int64_t wide[N_ROWS] = {1, -1, 0, 2, 1};
    const struct {
        const void *labels;
        EmixDtype dtype;
    } cases[] = {
        {expected, EMIX_INT32}, {reals, EMIX_FLOAT64}, {of_r, EMIX_INT32}, {wide, EMIX_INT64}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        cr_assert(eq(int,
                     emix_dataset_set_labels_typed(data, cases[c].labels, cases[c].dtype, 1, 3,
                                                   NULL, NULL),
                     EMIX_OK),
                  "case %zu", c);
        cr_expect(zero(int, memcmp(emix_dataset_labels(data), expected, sizeof expected)),
                  "case %zu", c);
    }
    const double halves[N_ROWS] = {1, 0.5, 0, 2, 1};
    EmixError error = {{0}};
    cr_expect(eq(int, emix_dataset_set_labels_typed(data, halves, EMIX_FLOAT64, 1, 3, NULL, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "row 2 has label 0.5"), NULL), "%s", error.message);
    cr_expect(eq(int, emix_dataset_set_labels_typed(data, third, EMIX_UINT8, 1, 3, NULL, &error),
                 EMIX_ERR_ARGUMENT));
    cr_expect(zero(int, memcmp(emix_dataset_labels(data), expected, sizeof expected)));
    emix_dataset_destroy(data);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

static EmixDataset *named(void)
{
    static const char *const names[N_FEATURES] = {"a", "b", "c"};
    EmixDataset *data = separate();
    cr_assert(eq(int, emix_dataset_set_feature_names(data, names, NULL), EMIX_OK));
    cr_assert(eq(str, (char *)emix_dataset_feature_name(data, 2), "c"));
    return data;
}

static EmixStatus match(const EmixDataset *data, emix_index n, const char *const *names,
                        EmixDataset **view, EmixError *error)
{
    return emix_data_match_features(data, n, (char *const *)names, view, error);
}

Test(columns, features_are_found_by_name_and_further_ones_left_alone)
{
    EmixDataset *data = named();
    EmixDataset *view = NULL;
    const char *const swapped[2] = {"c", "a"};
    char where[64];
    double row[2];
    cr_assert(eq(int, match(data, 2, swapped, &view, NULL), EMIX_OK));
    cr_assert(eq(i64, emix_dataset_n_features(view), 2));
    cr_assert(eq(int, emix_dataset_copy_rows(view, 4, 1, row, NULL), EMIX_OK));
    cr_expect(eq(dbl, row[0], 250.0));
    cr_expect(eq(dbl, row[1], 8.0));
    cr_expect(
        eq(str, (char *)emix_data_describe_feature(view, 0, where, sizeof where), "column 3 (c)"));
    emix_dataset_destroy(view);
    const char *const same[N_FEATURES] = {"a", "b", "c"};
    cr_assert(eq(int, match(data, N_FEATURES, same, &view, NULL), EMIX_OK));
    cr_expect(zero(ptr, view), "in order, the data are used as they are");
    cr_assert(eq(int, match(data, N_FEATURES, NULL, &view, NULL), EMIX_OK));
    cr_expect(zero(ptr, view), "nothing to match");
    emix_dataset_destroy(data);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(columns, missing_and_repeated_names_are_refused_and_told)
{
    EmixDataset *data = named();
    EmixDataset *view = NULL;
    EmixError error = {{0}};
    const char *const wanted[3] = {"a", "d", "e"};
    cr_expect(eq(int, match(data, 3, wanted, &view, &error), EMIX_ERR_SHAPE));
    cr_expect(ne(ptr,
                 strstr(error.message, "no columns are named 'd', 'e'; there are 'a', 'b', 'c'"),
                 NULL),
              "%s", error.message);
    static const char *const twice[N_FEATURES] = {"a", "b", "a"};
    cr_assert(eq(int, emix_dataset_set_feature_names(data, twice, NULL), EMIX_OK));
    cr_expect(eq(int, match(data, 2, wanted, &view, &error), EMIX_ERR_SHAPE));
    cr_expect(ne(ptr, strstr(error.message, "two columns are named 'a'"), NULL), "%s",
              error.message);
    emix_dataset_destroy(data);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}

Test(columns, adjacent_features_of_one_array_need_no_buffer)
{
    const double x[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    EmixDataset *data = NULL;
    EmixDataset *view = NULL;
    emix_index ldx = 0;
    const emix_index picked[2] = {1, 2};
    cr_assert(eq(int, emix_dataset_create(2, 4, x[0], 4, NULL, &data, NULL), EMIX_OK));
    cr_assert(eq(int, emix_data_pick_features(data, 2, picked, &view, NULL), EMIX_OK));
    cr_expect(eq(ptr, (void *)emix_data_view_rows(view, 1, 1, NULL, &ldx), (void *)&x[1][1]));
    cr_expect(eq(i64, ldx, 4));
    emix_dataset_destroy(view);
    emix_dataset_destroy(data);
}

Test(columns, a_failed_allocation_is_reported_and_leaks_nothing)
{
    EmixDataset *data = named();
    const long held = emix_alloc_live_blocks();
    const char *const swapped[2] = {"c", "a"};
    EmixStatus status = EMIX_ERR_NOMEM;
    for (int n = 0; status != EMIX_OK; ++n) {
        EmixDataset *view = NULL;
        emix_alloc_fail_after(n);
        status = match(data, 2, swapped, &view, NULL);
        emix_alloc_fail_after(-1);
        cr_assert(status == EMIX_OK || status == EMIX_ERR_NOMEM);
        emix_dataset_destroy(view);
        cr_expect(eq(long, emix_alloc_live_blocks(), held));
    }
    emix_dataset_destroy(data);
}

/* Rows of two clouds: "a", "b" in one array, or "b", an idle "x" and "a" in three. */
enum { N_POINTS = 200 };
static double points[N_POINTS][2];
static double apart[3][N_POINTS];

static void make_points(EmixDataset **together, EmixDataset **among_others)
{
    static const char *const names[2] = {"a", "b"};
    static const char *const other_names[3] = {"b", "x", "a"};
    const void *const columns[3] = {apart[0], apart[1], apart[2]};
    uint32_t state = 5;
    for (int i = 0; i < N_POINTS; ++i) {
        for (int j = 0; j < 2; ++j) {
            state = state * 1664525u + 1013904223u;
            points[i][j] = (double)(state >> 8) * 0x1p-24 + (i % 2 == 0 ? 0.0 : 3.0 + j);
        }
        apart[0][i] = points[i][1];
        apart[1][i] = -1e6 * i;
        apart[2][i] = points[i][0];
    }
    cr_assert(
        eq(int, emix_dataset_create(N_POINTS, 2, points[0], 2, NULL, together, NULL), EMIX_OK));
    cr_assert(eq(int, emix_dataset_set_feature_names(*together, names, NULL), EMIX_OK));
    cr_assert(eq(int,
                 emix_dataset_create_columns(N_POINTS, 3, columns, NULL, NULL, among_others, NULL),
                 EMIX_OK));
    cr_assert(eq(int, emix_dataset_set_feature_names(*among_others, other_names, NULL), EMIX_OK));
}

static EmixModel *fit_from(const EmixDataset *data, const EmixModel *initial)
{
    FitCase options = fit_case_default();
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    options.n_components = 2;
    options.initial = initial;
    cr_assert(eq(int, fit_case_create(NULL, data, &options, &fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_run(fit, NULL), EMIX_OK));
    cr_assert(eq(int, emix_fit_model(fit, &model, NULL), EMIX_OK));
    emix_fit_destroy(fit);
    return model;
}

Test(columns, a_model_is_applied_by_name)
{
    EmixDataset *data[2] = {NULL, NULL};
    make_points(&data[0], &data[1]);
    EmixModel *model = fit_from(data[0], NULL);
    static emix_index labels[2][N_POINTS];
    double score[2] = {0};
    EmixModel *next[2] = {NULL, NULL};
    EmixStandardErrors *errors[2] = {NULL, NULL};
    for (int d = 0; d < 2; ++d) {
        const EmixPrediction out = {.labels = labels[d]};
        cr_assert(eq(int, emix_score(NULL, model, data[d], &score[d], NULL), EMIX_OK));
        cr_assert(eq(int, emix_predict(NULL, model, data[d], 0, N_POINTS, &out, NULL), EMIX_OK));
        cr_assert(eq(int, emix_standard_errors_create(NULL, model, data[d], NULL, &errors[d], NULL),
                     EMIX_OK));
        next[d] = fit_from(data[d], model);
        cr_expect(eq(i64, emix_model_n_features(next[d]), 2));
        cr_expect(eq(str, (char *)emix_model_feature_name(next[d], 0), "a"));
    }
    cr_expect(zero(int, memcmp(&score[0], &score[1], sizeof score[0])));
    cr_expect(zero(int, memcmp(labels[0], labels[1], sizeof labels[0])));
    cr_expect(zero(int, memcmp(emix_model_covariances(next[0]), emix_model_covariances(next[1]),
                               8 * sizeof(double))));
    for (int d = 0; d < 2; ++d) {
        emix_standard_errors_destroy(errors[d]);
        emix_model_destroy(next[d]);
        emix_dataset_destroy(data[d]);
    }
    emix_model_destroy(model);
    cr_expect(zero(long, emix_alloc_live_blocks()));
}
