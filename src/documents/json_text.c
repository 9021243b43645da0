/* Writes JSON (RFC 8259). */
#include "documents/json_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "io/number_text.h"

enum { FLUSH_BYTES = 1 << 14 };

static void flush_text(EmixJsonText *json)
{
    if (json->status == EMIX_OK) {
        json->status = emix_io_output_write(json->output, json->text, (size_t)json->n_bytes,
                                            json->error);
    }
    json->n_bytes = 0;
}

static void append(EmixJsonText *json, const char *text, size_t n)
{
    if (json->status != EMIX_OK) {
        return;
    }
    if (json->output != NULL && json->n_bytes >= FLUSH_BYTES) {
        flush_text(json);
    }
    const emix_index needed = json->n_bytes + (emix_index)n;
    if (needed > json->capacity) {
        const emix_index capacity = 2 * needed + 256;
        char *grown = emix_realloc(json->text, json->capacity, capacity, 1);
        if (grown == NULL) {
            json->status = emix_fail_nomem(json->error, capacity, 1);
            return;
        }
        json->text = grown;
        json->capacity = capacity;
    }
    memcpy(json->text + json->n_bytes, text, n);
    json->n_bytes = needed;
}

static void append_text(EmixJsonText *json, const char *text)
{
    append(json, text, strlen(text));
}

/* Writes what separates the last token from the next value or key. */
static void begin_item(EmixJsonText *json)
{
    if (json->comma) {
        append(json, ",", 1);
    }
    if (json->line_indent > 0) {
        char line[32];
        append(json, line, (size_t)snprintf(line, sizeof line, "\n%*s", json->line_indent, ""));
        json->line_indent = 0;
    }
    json->comma = true;
}

void emix_io_json_open(EmixJsonText *json, char bracket)
{
    begin_item(json);
    append(json, &bracket, 1);
    json->comma = false;
}

void emix_io_json_close(EmixJsonText *json, char bracket)
{
    append(json, &bracket, 1);
    json->comma = true;
}

void emix_io_json_line(EmixJsonText *json, int indent)
{
    json->line_indent = indent;
}

/* Bytes of the UTF-8 character at p; 0 if it is not valid (RFC 3629: no surrogates, no overlong
 * forms, nothing above U+10FFFF). The text is terminated, so no byte beyond its end is read. */
static size_t utf8_bytes(const unsigned char *p)
{
    if (p[0] < 0x80) {
        return 1;
    }
    const size_t n = p[0] >= 0xf0 ? 4 : (p[0] >= 0xe0 ? 3 : 2);
    const unsigned lowest = p[0] == 0xe0 ? 0xa0 : (p[0] == 0xf0 ? 0x90 : 0x80);
    const unsigned highest = p[0] == 0xed ? 0x9f : (p[0] == 0xf4 ? 0x8f : 0xbf);
    if (p[0] < 0xc2 || p[0] > 0xf4 || p[1] < lowest || p[1] > highest) {
        return 0;
    }
    for (size_t i = 2; i < n; ++i) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static void append_string(EmixJsonText *json, const char *value)
{
    const unsigned char *p = (const unsigned char *)value;
    append(json, "\"", 1);
    while (*p != '\0') {
        const size_t n = utf8_bytes(p);
        if (n == 0) {
            append_text(json, "\xef\xbf\xbd");
        } else if (*p == '"' || *p == '\\') {
            append(json, "\\", 1);
            append(json, (const char *)p, 1);
        } else if (*p < 0x20 || *p == 0x7f) {
            char escape[8];
            append(json, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *p));
        } else {
            append(json, (const char *)p, n);
        }
        p += n == 0 ? 1 : n;
    }
    append(json, "\"", 1);
}

void emix_io_json_key(EmixJsonText *json, const char *key)
{
    begin_item(json);
    append_string(json, key);
    append(json, ":", 1);
    json->comma = false;
}

void emix_io_json_string(EmixJsonText *json, const char *value)
{
    begin_item(json);
    if (value == NULL) {
        append_text(json, "null");
        return;
    }
    append_string(json, value);
}

void emix_io_json_bool(EmixJsonText *json, bool value)
{
    begin_item(json);
    append_text(json, value ? "true" : "false");
}

void emix_io_json_number(EmixJsonText *json, double value)
{
    begin_item(json);
    if (!isfinite(value)) {
        append_text(json, "null");
        return;
    }
    /* A real must always look like one: readers would take "-0" for an integer, which has no sign,
     * and a long run of digits for an integer that overflows. */
    char text[EMIX_NUMBER_TEXT_BYTES];
    append(json, text, emix_io_format_number(value, text));
    if (strpbrk(text, ".e") == NULL) {
        append_text(json, ".0");
    }
}

void emix_io_json_index(EmixJsonText *json, emix_index value)
{
    char text[EMIX_NUMBER_TEXT_BYTES];
    begin_item(json);
    append(json, text, emix_io_format_index(value, text));
}

void emix_io_json_number_member(EmixJsonText *json, const char *key, double value)
{
    emix_io_json_key(json, key);
    emix_io_json_number(json, value);
}

void emix_io_json_index_member(EmixJsonText *json, const char *key, emix_index value)
{
    emix_io_json_key(json, key);
    emix_io_json_index(json, value);
}

void emix_io_json_string_member(EmixJsonText *json, const char *key, const char *value)
{
    emix_io_json_key(json, key);
    emix_io_json_string(json, value);
}

void emix_io_json_numbers(EmixJsonText *json, emix_index n, const double *values)
{
    emix_io_json_open(json, '[');
    for (emix_index i = 0; i < n; ++i) {
        emix_io_json_number(json, values[i]);
    }
    emix_io_json_close(json, ']');
}

void emix_io_json_end_line(EmixJsonText *json)
{
    append(json, "\n", 1);
    json->comma = false;
}

EmixStatus emix_io_json_finish(EmixJsonText *json)
{
    if (json->output != NULL) {
        flush_text(json);
    } else {
        append(json, "", 1);
    }
    return json->status;
}
