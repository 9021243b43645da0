/* Output files that are either complete or not there.
 *
 * A regular file is written beside its target under a temporary name and renamed when all of it
 * is on disk. A symbolic link stays, and its target is replaced. Pipes, devices and standard
 * output ("-") are written directly. */
#ifndef EMIX_IO_OUTPUT_FILE_H
#define EMIX_IO_OUTPUT_FILE_H

#include <stddef.h>

#include "core/status_internal.h"

/** A file being written; opaque. */
typedef struct EmixOutput EmixOutput;

/** Begins a file. An existing regular file keeps its mode, a new one gets what the umask leaves
 * of 0666; a file that the process may not write is refused.
 *
 * @param[out] output  End with emix_io_output_commit() or emix_io_output_discard().
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EmixStatus emix_io_output_create(const char *path, EmixOutput **output, EmixError *error);

/** Appends bytes. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_write(EmixOutput *output, const void *bytes, size_t n_bytes,
                                EmixError *error);

/** Writes what is left, puts the file in its place and releases `output`, on failure too. After
 * a failed write nothing is put in place. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_commit(EmixOutput *output, EmixError *error);

/** Gives the file up and releases `output`. NULL is allowed. */
void emix_io_output_discard(EmixOutput *output);

#endif
