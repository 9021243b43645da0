/* Data sets: a table of n_rows x n_features numbers, with optional row weights and names. */
#ifndef EMIX_DATA_H
#define EMIX_DATA_H

#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A table of numbers, borrowed from the caller or read from a file; opaque.
 * A data set is never written to by the library; any number of fits may share one. */
typedef struct EmixDataset EmixDataset;

/* Element types a data set can hold: enumerator, name as in "dtype", bytes of an element. */
#define EMIX_DTYPE_LIST(X)                                                                         \
    X(EMIX_FLOAT64, "float64", 8)                                                                  \
    X(EMIX_FLOAT32, "float32", 4)                                                                  \
    X(EMIX_INT8, "int8", 1)                                                                        \
    X(EMIX_INT16, "int16", 2)                                                                      \
    X(EMIX_INT32, "int32", 4)                                                                      \
    X(EMIX_INT64, "int64", 8)                                                                      \
    X(EMIX_UINT8, "uint8", 1)                                                                      \
    X(EMIX_UINT16, "uint16", 2)                                                                    \
    X(EMIX_UINT32, "uint32", 4)                                                                    \
    X(EMIX_UINT64, "uint64", 8)

#define EMIX_DTYPE_AS_ENUM(name, text, bytes) name,
/** Element type of a data set, in the machine's byte order. */
typedef enum EmixDtype { EMIX_DTYPE_LIST(EMIX_DTYPE_AS_ENUM) EMIX_N_DTYPES } EmixDtype;
#undef EMIX_DTYPE_AS_ENUM

/** Wraps an array of doubles.
 *
 * @param n_rows       At least 1.
 * @param n_features   At least 1.
 * @param x            [n_rows x n_features], row i at x + i * row_stride. BORROWED until
 *                     emix_dataset_destroy(); must not change while the data set is in use.
 * @param row_stride   Elements from one row to the next, at least n_features.
 * @param row_weights  [n_rows], each finite and >= 0, with a positive sum: the number of times
 *                     a row counts. NULL means all 1. BORROWED like x.
 * @param[out] dataset Release with emix_dataset_destroy(). Untouched on failure.
 * @param[out] error   May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NONFINITE (a weight), EMIX_ERR_NOMEM.
 *
 * Cost: O(n_rows) if there are weights, otherwise O(1); the first fit checks the values of x. */
EMIX_API EmixStatus emix_dataset_create(emix_index n_rows, emix_index n_features, const double *x,
                                        emix_index row_stride, const double *row_weights,
                                        EmixDataset **dataset, EmixError *error);

/** Wraps an array of any element type and order; otherwise as emix_dataset_create().
 *
 * @param dtype           Element type of x.
 * @param row_stride      Elements from one row to the next; 1 in Fortran order.
 * @param feature_stride  Elements from one feature to the next; 1 in C order. */
EMIX_API EmixStatus emix_dataset_create_typed(emix_index n_rows, emix_index n_features,
                                              const void *x, EmixDtype dtype, emix_index row_stride,
                                              emix_index feature_stride, const double *row_weights,
                                              EmixDataset **dataset, EmixError *error);

/** Wraps one array per feature, each of its own element type: a data frame, an Arrow table.
 *
 * @param columns  [n_features] of arrays, element i of feature j at columns[j] + i * strides[j].
 *                 The array of pointers is copied; what they point to is BORROWED until
 *                 emix_dataset_destroy(), and must not change while the data set is in use.
 * @param dtypes   [n_features] their element types; NULL = all float64. Copied.
 * @param strides  [n_features] elements from one row to the next, at least 1; NULL = all 1. Copied.
 * @param[out] dataset Release with emix_dataset_destroy(). Untouched on failure.
 * @param[out] error   May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM.
 *
 * Rows are assembled as doubles, a block that fits in cache at a time; the bits of a result are the
 * same as for one array with the same values. Weights: emix_dataset_set_row_weights(); names:
 * emix_dataset_set_feature_names(). Cost: O(n_features); the first fit checks the values. */
EMIX_API EmixStatus emix_dataset_create_columns(emix_index n_rows, emix_index n_features,
                                                const void *const *columns, const EmixDtype *dtypes,
                                                const emix_index *strides, EmixDataset **dataset,
                                                EmixError *error);

/** Number of rows. */
EMIX_API emix_index emix_dataset_n_rows(const EmixDataset *dataset);

/** Number of features (columns that are modelled; a weights column is not one). */
EMIX_API emix_index emix_dataset_n_features(const EmixDataset *dataset);

/** Element type of the data as stored; float64 if columns have different types. */
EMIX_API EmixDtype emix_dataset_dtype(const EmixDataset *dataset);

/** Name of an element type, such as "float64"; static storage. */
EMIX_API const char *emix_dtype_name(EmixDtype dtype);

/** Sum of the row weights; n_rows if there are none. */
EMIX_API double emix_dataset_total_weight(const EmixDataset *dataset);

