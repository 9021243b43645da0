/* Text tables: the first record, the columns, and the data set made of them. */
#include "tables/csv.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/names.h"
#include "data/dataset.h"
#include "io/input_file.h"
#include "io/number_text.h"
#include "tables/special_column.h"

/* Memory that a data set from text owns. */
typedef struct Values {
    double *x;
    double *weights;
    int *labels;
} Values;

static void release_values(void *owner)
{
    Values *values = owner;
    emix_free(values->x);
    emix_free(values->weights);
    emix_free(values->labels);
    emix_free(values);
}

/* Removes a byte-order mark and blank trailing lines; refuses bytes that are not text. */
static EmixStatus trim_text(const EmixCsvText *text, const char **begin, const char **end,
                            EmixError *error)
{
    const char *p = text->text;
    const char *q = text->text + text->n_bytes;
    if (text->n_bytes >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)) {
        return emix_fail(error, EMIX_ERR_FORMAT, "%s: the text is UTF-16; it must be UTF-8",
                         text->name);
    }
    if (text->n_bytes >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }
    while (q > p && (q[-1] == '\n' || q[-1] == '\r' || q[-1] == ' ')) {
        --q;
    }
    if (p == q) {
        return emix_fail(error, EMIX_ERR_FORMAT, "%s: the file is empty", text->name);
    }
    if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
        return emix_fail(error, EMIX_ERR_FORMAT, "%s, line 1: the line is blank", text->name);
    }
    *begin = p;
    *end = q;
    return EMIX_OK;
}

/* Counts the fields of the first record and decides if it is a header. Text in the labels column
 * does not make it one, if that column is given by its number. */
static EmixStatus scan_first_record(EmixCsvTable *table, const char *begin,
                                    const char *labels_column, bool *header, EmixError *error)
{
    EmixCsvField field;
    const long long labels_number = labels_column != NULL ? strtoll(labels_column, NULL, 10) : 0;
    const char *next = begin;
    *header = false;
    table->n_columns = 0;
    do {
        field = emix_io_csv_field(next, table->end, table->separator);
        if (field.fault != EMIX_CSV_FINE) {
            return emix_io_csv_fail_fault(table->name, 1, &field, error);
        }
        double value = 0.0;
        ++table->n_columns;
        *header = *header ||
                  (table->n_columns != labels_number &&
                   emix_io_classify_field(field.begin, field.end, &value) == EMIX_FIELD_TEXT);
        next = field.next + 1;
    } while (field.next < table->end && *field.next == table->separator);
    for (const char *p = begin; p < field.next; ++p) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            return emix_fail(error, EMIX_ERR_FORMAT,
                             "%s, line 1: byte 0x%02x at offset %lld: this is not a text file",
                             table->name, c, (long long)(p - begin));
        }
    }
    table->data = begin;
    table->first_line = 1;
    if (*header) {
        for (const char *p = begin; p < field.next; ++p) {
            table->first_line += *p == '\n';
        }
        table->first_line += 1;
        if (field.next == table->end) {
            return emix_fail(error, EMIX_ERR_FORMAT, "%s: there is a header and no data",
                             table->name);
        }
        table->data = field.next + 1;
    }
    return EMIX_OK;
}

char *emix_io_csv_copy_field(const EmixCsvField *field)
{
    char *name = emix_alloc((emix_index)(field->end - field->begin) + 1, 1);
    size_t n = 0;
    for (const char *p = field->begin; name != NULL && p < field->end; ++p) {
        name[n++] = *p;
        p += field->quoted && *p == '"';
    }
    return name;
}

static EmixStatus read_names(EmixCsvTable *table, const char *begin, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY_ALLOC(table->column_names, table->n_columns);
    const char *next = begin;
    for (emix_index j = 0; j < table->n_columns; ++j) {
        const EmixCsvField field = emix_io_csv_field(next, table->end, table->separator);
        table->column_names[j] = emix_io_csv_copy_field(&field);
        if (table->column_names[j] == NULL) {
            status = emix_fail_nomem(error, (emix_index)(field.end - field.begin) + 1, 1);
            goto cleanup;
        }
        next = field.next + 1;
    }
cleanup:
    return status;
}

/* Finds the weights or labels column by its name, else by its number. */
static EmixStatus find_column(const EmixCsvTable *table, const char *wanted, const char *role,
                              emix_index *column, EmixError *error)
{
    *column = -1;
    if (wanted == NULL) {
        return EMIX_OK;
    }
    for (emix_index j = 0; table->column_names != NULL && j < table->n_columns; ++j) {
        if (strcmp(table->column_names[j], wanted) == 0) {
            if (*column >= 0) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "%s: columns %lld and %lld are both named '%.100s'", table->name,
                                 (long long)*column + 1, (long long)j + 1, wanted);
            }
            *column = j;
        }
    }
    return *column >= 0 ? EMIX_OK
                        : emix_io_special_column_number(table->name, wanted, role, table->n_columns,
                                                        column, error);
}

static EmixStatus find_special_columns(EmixCsvTable *table, const EmixCsvText *text,
                                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(find_column(table, text->weights_column, "weights", &table->weights_column, error));
    EMIX_TRY(find_column(table, text->labels_column, "labels", &table->labels_column, error));
    EMIX_TRY(emix_io_check_special_columns(table->name, table->n_columns, table->weights_column,
                                           table->labels_column, error));
cleanup:
    return status;
}

/* Decides which column is which feature: all columns except weights and labels, or the requested
 * ones of a table with names. */
