/* How failures are passed on inside the library: the function that detects one writes the message,
 * with values and limits; its callers return the status unchanged. */
#ifndef EMIX_CORE_STATUS_INTERNAL_H
#define EMIX_CORE_STATUS_INTERNAL_H

#include <emix/status.h>

/** Formats `error->message`; `error` may be NULL. */
__attribute__((format(printf, 2, 3))) void emix_error_format(EmixError *error, const char *format,
                                                             ...);

/** Formats the message; its value is `status`. A macro, so that a static analyser sees that a
 * failure is never EMIX_OK. */
#define emix_fail(error, status, ...) (emix_error_format((error), __VA_ARGS__), (status))

/** Stores the status of a call and, if it is a failure, goes to the function's label `cleanup`. */
#define EMIX_TRY(call)                                                                             \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != EMIX_OK) goto cleanup;                                                       \
    } while (0)

#endif
