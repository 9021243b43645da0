/* Separate arrays, picked features, and features matched by name. */
#include "data/columns.h"

#include <string.h>

#include "core/alloc.h"
#include "core/names.h"

/* ---- data sets of separate arrays ---- */

static EmixStatus check_column(const EmixColumn *column, emix_index j, EmixError *error)
{
    if (column->x == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the array of feature %lld is NULL",
                         (long long)j);
    }
    if ((unsigned)column->dtype >= EMIX_N_DTYPES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "dtype %d of feature %lld is unknown",
                         (int)column->dtype, (long long)j);
    }
    if (column->row_stride < 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "stride %lld of feature %lld is not at least 1",
                         (long long)column->row_stride, (long long)j);
    }
    return EMIX_OK;
}

EmixStatus emix_dataset_create_columns(emix_index n_rows, emix_index n_features,
                                       const void *const *columns, const EmixDtype *dtypes,
                                       const emix_index *strides, EmixDataset **dataset,
                                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixDataset fields = {.n_rows = n_rows, .n_features = n_features};
    if (columns == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the columns are NULL");
    }
    if (n_features >= 1) {
        EMIX_TRY_ALLOC(fields.columns, n_features);
    }
    for (emix_index j = 0; j < n_features; ++j) {
        fields.columns[j] = (EmixColumn){.x = columns[j],
                                         .dtype = dtypes != NULL ? dtypes[j] : EMIX_FLOAT64,
                                         .row_stride = strides != NULL ? strides[j] : 1};
        EMIX_TRY(check_column(&fields.columns[j], j, error));
        const EmixDtype first = fields.columns[0].dtype;
        fields.dtype = j == 0 || fields.columns[j].dtype == fields.dtype ? first : EMIX_FLOAT64;
    }
    EMIX_TRY(emix_data_dataset_create_owned(&fields, dataset, error));
    return EMIX_OK;
cleanup:
    emix_free(fields.columns);
    return status;
}

/* ---- views ---- */

/* A data set that borrows everything of `data` but names, source, labels and weights, which it
 * leaves out. */
static EmixDataset borrow(const EmixDataset *data)
{
    return (EmixDataset){.x = data->x,
                         .dtype = data->dtype,
                         .n_rows = data->n_rows,
                         .n_features = data->n_features,
                         .row_stride = data->row_stride,
                         .feature_stride = data->feature_stride,
                         .first_line = data->first_line,
                         .memory_bytes = data->memory_bytes,
                         .window_rows = data->window_rows};
}

static EmixColumn column_of(const EmixDataset *data, emix_index j)
{
    if (data->columns != NULL) {
        return data->columns[j];
    }
    return (EmixColumn){.x = (const char *)data->x +
                             j * data->feature_stride * emix_data_dtype_bytes(data->dtype),
                        .dtype = data->dtype,
                        .row_stride = data->row_stride};
}

/* True if features first, first + 1, ... are picked from one array. The view is then a smaller
 * array with the same strides, and its rows need no buffer if those of `data` need none. */
static bool is_run(const EmixDataset *data, emix_index n, const emix_index *picked)
{
    bool run = data->columns == NULL;
    for (emix_index j = 0; run && j < n; ++j) {
        run = picked[j] == picked[0] + j;
    }
    return run;
}

static EmixStatus copy_text(const char *text, char **copy, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index bytes = text != NULL ? (emix_index)strlen(text) + 1 : 0;
    if (bytes > 0) {
        EMIX_TRY_ALLOC(*copy, bytes);
        memcpy(*copy, text, (size_t)bytes);
    }
cleanup:
    return status;
}

/* Sets the names of picked features, and their positions in the source. */
static EmixStatus pick_names(const EmixDataset *data, emix_index n, const emix_index *picked,
                             EmixDataset *view, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(view->feature_numbers, n);
    for (emix_index j = 0; j < n; ++j) {
        view->feature_numbers[j] = emix_data_feature_number(data, picked[j]);
    }
    if (data->feature_names != NULL) {
        EMIX_TRY_ALLOC(view->feature_names, n);
        for (emix_index j = 0; j < n; ++j) {
            EMIX_TRY(copy_text(data->feature_names[picked[j]], &view->feature_names[j], error));
        }
    }
    EMIX_TRY(copy_text(data->source, &view->source, error));
cleanup:
    return status;
}

EmixStatus emix_data_pick_features(const EmixDataset *data, emix_index n, const emix_index *picked,
                                   EmixDataset **view, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixDataset *v = NULL;
    EMIX_TRY_ALLOC(v, 1);
    *v = borrow(data);
    v->n_features = n;
    v->row_weights = data->row_weights;
    v->total_weight = data->total_weight;
    v->n_weighted = data->n_weighted;
    if (is_run(data, n, picked)) {
        v->x = column_of(data, picked[0]).x;
    } else {
        EMIX_TRY_ALLOC(v->columns, n);
        for (emix_index j = 0; j < n; ++j) {
            v->columns[j] = column_of(data, picked[j]);
        }
    }
    EMIX_TRY(pick_names(data, n, picked, v, error));
    v->labels = data->labels;
    v->n_labels = data->n_labels;
    v->n_labelled = data->n_labelled;
    if (data->label_names != NULL) {
        EMIX_TRY(emix_names_copy(data->n_labels, (const char *const *)data->label_names,
                                 &v->label_names, error));
    }
    *view = v;
    return EMIX_OK;
cleanup:
    emix_dataset_destroy(v);
    return status;
}

EmixStatus emix_data_reweight(const EmixDataset *data, const double *row_weights,
                              EmixDataset **view, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixDataset fields = borrow(data);
    fields.row_weights = row_weights;
    if (data->columns != NULL) {
        EMIX_TRY_ALLOC(fields.columns, data->n_features);
        memcpy(fields.columns, data->columns, (size_t)data->n_features * sizeof *fields.columns);
    }
    EMIX_TRY(emix_data_dataset_create_owned(&fields, view, error));
    return EMIX_OK;
cleanup:
    emix_free(fields.columns);
    return status;
}

/* ---- features by name ---- */

static bool are_in_order(const EmixDataset *data, emix_index n, char *const *names)
{
    bool same = data->n_features == n;
    for (emix_index j = 0; same && j < n; ++j) {
        same = strcmp(data->feature_names[j], names[j]) == 0;
    }
    return same;
}

EmixStatus emix_data_match_features(const EmixDataset *data, emix_index n, char *const *names,
                                    EmixDataset **view, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index *picked = NULL;
    const char *const *own = (const char *const *)data->feature_names;
    const char *const *wanted = (const char *const *)names;
    *view = NULL;
    if (!emix_names_are_complete(n, wanted) || !emix_names_are_complete(data->n_features, own) ||
        are_in_order(data, n, names)) {
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(picked, n);
    EMIX_TRY(emix_names_find(data->source, data->n_features, own, n, wanted, picked, error));
    EMIX_TRY(emix_data_pick_features(data, n, picked, view, error));
cleanup:
    emix_free(picked);
    return status;
}
