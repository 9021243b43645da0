/* The only code that starts threads. */
#ifndef EMIX_PARALLEL_PARALLEL_H
#define EMIX_PARALLEL_PARALLEL_H

#include "core/status_internal.h"

/** One piece of work. Tasks of one call may run at the same time, in any order.
 * @param worker  0 ... n_workers - 1: the worker whose scratch memory the task may use. */
typedef EmixStatus (*EmixTask)(void *context, int task, int worker);

/** Runs tasks 0 ... n_tasks - 1 on at most n_workers threads and waits for all of them. A child
 * forked from a process in which tasks have run on threads uses one thread.
 *
 * @return EMIX_OK if all tasks succeed; else the status of the failed task with the lowest number,
 *         so that it does not depend on scheduling. */
EmixStatus emix_parallel_for(int n_tasks, int n_workers, EmixTask task, void *context);

/** Number of workers for a request: 0 = all cores this process may use, else the request. Always 1
 * in a child forked from a process in which tasks have run on threads. */
int emix_parallel_workers(int wanted);

#endif
