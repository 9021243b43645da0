/* LAPACK on row-major storage: a row-major lower triangle is a column-major upper one. */
#include "linalg/linalg.h"

#include <assert.h>
#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>

static lapack_int narrow(emix_index n)
{
    assert(n >= 0 && n <= EMIX_LINALG_MAX_DIMENSION);
    return (lapack_int)n;
}

emix_index emix_linalg_cholesky(emix_index n, double *a)
{
    const lapack_int order = narrow(n);
    const lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', order, a, order);
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = i + 1; j < n; ++j) {
            a[i * n + j] = 0.0;
        }
    }
    /* OpenBLAS only rejects a pivot that is <= 0; a NaN passes that test. */
    for (emix_index i = 0; info == 0 && i < n; ++i) {
        if (isnan(a[i * n + i])) {
            return i + 1;
        }
    }
    return info;
}

/* Columns up to which dtrtri is used; below some hundreds OpenBLAS only has its unblocked form. */
enum { INVERT_BLOCK = 64 };

/* Computes rows [first, first + n) of W = L^-1 from L and the rows of W above: W21 = -L22^-1 (L21
 * W11), W22 = L22^-1. W21 is found by solving with L22. A product of two inverses would not be
 * stable [Du Croz, Higham (1992). Stability of methods for matrix inversion. IMA J. Numer. Anal.
 * 12(1), 1-19]. */
static void invert_block_row(lapack_int first, lapack_int n, lapack_int ldl, double *l)
{
    double *row = l + (size_t)first * (size_t)ldl;
    double *diagonal = row + first;
    if (first > 0) {
        cblas_dtrmm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, n, first,
                    1.0, l, ldl, row, ldl);
        cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, first,
                    -1.0, diagonal, ldl, row, ldl);
    }
    const lapack_int info = LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'U', 'N', n, diagonal, ldl);
    assert(info == 0);
    (void)info;
}

void emix_linalg_invert_lower(emix_index n, double *l)
{
    const lapack_int order = narrow(n);
    for (lapack_int first = 0; first < order; first += INVERT_BLOCK) {
        const lapack_int left = order - first;
        invert_block_row(first, left < INVERT_BLOCK ? left : INVERT_BLOCK, order, l);
    }
}

void emix_linalg_congruence(emix_index n, const double *w, double *a)
{
    const int order = narrow(n);
    cblas_dtrmm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, order, order, 1.0,
                w, order, a, order);
    emix_linalg_multiply_lower_transposed(n, w, a);
}

void emix_linalg_multiply_lower_transposed(emix_index n, const double *l, double *a)
{
    const int order = narrow(n);
    cblas_dtrmm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, order, order, 1.0,
                l, order, a, order);
}

/* Copies the lower triangle into the upper one. */
static void mirror(emix_index n, double *c)
{
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j < i; ++j) {
            c[j * n + i] = c[i * n + j];
        }
    }
}

void emix_linalg_from_eigen(emix_index n, const double *vectors, const double *values,
                            double *scaled, double *c)
{
    const int order = narrow(n);
    for (emix_index e = 0; e < n; ++e) {
        for (emix_index j = 0; j < n; ++j) {
            scaled[e * n + j] = values[e] * vectors[e * n + j];
        }
    }
    cblas_dsyr2k(CblasRowMajor, CblasLower, CblasTrans, order, order, 0.5, vectors, order, scaled,
                 order, 0.0, c, order);
    mirror(n, c);
}

void emix_linalg_gram(emix_index n, const double *b, double *c)
{
    const int order = narrow(n);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, order, order, 1.0, b, order, 0.0, c, order);
    mirror(n, c);
}

static int narrow_length(emix_index n)
{
    assert(n >= 0 && n <= INT_MAX);
    return (int)n;
}

void emix_linalg_add_product(emix_index m, emix_index n, emix_index k, double alpha,
                             const double *a, emix_index lda, const double *b, emix_index ldb,
                             double *c, emix_index ldc)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, narrow_length(m), narrow_length(n),
                narrow_length(k), alpha, a, narrow_length(lda), b, narrow_length(ldb), 1.0, c,
                narrow_length(ldc));
}

/* dsyev needs at least 3n - 1 doubles; with block sizes up to 64 it is faster with (64 + 2) n. */
emix_index emix_linalg_eigen_workspace(emix_index n)
{
    return 66 * n;
}

int emix_linalg_eigen(emix_index n, bool vectors, double *a, double *values, double *workspace)
{
    const lapack_int order = narrow(n);
    return LAPACKE_dsyev_work(LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'U', order, a, order, values,
                              workspace, (lapack_int)emix_linalg_eigen_workspace(n));
}
