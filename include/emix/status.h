/* Status codes and error messages of every libemix call. */
#ifndef EMIX_STATUS_H
#define EMIX_STATUS_H

#include <stdint.h>

#if defined(_WIN32)
#define EMIX_API
#else
#define EMIX_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Number of rows, features, components, ...; signed, so that differences and loops are safe. */
typedef int64_t emix_index;

/* Every failure the library can report: one line each, so that the enum, the text and the
 * documentation cannot drift apart. Values are part of the ABI: append, never renumber. */
#define EMIX_STATUS_LIST(X)                                                                        \
    X(EMIX_OK, 0, "success")                                                                       \
    X(EMIX_ERR_ARGUMENT, 1, "an argument is out of its documented range")                          \
    X(EMIX_ERR_SHAPE, 2, "array shapes do not agree")                                              \
    X(EMIX_ERR_NOMEM, 3, "out of memory")                                                          \
    X(EMIX_ERR_DEGENERATE, 4, "no usable model: the likelihood is unbounded or undefined")         \
    X(EMIX_ERR_NONFINITE, 5, "a NaN, an infinity or a value out of range in the data")             \
    X(EMIX_ERR_IO, 6, "a file could not be opened, read or written")                               \
    X(EMIX_ERR_FORMAT, 7, "a file is malformed")                                                   \
    X(EMIX_ERR_UNSUPPORTED, 8, "a documented limit of this version")                               \
    X(EMIX_ERR_INTERRUPTED, 9, "stopped before there was a result")

#define EMIX_STATUS_AS_ENUM(name, value, text) name = (value),
/** What a call returns; EMIX_OK is 0. */
typedef enum EmixStatus { EMIX_STATUS_LIST(EMIX_STATUS_AS_ENUM) } EmixStatus;
#undef EMIX_STATUS_AS_ENUM

/** Detail for humans: what was wrong, with the offending value and the limit it broke.
 * Owned by the caller, usually on the stack; written only on failure, always terminated. */
typedef struct EmixError {
    char message[512];
} EmixError;

/** Text for a status.
 *
 * @param status  Any value; an unknown one gives "unknown status".
 * @return Static storage, never NULL. */
EMIX_API const char *emix_status_text(EmixStatus status);

/** Version of the library in use.
 *
 * @return Static storage, "major.minor.patch". */
EMIX_API const char *emix_version(void);

#ifdef __cplusplus
}
#endif
#endif
