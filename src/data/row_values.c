/* Values of rows besides the features: weights and labels, of any element type and stride. */
#include <limits.h>
#include <math.h>

#include "core/alloc.h"
#include "core/names.h"
#include "data/dataset.h"

/* Elements converted at a time. */
enum { CHUNK = 512 };

static EmixStatus check_array(const EmixColumn *column, const char *what, EmixError *error)
{
    if ((unsigned)column->dtype >= EMIX_N_DTYPES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "dtype %d of the %s is unknown",
                         (int)column->dtype, what);
    }
    if (column->row_stride < 1) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "stride %lld of the %s is not at least 1",
                         (long long)column->row_stride, what);
    }
    return EMIX_OK;
}

EmixStatus emix_dataset_set_row_weights(EmixDataset *dataset, const void *row_weights,
                                        EmixDtype dtype, emix_index stride, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *converted = NULL;
    const EmixColumn column = {.x = row_weights, .dtype = dtype, .row_stride = stride};
    EmixDataset changed = *dataset;
    changed.row_weights = row_weights;
    if (row_weights != NULL) {
        EMIX_TRY(check_array(&column, "row weights", error));
    }
    if (row_weights != NULL && (dtype != EMIX_FLOAT64 || stride != 1)) {
        EMIX_TRY_ALLOC(converted, dataset->n_rows);
        emix_data_copy_column(&column, 0, dataset->n_rows, converted, 1);
        changed.row_weights = converted;
    }
    EMIX_TRY(emix_data_sum_weights(&changed, error));
    emix_free(dataset->converted_weights);
    changed.converted_weights = converted;
    *dataset = changed;
    return EMIX_OK;
cleanup:
    emix_free(converted);
    return status;
}

/* Converts a label; -1 if the component is unknown. */
static EmixStatus read_label(double value, emix_index row, emix_index n_labels, int *label,
                             EmixError *error)
{
    if (isnan(value) || value == INT_MIN) {
        value = -1.0;
    }
    if (!(value >= -1.0 && value < (double)n_labels)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "row %lld has label %.17g, not in -1 ... %lld",
                         (long long)row + 1, value, (long long)n_labels - 1);
    }
    *label = (int)value;
    return (double)*label == value
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_ARGUMENT, "row %lld has label %.17g, not an integer",
                           (long long)row + 1, value);
}

/* Checks and counts the labels.
 * @param converted  [n_rows] or NULL, written.
 * @param[out] n_labelled  Rows of known component.
 * @param[out] differ      True if some element is not an int >= -1. */
static EmixStatus read_labels(const EmixColumn *column, emix_index n_rows, emix_index n_labels,
                              int *converted, emix_index *n_labelled, bool *differ,
                              EmixError *error)
{
    double values[CHUNK];
    *n_labelled = 0;
    *differ = column->dtype != EMIX_INT32 || column->row_stride != 1;
    for (emix_index first = 0; first < n_rows; first += CHUNK) {
        const emix_index n = n_rows - first < CHUNK ? n_rows - first : CHUNK;
        emix_data_copy_column(column, first, n, values, 1);
        for (emix_index i = 0; i < n; ++i) {
            int label = -1;
            const EmixStatus status = read_label(values[i], first + i, n_labels, &label, error);
            if (status != EMIX_OK) {
                return status;
            }
            *n_labelled += label >= 0;
            *differ = *differ || (double)label != values[i];
            if (converted != NULL) {
                converted[first + i] = label;
            }
        }
    }
    return EMIX_OK;
}

EmixStatus emix_dataset_set_labels_typed(EmixDataset *dataset, const void *labels, EmixDtype dtype,
                                         emix_index stride, emix_index n_labels,
                                         const char *const *names, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    int *converted = NULL;
    char **copy = NULL;
    emix_index n_labelled = 0;
    bool differ = false;
    const EmixColumn column = {.x = labels, .dtype = dtype, .row_stride = stride};
    n_labels = labels != NULL ? n_labels : 0;
    if (labels != NULL) {
        EMIX_TRY(check_array(&column, "labels", error));
        if (n_labels < 1 || n_labels > INT_MAX) {
            return emix_fail(error, EMIX_ERR_ARGUMENT, "n_labels is %lld, not in 1 ... %d",
                             (long long)n_labels, INT_MAX);
        }
        EMIX_TRY(
            read_labels(&column, dataset->n_rows, n_labels, NULL, &n_labelled, &differ, error));
    }
    if (differ) {
        EMIX_TRY_ALLOC(converted, dataset->n_rows);
        EMIX_TRY(read_labels(&column, dataset->n_rows, n_labels, converted, &n_labelled, &differ,
                             error));
    }
    if (labels != NULL && names != NULL) {
        EMIX_TRY(emix_names_copy(n_labels, names, &copy, error));
    }
    emix_names_free(dataset->n_labels, dataset->label_names);
    emix_free(dataset->converted_labels);
    dataset->labels = differ ? converted : labels;
    dataset->converted_labels = converted;
    dataset->n_labels = n_labels;
    dataset->n_labelled = n_labelled;
    dataset->label_names = copy;
    return EMIX_OK;
cleanup:
    emix_free(converted);
    return status;
}

_Static_assert(sizeof(int) == sizeof(int32_t), "labels that are kept are ints of 32 bits");

EmixStatus emix_dataset_set_labels(EmixDataset *dataset, const int *labels, emix_index n_labels,
                                   const char *const *names, EmixError *error)
{
    return emix_dataset_set_labels_typed(dataset, labels, EMIX_INT32, 1, n_labels, names, error);
}
