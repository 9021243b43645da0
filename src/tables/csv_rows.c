/* Records to rows of numbers, in parallel. */
#include "tables/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "data/dataset.h"
#include "io/number_text.h"
#include "parallel/parallel.h"

/* A piece of the data, which may begin and end anywhere. */
typedef struct Chunk {
    const char *begin;
    const char *end;
    /* First pass: newlines with an even and with an odd number of quotes before them in the chunk;
     * and whether the chunk has an odd number of quotes. */
    emix_index newlines[2];
    bool odd;
    /* Between the passes. */
    bool quoted;          /* the chunk begins inside of quotes         */
    emix_index n_records; /* record ends before the chunk, in the data */
    /* Second pass. */
    EmixStatus status;
} Chunk;

typedef struct Scan {
    const EmixCsvTable *table;
    Chunk *chunks;
} Scan;

static EmixStatus count_chunk(void *context, int task, int worker)
{
    (void)worker;
    Chunk *chunk = &((Scan *)context)->chunks[task];
    const size_t n = (size_t)(chunk->end - chunk->begin);
    if (memchr(chunk->begin, '"', n) == NULL) {
        emix_index newlines = 0;
        for (size_t i = 0; i < n; ++i) {
            newlines += chunk->begin[i] == '\n';
        }
        chunk->newlines[0] = newlines;
        return EMIX_OK;
    }
    unsigned odd = 0;
    for (size_t i = 0; i < n; ++i) {
        odd ^= chunk->begin[i] == '"';
        chunk->newlines[odd] += chunk->begin[i] == '\n';
    }
    chunk->odd = odd != 0;
    return EMIX_OK;
}

/* The beginning of a text, for a message, with non-text bytes made visible. */
static const char *show(const char *begin, const char *end, char *text, size_t bytes)
{
    size_t n = 0;
    const char *p = begin;
    for (; p < end && n + 12 < bytes; ++p) {
        const unsigned char c = (unsigned char)*p;
        n += (size_t)snprintf(text + n, bytes - n, c < 0x20 || c == 0x7f ? "\\x%02x" : "%c", c);
    }
    snprintf(text + n, bytes - n, "%s", p < end ? "..." : "");
    return text;
}

/* "column 3 (width)" */
static const char *describe_column(const EmixCsvTable *table, emix_index column, char *text,
                                   size_t bytes)
{
    char shown[64];
    if (table->column_names == NULL) {
        snprintf(text, bytes, "column %lld", (long long)column + 1);
    } else {
        const char *name = table->column_names[column];
        snprintf(text, bytes, "column %lld (%s)", (long long)column + 1,
                 show(name, name + strlen(name), shown, sizeof shown));
    }
    return text;
}

/* What a field that begins with a number, but is not one, suggests about the separator of the
 * file. */
static const char *guess_separator(const EmixCsvTable *table, const EmixCsvField *field, char *text,
                                   size_t bytes)
{
    static const struct {
        char c;
        const char *name;
    } candidates[] = {{';', "';'"}, {'\t', "a tab"}, {'|', "'|'"}, {',', "','"}, {' ', "a blank"}};
    double value = 0.0;
    text[0] = '\0';
    const char *next = emix_io_scan_number(field->begin, field->end, &value);
    if (next == NULL || next == field->end || field->quoted) {
        return text;
    }
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; ++i) {
        if (*next == candidates[i].c) {
            snprintf(text, bytes, " (fields are separated by %s here; does this file use %s?)",
                     table->separator == ',' ? "','" : "a tab", candidates[i].name);
        }
    }
    if (*next == '\r') {
        snprintf(text, bytes, " (lines must end with a newline, not with a carriage return alone)");
    }
    return text;
}

/* Parses a field that the fast path did not take: a number with blanks or quotes around it, or an
 * error. */
static EmixStatus parse_field(const EmixCsvTable *table, const char **p, emix_index line,
                              emix_index column, double *value, EmixError *error)
{
    char where[96];
    char shown[64];
    char hint[128];
    const EmixCsvField field = emix_io_csv_field(*p, table->end, table->separator);
    *p = field.next;
    if (field.fault != EMIX_CSV_FINE) {
        return emix_io_csv_fail_fault(table->name, line, &field, error);
    }
    const EmixFieldKind kind = emix_io_classify_field(field.begin, field.end, value);
    if (kind == EMIX_FIELD_NUMBER && fabs(*value) <= EMIX_VALUE_LIMIT &&
        !(column == table->weights_column && *value < 0.0)) {
        return EMIX_OK;
    }
    describe_column(table, column, where, sizeof where);
    show(field.begin, field.end, shown, sizeof shown);
    switch (kind) {
    case EMIX_FIELD_MISSING:
        return emix_fail(error, EMIX_ERR_NONFINITE, "%s, line %lld, %s: missing value '%s'",
                         table->name, (long long)line, where, shown);
    case EMIX_FIELD_INFINITE:
        return emix_fail(error, EMIX_ERR_NONFINITE, "%s, line %lld, %s: '%s' is not finite",
                         table->name, (long long)line, where, shown);
    case EMIX_FIELD_TEXT:
        return emix_fail(error, EMIX_ERR_FORMAT, "%s, line %lld, %s: '%s' is not a number%s",
                         table->name, (long long)line, where, shown,
                         guess_separator(table, &field, hint, sizeof hint));
    case EMIX_FIELD_NUMBER:
        if (fabs(*value) <= EMIX_VALUE_LIMIT) {
            return emix_fail(error, EMIX_ERR_NONFINITE, "%s, line %lld, %s: weight %s is negative",
                             table->name, (long long)line, where, shown);
        }
        break;
    case EMIX_FIELD_OVERFLOW: break;
    }
    return emix_fail(error, EMIX_ERR_FORMAT, "%s, line %lld, %s: '%s' is beyond +-%g", table->name,
                     (long long)line, where, shown, EMIX_VALUE_LIMIT);
}

