/* Tables as text. The text is cut into chunks of equal size, which all workers share. A first pass
 * counts records and quotes; a second one writes numbers directly into the final array. The values
 * read, and the error reported, which is the first one in the file, depend on neither the chunks
 * nor the workers.
 *
 * A record ends at a newline outside quotes, where every quote character in the text opens or
 * closes. A quote in a field that does not begin with one is an error; so up to the first error
 * this agrees with reading field by field (RFC 4180). */
#ifndef EMIX_TABLES_CSV_H
#define EMIX_TABLES_CSV_H

#include <stdbool.h>

#include <emix/io.h>

#include "context/context.h"
#include "core/status_internal.h"

/** A text to read as a table; plain values, nothing owned. */
typedef struct EmixCsvText {
    const char *name; /* for messages */
    const char *text; /* [n_bytes] */
    size_t n_bytes;
    char separator;
    const char *weights_column;  /* as in EmixReadOptions */
    const char *labels_column;   /* as in EmixReadOptions */
    const char *const *features; /* as in EmixReadOptions */
    emix_index n_features;
    int n_workers;      /* at least 1 */
    size_t chunk_bytes; /* at least 1; EMIX_CSV_CHUNK_BYTES outside of tests */
} EmixCsvText;

/** Small enough that the second pass finds a chunk in cache, large enough to outweigh the cost of a
 * task. */
enum { EMIX_CSV_CHUNK_BYTES = 1 << 18 };

/** Reads a file. @param separator ',' or '\t'. Otherwise as emix_dataset_read(). */
EmixStatus emix_io_csv_read(const EmixContext *context, const char *path, char separator,
                            const EmixReadOptions *options, EmixDataset **dataset,
                            EmixError *error);

/** Reads a text that is in memory. */
EmixStatus emix_io_csv_parse(const EmixCsvText *text, EmixDataset **dataset, EmixError *error);

/* Shared by the files of the reader. */

/** Why a field cannot be read. */
typedef enum EmixCsvFault {
    EMIX_CSV_FINE,
    EMIX_CSV_STRAY_QUOTE, /* a quote inside a field that does not begin with one */
    EMIX_CSV_AFTER_QUOTE, /* text after the closing quote                        */
    EMIX_CSV_UNCLOSED     /* no closing quote                                    */
} EmixCsvFault;

/** One field of a record. */
typedef struct EmixCsvField {
    const char *begin; /* content, without quotes, and without blanks at the ends */
    const char *end;
    const char *next; /* the separator or newline behind it, or the end of the text */
    bool quoted;
    EmixCsvFault fault;
} EmixCsvField;

/** Finds the field that starts at `p`. */
EmixCsvField emix_io_csv_field(const char *p, const char *end, char separator);

/** Skips the carriage return of a CR LF line end, which does not belong to a field. */
static inline const char *emix_io_csv_skip_return(const char *p, const char *end)
{
    return p < end && *p == '\r' && (p + 1 == end || p[1] == '\n') ? p + 1 : p;
}

/** A table whose first record has been read. */
typedef struct EmixCsvTable {
    const char *name;
    const char *data; /* the records after the header */
    const char *end;  /* blank trailing lines removed */
    emix_index first_line;
    char separator;
    emix_index n_columns;
    emix_index weights_column; /* 0-based, -1 = none */
    emix_index labels_column;  /* 0-based, -1 = none */
    char **column_names;       /* [n_columns], or NULL */
    emix_index n_features;
    emix_index *feature_of; /* [n_columns], feature of each column; -1 = none */
    emix_index n_rows;
    double *x;                /* [n_rows x features], C order */
    double *weights;          /* [n_rows], or NULL */
    emix_index *label_fields; /* [n_rows] bytes from `data` to the label's field, or NULL */
    int *labels;              /* [n_rows] -1 = unknown, or NULL */
    emix_index n_labels;
    char **label_names; /* [n_labels], or NULL */
} EmixCsvTable;

/** Fills in n_rows, x, weights and label_fields. */
EmixStatus emix_io_csv_parse_rows(EmixCsvTable *table, size_t chunk_bytes, int n_workers,
                                  EmixError *error);

/** Fills in labels, n_labels and label_names from label_fields. An empty or missing field is an
 * unknown label. Labels are in numeric order if all are integers, else in the order of their
 * bytes. */
EmixStatus emix_io_csv_read_labels(EmixCsvTable *table, EmixError *error);

/** The content of a field as a string; "" inside quotes becomes one quote. Release with
 * emix_free(). NULL = out of memory. */
char *emix_io_csv_copy_field(const EmixCsvField *field);

/** Writes the message for a field that cannot be read. @param line  Line of its record. */
EmixStatus emix_io_csv_fail_fault(const char *name, emix_index line, const EmixCsvField *field,
                                  EmixError *error);

#endif
