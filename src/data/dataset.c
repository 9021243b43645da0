/* Data sets: checks, element access for every type and stride, ownership. */
#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/names.h"

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {
#define DTYPE_AS_ROW(name, text, bytes) [name] = {text, bytes},
    EMIX_DTYPE_LIST(DTYPE_AS_ROW)
#undef DTYPE_AS_ROW
};

const char *emix_dtype_name(EmixDtype dtype)
{
    return (unsigned)dtype < EMIX_N_DTYPES ? dtypes[dtype].name : "unknown";
}

emix_index emix_data_dtype_bytes(EmixDtype dtype)
{
    return (emix_index)dtypes[dtype].bytes;
}

static EmixStatus check_fields(const EmixDataset *d, EmixError *error)
{
    if (d->n_rows < 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "a data set needs at least 1 row, got %lld",
                         (long long)d->n_rows);
    }
    if (d->n_features < 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "a data set needs at least 1 feature, got %lld",
                         (long long)d->n_features);
    }
    if (d->columns != NULL) {
        return EMIX_OK;
    }
    if (d->x == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the data pointer is NULL");
    }
    if ((unsigned)d->dtype >= EMIX_N_DTYPES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "dtype %d is unknown", (int)d->dtype);
    }
    const bool rows_apart = d->row_stride >= 1 && d->feature_stride >= 1 &&
                            (d->feature_stride > 1 || d->row_stride >= d->n_features ||
                             d->n_rows == 1);
    if (!rows_apart) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "strides of %lld (rows) and %lld (features) make %lld features overlap",
                         (long long)d->row_stride, (long long)d->feature_stride,
                         (long long)d->n_features);
    }
    return EMIX_OK;
}

EmixStatus emix_data_sum_weights(EmixDataset *d, EmixError *error)
{
    if (d->row_weights == NULL) {
        d->total_weight = (double)d->n_rows;
        d->n_weighted = d->n_rows;
        return EMIX_OK;
    }
    double sum = 0.0;
    emix_index n_weighted = 0;
    double lost = 0.0; /* Kahan (1965): the total is a divisor of every mixing weight */
    for (emix_index i = 0; i < d->n_rows; ++i) {
        const double w = d->row_weights[i];
        if (!(w >= 0.0 && w <= EMIX_VALUE_LIMIT)) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "%s%srow %lld has weight %g, which is not in 0 ... %g",
                             d->source ? d->source : "", d->source ? ": " : "", (long long)i + 1, w,
                             EMIX_VALUE_LIMIT);
        }
        const double term = w - lost;
        const double next = sum + term;
        lost = (next - sum) - term;
        sum = next;
        n_weighted += w > 0.0;
    }
    if (!(sum > 0.0)) {
        return emix_fail(error, EMIX_ERR_NONFINITE, "%s%sall %lld row weights are 0",
                         d->source ? d->source : "", d->source ? ": " : "", (long long)d->n_rows);
    }
    d->total_weight = sum;
    d->n_weighted = n_weighted;
    return EMIX_OK;
}

EmixStatus emix_data_dataset_create_owned(const EmixDataset *fields, EmixDataset **dataset,
                                          EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixDataset *d = NULL;
    EMIX_TRY(check_fields(fields, error));
    EMIX_TRY_ALLOC(d, 1);
    *d = *fields;
    EMIX_TRY(emix_data_sum_weights(d, error));
    *dataset = d;
    return EMIX_OK;
cleanup:
    emix_free(d);
    return status;
}

EmixStatus emix_dataset_create_typed(emix_index n_rows, emix_index n_features, const void *x,
                                     EmixDtype dtype, emix_index row_stride,
                                     emix_index feature_stride, const double *row_weights,
                                     EmixDataset **dataset, EmixError *error)
{
    const EmixDataset fields = {
        .x = x,
        .dtype = dtype,
        .n_rows = n_rows,
        .n_features = n_features,
        .row_stride = row_stride,
        .feature_stride = feature_stride,
        .row_weights = row_weights,
    };
    return emix_data_dataset_create_owned(&fields, dataset, error);
}