static EmixStatus choose_features(EmixCsvTable *table, const EmixCsvText *text, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index *columns = NULL; /* candidates */
    emix_index *found = NULL;
    const char **names = NULL;
    emix_index n = 0;
    const bool by_name = table->column_names != NULL &&
                         emix_names_are_complete(text->n_features, text->features);
    EMIX_TRY_ALLOC(table->feature_of, table->n_columns);
    EMIX_TRY_ALLOC(columns, table->n_columns);
    EMIX_TRY_ALLOC(names, table->n_columns);
    for (emix_index j = 0; j < table->n_columns; ++j) {
        const bool special = j == table->weights_column || j == table->labels_column;
        table->feature_of[j] = special || by_name ? -1 : n;
        if (!special) {
            names[n] = by_name ? table->column_names[j] : NULL;
            columns[n++] = j;
        }
    }
    table->n_features = by_name ? text->n_features : n;
    if (by_name) {
        EMIX_TRY_ALLOC(found, text->n_features);
        EMIX_TRY(
            emix_names_find(table->name, n, names, text->n_features, text->features, found, error));
        for (emix_index f = 0; f < text->n_features; ++f) {
            table->feature_of[columns[found[f]]] = f;
        }
    }
cleanup:
    emix_free(names);
    emix_free(found);
    emix_free(columns);
    return status;
}

/* Fills in the description of the features from that of the columns.
 * @param[out] numbers  [n_features] column of each feature; release with emix_free(). */
static EmixStatus describe_features(EmixCsvTable *table, emix_index **numbers, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    char **names = NULL;
    EMIX_TRY_ALLOC(*numbers, table->n_features);
    if (table->column_names != NULL) {
        EMIX_TRY_ALLOC(names, table->n_columns);
    }
    for (emix_index j = 0; j < table->n_columns; ++j) {
        const emix_index feature = table->feature_of[j];
        if (feature >= 0) {
            (*numbers)[feature] = j;
        }
        if (names != NULL && feature >= 0) {
            names[feature] = table->column_names[j];
            table->column_names[j] = NULL;
        }
    }
    emix_names_free(table->n_columns, table->column_names);
    table->column_names = names;
cleanup:
    return status;
}

static emix_index count_labelled(const EmixCsvTable *table)
{
    emix_index n = 0;
    for (emix_index i = 0; table->labels != NULL && i < table->n_rows; ++i) {
        n += table->labels[i] >= 0;
    }
    return n;
}

static EmixStatus make_dataset(EmixCsvTable *table, EmixDataset **dataset, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Values *values = NULL;
    char *source = NULL;
    const emix_index source_bytes = (emix_index)strlen(table->name) + 1;
    emix_index *numbers = NULL;
    const emix_index n_features = table->n_features;
    EMIX_TRY_ALLOC(values, 1);
    EMIX_TRY_ALLOC(source, source_bytes);
    memcpy(source, table->name, (size_t)source_bytes);
    EMIX_TRY(describe_features(table, &numbers, error));
    *values = (Values){.x = table->x, .weights = table->weights, .labels = table->labels};
    const EmixDataset fields = {
        .x = values->x,
        .dtype = EMIX_FLOAT64,
        .n_rows = table->n_rows,
        .n_features = n_features,
        .row_stride = n_features,
        .feature_stride = 1,
        .feature_numbers = numbers,
        .row_weights = values->weights,
        .labels = values->labels,
        .n_labels = table->n_labels,
        .n_labelled = count_labelled(table),
        .label_names = table->label_names,
        .feature_names = table->column_names,
        .source = source,
        .first_line = table->first_line,
        .release = release_values,
        .owner = values,
    };
    EMIX_TRY(emix_data_dataset_create_owned(&fields, dataset, error));
    table->x = NULL;
    table->weights = NULL;
    table->labels = NULL;
    table->column_names = NULL;
    table->label_names = NULL;
    return EMIX_OK;
cleanup:
    emix_free(numbers);
    emix_free(source);
    emix_free(values);
    return status;
}

EmixStatus emix_io_csv_parse(const EmixCsvText *text, EmixDataset **dataset, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixCsvTable table = {.name = text->name, .separator = text->separator};
    const char *begin = text->text;
    bool header = false;
    EMIX_TRY(trim_text(text, &begin, &table.end, error));
    EMIX_TRY(scan_first_record(&table, begin, text->labels_column, &header, error));
    if (header) {
        EMIX_TRY(read_names(&table, begin, error));
    }
    EMIX_TRY(find_special_columns(&table, text, error));
    EMIX_TRY(choose_features(&table, text, error));
    EMIX_TRY(emix_io_csv_parse_rows(&table, text->chunk_bytes, text->n_workers, error));
    EMIX_TRY(emix_io_csv_read_labels(&table, error));
    EMIX_TRY(make_dataset(&table, dataset, error));
cleanup:
    emix_names_free(table.n_columns, table.column_names);
    emix_names_free(table.n_labels, table.label_names);
    emix_free(table.feature_of);
    emix_free(table.labels);
    emix_free(table.label_fields);
    emix_free(table.x);
    emix_free(table.weights);
    return status;
}

EmixStatus emix_io_csv_read(const EmixContext *context, const char *path, char separator,
                            const EmixReadOptions *options, EmixDataset **dataset, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixInput input = {0};
    EMIX_TRY(emix_io_input_open(path, &input, error));
    const EmixCsvText text = {
        .name = emix_io_input_name(path),
        .text = input.bytes,
        .n_bytes = input.n_bytes,
        .separator = separator,
        .weights_column = options->weights_column,
        .labels_column = options->labels_column,
        .features = options->features,
        .n_features = options->n_features,
        .n_workers = context->n_workers,
        .chunk_bytes = EMIX_CSV_CHUNK_BYTES,
    };
    EMIX_TRY(emix_io_csv_parse(&text, dataset, error));
cleanup:
    emix_io_input_close(&input);
    return status;
}
