/* Dense linear algebra on row-major matrices: the only code that calls BLAS and LAPACK. */
#ifndef EMIX_LINALG_LINALG_H
#define EMIX_LINALG_LINALG_H

#include <stdbool.h>

#include "core/status_internal.h"

/** Largest matrix dimension: LAPACK's int must also hold the sizes of workspaces. */
enum { EMIX_LINALG_MAX_DIMENSION = 32767 };

/** Cholesky factor L, A = L L', in place.
 *
 * @param n  Dimension, at most EMIX_LINALG_MAX_DIMENSION.
 * @param a  [n x n] symmetric; only the lower triangle is read. Becomes L there, 0 above.
 * @return 0, or i > 0 if the leading minor of order i is not positive definite or is NaN.
 *
 * Cost: n^3 / 3 flops. LAPACK dpotrf. */
emix_index emix_linalg_cholesky(emix_index n, double *a);

/** Inverse of a lower-triangular matrix with a nonzero diagonal, in place; the upper triangle stays
 * 0. Cost: n^3 / 3 flops. LAPACK dtrtri; above 64 rows also BLAS between its blocks. */
void emix_linalg_invert_lower(emix_index n, double *l);

/** A <- W A W' for a symmetric matrix and a lower-triangular one.
 *
 * @param w  [n x n], lower triangle read.
 * @param a  [n x n], all of it read and written.
 *
 * Cost: 2 n^3 flops. BLAS dtrmm. */
void emix_linalg_congruence(emix_index n, const double *w, double *a);

/** A <- A L' for a lower-triangular matrix.
 *
 * @param l  [n x n], lower triangle read.
 * @param a  [n x n], all of it read and written.
 *
 * Cost: n^3 flops. BLAS dtrmm. */
void emix_linalg_multiply_lower_transposed(emix_index n, const double *l, double *a);

/** C = sum_e values_e v_e v_e', both triangles: a function of a symmetric matrix, from its
 * eigenvectors and the function of its eigenvalues.
 *
 * @param vectors  [n x n], v_e in row e, as emix_linalg_eigen() leaves them.
 * @param values   [n].
 * @param scaled   [n x n], overwritten.
 * @param c        [n x n], written.
 *
 * Cost: 2 n^3 flops. BLAS dsyr2k. */
void emix_linalg_from_eigen(emix_index n, const double *vectors, const double *values,
                            double *scaled, double *c);

/** C = B' B, both triangles.
 *
 * @param b  [n x n].
 * @param c  [n x n], written.
 *
 * Cost: n^3 flops. BLAS dsyrk. */
void emix_linalg_gram(emix_index n, const double *b, double *c);

/** C <- C + alpha A' B.
 *
 * A is [k x m], B [k x n], C [m x n], with row strides lda, ldb, ldc; m, n and k are at most
 * INT_MAX.
 *
 * Cost: 2 m n k flops. BLAS dgemm. */
void emix_linalg_add_product(emix_index m, emix_index n, emix_index k, double alpha,
                             const double *a, emix_index lda, const double *b, emix_index ldb,
                             double *c, emix_index ldc);

/** Doubles of workspace that emix_linalg_eigen() needs. */
emix_index emix_linalg_eigen_workspace(emix_index n);

/** Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix.
 *
 * @param vectors   True to compute the eigenvectors; without them `a` is only overwritten.
 * @param a         [n x n], lower triangle read; row i becomes the eigenvector of values[i].
 * @param values    [n].
 * @param workspace emix_linalg_eigen_workspace(n) doubles.
 * @return 0, or nonzero if the iteration failed.
 *
 * Cost: about 9 n^3 flops. LAPACK dsyev. */
int emix_linalg_eigen(emix_index n, bool vectors, double *a, double *values, double *workspace);

/** Limits BLAS to one thread between enter and leave. Then the library's own workers are the only
 * threads, and the bits of a product do not depend on how BLAS would share it among threads.
 *
 * BLAS has one setting for the whole process, so brackets are counted. The first one entered, on
 * any thread, sets one thread; the last one left restores the setting for the caller's own BLAS
 * calls. Brackets nest. Every public function that reaches LAPACK or BLAS is inside one. */
void emix_blas_enter_serial(void);
void emix_blas_leave_serial(void);

/** The number of workers, at most `wanted`, that may call BLAS at once. OpenBLAS built without
 * threads and without locking returns wrong numbers, with no error, if two threads call it at the
 * same time (OpenBLAS FAQ, "multi-threaded"; Debian's libopenblas0-serial is built so): then it is
 * 1. */
int emix_blas_max_workers(int wanted);

#endif
