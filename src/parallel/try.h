/* Tasks that say why they fail. */
#ifndef EMIX_PARALLEL_TRY_H
#define EMIX_PARALLEL_TRY_H

#include "core/status_internal.h"

/** One piece of work, as EmixTask; error is where it says why it failed, NULL = nowhere. */
typedef EmixStatus (*EmixFallibleTask)(void *context, int task, int worker, EmixError *error);

/** emix_parallel_for() for tasks that may fail: the status and the message are those of the lowest
 * failing task, whatever the scheduling. Tasks above one that has failed may not be run at all,
 * those below it are all run.
 *
 * @param[out] error  NULL = no message is wanted. */
EmixStatus emix_parallel_try(int n_tasks, int n_workers, EmixFallibleTask task, void *context,
                             EmixError *error);

#endif
