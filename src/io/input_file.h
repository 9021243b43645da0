/* The bytes of an input file: mapped when it is a regular file, read otherwise. */
#ifndef EMIX_IO_INPUT_FILE_H
#define EMIX_IO_INPUT_FILE_H

#include <stddef.h>

#include "core/status_internal.h"

/** Bytes of a file. A mapped file must not be truncated by others while it is open: the system
 * answers a read beyond the new end with SIGBUS. */
typedef struct EmixInput {
    const char *bytes; /* [n_bytes], not terminated */
    size_t n_bytes;
    void *mapping; /* one of the two owns bytes */
    char *buffer;
} EmixInput;

/** Opens a file; "-" is standard input. Pipes and the like are read to their end.
 *
 * @param[out] input  Release with emix_io_input_close(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EmixStatus emix_io_input_open(const char *path, EmixInput *input, EmixError *error);

/** Releases the bytes; a zeroed input is allowed. */
void emix_io_input_close(EmixInput *input);

/** The name of a file in messages: "standard input" for "-", else the path, of which a very long
 * one keeps its end. */
const char *emix_io_input_name(const char *path);

#endif
