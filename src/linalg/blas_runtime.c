/* The thread settings of the BLAS in use. */
#include "linalg/linalg.h"

#include <cblas.h>
#include <string.h>

int emix_blas_max_workers(int wanted)
{
    const int no_threads = openblas_get_parallel() == 0;
    const int locking = strstr(openblas_get_config(), "USE_LOCKING") != NULL;
    return no_threads && !locking ? 1 : wanted;
}

int emix_blas_enter_serial(void)
{
    const int saved = openblas_get_num_threads();
    if (saved != 1) {
        openblas_set_num_threads(1);
    }
    return saved;
}

void emix_blas_leave_serial(int saved)
{
    if (saved != 1) {
        openblas_set_num_threads(saved);
    }
}
