/* The number of threads of the BLAS in use. */
#include "linalg/linalg.h"

#include <cblas.h>
#include <string.h>

#include "parallel/lock.h"

/* The setting belongs to the process, and so does this state. The lock guards all three variables.
 * It is also held during calls to OpenBLAS's functions for the setting, which are not
 * thread-safe. */
static EmixLock lock = EMIX_LOCK_INITIALIZER;
static int n_inside;           /* brackets entered and not yet left */
static int outside;            /* BLAS threads before the first bracket was entered */
static int is_one_a_time = -1; /* 1 = only one thread may call BLAS; -1 = not asked yet */

int emix_blas_max_workers(int wanted)
{
    emix_lock_acquire(&lock);
    if (is_one_a_time < 0) {
        /* The configuration is in a static buffer, so it is read only once. */
        is_one_a_time = openblas_get_parallel() == 0 &&
                        strstr(openblas_get_config(), "USE_LOCKING") == NULL;
    }
    const int workers = is_one_a_time ? 1 : wanted;
    emix_lock_release(&lock);
    return workers;
}

void emix_blas_enter_serial(void)
{
    emix_lock_acquire(&lock);
    if (n_inside++ == 0) {
        outside = openblas_get_num_threads();
        if (outside != 1) {
            openblas_set_num_threads(1);
        }
    }
    emix_lock_release(&lock);
}

void emix_blas_leave_serial(void)
{
    emix_lock_acquire(&lock);
    if (--n_inside == 0 && outside != 1) {
        openblas_set_num_threads(outside);
    }
    emix_lock_release(&lock);
}
