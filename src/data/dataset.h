/* The inside of a data set: a typed, strided array that is never copied as a whole. */
#ifndef EMIX_DATA_DATASET_H
#define EMIX_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>

#include <emix/data.h>

#include "core/status_internal.h"

/** Larger values are refused: their squares, summed over any number of rows and divided by any
 * covariance above the floor, must stay finite. */
#define EMIX_VALUE_LIMIT 1e150

/** A feature in an array of its own, or picked from another data set. */
typedef struct EmixColumn {
    const void *x; /* element i at index i * row_stride; BORROWED */
    EmixDtype dtype;
    emix_index row_stride;
} EmixColumn;

struct EmixDataset {
    /* One array: element (i, j) is at index i * row_stride + j * feature_stride. With columns, the
     * array from which they were picked; NULL if there is none. */
    const void *x;
    EmixDtype dtype; /* float64 if columns have different types */
    emix_index n_rows;
    emix_index n_features;
    emix_index row_stride;
    emix_index feature_stride;
    EmixColumn *columns;         /* [n_features], or NULL: all in one array; owned */
    emix_index *feature_numbers; /* [n_features] 0-based, in the source; NULL = in order; owned */
    const double *row_weights;   /* [n_rows], or NULL for all ones */
    double *converted_weights;   /* storage of row_weights if the caller's are not doubles; owned */
    double total_weight;
    emix_index n_weighted; /* rows of weight above 0: the others are absent from every count */
    const int *labels;     /* [n_rows] known component of a row, -1 = unknown; or NULL */
    int *converted_labels; /* storage of labels if the caller's are not ints; owned */
    emix_index n_labels;   /* labels are below this */
    emix_index n_labelled; /* rows of known component */
    char **label_names;    /* [n_labels], or NULL; owned */
    char **feature_names;  /* [n_features], or NULL; owned */
    char *source;          /* where the data came from, for messages; owned; NULL = memory */
    emix_index first_line; /* line of row 0 in a text file, 0 = rows are not lines */

    emix_index memory_bytes; /* limit on resident memory; 0 = none */
    emix_index window_rows;  /* rows per window of a mapped file; 0 = not streamed */

    /* Frees the storage of x, row_weights and labels, if the data set owns it. */
    void (*release)(void *owner);
    void *owner;
};

/** Allocates a data set over storage that it will own; checks shape and weights.
 *
 * On success emix_dataset_destroy() will call `release(owner)`; on failure the caller still owns
 * the storage. Names and source are NULL; the caller may set them to blocks from emix_alloc(). */
EmixStatus emix_data_dataset_create_owned(const EmixDataset *fields, EmixDataset **dataset,
                                          EmixError *error);

/** Sums row_weights into total_weight, counts those above 0, and refuses values that are not
 * weights. */
EmixStatus emix_data_sum_weights(EmixDataset *dataset, EmixError *error);

/** Elements first_row ... first_row + n_rows - 1 of a column as doubles.
 * @param x    [n_rows] with stride ldx. */
void emix_data_copy_column(const EmixColumn *column, emix_index first_row, emix_index n_rows,
                           double *x, emix_index ldx);

/** Position of a feature in the source, 0-based. */
emix_index emix_data_feature_number(const EmixDataset *dataset, emix_index feature);

/** Rows first_row ... first_row + n_rows - 1 as doubles: a pointer into the data if they are
 * doubles there with adjacent features, else a copy in `buffer` [n_rows x n_features].
 * @param[out] ldx  Row stride of the result. */
const double *emix_data_view_rows(const EmixDataset *dataset, emix_index first_row,
                                  emix_index n_rows, double *buffer, emix_index *ldx);

/** Weight of a row; 1 where there are no weights. */
static inline double emix_data_row_weight(const EmixDataset *dataset, emix_index row)
{
    return dataset->row_weights != NULL ? dataset->row_weights[row] : 1.0;
}

/** Mean weight of the rows that have one: what a row counts for. */
static inline double emix_data_mean_weight(const EmixDataset *dataset)
{
    return dataset->total_weight / (double)dataset->n_weighted;
}

/** The unit of tolerances, nats: 1, or the mean weight of a row if that is less. Weights above 1 may
 * be frequencies, for which a tolerance in nats means what it says; weights scaled down must not
 * loosen it. */
static inline double emix_data_tolerance_unit(const EmixDataset *dataset)
{
    const double mean = emix_data_mean_weight(dataset);
    return mean < 1.0 ? mean : 1.0;
}

/** True if the component of every row is known. */
bool emix_data_is_complete(const EmixDataset *dataset);

/** Bytes per element. */
emix_index emix_data_dtype_bytes(EmixDtype dtype);

/** True if emix_data_view_rows() needs its buffer. */
bool emix_data_needs_buffer(const EmixDataset *dataset);

/** Writes "file.csv, column 3 (width)" or the like for a message. Returns text. */
const char *emix_data_describe_feature(const EmixDataset *dataset, emix_index feature, char *text,
                                       emix_index text_bytes);

/** Writes "line 7" of a text file, else "row 6", for a message. Returns text. */
const char *emix_data_describe_row(const EmixDataset *dataset, emix_index row, char *text,
                                   emix_index text_bytes);

#endif
