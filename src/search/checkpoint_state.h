/* The state of a competition as bytes. */
#ifndef EMIX_SEARCH_CHECKPOINT_STATE_H
#define EMIX_SEARCH_CHECKPOINT_STATE_H

#include "search/checkpoint.h"

/** Bytes of the largest state. */
size_t emix_checkpoint_state_bytes(const EmixCheckpoint *checkpoint);

/** Writes the state into checkpoint->bytes. @return Its length. */
size_t emix_checkpoint_write_state(EmixCheckpoint *checkpoint);

/** Reads a state. On failure standing and candidates are unspecified.
 * @return EMIX_OK, or EMIX_ERR_FORMAT: the state is that of another fit, or none. */
EmixStatus emix_checkpoint_read_state(EmixCheckpoint *checkpoint, const void *bytes, size_t n_bytes,
                                      EmixError *error);

#endif
