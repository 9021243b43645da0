/* The beginning and end of the fields of a record. */
#include "tables/csv.h"

#include <string.h>

/* A tab is a blank unless it is the separator. */
static bool is_blank(char c, char separator)
{
    return c != separator && (c == ' ' || c == '\t');
}

static EmixCsvField quoted_field(const char *quote, const char *end, char separator)
{
    EmixCsvField field = {.begin = quote + 1, .quoted = true};
    const char *p = quote + 1;
    for (;;) {
        const char *closing = memchr(p, '"', (size_t)(end - p));
        if (closing == NULL) {
            field.end = end;
            field.next = end;
            field.fault = EMIX_CSV_UNCLOSED;
            return field;
        }
        if (closing + 1 == end || closing[1] != '"') {
            field.end = closing;
            p = closing + 1;
            break;
        }
        p = closing + 2;
    }
    while (p < end && is_blank(*p, separator)) {
        ++p;
    }
    field.next = p = emix_io_csv_skip_return(p, end);
    if (p < end && *p != separator && *p != '\n') {
        field.fault = EMIX_CSV_AFTER_QUOTE;
    }
    return field;
}

EmixCsvField emix_io_csv_field(const char *p, const char *end, char separator)
{
    while (p < end && is_blank(*p, separator)) {
        ++p;
    }
    if (p < end && *p == '"') {
        return quoted_field(p, end, separator);
    }
    EmixCsvField field = {.begin = p};
    while (p < end && *p != separator && *p != '\n') {
        if (*p == '"') {
            field.fault = EMIX_CSV_STRAY_QUOTE;
        }
        ++p;
    }
    field.next = p;
    const bool last = p == end || *p == '\n';
    p -= last && p > field.begin && p[-1] == '\r';
    while (p > field.begin && is_blank(p[-1], separator)) {
        --p;
    }
    field.end = p;
    return field;
}

EmixStatus emix_io_csv_fail_fault(const char *name, emix_index line, const EmixCsvField *field,
                                  EmixError *error)
{
    const char *what = "";
    switch (field->fault) {
    case EMIX_CSV_STRAY_QUOTE: what = "a quote inside a field that does not begin with one"; break;
    case EMIX_CSV_AFTER_QUOTE: what = "text after a closing quote"; break;
    case EMIX_CSV_UNCLOSED: what = "a quote is opened and never closed"; break;
    case EMIX_CSV_FINE: break;
    }
    return emix_fail(error, EMIX_ERR_FORMAT, "%s, line %lld: %s", name, (long long)line, what);
}
