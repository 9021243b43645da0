/* Tables computed and written by windows of rows, and names of their columns. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

enum {
    WINDOW_ROWS = 10000,     /* rows of a window ...                               */
    WINDOW_VALUES = 1000000, /* ... fewer when that makes more values than this    */
    MIN_WINDOW_ROWS = 64,    /* ... but enough to keep a few threads busy          */
    MAX_NAME_BYTES = 32,     /* of a prefix and a number                           */
};

static emix_index window_rows(emix_index n_rows, emix_index n_columns)
{
    emix_index rows = WINDOW_VALUES / n_columns;
    if (rows > WINDOW_ROWS) rows = WINDOW_ROWS;
    if (rows < MIN_WINDOW_ROWS) rows = MIN_WINDOW_ROWS;
    return rows < n_rows ? rows : n_rows;
}

static EmixStatus write_window(const CliTable *table, EmixTableWriter *writer, emix_index first_row,
                               emix_index n_rows, void *rows, EmixError *error)
{
    const EmixStatus status = table->fill(table->context, first_row, n_rows, rows, error);
    if (status != EMIX_OK) return status;
    return table->type == EMIX_COLUMN_INDEX
               ? emix_table_writer_append_index(writer, n_rows, rows, error)
               : emix_table_writer_append(writer, n_rows, rows, error);
}

EmixStatus cli_write_table(const CliTable *table, EmixError *error)
{
    const emix_index window = window_rows(table->n_rows, table->n_columns);
    const size_t value_bytes = table->type == EMIX_COLUMN_INDEX ? sizeof(emix_index)
                                                                : sizeof(double);
    EmixTableWriter *writer = NULL;
    void *rows = calloc((size_t)window, (size_t)table->n_columns * value_bytes);
    if (rows == NULL) {
        snprintf(error->message, sizeof error->message,
                 "out of memory for %" PRId64 " rows of %" PRId64 " columns", window,
                 table->n_columns);
        return EMIX_ERR_NOMEM;
    }
    EmixStatus status = emix_table_writer_create(table->path, table->n_rows, table->n_columns,
                                                 table->names, table->type, &writer, error);
    for (emix_index first = 0; status == EMIX_OK && first < table->n_rows; first += window) {
        const emix_index left = table->n_rows - first;
        status = write_window(table, writer, first, left < window ? left : window, rows, error);
    }
    if (status == EMIX_OK) {
        status = emix_table_writer_commit(writer, error);
    } else {
        emix_table_writer_discard(writer);
    }
    free(rows);
    return status;
}

const char **cli_numbered_names(const char *prefix, emix_index first, emix_index n)
{
    const char **names = calloc((size_t)n, sizeof *names + MAX_NAME_BYTES);
    if (names == NULL) return NULL;
    char *texts = (char *)(names + n);
    for (emix_index i = 0; i < n; ++i) {
        char *text = texts + i * MAX_NAME_BYTES;
        snprintf(text, MAX_NAME_BYTES, "%s%" PRId64, prefix, first + i);
        names[i] = text;
    }
    return names;
}
