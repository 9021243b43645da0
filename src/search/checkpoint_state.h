/* The state of a competition as bytes. */
#ifndef EMIX_SEARCH_CHECKPOINT_STATE_H
#define EMIX_SEARCH_CHECKPOINT_STATE_H

#include "search/checkpoint.h"

/** Size of the largest state in bytes. */
size_t emix_checkpoint_state_bytes(const EmixCheckpoint *checkpoint);

/** Writes the state into checkpoint->bytes. @return Its length. */
size_t emix_checkpoint_write_state(EmixCheckpoint *checkpoint);

/** Reads a state. On failure standing and candidates are unspecified.
 * @return EMIX_OK; EMIX_ERR_FORMAT if the bytes are not a state, or are the state of another
 * fit. */
EmixStatus emix_checkpoint_read_state(EmixCheckpoint *checkpoint, const void *bytes, size_t n_bytes,
                                      EmixError *error);

#endif
