/* Factorisations against results made by hand, and against their definitions. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "linalg/linalg.h"

enum { LARGEST = 139 }; /* beyond two of the usual blocks of 64 */

/* B B' + n I with B of standard normals: condition number of a few. */
static void random_spd(emix_index n, double *a)
{
    static double b[LARGEST * LARGEST];
    EmixRng rng = emix_rng_init((uint64_t)n, EMIX_RNG_SAMPLE, 0);
    for (emix_index i = 0; i < n * n; ++i) {
        b[i] = emix_rng_normal(&rng);
    }
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j < n; ++j) {
            a[i * n + j] = i == j ? (double)n : 0.0;
            for (emix_index m = 0; m < n; ++m) {
                a[i * n + j] += b[i * n + m] * b[j * n + m];
            }
        }
    }
}

/* max |X Y' - Z| over entries, X and Y [n x n] row-major. */
static double product_error(emix_index n, const double *x, const double *y, const double *z)
{
    double worst = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j < n; ++j) {
            double sum = -z[i * n + j];
            for (emix_index m = 0; m < n; ++m) {
                sum += x[i * n + m] * y[j * n + m];
            }
            worst = fmax(worst, fabs(sum));
        }
    }
    return worst;
}

Test(lapack, cholesky_of_a_matrix_made_by_hand)
{
    /* L = [2 0 0; 6 1 0; -8 5 3]; the upper triangle must not be read. */
    double a[9] = {4, NAN, NAN, 12, 37, NAN, -16, -43, 98};
    const double l[9] = {2, 0, 0, 6, 1, 0, -8, 5, 3};
    cr_assert(zero(i64, emix_linalg_cholesky(3, a)));
    for (int i = 0; i < 9; ++i) {
        /* All numbers are small integers: exact. */
        cr_expect(ieee_ulp_eq(dbl, a[i], l[i], 1), "entry %d", i);
    }
}

Test(lapack, cholesky_times_its_transpose_is_the_matrix)
{
    static double a[LARGEST * LARGEST];
    static double l[LARGEST * LARGEST];
    for (emix_index n = 1; n <= LARGEST; n += 23) {
        random_spd(n, a);
        memcpy(l, a, sizeof a);
        cr_assert(zero(i64, emix_linalg_cholesky(n, l)));
        /* Backward error of Cholesky: (n + 1) eps |L||L'|, and entries of |L||L'| are bounded by
         * the largest diagonal entry, below 4 n here (Higham 2002, theorem 10.3). */
        const double limit = (double)(n + 1) * DBL_EPSILON * 4.0 * (double)n;
        cr_expect(le(dbl, product_error(n, l, l, a), limit), "n = %d", (int)n);
    }
}

Test(lapack, a_matrix_that_is_not_positive_definite_is_reported_with_its_minor)
{
    double a[9] = {1, 0, 0, 2, 4, 0, 0, 0, 1}; /* leading minor of order 2 is 0 */
    cr_expect(eq(i64, emix_linalg_cholesky(3, a), 2));
    double b[9] = {1, 0, 0, 0, 1, 0, 0, 0, -1};
    cr_expect(eq(i64, emix_linalg_cholesky(3, b), 3));
    double c[1] = {0};
    cr_expect(eq(i64, emix_linalg_cholesky(1, c), 1));
}

Test(lapack, a_nan_is_not_positive_definite)
{
    for (int bad = 0; bad < 3; ++bad) {
        double a[9] = {4, 0, 0, 1, 4, 0, 1, 1, 4};
        a[bad * 3 + bad] = NAN;
        cr_expect(eq(i64, emix_linalg_cholesky(3, a), bad + 1));
    }
    double below[4] = {4, 0, NAN, 4};
    cr_expect(eq(i64, emix_linalg_cholesky(2, below), 2));
    double large[LARGEST * LARGEST] = {0}; /* beyond the unblocked code */
    for (int i = 0; i < LARGEST; ++i) {
        large[i * LARGEST + i] = 1.0;
    }
    large[67 * LARGEST + 2] = NAN;
    cr_expect(eq(i64, emix_linalg_cholesky(LARGEST, large), 68));
}

Test(lapack, inverse_of_a_triangular_matrix_made_by_hand)
{
    double l[9] = {2, 0, 0, 6, 1, 0, -8, 5, 4};
    const double inverse[9] = {0.5, 0, 0, -3, 1, 0, 4.75, -1.25, 0.25};
    emix_linalg_invert_lower(3, l);
    for (int i = 0; i < 9; ++i) {
        cr_expect(ieee_ulp_eq(dbl, l[i], inverse[i], 1), "entry %d", i);
    }
}

