/* Writes tables row by row, in any format. */
#include <string.h>

#include <emix/io.h>

#include "core/alloc.h"
#include "tables/npy.h"
#include "io/number_text.h"
#include "io/output_file.h"
#include "tables/table_format.h"

struct EmixTableWriter {
    EmixOutput *output;
    EmixTableFormat format;
    EmixColumnType type;
    char separator;
    emix_index n_rows;
    emix_index n_columns;
    emix_index n_written;
    emix_index n_index_names;
    const char *const *index_names; /* [n_index_names], written instead of integers; BORROWED */
};

/* Writes a text field, in quotes if it would not be read back correctly without. */
static EmixStatus write_name(const EmixTableWriter *writer, const char *name, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const size_t n = strlen(name);
    const char special[] = {writer->separator, '"', '\n', '\r', '\0'};
    const bool blank_ends = n > 0 &&
                            (strchr(" \t", name[0]) != NULL || strchr(" \t", name[n - 1]) != NULL);
    if (!blank_ends && strpbrk(name, special) == NULL) {
        return emix_io_output_write(writer->output, name, n, error);
    }
    EMIX_TRY(emix_io_output_write(writer->output, "\"", 1, error));
    for (const char *p = name; *p != '\0'; ++p) {
        EMIX_TRY(
            emix_io_output_write(writer->output, *p == '"' ? "\"\"" : p, 1 + (*p == '"'), error));
    }
    EMIX_TRY(emix_io_output_write(writer->output, "\"", 1, error));
cleanup:
    return status;
}

static EmixStatus write_separator(const EmixTableWriter *writer, emix_index column,
                                  EmixError *error)
{
    const bool last = column == writer->n_columns - 1;
    return emix_io_output_write(writer->output, last ? "\n" : &writer->separator, 1, error);
}

static EmixStatus write_header(const EmixTableWriter *writer, const char *const *names,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (writer->format == EMIX_TABLE_NPY) {
        char header[EMIX_NPY_HEADER_BYTES];
        emix_io_npy_format_header(writer->type == EMIX_COLUMN_INDEX ? EMIX_INT64 : EMIX_FLOAT64,
                                  writer->n_rows, writer->n_columns, header);
        return emix_io_output_write(writer->output, header, sizeof header, error);
    }
    for (emix_index j = 0; names != NULL && j < writer->n_columns; ++j) {
        EMIX_TRY(write_name(writer, names[j], error));
        EMIX_TRY(write_separator(writer, j, error));
    }
cleanup:
    return status;
}

EmixStatus emix_table_writer_create(const char *path, emix_index n_rows, emix_index n_columns,
                                    const char *const *names, EmixColumnType type,
                                    EmixTableWriter **writer, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixTableWriter *w = NULL;
    emix_index n_values = 0;
    if (path == NULL || n_rows < 0 || n_columns < 1 ||
        !emix_multiply(n_rows, n_columns, &n_values) ||
        (type != EMIX_COLUMN_NUMBER && type != EMIX_COLUMN_INDEX)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a table of %lld rows and %lld columns cannot be written to %s",
                         (long long)n_rows, (long long)n_columns, path != NULL ? path : "NULL");
    }
    EMIX_TRY_ALLOC(w, 1);
    w->type = type;
    w->n_rows = n_rows;
    w->n_columns = n_columns;
    EMIX_TRY(emix_io_table_format(path, &w->format, error));
    w->separator = w->format == EMIX_TABLE_TSV ? '\t' : ',';
    EMIX_TRY(emix_io_output_create(path, &w->output, error));
    EMIX_TRY(write_header(w, names, error));
    *writer = w;
    return EMIX_OK;
cleanup:
    emix_table_writer_discard(w);
    return status;
}

static EmixStatus check_append(const EmixTableWriter *writer, emix_index n_rows,
                               EmixColumnType type, EmixError *error)
{
    if (type != writer->type) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the table holds %s, not %s",
                         type == EMIX_COLUMN_NUMBER ? "integers" : "numbers",
                         type == EMIX_COLUMN_NUMBER ? "numbers" : "integers");
    }
    if (n_rows < 0 || n_rows > writer->n_rows - writer->n_written) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "%lld rows after %lld do not fit in a table of %lld", (long long)n_rows,
                         (long long)writer->n_written, (long long)writer->n_rows);
    }
    return EMIX_OK;
}

EmixStatus emix_table_writer_name_indices(EmixTableWriter *writer, emix_index n,
                                          const char *const *names, EmixError *error)
{
    if (writer->type != EMIX_COLUMN_INDEX) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the table holds numbers, which have no names");
    }
    writer->n_index_names = n;
    writer->index_names = names;
    return EMIX_OK;
}

EmixStatus emix_table_writer_append(EmixTableWriter *writer, emix_index n_rows, const double *x,
                                    EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(check_append(writer, n_rows, EMIX_COLUMN_NUMBER, error));
    const emix_index n_values = n_rows * writer->n_columns;
    if (writer->format == EMIX_TABLE_NPY) {
        EMIX_TRY(emix_io_output_write(writer->output, x, (size_t)n_values * sizeof *x, error));
    }
    for (emix_index i = 0; writer->format != EMIX_TABLE_NPY && i < n_values; ++i) {
        char text[EMIX_NUMBER_TEXT_BYTES];
        const size_t n = emix_io_format_number(x[i], text);
        EMIX_TRY(emix_io_output_write(writer->output, text, n, error));
        EMIX_TRY(write_separator(writer, i % writer->n_columns, error));
    }
    writer->n_written += n_rows;
cleanup:
    return status;
}

EmixStatus emix_table_writer_append_index(EmixTableWriter *writer, emix_index n_rows,
                                          const emix_index *x, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(check_append(writer, n_rows, EMIX_COLUMN_INDEX, error));
    const emix_index n_values = n_rows * writer->n_columns;
    if (writer->format == EMIX_TABLE_NPY) {
        EMIX_TRY(emix_io_output_write(writer->output, x, (size_t)n_values * sizeof *x, error));
    }
    for (emix_index i = 0; writer->format != EMIX_TABLE_NPY && i < n_values; ++i) {
        char text[EMIX_NUMBER_TEXT_BYTES];
        if (x[i] >= 0 && x[i] < writer->n_index_names) {
            EMIX_TRY(write_name(writer, writer->index_names[x[i]], error));
        } else {
            const size_t n = emix_io_format_index(x[i], text);
            EMIX_TRY(emix_io_output_write(writer->output, text, n, error));
        }
        EMIX_TRY(write_separator(writer, i % writer->n_columns, error));
    }
    writer->n_written += n_rows;
cleanup:
    return status;
}

EmixStatus emix_table_writer_commit(EmixTableWriter *writer, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOutput *output = writer->output;
    if (writer->n_written != writer->n_rows) {
        status = emix_fail(error, EMIX_ERR_ARGUMENT, "%lld rows were announced and %lld written",
                           (long long)writer->n_rows, (long long)writer->n_written);
        emix_table_writer_discard(writer);
        return status;
    }
    emix_free(writer);
    return emix_io_output_commit(output, error);
}

void emix_table_writer_discard(EmixTableWriter *writer)
{
    if (writer != NULL) {
        emix_io_output_discard(writer->output);
        emix_free(writer);
    }
}