EmixStatus emix_dataset_create(emix_index n_rows, emix_index n_features, const double *x,
                               emix_index row_stride, const double *row_weights,
                               EmixDataset **dataset, EmixError *error)
{
    return emix_dataset_create_typed(n_rows, n_features, x, EMIX_FLOAT64, row_stride, 1,
                                     row_weights, dataset, error);
}

emix_index emix_dataset_n_rows(const EmixDataset *dataset)
{
    return dataset->n_rows;
}

emix_index emix_dataset_n_features(const EmixDataset *dataset)
{
    return dataset->n_features;
}

EmixStatus emix_dataset_set_feature_names(EmixDataset *dataset, const char *const *names,
                                          EmixError *error)
{
    char **copy = NULL;
    if (names != NULL) {
        const EmixStatus status = emix_names_copy(dataset->n_features, names, &copy, error);
        if (status != EMIX_OK) {
            return status;
        }
    }
    emix_names_free(dataset->n_features, dataset->feature_names);
    dataset->feature_names = copy;
    return EMIX_OK;
}

EmixDtype emix_dataset_dtype(const EmixDataset *dataset)
{
    return dataset->dtype;
}

double emix_dataset_total_weight(const EmixDataset *dataset)
{
    return dataset->total_weight;
}

const double *emix_dataset_row_weights(const EmixDataset *dataset)
{
    return dataset->row_weights;
}

const char *emix_dataset_feature_name(const EmixDataset *dataset, emix_index feature)
{
    const bool known = dataset->feature_names != NULL && feature >= 0 &&
                       feature < dataset->n_features;
    return known ? dataset->feature_names[feature] : NULL;
}

bool emix_data_is_complete(const EmixDataset *dataset)
{
    return dataset->n_labelled == dataset->n_rows;
}

const int *emix_dataset_labels(const EmixDataset *dataset)
{
    return dataset->labels;
}

emix_index emix_dataset_n_labels(const EmixDataset *dataset)
{
    return dataset->n_labels;
}

const char *emix_dataset_label_name(const EmixDataset *dataset, emix_index label)
{
    const bool known = dataset->label_names != NULL && label >= 0 && label < dataset->n_labels;
    return known ? dataset->label_names[label] : NULL;
}

/* One loop per element type. The outer loop runs over rows, so that C order streams. Fortran order
 * then reads n_features streams at once, which caches handle well for the row counts of a shard. */
