/* Mutual exclusion among tasks; for occasional use only. */
#ifndef EMIX_PARALLEL_LOCK_H
#define EMIX_PARALLEL_LOCK_H

#include <pthread.h>
#include <stdbool.h>

typedef struct EmixLock {
    pthread_mutex_t mutex;
} EmixLock;

/** For a lock with static storage, which lives as long as the process and is never cleared. */
#define EMIX_LOCK_INITIALIZER                                                                      \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                         \
    }

/** For all other locks: initialise before the tasks run, clear after them. A lock must not be
 * moved. */
void emix_lock_init(EmixLock *lock);
void emix_lock_clear(EmixLock *lock);

/** Waits until no other task holds the lock. The caller must not hold it already. */
void emix_lock_acquire(EmixLock *lock);
/** As emix_lock_acquire(), without waiting. @return True if the lock is now held. */
bool emix_lock_try(EmixLock *lock);
void emix_lock_release(EmixLock *lock);

#endif
