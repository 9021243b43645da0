/* The thread settings of the BLAS in use. */
#include "linalg/linalg.h"

#include <cblas.h>
#include <string.h>

#include "parallel/lock.h"

/* The setting is the process's, so its state is too. The lock guards all three; it is also held
 * while OpenBLAS is asked or told, as its own functions for that are not safe among threads. */
static EmixLock lock = EMIX_LOCK_INITIALIZER;
static int n_inside;           /* brackets entered and not yet left */
static int outside;            /* BLAS threads before the first of them */
static int is_one_a_time = -1; /* whether only one thread may call BLAS; -1 = not asked yet */

int emix_blas_max_workers(int wanted)
{
    emix_lock_acquire(&lock);
    if (is_one_a_time < 0) {
        /* The configuration is written into a static buffer: it is read once. */
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
