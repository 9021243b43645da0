/* Columns that are not features: row weights and labels. */
#ifndef EMIX_TABLES_SPECIAL_COLUMN_H
#define EMIX_TABLES_SPECIAL_COLUMN_H

#include "core/status_internal.h"

/** Reads `wanted` as a column number 1 ... n_columns.
 * @param role  The use of the column, for messages: "weights" or "labels".
 * @param[out] column  0-based. Unchanged on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT. */
EmixStatus emix_io_special_column_number(const char *name, const char *wanted, const char *role,
                                         emix_index n_columns, emix_index *column,
                                         EmixError *error);

/** Refuses columns, 0-based and -1 = none, that are equal or leave no feature. */
EmixStatus emix_io_check_special_columns(const char *name, emix_index n_columns, emix_index weights,
                                         emix_index labels, EmixError *error);

#endif
