/* The one place that starts threads. */
#ifndef EMIX_PARALLEL_PARALLEL_H
#define EMIX_PARALLEL_PARALLEL_H

#include "core/status_internal.h"

/** One piece of work. Tasks of one call may run at the same time, in any order.
 * @param worker  0 ... n_workers - 1: which worker's scratch memory the task may use. */
typedef EmixStatus (*EmixTask)(void *context, int task, int worker);

/** Runs tasks 0 ... n_tasks - 1 on at most n_workers threads and waits for all of them. After a
 * fork() of a process in which tasks have run on threads, the child runs them on one.
 *
 * @return The status of the lowest failing task, so that it does not depend on scheduling;
 *         EMIX_OK when all succeed. */
EmixStatus emix_parallel_for(int n_tasks, int n_workers, EmixTask task, void *context);

/** Number of workers for a request: 0 = all cores this process may use, else the request; 1 in a
 * child of a process in which tasks have run on threads. */
int emix_parallel_workers(int wanted);

#endif
