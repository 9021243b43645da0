/* Checkpoint files: the state of a fit as bytes, which are read back unchanged or not at all.
 *
 *     "emix.checkpoint" and a zero | byte order mark, format: 32 bits each |
 *     length of the state, checksum of length and state: 64 bits each | state
 *
 * in the machine's byte order. A file is replaced as a whole (output_file.h). Only one fit at a
 * time may use a file. All memory is allocated beforehand: saving and loading allocate none. */
#ifndef EMIX_DOCUMENTS_CHECKPOINT_FILE_H
#define EMIX_DOCUMENTS_CHECKPOINT_FILE_H

#include <stddef.h>

#include "core/status_internal.h"

/** A checkpoint file; opaque. The functions below take it as void *, so that they fit EmixStore. */
typedef struct EmixCheckpointFile EmixCheckpointFile;

/** @param path  Copied. No file is opened yet.
 * @param[out] file  Release with emix_io_checkpoint_destroy().
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_io_checkpoint_create(const char *path, EmixCheckpointFile **file, EmixError *error);

/** The name of the file in messages; BORROWED until emix_io_checkpoint_destroy(). */
const char *emix_io_checkpoint_name(const EmixCheckpointFile *file);

/** Replaces the file. On failure the old one stays. @return EMIX_OK, EMIX_ERR_IO. */
EmixStatus emix_io_checkpoint_save(void *file, const void *bytes, size_t n_bytes, EmixError *error);

/** Reads the file.
 * @param[out] bytes  BORROWED until the next call for the same file; NULL if there is no file.
 * @return EMIX_OK; EMIX_ERR_IO; EMIX_ERR_FORMAT, with a message that says what is wrong with the
 *         file. */
EmixStatus emix_io_checkpoint_load(void *file, const void **bytes, size_t *n_bytes,
                                   EmixError *error);

/** Removes the file. @return EMIX_OK, also if there is none; EMIX_ERR_IO. */
EmixStatus emix_io_checkpoint_discard(void *file, EmixError *error);

/** Frees the memory; the file stays. NULL is allowed. */
void emix_io_checkpoint_destroy(void *file);

#endif
