/* Tables computed and written by windows of rows, and names of their columns. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"

enum {
    WINDOW_ROWS = 10000,     /* largest number of rows of a window */
    WINDOW_VALUES = 1000000, /* largest number of values of a window */
    MIN_WINDOW_ROWS = 64,    /* at least so many rows, to keep a few threads busy */
    MAX_NAME_BYTES = 32,     /* a prefix and a number */
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

/* Writes the windows until one fails or a signal comes. */
static EmixStatus write_windows(const CliTable *table, EmixTableWriter *writer, emix_index window,
                                void *rows, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (emix_index first = 0; status == EMIX_OK && first < table->n_rows && !cli_is_interrupted();
         first += window) {
        const emix_index left = table->n_rows - first;
        status = write_window(table, writer, first, left < window ? left : window, rows, error);
    }
    return status;
}

static CliExit write_rows(const CliTable *table, emix_index window, void *rows)
{
    EmixError error = {{0}};
    EmixTableWriter *writer = NULL;
    EmixStatus status = emix_table_writer_create(table->path, table->n_rows, table->n_columns,
                                                 table->names, table->type, &writer, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    if (table->n_index_names > 0) {
        status = emix_table_writer_name_indices(writer, table->n_index_names, table->index_names,
                                                &error);
    }
    if (status == EMIX_OK) status = write_windows(table, writer, window, rows, &error);
    if (status == EMIX_OK && cli_is_interrupted()) {
        emix_table_writer_discard(writer);
        cli_message("interrupted; %s is not written", table->path);
        return CLI_EXIT_INTERRUPTED;
    }
    if (status == EMIX_OK) {
        status = emix_table_writer_commit(writer, &error);
    } else {
        emix_table_writer_discard(writer);
    }
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}

CliExit cli_write_table(const CliTable *table)
{
    const emix_index window = window_rows(table->n_rows, table->n_columns);
    const size_t value_bytes = table->type == EMIX_COLUMN_INDEX ? sizeof(emix_index)
                                                                : sizeof(double);
    void *rows = calloc((size_t)window, (size_t)table->n_columns * value_bytes);
    if (rows == NULL) {
        cli_message("out of memory for %" PRId64 " rows of %" PRId64 " columns", window,
                    table->n_columns);
        return CLI_EXIT_NOMEM;
    }
    /* A signal must remove a file; standard output just ends. */
    if (strcmp(table->path, "-") != 0) cli_catch_interrupts();
    const CliExit exit_status = write_rows(table, window, rows);
    cli_release_interrupts();
    free(rows);
    return exit_status;
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