static void check_inverse(emix_index n, const double *l, const double *inverse)
{
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j < n; ++j) {
            double sum = 0.0;
            double size = 0.0;
            for (emix_index m = 0; m < n; ++m) {
                sum += l[i * n + m] * inverse[m * n + j];
                size += fabs(l[i * n + m] * inverse[m * n + j]);
            }
            /* n roundings in the inverse, n in this sum (Higham 2002, section 14.2). */
            cr_assert(epsilon_eq(dbl, sum, i == j ? 1.0 : 0.0,
                                 2.0 * (double)n * DBL_EPSILON * (size + 1.0)),
                      "n = %d, entry %d, %d", (int)n, (int)i, (int)j);
            cr_assert(j <= i || inverse[i * n + j] == 0.0);
        }
    }
}

Test(lapack, a_triangular_matrix_times_its_inverse_is_the_identity)
{
    static double l[LARGEST * LARGEST];
    static double inverse[LARGEST * LARGEST];
    for (emix_index n = 1; n <= LARGEST; n += 23) {
        random_spd(n, l);
        cr_assert(zero(i64, emix_linalg_cholesky(n, l)));
        memcpy(inverse, l, sizeof l);
        emix_linalg_invert_lower(n, inverse);
        check_inverse(n, l, inverse);
    }
}

static void decompose(emix_index n, double *a, double *values)
{
    double *workspace = emix_alloc(emix_linalg_eigen_workspace(n), sizeof *workspace);
    cr_assert(ne(ptr, workspace, NULL));
    cr_assert(zero(int, emix_linalg_eigen(n, true, a, values, workspace)));
    emix_free(workspace);
}

Test(lapack, eigenvalues_of_a_matrix_made_by_hand)
{
    /* Eigenvalues 1 and 3, eigenvectors (1, -1) and (1, 1) over sqrt 2. */
    double a[4] = {2, NAN, 1, 2};
    double values[2] = {0};
    decompose(2, a, values);
    cr_expect(ieee_ulp_eq(dbl, values[0], 1.0, 4));
    cr_expect(ieee_ulp_eq(dbl, values[1], 3.0, 4));
    const double s = sqrt(0.5);
    cr_expect(epsilon_eq(dbl, fabs(a[0]), s, 4 * DBL_EPSILON));
    cr_expect(epsilon_eq(dbl, a[0], -a[1], 4 * DBL_EPSILON));
    cr_expect(epsilon_eq(dbl, fabs(a[2]), s, 4 * DBL_EPSILON));
    cr_expect(epsilon_eq(dbl, a[2], a[3], 4 * DBL_EPSILON));
}

Test(lapack, eigenvectors_are_rows_orthonormal_and_in_ascending_order)
{
    static double a[LARGEST * LARGEST];
    static double v[LARGEST * LARGEST];
    static double av[LARGEST * LARGEST];
    static double identity[LARGEST * LARGEST];
    double values[LARGEST];
    for (emix_index n = 1; n <= LARGEST; n += 23) {
        random_spd(n, a);
        memcpy(v, a, sizeof a);
        decompose(n, v, values);
        memset(identity, 0, sizeof identity);
        for (emix_index i = 0; i < n; ++i) {
            identity[i * n + i] = 1.0;
            cr_expect(i == 0 || values[i] >= values[i - 1]);
            for (emix_index j = 0; j < n; ++j) {
                av[i * n + j] = values[i] * v[i * n + j];
            }
        }
        /* Backward stable: a modest multiple of n eps, times the largest eigenvalue. */
        const double unit = 10.0 * (double)n * DBL_EPSILON;
        cr_expect(le(dbl, product_error(n, v, v, identity), unit), "n = %d", (int)n);
        cr_expect(le(dbl, product_error(n, v, a, av), unit * values[n - 1]), "n = %d", (int)n);
    }
}

Test(lapack, eigenvalues_do_not_need_their_vectors)
{
    double a[LARGEST * LARGEST];
    double with[LARGEST];
    double without[LARGEST];
    double *workspace = emix_alloc(emix_linalg_eigen_workspace(LARGEST), sizeof *workspace);
    cr_assert(ne(ptr, workspace, NULL));
    random_spd(LARGEST, a);
    decompose(LARGEST, a, with);
    random_spd(LARGEST, a);
    cr_assert(zero(int, emix_linalg_eigen(LARGEST, false, a, without, workspace)));
    emix_free(workspace);
    for (int i = 0; i < LARGEST; ++i) {
        /* Both are backward stable; see above. */
        cr_expect(
            epsilon_eq(dbl, without[i], with[i], 10.0 * LARGEST * DBL_EPSILON * with[LARGEST - 1]));
    }
}

