/* The formats of tables, by file name. */
#ifndef EMIX_TABLES_TABLE_FORMAT_H
#define EMIX_TABLES_TABLE_FORMAT_H

#include "core/status_internal.h"

/** Format of a table. */
typedef enum EmixTableFormat { EMIX_TABLE_CSV, EMIX_TABLE_TSV, EMIX_TABLE_NPY } EmixTableFormat;

/** The format of a path's extension, in upper or lower case; "-" is CSV.
 * @return EMIX_OK, EMIX_ERR_UNSUPPORTED. */
EmixStatus emix_io_table_format(const char *path, EmixTableFormat *format, EmixError *error);

#endif
