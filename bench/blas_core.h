/* Chooses the kernels that OpenBLAS runs. OpenBLAS decides when it is loaded, by the processor or
 * by OPENBLAS_CORETYPE. An old version chooses slow kernels on a newer processor, and the
 * comparison would be too easy. */
#ifndef BENCH_BLAS_CORE_H
#define BENCH_BLAS_CORE_H

/** Restarts this program with the core that multiplies fastest here, unless it has been restarted
 * already.
 *
 * @param core  A value for OPENBLAS_CORETYPE; "best": tries a few; "default": changes nothing.
 * @param argv  The argument of main(). */
void bench_blas_core_use(const char *core, char **argv);

#endif
