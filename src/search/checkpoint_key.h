/* Which fit a checkpoint belongs to. */
#ifndef EMIX_SEARCH_CHECKPOINT_KEY_H
#define EMIX_SEARCH_CHECKPOINT_KEY_H

#include "search/competition.h"

/** Writes everything that the bits of a competition's result depend on, as readable lines "name
 * value"; large arrays as hashes. The number of workers is not part of it. Reads all the data once.
 * @param key  [EMIX_CHECKPOINT_KEY_BYTES], out, terminated.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EmixStatus emix_checkpoint_key(const EmixCompetition *competition, const EmixWatch *watch,
                               char *key, EmixError *error);

#endif
