/* How failures travel inside the library: the place that detects one writes the message, with
 * values and limits; callers pass it up unchanged. */
#ifndef EMIX_CORE_STATUS_INTERNAL_H
#define EMIX_CORE_STATUS_INTERNAL_H

#include <emix/status.h>

/** Formats `error->message`, when error is not NULL. */
__attribute__((format(printf, 2, 3))) void emix_error_format(EmixError *error, const char *format,
                                                             ...);

/** Formats the message and is `status`. A macro, so that a static analyser sees that a failure is
 * never EMIX_OK. */
#define emix_fail(error, status, ...) (emix_error_format((error), __VA_ARGS__), (status))

/** Stores the status of a call and leaves for the function's one label, `cleanup`, on failure. */
#define EMIX_TRY(call)                                                                             \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != EMIX_OK) goto cleanup;                                                       \
    } while (0)

#endif
