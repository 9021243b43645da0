/* The bytes of an input file: mapped if it is a regular file, read otherwise. */
#ifndef EMIX_IO_INPUT_FILE_H
#define EMIX_IO_INPUT_FILE_H

#include <stddef.h>

#include "core/status_internal.h"

/** Bytes of a file. Other processes must not truncate a mapped file while it is open: reading
 * beyond the new end raises SIGBUS. */
typedef struct EmixInput {
    const char *bytes; /* [n_bytes], not terminated */
    size_t n_bytes;
    void *mapping; /* `mapping` or `buffer` owns bytes; the other is NULL */
    char *buffer;
} EmixInput;

/** Opens a file; "-" is standard input. Pipes and devices are read to their end.
 *
 * @param[out] input  Release with emix_io_input_close(). Unchanged on failure.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EmixStatus emix_io_input_open(const char *path, EmixInput *input, EmixError *error);

/** Frees the bytes; a zeroed input is allowed. */
void emix_io_input_close(EmixInput *input);

/** The name of a file in messages: "standard input" for "-", else the path, or the end of it if it
 * is very long. */
const char *emix_io_input_name(const char *path);

#endif
