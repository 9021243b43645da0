/* The bracket around BLAS thread settings. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <cblas.h>

#include "linalg/linalg.h"

Test(blas_runtime, blas_is_serial_inside_the_bracket_and_as_before_after_it)
{
    openblas_set_num_threads(2);
    const int before = openblas_get_num_threads();
    emix_blas_enter_serial();
    cr_expect(eq(int, openblas_get_num_threads(), 1));
    emix_blas_leave_serial();
    cr_expect(eq(int, openblas_get_num_threads(), before));
}

Test(blas_runtime, brackets_nest)
{
    openblas_set_num_threads(2);
    const int before = openblas_get_num_threads();
    emix_blas_enter_serial();
    emix_blas_enter_serial();
    emix_blas_leave_serial();
    cr_expect(eq(int, openblas_get_num_threads(), 1));
    emix_blas_leave_serial();
    cr_expect(eq(int, openblas_get_num_threads(), before));
}

Test(blas_runtime, a_blas_without_threads_or_locks_gets_one_worker)
{
    const int workers = emix_blas_max_workers(8);
    if (openblas_get_parallel() != 0) {
        cr_expect(eq(int, workers, 8));
    } else {
        cr_expect(workers == 1 || workers == 8);
    }
    cr_expect(eq(int, emix_blas_max_workers(1), 1));
}