#define COPY_ROWS_AS(name, type)                                                                   \
    static void copy_rows_##name(const EmixDataset *d, emix_index first, emix_index n_rows,        \
                                 double *x)                                                        \
    {                                                                                              \
        const type *source = (const type *)d->x + first * d->row_stride;                           \
        for (emix_index i = 0; i < n_rows; ++i) {                                                  \
            for (emix_index j = 0; j < d->n_features; ++j) {                                       \
                x[i * d->n_features + j] =                                                         \
                    (double)source[i * d->row_stride + j * d->feature_stride];                     \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void copy_column_##name(const EmixColumn *c, emix_index first, emix_index n_rows,       \
                                   double *x, emix_index ldx)                                      \
    {                                                                                              \
        const type *source = (const type *)c->x + first * c->row_stride;                           \
        for (emix_index i = 0; i < n_rows; ++i) {                                                  \
            x[i * ldx] = (double)source[i * c->row_stride];                                        \
        }                                                                                          \
    }
COPY_ROWS_AS(float64, double)
COPY_ROWS_AS(float32, float)
COPY_ROWS_AS(int8, int8_t)
COPY_ROWS_AS(int16, int16_t)
COPY_ROWS_AS(int32, int32_t)
COPY_ROWS_AS(int64, int64_t)
COPY_ROWS_AS(uint8, uint8_t)
COPY_ROWS_AS(uint16, uint16_t)
COPY_ROWS_AS(uint32, uint32_t)
COPY_ROWS_AS(uint64, uint64_t)
#undef COPY_ROWS_AS

static const struct {
    void (*rows)(const EmixDataset *, emix_index, emix_index, double *);
    void (*column)(const EmixColumn *, emix_index, emix_index, double *, emix_index);
} copiers[] = {
#define COPIERS_OF(name)                                                                           \
    {                                                                                              \
        copy_rows_##name, copy_column_##name                                                       \
    }
    [EMIX_FLOAT64] = COPIERS_OF(float64), [EMIX_FLOAT32] = COPIERS_OF(float32),
    [EMIX_INT8] = COPIERS_OF(int8),       [EMIX_INT16] = COPIERS_OF(int16),
    [EMIX_INT32] = COPIERS_OF(int32),     [EMIX_INT64] = COPIERS_OF(int64),
    [EMIX_UINT8] = COPIERS_OF(uint8),     [EMIX_UINT16] = COPIERS_OF(uint16),
    [EMIX_UINT32] = COPIERS_OF(uint32),   [EMIX_UINT64] = COPIERS_OF(uint64),
#undef COPIERS_OF
};

void emix_data_copy_column(const EmixColumn *column, emix_index first_row, emix_index n_rows,
                           double *x, emix_index ldx)
{
    copiers[column->dtype].column(column, first_row, n_rows, x, ldx);
}

static void copy_rows(const EmixDataset *d, emix_index first_row, emix_index n_rows, double *x)
{
    if (d->columns == NULL) {
        copiers[d->dtype].rows(d, first_row, n_rows, x);
        return;
    }
    for (emix_index j = 0; j < d->n_features; ++j) {
        emix_data_copy_column(&d->columns[j], first_row, n_rows, x + j, d->n_features);
    }
}

EmixStatus emix_dataset_copy_rows(const EmixDataset *dataset, emix_index first_row,
                                  emix_index n_rows, double *x, EmixError *error)
{
    if (first_row < 0 || n_rows < 0 || first_row > dataset->n_rows - n_rows) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%lld rows from row %lld on were asked for, the data set has %lld",
                         (long long)n_rows, (long long)first_row, (long long)dataset->n_rows);
    }
    copy_rows(dataset, first_row, n_rows, x);
    return EMIX_OK;
}

bool emix_data_needs_buffer(const EmixDataset *dataset)
{
    return dataset->columns != NULL || dataset->dtype != EMIX_FLOAT64 ||
           dataset->feature_stride != 1;
}

const double *emix_data_view_rows(const EmixDataset *dataset, emix_index first_row,
                                  emix_index n_rows, double *buffer, emix_index *ldx)
{
    if (!emix_data_needs_buffer(dataset)) {
        *ldx = dataset->row_stride;
        return (const double *)dataset->x + first_row * dataset->row_stride;
    }
    *ldx = dataset->n_features;
    copy_rows(dataset, first_row, n_rows, buffer);
    return buffer;
}

emix_index emix_data_feature_number(const EmixDataset *dataset, emix_index feature)
{
    return dataset->feature_numbers != NULL ? dataset->feature_numbers[feature] : feature;
}

const char *emix_data_describe_feature(const EmixDataset *dataset, emix_index feature, char *text,
                                       emix_index text_bytes)
{
    const char *name = emix_dataset_feature_name(dataset, feature);
    snprintf(text, (size_t)text_bytes, "%s%scolumn %lld%s%s%s",
             dataset->source ? dataset->source : "", dataset->source ? ", " : "",
             (long long)emix_data_feature_number(dataset, feature) + 1, name ? " (" : "",
             name ? name : "", name ? ")" : "");
    return text;
}

const char *emix_data_describe_row(const EmixDataset *dataset, emix_index row, char *text,
                                   emix_index text_bytes)
{
    const bool lines = dataset->first_line > 0;
    snprintf(text, (size_t)text_bytes, "%s %lld", lines ? "line" : "row",
             (long long)(lines ? dataset->first_line + row : row + 1));
    return text;
}

void emix_dataset_destroy(EmixDataset *dataset)
{
    if (dataset == NULL) {
        return;
    }
    emix_names_free(dataset->n_features, dataset->feature_names);
    emix_names_free(dataset->n_labels, dataset->label_names);
    emix_free(dataset->source);
    emix_free(dataset->columns);
    emix_free(dataset->feature_numbers);
    emix_free(dataset->converted_weights);
    emix_free(dataset->converted_labels);
    if (dataset->release != NULL) {
        dataset->release(dataset->owner);
    }
    emix_free(dataset);
}