static EmixStatus fail_ragged(const EmixCsvTable *table, const char *record, emix_index line,
                              EmixError *error)
{
    emix_index n_fields = 0;
    EmixCsvField field;
    const char *next = record;
    do {
        field = emix_io_csv_field(next, table->end, table->separator);
        next = field.next + 1;
        ++n_fields;
    } while (field.fault == EMIX_CSV_FINE && field.next < table->end &&
             *field.next == table->separator);
    if (field.fault != EMIX_CSV_FINE) {
        return emix_io_csv_fail_fault(table->name, line, &field, error);
    }
    return emix_fail(error, EMIX_ERR_FORMAT,
                     "%s, line %lld: %lld field%s, where the first record has %lld", table->name,
                     (long long)line, (long long)n_fields, n_fields == 1 ? "" : "s",
                     (long long)table->n_columns);
}

static bool is_blank_line(const EmixCsvTable *table, const char *record)
{
    const EmixCsvField field = emix_io_csv_field(record, table->end, table->separator);
    return field.fault == EMIX_CSV_FINE && !field.quoted && field.begin == field.end &&
           (field.next == table->end || *field.next == '\n');
}

/* Takes a label, which may be any text, and moves *p behind its field. */
static EmixStatus take_label(const EmixCsvTable *table, const char **p, emix_index row,
                             EmixError *error)
{
    const emix_index line = table->first_line + row;
    const EmixCsvField field = emix_io_csv_field(*p, table->end, table->separator);
    if (field.fault != EMIX_CSV_FINE) {
        return emix_io_csv_fail_fault(table->name, line, &field, error);
    }
    for (const char *c = field.begin; c < field.end; ++c) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            char where[96];
            char shown[64];
            return emix_fail(error, EMIX_ERR_FORMAT,
                             "%s, line %lld, %s: the label '%s' holds a control character",
                             table->name, (long long)line,
                             describe_column(table, table->labels_column, where, sizeof where),
                             show(field.begin, field.end, shown, sizeof shown));
        }
    }
    if (table->label_fields != NULL) {
        table->label_fields[row] = *p - table->data;
    }
    *p = field.next;
    return EMIX_OK;
}

/* Takes a number of column j, and moves *p behind its field. */
static EmixStatus take_number(const EmixCsvTable *table, const char **p, emix_index row,
                              emix_index j, double *value, EmixError *error)
{
    const char *const end = table->end;
    const char *next = emix_io_scan_number(*p, end, value);
    next = next != NULL ? emix_io_csv_skip_return(next, end) : NULL;
    if (next == NULL || (next < end && *next != table->separator && *next != '\n') ||
        !(fabs(*value) <= EMIX_VALUE_LIMIT) || (j == table->weights_column && *value < 0.0)) {
        return parse_field(table, p, table->first_line + row, j, value, error);
    }
    *p = next;
    return EMIX_OK;
}

/* Skips a field that is not used, and moves *p behind it. */
static EmixStatus pass_over(const EmixCsvTable *table, const char **p, emix_index row,
                            EmixError *error)
{
    const EmixCsvField field = emix_io_csv_field(*p, table->end, table->separator);
    if (field.fault != EMIX_CSV_FINE) {
        return emix_io_csv_fail_fault(table->name, table->first_line + row, &field, error);
    }
    *p = field.next;
    return EMIX_OK;
}

/* Stores the field at *p, of column j, and moves *p behind it.
 * @param x  [n_features] features of the row; NULL: only checks the field. */
static EmixStatus take_field(const EmixCsvTable *table, const char **p, emix_index row,
                             emix_index j, double *x, EmixError *error)
{
    double value = 0.0;
    const emix_index feature = table->feature_of[j];
    if (j == table->labels_column) {
        return take_label(table, p, row, error);
    }
    if (feature < 0 && j != table->weights_column) {
        return pass_over(table, p, row, error);
    }
    const EmixStatus status = take_number(table, p, row, j, &value, error);
    if (status == EMIX_OK && x != NULL) {
        *(feature >= 0 ? &x[feature] : &table->weights[row]) = value;
    }
    return status;
}

/* Stores the record at *p as row `row`, and moves *p to the next record. Without table->x it only
 * checks the record. */
