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

/* One file that is replaced again and again, without taking memory each time. The new version has
 * a fixed name beside the target (.NAME.new), so that however often a writing process is killed,
 * no more than one such file is left, and the next version takes its place. */

/** Memory for it; release with emix_io_output_discard(). @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_io_output_alloc(EmixOutput **output, EmixError *error);

/** Begins the next version; otherwise like emix_io_output_create(). */
EmixStatus emix_io_output_begin(EmixOutput *output, const char *path, EmixError *error);

/** Puts it in its place, like emix_io_output_commit(), and keeps `output`. */
EmixStatus emix_io_output_finish(EmixOutput *output, EmixError *error);

/** Removes the file and what a killed process left of its next version. A file that is not there
 * is no error. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_output_remove(EmixOutput *output, const char *path, EmixError *error);

#endif
