/* A writer of JSON. It writes commas by itself. Numbers are the shortest that read back bit for
 * bit, so that a file of parameters is as small as possible without loss. */
#ifndef EMIX_DOCUMENTS_JSON_TEXT_H
#define EMIX_DOCUMENTS_JSON_TEXT_H

#include <stdbool.h>

#include "core/status_internal.h"
#include "io/output_file.h"

/** A JSON text, in memory or being written to a file. After the first failure later calls do
 * nothing, so `status` needs to be checked only once, at the end. */
typedef struct EmixJsonText {
    EmixOutput *output; /* receives full buffers; NULL = all stays in memory */
    EmixError *error;   /* may be NULL */
    EmixStatus status;
    char *text; /* [n_bytes of capacity], not terminated; release with emix_free() */
    emix_index n_bytes;
    emix_index capacity;
    bool comma;      /* the next value or key needs a comma before it */
    int line_indent; /* > 0: begin a line with so many blanks */
} EmixJsonText;

/** Opens or closes an object or an array: one of { } [ ]. */
void emix_io_json_open(EmixJsonText *json, char bracket);
void emix_io_json_close(EmixJsonText *json, char bracket);

/** Makes the next value or key begin a new line. */
void emix_io_json_line(EmixJsonText *json, int indent);

/** A member's name; its value must follow. */
void emix_io_json_key(EmixJsonText *json, const char *key);

/** Values. A number always has a point or an exponent; a number that is not finite becomes null.
 * Bytes of a string that are not UTF-8 become the replacement character; a NULL string becomes
 * null. */
void emix_io_json_number(EmixJsonText *json, double value);
void emix_io_json_index(EmixJsonText *json, emix_index value);
void emix_io_json_string(EmixJsonText *json, const char *value);
void emix_io_json_bool(EmixJsonText *json, bool value);

/** A key and its value. */
void emix_io_json_number_member(EmixJsonText *json, const char *key, double value);
void emix_io_json_index_member(EmixJsonText *json, const char *key, emix_index value);
void emix_io_json_string_member(EmixJsonText *json, const char *key, const char *value);

/** An array of numbers. */
void emix_io_json_numbers(EmixJsonText *json, emix_index n, const double *values);

/** Ends a line that is a document by itself. */
void emix_io_json_end_line(EmixJsonText *json);

/** Writes the rest to the output, or terminates the text in memory. */
EmixStatus emix_io_json_finish(EmixJsonText *json);

#endif
