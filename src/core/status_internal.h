/* How failures travel inside the library: the place that detects one writes the message, with
 * values and limits; callers pass it up unchanged. */
#ifndef EMIX_CORE_STATUS_INTERNAL_H
#define EMIX_CORE_STATUS_INTERNAL_H

#include <emix/status.h>

/** Formats `error->message` (when error is not NULL) and returns `status`. */
__attribute__((format(printf, 3, 4))) EmixStatus emix_fail(EmixError *error, EmixStatus status,
                                                           const char *format, ...);

/** Stores the status of a call and leaves for the function's one label, `cleanup`, on failure. */
#define EMIX_TRY(call)                                                                             \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != EMIX_OK) goto cleanup;                                                       \
    } while (0)

#endif