Test(lapack, congruence_made_by_hand)
{
    /* W = [2 0; 3 1], A = [1 2; 2 5]; above W's diagonal nothing may be read. */
    const double w[4] = {2, NAN, 3, 1};
    double a[4] = {1, 2, 2, 5};
    const double expected[4] = {4, 10, 10, 26};
    emix_linalg_congruence(2, w, a);
    for (int i = 0; i < 4; ++i) {
        cr_expect(ieee_ulp_eq(dbl, a[i], expected[i], 0), "entry %d", i);
    }
}

Test(lapack, congruence_with_the_inverse_factor_whitens)
{
    static double a[LARGEST * LARGEST];
    static double w[LARGEST * LARGEST];
    const emix_index n = LARGEST;
    random_spd(n, a);
    memcpy(w, a, sizeof a);
    cr_assert(zero(i64, emix_linalg_cholesky(n, w)));
    emix_linalg_invert_lower(n, w);
    emix_linalg_congruence(n, w, a);
    for (emix_index i = 0; i < n * n; ++i) {
        /* n roundings in each of three steps, condition number below 10 (random_spd). */
        cr_assert(
            epsilon_eq(dbl, a[i], i % (n + 1) == 0 ? 1.0 : 0.0, 30.0 * (double)n * DBL_EPSILON));
    }
}

Test(lapack, gram_matrix_is_the_product_of_the_transpose_and_the_matrix)
{
    static const double b[] = {1.0, 2.0, 3.0, 0.0, -1.0, 4.0, 2.0, 0.5, 1.0};
    /* by hand; all products are exact in binary */
    static const double expected[] = {5.0, 3.0, 5.0, 3.0, 5.25, 2.5, 5.0, 2.5, 26.0};
    double c[9];
    emix_linalg_gram(3, b, c);
    for (int i = 0; i < 9; ++i) {
        cr_expect(ieee_ulp_eq(dbl, c[i], expected[i], 0), "entry %d", i);
    }
}

Test(lapack, a_matrix_is_put_together_again_from_its_eigenvectors)
{
    static double a[LARGEST * LARGEST];
    static double v[LARGEST * LARGEST];
    static double scaled[LARGEST * LARGEST];
    static double c[LARGEST * LARGEST];
    double values[LARGEST];
    const emix_index n = LARGEST;
    random_spd(n, a);
    memcpy(v, a, sizeof a);
    decompose(n, v, values);
    emix_linalg_from_eigen(n, v, values, scaled, c);
    for (emix_index i = 0; i < n * n; ++i) {
        cr_assert(epsilon_eq(dbl, c[i], a[i], 10.0 * (double)n * DBL_EPSILON * values[n - 1]));
        cr_assert(ieee_ulp_eq(dbl, c[i], c[i % n * n + i / n], 0), "symmetric to the bit");
    }
}

Test(lapack, a_factor_times_its_transpose_is_the_matrix_by_hand)
{
    /* L = [2 0; 3 1]; above its diagonal nothing may be read. */
    const double l[4] = {2, NAN, 3, 1};
    double a[4] = {2, 0, 3, 1};
    const double expected[4] = {4, 6, 6, 10};
    emix_linalg_multiply_lower_transposed(2, l, a);
    for (int i = 0; i < 4; ++i) {
        cr_expect(ieee_ulp_eq(dbl, a[i], expected[i], 0), "entry %d", i);
    }
}

Test(lapack, products_are_added_with_their_factor_and_strides)
{
    /* by hand; A is 2 x 2 in rows of 3, B 2 x 1, C 2 x 1 in rows of 2; NAN may not be touched */
    const double a[] = {1.0, 2.0, NAN, 3.0, 4.0, NAN};
    const double b[] = {5.0, 6.0};
    double c[] = {1.0, NAN, 2.0, NAN};
    emix_linalg_add_product(2, 1, 2, -2.0, a, 3, b, 1, c, 2);
    cr_expect(ieee_ulp_eq(dbl, c[0], 1.0 - 2.0 * 23.0, 0));
    cr_expect(ieee_ulp_eq(dbl, c[2], 2.0 - 2.0 * 34.0, 0));
    cr_expect(isnan(c[1]) && isnan(c[3]));
}
