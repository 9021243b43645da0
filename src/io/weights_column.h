/* The column of row weights, where it is given by its number. */
#ifndef EMIX_IO_WEIGHTS_COLUMN_H
#define EMIX_IO_WEIGHTS_COLUMN_H

#include "core/status_internal.h"

/** Reads `wanted` as a column number 1 ... n_columns.
 * @param[out] column  0-based. Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT. */
EmixStatus emix_io_weights_column_number(const char *name, const char *wanted, emix_index n_columns,
                                         emix_index *column, EmixError *error);

/** Refuses a weights column in a table of one column. */
EmixStatus emix_io_check_features_left(const char *name, emix_index n_columns, EmixError *error);

#endif
