/* Output files that are either complete or absent.
 *
 * A regular file is written under a temporary name beside its target, and renamed when all of it is
 * on disk. A symbolic link stays, and its target is replaced. Pipes, devices and standard output
 * ("-") are written directly. */
#ifndef EMIX_IO_OUTPUT_FILE_H
#define EMIX_IO_OUTPUT_FILE_H

#include <stddef.h>

#include "core/status_internal.h"

/** A file being written; opaque. */
typedef struct EmixOutput EmixOutput;

/** Begins a file. An existing regular file keeps its mode; a new one gets 0666 less the umask. A
 * file that the process may not write is refused.
 *
 * @param[out] output  End with emix_io_output_commit() or emix_io_output_discard().
 * @return EMIX_OK, EMIX_ERR_IO, EMIX_ERR_NOMEM. */
EmixStatus emix_io_output_create(const char *path, EmixOutput **output, EmixError *error);

/** Appends bytes. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_write(EmixOutput *output, const void *bytes, size_t n_bytes,
                                EmixError *error);

/** Writes the rest, puts the file in its place and frees `output`, also on failure. After a failed
 * write nothing is put in place. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_commit(EmixOutput *output, EmixError *error);

/** Abandons the file and frees `output`. NULL is allowed. */
void emix_io_output_discard(EmixOutput *output);

/* For a file that is replaced again and again without new memory each time. The next version has a
 * fixed name beside the target (.NAME.new), so if writing processes are killed, at most one such
 * file is left, and the next version replaces it. */

/** Allocates the memory; release with emix_io_output_discard(). @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_io_output_alloc(EmixOutput **output, EmixError *error);

/** Begins the next version; otherwise like emix_io_output_create(). */
EmixStatus emix_io_output_begin(EmixOutput *output, const char *path, EmixError *error);

/** Puts the version in its place, as emix_io_output_commit() does, and keeps `output`. */
EmixStatus emix_io_output_finish(EmixOutput *output, EmixError *error);

/** Removes the file, and an unfinished next version that a killed process left. A missing file is
 * no error. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_remove(EmixOutput *output, const char *path, EmixError *error);

#endif
