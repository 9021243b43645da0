/* Status texts and error messages. */
#include "core/status_internal.h"

#include <stdarg.h>
#include <stdio.h>

const char *emix_status_text(EmixStatus status)
{
    switch (status) {
#define STATUS_AS_CASE(name, value, text)                                                          \
    case name: return text;
        EMIX_STATUS_LIST(STATUS_AS_CASE)
#undef STATUS_AS_CASE
    }
    return "unknown status";
}

const char *emix_version(void)
{
    return EMIX_VERSION_STRING;
}

void emix_error_format(EmixError *error, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
}