static EmixStatus parse_record(const EmixCsvTable *table, const char **p, emix_index row,
                               EmixError *error)
{
    const char *const end = table->end;
    const char *const record = *p;
    const emix_index line = table->first_line + row;
    double *x = table->x != NULL ? table->x + row * table->n_features : NULL;
    const char *q = record;
    if (table->n_columns > 1 &&
        (*record == '\n' || *record == '\r' || *record == ' ' || *record == '\t') &&
        is_blank_line(table, record)) {
        return emix_fail(error, EMIX_ERR_FORMAT, "%s, line %lld: the line is blank", table->name,
                         (long long)line);
    }
    for (emix_index j = 0; j < table->n_columns; ++j) {
        const EmixStatus status = take_field(table, &q, row, j, x, error);
        if (status != EMIX_OK) {
            return status;
        }
        const bool last = q == end || *q == '\n';
        if (last != (j == table->n_columns - 1)) {
            return fail_ragged(table, record, line, error);
        }
        q += q < end;
    }
    *p = q;
    return EMIX_OK;
}

/* Parses the records that begin in a chunk; the last one may end beyond it. */
static EmixStatus parse_chunk_records(const EmixCsvTable *table, const Chunk *chunk,
                                      EmixError *error)
{
    const char *p = chunk->begin;
    emix_index row = chunk->n_records;
    if (p > table->data && (chunk->quoted || p[-1] != '\n')) {
        bool quoted = chunk->quoted;
        while (p < chunk->end && (quoted || *p != '\n')) {
            quoted ^= *p == '"';
            ++p;
        }
        if (p == chunk->end) {
            return EMIX_OK; /* the next record belongs to the next chunk */
        }
        ++p;
        ++row;
    }
    while (p < chunk->end) {
        const EmixStatus status = parse_record(table, &p, row, error);
        if (status != EMIX_OK) {
            return status;
        }
        ++row;
    }
    return EMIX_OK;
}

static EmixStatus parse_chunk(void *context, int task, int worker)
{
    (void)worker;
    const Scan *scan = context;
    Chunk *chunk = &scan->chunks[task];
    chunk->status = parse_chunk_records(scan->table, chunk, NULL);
    return chunk->status;
}

/* Counts the records, and sets the number of records before each chunk. */
static emix_index count_records(Scan *scan, int n_chunks, int n_workers)
{
    emix_parallel_for(n_chunks, n_workers, count_chunk, scan);
    emix_index n_records = 0;
    bool quoted = false;
    for (int c = 0; c < n_chunks; ++c) {
        Chunk *chunk = &scan->chunks[c];
        chunk->quoted = quoted;
        chunk->n_records = n_records;
        n_records += chunk->newlines[quoted];
        quoted ^= chunk->odd;
    }
    return n_records + 1; /* the last record's newline has been removed */
}

static EmixStatus allocate_values(EmixCsvTable *table, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index n_values = 0;
    const emix_index most = (emix_index)(table->end - table->data) + 1;
    if (!emix_multiply(table->n_rows, table->n_columns, &n_values) || n_values > most) {
        /* There are fewer bytes than that many fields need for separators, so some record is too
         * short. The parser will name it. */
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(table->x, table->n_rows * table->n_features);
    if (table->weights_column >= 0) {
        EMIX_TRY_ALLOC(table->weights, table->n_rows);
    }
    if (table->labels_column >= 0) {
        EMIX_TRY_ALLOC(table->label_fields, table->n_rows);
    }
cleanup:
    return status;
}

EmixStatus emix_io_csv_parse_rows(EmixCsvTable *table, size_t chunk_bytes, int n_workers,
                                  EmixError *error)
{
    enum { MAX_CHUNKS = 1 << 20 };
    EmixStatus status = EMIX_OK;
    Scan scan = {.table = table};
    const size_t n_bytes = (size_t)(table->end - table->data);
    if (chunk_bytes < n_bytes / MAX_CHUNKS + 1) {
        chunk_bytes = n_bytes / MAX_CHUNKS + 1;
    }
    const int n_chunks = (int)((n_bytes + chunk_bytes - 1) / chunk_bytes);
    EMIX_TRY_ALLOC(scan.chunks, n_chunks);
    for (int c = 0; c < n_chunks; ++c) {
        const size_t begin = (size_t)c * chunk_bytes;
        scan.chunks[c].begin = table->data + begin;
        scan.chunks[c].end = n_bytes - begin > chunk_bytes ? table->data + begin + chunk_bytes
                                                           : table->end;
    }
    table->n_rows = count_records(&scan, n_chunks, n_workers);
    EMIX_TRY(allocate_values(table, error));
    status = emix_parallel_for(n_chunks, n_workers, parse_chunk, &scan);
    for (int c = 0; status != EMIX_OK && c < n_chunks; ++c) {
        if (scan.chunks[c].status != EMIX_OK) {
            /* Parses the first bad chunk again, for its message. */
            status = parse_chunk_records(table, &scan.chunks[c], error);
            break;
        }
    }
cleanup:
    emix_free(scan.chunks);
    return status;
}
