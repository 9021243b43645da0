/* Mutexes of the default kind, for which no function below can fail. */
#include "parallel/lock.h"

#include <stddef.h>

void emix_lock_init(EmixLock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

void emix_lock_clear(EmixLock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

void emix_lock_acquire(EmixLock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

bool emix_lock_try(EmixLock *lock)
{
    return pthread_mutex_trylock(&lock->mutex) == 0;
}

void emix_lock_release(EmixLock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}
