/* JSON being written. Commas come by themselves; numbers are the shortest that read back bit for
 * bit, so that a file of parameters is as small as it can be without losing any of them. */
#ifndef EMIX_DOCUMENTS_JSON_TEXT_H
#define EMIX_DOCUMENTS_JSON_TEXT_H

#include <stdbool.h>

#include "core/status_internal.h"
#include "io/output_file.h"

/** A JSON text, in memory or on its way to a file. The first failure stays, later calls do
 * nothing, and `status` is looked at once, at the end. */
typedef struct EmixJsonText {
    EmixOutput *output; /* where full buffers go; NULL = all stays in memory */
    EmixError *error;   /* may be NULL */
    EmixStatus status;
    char *text; /* [n_bytes of capacity], not terminated; release with emix_free() */
    emix_index n_bytes;
    emix_index capacity;
    bool comma;      /* the next value or key needs a comma before it */
    int line_indent; /* the next value or key starts a line with so many blanks; 0 = it does not */
} EmixJsonText;

/** Opens or closes an object or an array: one of { } [ ]. */
void emix_io_json_open(EmixJsonText *json, char bracket);
void emix_io_json_close(EmixJsonText *json, char bracket);

/** Lets the next value or key begin a new line. */
void emix_io_json_line(EmixJsonText *json, int indent);

/** A member's name; its value must follow. */
void emix_io_json_key(EmixJsonText *json, const char *key);

/** Values. A number has a point or an exponent; one that is not finite is null. Bytes of a string
 * that are not UTF-8 become the replacement character; NULL is null. */
void emix_io_json_number(EmixJsonText *json, double value);
void emix_io_json_index(EmixJsonText *json, emix_index value);
void emix_io_json_string(EmixJsonText *json, const char *value);

/** A key and its value. */
void emix_io_json_number_member(EmixJsonText *json, const char *key, double value);
void emix_io_json_index_member(EmixJsonText *json, const char *key, emix_index value);
void emix_io_json_string_member(EmixJsonText *json, const char *key, const char *value);

/** An array of numbers. */
void emix_io_json_numbers(EmixJsonText *json, emix_index n, const double *values);

/** Ends a line that is a document of its own. */
void emix_io_json_end_line(EmixJsonText *json);

/** Sends what is left to the output, or terminates the text in memory. */
EmixStatus emix_io_json_finish(EmixJsonText *json);

#endif
