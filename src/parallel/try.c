/* The first failure among tasks. */
#include "parallel/try.h"

#include <stdatomic.h>
#include <stddef.h>

#include "parallel/lock.h"
#include "parallel/parallel.h"

typedef struct Attempt {
    EmixFallibleTask task;
    void *context;
    atomic_int first_bad; /* the lowest task that has failed so far; n_tasks = none */
    EmixLock lock;        /* of what follows */
    int told;             /* the task whose message `error` holds */
    EmixError *error;
} Attempt;

/* The messages of tasks above it are dropped. */
static void note_failure(Attempt *a, int task, const EmixError *reason)
{
    emix_lock_acquire(&a->lock);
    if (task < atomic_load(&a->first_bad)) {
        atomic_store(&a->first_bad, task);
    }
    if (a->error != NULL && task < a->told) {
        a->told = task;
        *a->error = *reason;
    }
    emix_lock_release(&a->lock);
}

static EmixStatus try_task(void *context, int task, int worker)
{
    Attempt *a = context;
    EmixError reason;
    if (task > atomic_load_explicit(&a->first_bad, memory_order_relaxed)) {
        return EMIX_OK;
    }
    reason.message[0] = '\0';
    const EmixStatus status = a->task(a->context, task, worker, a->error ? &reason : NULL);
    if (status != EMIX_OK) {
        note_failure(a, task, &reason);
    }
    return status;
}

EmixStatus emix_parallel_try(int n_tasks, int n_workers, EmixFallibleTask task, void *context,
                             EmixError *error)
{
    Attempt attempt = {.task = task, .context = context, .told = n_tasks, .error = error};
    atomic_init(&attempt.first_bad, n_tasks);
    emix_lock_init(&attempt.lock);
    const EmixStatus status = emix_parallel_for(n_tasks, n_workers, try_task, &attempt);
    emix_lock_clear(&attempt.lock);
    return status;
}
