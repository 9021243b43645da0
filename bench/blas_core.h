/* Which of its kernels OpenBLAS runs. It decides when it is loaded, by the processor or by
 * OPENBLAS_CORETYPE, and an older one picks slow kernels on a newer processor: the yardstick
 * would be too short. */
#ifndef BENCH_BLAS_CORE_H
#define BENCH_BLAS_CORE_H

/** Starts this program over with the core that multiplies fastest here, unless it has been.
 *
 * @param core  A value for OPENBLAS_CORETYPE; "best": try a few; "default": leave it alone.
 * @param argv  Of main(). */
void bench_blas_core_use(const char *core, char **argv);

#endif
