/* Mutual exclusion among tasks, for what they do now and then. */
#ifndef EMIX_PARALLEL_LOCK_H
#define EMIX_PARALLEL_LOCK_H

#include <pthread.h>
#include <stdbool.h>

typedef struct EmixLock {
    pthread_mutex_t mutex;
} EmixLock;

/** Of a lock with static storage: it lives as long as the process and is never cleared. */
#define EMIX_LOCK_INITIALIZER                                                                      \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                         \
    }

/** Other locks are initialised before the tasks run and cleared after them. A lock stays where it
 * is. */
void emix_lock_init(EmixLock *lock);
void emix_lock_clear(EmixLock *lock);

/** Waits until no other task holds the lock; not to be called by one that does. */
void emix_lock_acquire(EmixLock *lock);
/** The same without waiting. @return Whether the lock is held now. */
bool emix_lock_try(EmixLock *lock);
void emix_lock_release(EmixLock *lock);

#endif