/** Sets the weight of each row, the number of times that it counts; replaces earlier weights.
 *
 * @param row_weights  [n_rows], element i at row_weights + i * stride, each finite and >= 0, with a
 *                     positive sum. Doubles of stride 1 are BORROWED until
 *                     emix_dataset_destroy() or the next call; others are copied, as doubles.
 *                     NULL = all 1.
 * @param dtype        Their element type.
 * @param stride       Elements from one row to the next, at least 1.
 * @param[out] error   May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NONFINITE (a weight), EMIX_ERR_NOMEM; after a
 *         failure the data set is as it was.
 *
 * Not while a fit to the data set exists. Cost: O(n_rows). */
EMIX_API EmixStatus emix_dataset_set_row_weights(EmixDataset *dataset, const void *row_weights,
                                                 EmixDtype dtype, emix_index stride,
                                                 EmixError *error);

/** Row weights, [n_rows].
 * @return BORROWED until emix_dataset_destroy(); NULL if all weights are 1. */
EMIX_API const double *emix_dataset_row_weights(const EmixDataset *dataset);

/** Sets the names of the features; replaces earlier names.
 *
 * Fitted models have these names, and a model is applied to other data by name; see
 * <emix/predict.h>.
 *
 * @param names  [n_features] of strings, NULL for a feature without one; copied. NULL = no names.
 * @param[out] error May be NULL.
 * @return EMIX_OK, EMIX_ERR_NOMEM; after a failure the data set is as it was.
 *
 * Not while a fit to the data set exists. Cost: O(n_features). */
EMIX_API EmixStatus emix_dataset_set_feature_names(EmixDataset *dataset, const char *const *names,
                                                   EmixError *error);

/** Name of a feature.
 * @param feature  0 ... n_features - 1.
 * @return BORROWED until emix_dataset_destroy(); NULL if it has no name. */
EMIX_API const char *emix_dataset_feature_name(const EmixDataset *dataset, emix_index feature);

/** Sets the known component of some rows, or of all (partly or fully complete data).
 *
 * A fit keeps the responsibilities of such a row fixed, and the row adds log pi_z f_z(x) to the
 * log-likelihood, with z its component. Labels 0 ... n_labels - 1 stand for the components of the
 * same number; further components are free. Predictions and scores use no labels.
 *
 * @param labels    [n_rows] 0 ... n_labels - 1, or -1 if the component is unknown. BORROWED until
 *                  emix_dataset_destroy(). NULL removes the labels.
 * @param n_labels  At least 1; at most the n_components of a fit to the data set.
 * @param names     [n_labels] of strings, the names of the components of a fitted model; copied.
 *                  NULL = none.
 * @param[out] error May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT (a label out of range, naming the row), EMIX_ERR_NOMEM; after
 *         a failure the data set is as it was.
 *
 * Not while a fit to the data set exists. Cost: O(n_rows). */
EMIX_API EmixStatus emix_dataset_set_labels(EmixDataset *dataset, const int *labels,
                                            emix_index n_labels, const char *const *names,
                                            EmixError *error);

/** As emix_dataset_set_labels(), with labels of any element type and stride.
 *
 * @param labels  [n_rows], element i at labels + i * stride: 0 ... n_labels - 1; if the component
 *                is unknown -1, a NaN, or the smallest int32, which is R's NA_integer_. Labels of
 *                type int32 and stride 1 that use only -1 for unknown are BORROWED until
 *                emix_dataset_destroy() or the next call; others are copied. NULL removes the
 *                labels.
 * @param dtype   Their element type; floats must hold integers.
 * @param stride  Elements from one row to the next, at least 1. */
EMIX_API EmixStatus emix_dataset_set_labels_typed(EmixDataset *dataset, const void *labels,
                                                  EmixDtype dtype, emix_index stride,
                                                  emix_index n_labels, const char *const *names,
                                                  EmixError *error);

/** Labels of the rows, [n_rows], -1 = unknown.
 * @return BORROWED until emix_dataset_destroy(); NULL if there are none. */
EMIX_API const int *emix_dataset_labels(const EmixDataset *dataset);

/** Number of different labels; 0 without labels. */
EMIX_API emix_index emix_dataset_n_labels(const EmixDataset *dataset);

/** Name of a label.
 * @param label  0 ... n_labels - 1.
 * @return BORROWED until emix_dataset_destroy(); NULL if there are no names. */
EMIX_API const char *emix_dataset_label_name(const EmixDataset *dataset, emix_index label);

/** Copies rows as doubles.
 *
 * @param first_row  0 ... n_rows - 1.
 * @param n_rows     Rows to copy; first_row + n_rows must not exceed the data set's rows.
 * @param[out] x     [n_rows x n_features], C order, contiguous.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT.
 *
 * Cost: O(n_rows * n_features). */
EMIX_API EmixStatus emix_dataset_copy_rows(const EmixDataset *dataset, emix_index first_row,
                                           emix_index n_rows, double *x, EmixError *error);

/** Frees a data set, and the file that it was read from, if any. NULL is allowed. */
EMIX_API void emix_dataset_destroy(EmixDataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
