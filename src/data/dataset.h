/* The inside of a data set: a typed, strided array that is never copied as a whole. */
#ifndef EMIX_DATA_DATASET_H
#define EMIX_DATA_DATASET_H

#include <stdbool.h>

#include <emix/data.h>

#include "core/status_internal.h"

/** Values beyond this are refused: their squares, summed over any number of rows and divided by
 * any covariance above the floor, must stay finite. */
#define EMIX_VALUE_LIMIT 1e150

/** A feature that lies apart from the others, or was picked from among them. */
typedef struct EmixColumn {
    const void *x; /* element i at index i * row_stride; BORROWED */
    EmixDtype dtype;
    emix_index row_stride;
} EmixColumn;

struct EmixDataset {
    /* One array: element (i, j) at index i * row_stride + j * feature_stride. With columns, that
     * array which they were picked from, NULL where there is none. */
    const void *x;
    EmixDtype dtype; /* float64 where columns differ */
    emix_index n_rows;
    emix_index n_features;
    emix_index row_stride;
    emix_index feature_stride;
    EmixColumn *columns;         /* [n_features], or NULL: all in one array; owned */
    emix_index *feature_numbers; /* [n_features] 0-based, in the source; NULL = in order; owned */
    const double *row_weights;   /* [n_rows], or NULL for all ones */
    double *converted_weights;   /* what row_weights is where the caller's are no doubles; owned */
    double total_weight;
    const int *labels;     /* [n_rows] known component of a row, -1 = unknown; or NULL */
    int *converted_labels; /* what labels is where the caller's are no ints; owned */
    emix_index n_labels;   /* labels are below */
    emix_index n_labelled; /* rows of known component */
    char **label_names;    /* [n_labels], or NULL; owned */
    char **feature_names;  /* [n_features], or NULL; owned */
    char *source;          /* where the data came from, for messages; owned; NULL = memory */
    emix_index first_line; /* line of row 0 in a text file, 0 = rows are not lines */

    emix_index memory_bytes; /* cap on resident memory, 0 = none asked for */
    emix_index window_rows;  /* a mapped file is swept in windows of so many rows; 0 = is not */

    /* Releases the storage behind x, row_weights and labels, when the data set owns it. */
    void (*release)(void *owner);
    void *owner;
};

/** Allocates a data set over storage it will own, checks shape and weights.
 *
 * On success `release(owner)` is called by emix_dataset_destroy(); on failure the caller still
 * owns the storage. Names and source are left NULL for the caller to fill in with blocks from
 * emix_alloc(). */
EmixStatus emix_data_dataset_create_owned(const EmixDataset *fields, EmixDataset **dataset,
                                          EmixError *error);

/** Sums row_weights, refusing what is no weight, into total_weight. */
EmixStatus emix_data_sum_weights(EmixDataset *dataset, EmixError *error);

/** Elements first_row ... first_row + n_rows - 1 of a column as doubles.
 * @param x    [n_rows] with stride ldx. */
void emix_data_copy_column(const EmixColumn *column, emix_index first_row, emix_index n_rows,
                           double *x, emix_index ldx);

/** Place of a feature among those of the source, 0-based. */
emix_index emix_data_feature_number(const EmixDataset *dataset, emix_index feature);

/** Rows first_row ... first_row + n_rows - 1 as doubles: a pointer into the data when they lie
 * there as doubles, features adjacent, else a copy in `buffer` [n_rows x n_features].
 * @param[out] ldx  Row stride of what is returned. */
const double *emix_data_view_rows(const EmixDataset *dataset, emix_index first_row,
                                  emix_index n_rows, double *buffer, emix_index *ldx);

/** True when the component of every row is known. */
bool emix_data_is_complete(const EmixDataset *dataset);

/** Bytes of an element. */
emix_index emix_data_dtype_bytes(EmixDtype dtype);

/** True when emix_data_view_rows() needs its buffer. */
bool emix_data_needs_buffer(const EmixDataset *dataset);

/** Writes "file.csv, column 3 (width)" or the like for a message. Returns text. */
const char *emix_data_describe_feature(const EmixDataset *dataset, emix_index feature, char *text,
                                       emix_index text_bytes);

/** Writes "line 7" of a text file, else "row 6", for a message. Returns text. */
const char *emix_data_describe_row(const EmixDataset *dataset, emix_index row, char *text,
                                   emix_index text_bytes);

#endif
