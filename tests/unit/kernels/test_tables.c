/* Every table against the reference, kernel by kernel, with bounds from rounding analysis. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "kernels/kernels.h"

/* One block of data and a model, and room for what a table makes of it. */
typedef struct Problem {
    EmixKernelShape shape;
    emix_index n_rows; /* of the block: any number up to shape.n_rows */
    emix_index ldx;
    double *x;       /* [n_rows x ldx], n_features used */
    double *centre;  /* [n_features] */
    double *w;       /* [n_features x n_features], lower triangle */
    double *offset;  /* [n_features] */
    double *weights; /* [n_rows] */
} Problem;

static double *doubles(emix_index n)
{
    double *block = emix_alloc(n, sizeof *block);
    cr_assert(ne(ptr, block, NULL));
    return block;
}

/* The gap between rows and the end of a row hold a value that would show up anywhere. */
static Problem make_problem(emix_index n_features, emix_index n_components, emix_index n_rows,
                            emix_index gap)
{
    Problem p = {.shape = {.n_rows = (n_rows + 47) / 48 * 48,
                           .n_features = n_features,
                           .n_components = n_components},
                 .n_rows = n_rows,
                 .ldx = n_features + gap};
    EmixRng rng = emix_rng_init(7, EMIX_RNG_SAMPLE, n_features);
    /* Of malloc, and nothing behind the last element: AddressSanitizer sees a read there. */
    p.x = malloc((size_t)((n_rows - 1) * p.ldx + n_features) * sizeof *p.x);
    cr_assert(ne(ptr, p.x, NULL));
    p.centre = doubles(n_features);
    p.w = doubles(n_features * n_features);
    p.offset = doubles(n_features);
    p.weights = doubles(n_rows);
    for (emix_index i = 0; i < (n_rows - 1) * p.ldx + n_features; ++i) {
        p.x[i] = i % p.ldx < n_features ? emix_rng_normal(&rng) + 3.0 : 1e30;
    }
    for (emix_index j = 0; j < n_features; ++j) {
        p.centre[j] = 3.0 + 0.1 * emix_rng_normal(&rng);
        p.offset[j] = emix_rng_normal(&rng);
        for (emix_index l = 0; l <= j; ++l) {
            p.w[j * n_features + l] = emix_rng_normal(&rng) / sqrt((double)n_features);
        }
    }
    for (emix_index i = 0; i < n_rows; ++i) {
        p.weights[i] = i % 5 == 0 ? 0.0 : 3.0 * emix_rng_uniform(&rng);
    }
    return p;
}

static void clear_problem(Problem *p)
{
    free(p->x);
    emix_free(p->centre);
    emix_free(p->w);
    emix_free(p->offset);
    emix_free(p->weights);
}

static emix_index padded(const EmixKernels *table, const Problem *p)
{
    return (p->n_rows + table->row_group - 1) / table->row_group * table->row_group;
}

/* Buffers a kernel does not fully write hold NaN before, so that relying on them shows. */
static double *poisoned(emix_index n)
{
    double *block = doubles(n);
    for (emix_index i = 0; i < n; ++i) {
        block[i] = nan("");
    }
    return block;
}

static double *packed(const EmixKernels *table, const Problem *p)
{
    double *panel = poisoned(table->panel_size(&p->shape));
    table->pack(&p->shape, p->n_rows, padded(table, p), p->x, p->ldx, p->centre, panel);
    return panel;
}

static double *log_densities(const EmixKernels *table, const Problem *p)
{
    double *panel = packed(table, p);
    double *factor = poisoned(table->factor_size(&p->shape));
    double *a = poisoned(p->shape.n_rows);
    table->pack_factor(&p->shape, p->w, factor);
    table->log_density(&p->shape, padded(table, p), panel, factor, p->offset, -1.5, a);
    emix_free(panel);
    emix_free(factor);
    return a;
}

/* n eps times the sum of the absolute values of all terms: a bound for any order of summation,
 * with or without fused operations. */
static double density_bound(const Problem *p, emix_index i)
{
    const emix_index n = p->shape.n_features;
    double bound = 1.5;
    for (emix_index j = 0; j < n; ++j) {
        double y = fabs(p->offset[j]);
        for (emix_index l = 0; l <= j; ++l) {
            y += fabs(p->w[j * n + l] * (p->x[i * p->ldx + l] - p->centre[l]));
        }
        bound += y * y;
    }
    return (double)(n + 3) * DBL_EPSILON * bound;
}

/* A padding row is one at the centre. */
static double padding_density(const Problem *p)
{
    double squared_distance = 0.0;
    for (emix_index j = 0; j < p->shape.n_features; ++j) {
        squared_distance += p->offset[j] * p->offset[j];
    }
    return -1.5 - 0.5 * squared_distance;
}

static void check_density(const Problem *p)
{
    const double at_padding = padding_density(p);
    const double padding_bound = (double)(p->shape.n_features + 3) * DBL_EPSILON *
                                 (1.5 + fabs(at_padding));
    double *expected = log_densities(&emix_kernels_reference, p);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        double *a = log_densities(table, p);
        for (emix_index i = 0; i < p->n_rows; ++i) {
            cr_assert(epsilon_eq(dbl, a[i], expected[i], density_bound(p, i)),
                      "%s, D = %d, row %d of %d", table->name, (int)p->shape.n_features, (int)i,
                      (int)p->n_rows);
        }
        for (emix_index i = p->n_rows; i < padded(table, p); ++i) {
            cr_assert(epsilon_eq(dbl, a[i], at_padding, padding_bound), "%s, padding row %d",
                      table->name, (int)i);
        }
        emix_free(a);
    }
    emix_free(expected);
}

static const int FEATURES[] = {1,  2,  3,  4,  5,   6,   7,   8,   9,   10,  11,  12,
                               13, 14, 15, 16, 17,  23,  24,  25,  30,  31,  32,  33,
                               47, 63, 64, 65, 104, 112, 127, 128, 129, 150, 200, 384};
enum { N_FEATURES = sizeof FEATURES / sizeof FEATURES[0] };

Test(kernels_tables, log_densities_agree_with_the_reference)
{
    for (int f = 0; f < N_FEATURES; ++f) {
        const int n_rows[] = {1, 24, 47, 96, 101};
        for (int i = 0; i < 5; ++i) {
            Problem p = make_problem(FEATURES[f], 1, n_rows[i], i % 3);
            check_density(&p);
            clear_problem(&p);
        }
    }
}

/* Log joint densities [K x lda] as a fit would have them: some -inf, some far apart. */
static double *make_log_joint(const Problem *p, emix_index lda)
{
    EmixRng rng = emix_rng_init(9, EMIX_RNG_SAMPLE, p->shape.n_components);
    double *a = doubles(p->shape.n_components * lda);
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < lda; ++i) {
            const double spread = i % 4 == 0 ? 800.0 : 5.0;
            a[k * lda + i] = -200.0 + spread * emix_rng_normal(&rng);
            const bool lost = i % 29 == 3;
            if (lost || emix_rng_uniform(&rng) < 0.05) a[k * lda + i] = -HUGE_VAL;
        }
    }
    return a;
}

typedef struct SoftmaxResult {
    double *r;
    double *lse;
    EmixSoftmaxSums sums;
} SoftmaxResult;

static SoftmaxResult softmax_of(const EmixKernels *table, const Problem *p, emix_index lda,
                                bool with_weights, bool with_lse)
{
    SoftmaxResult result = {.r = make_log_joint(p, lda), .lse = poisoned(p->n_rows)};
    result.sums = table->softmax(&p->shape, p->n_rows, padded(table, p), result.r, lda,
                                 with_weights ? p->weights : NULL, with_lse ? result.lse : NULL);
    return result;
}

static void clear_softmax(SoftmaxResult *result)
{
    emix_free(result->r);
    emix_free(result->lse);
}

/* The difference to the largest is the same in all tables; exp is within 2 ulp of the true value
 * and so within 3 of the reference, a sum of K within K more, and two more operations follow. */
static void check_responsibilities(const EmixKernels *table, const Problem *p, emix_index lda,
                                   const double *r, const double *expected)
{
    const double bound = (double)(2 * p->shape.n_components + 10) * DBL_EPSILON;
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < padded(table, p); ++i) {
            const double value = r[k * lda + i];
            const double wanted = i < p->n_rows ? expected[k * lda + i] : 0.0;
            cr_assert(epsilon_eq(dbl, value, wanted, bound * fabs(wanted) + DBL_MIN * 8.0),
                      "%s, K = %d, row %d of %d", table->name, (int)p->shape.n_components, (int)i,
                      (int)p->n_rows);
        }
    }
}

static void check_softmax(const Problem *p, bool with_weights, bool with_lse)
{
    const emix_index lda = p->shape.n_rows + (with_lse ? 3 : 0);
    const double per_row = (double)(p->shape.n_components + 10) * DBL_EPSILON;
    SoftmaxResult expected = softmax_of(&emix_kernels_reference, p, lda, with_weights, true);
    double bound = 0.0;
    for (emix_index i = 0; i < p->n_rows; ++i) {
        const double weight = with_weights ? p->weights[i] : 1.0;
        const double lse = expected.lse[i] == -HUGE_VAL ? 0.0 : expected.lse[i];
        bound += weight * (per_row + 2.0 * DBL_EPSILON * fabs(lse));
    }
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        SoftmaxResult result = softmax_of(table, p, lda, with_weights, with_lse);
        check_responsibilities(table, p, lda, result.r, expected.r);
        cr_assert(eq(i64, result.sums.n_lost_rows, expected.sums.n_lost_rows), "%s", table->name);
        cr_assert(epsilon_eq(dbl, result.sums.log_likelihood + result.sums.log_likelihood_tail,
                             expected.sums.log_likelihood + expected.sums.log_likelihood_tail,
                             bound),
                  "%s, K = %d, %d rows", table->name, (int)p->shape.n_components, (int)p->n_rows);
        for (emix_index i = 0; with_lse && i < p->n_rows; ++i) {
            const double wanted = expected.lse[i];
            cr_assert(wanted == result.lse[i] || fabs(result.lse[i] - wanted) <=
                                                     per_row + 2.0 * DBL_EPSILON * fabs(wanted),
                      "%s, row %d: %.17g, not %.17g", table->name, (int)i, result.lse[i], wanted);
        }
        clear_softmax(&result);
    }
    clear_softmax(&expected);
}

static const int COMPONENTS[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,  13,
                                 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 64, 100, 1000};
enum { N_COMPONENTS = sizeof COMPONENTS / sizeof COMPONENTS[0] };

Test(kernels_tables, responsibilities_and_log_likelihoods_agree_with_the_reference)
{
    for (int c = 0; c < N_COMPONENTS; ++c) {
        const int n_rows[] = {1, 5, 48, 95, 480};
        for (int i = 0; i < 5; ++i) {
            Problem p = make_problem(1, COMPONENTS[c], n_rows[i], 0);
            check_softmax(&p, false, false);
            check_softmax(&p, false, true);
            check_softmax(&p, true, false);
            check_softmax(&p, true, true);
            clear_problem(&p);
        }
    }
}

/* A block's sum is the engine's only source of the log-likelihood: it must be as good as a sum in
 * twice the precision, even where the terms cancel. */
Test(kernels_tables, log_likelihood_of_a_block_loses_nothing)
{
    Problem p = make_problem(1, 1, 480, 0);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        double *a = doubles(p.shape.n_rows);
        long double exact = 0.0L;
        for (int i = 0; i < 480; ++i) {
            a[i] = (i % 2 == 0 ? 1e6 : -1e6) + 1.0 / (1.0 + i);
            exact += (long double)a[i];
        }
        const EmixSoftmaxSums sums = table->softmax(&p.shape, 480, 480, a, p.shape.n_rows, NULL,
                                                    NULL);
        cr_expect(epsilon_eq(dbl, sums.log_likelihood + sums.log_likelihood_tail, (double)exact,
                             2.0 * DBL_EPSILON * fabs((double)exact)),
                  "%s", table->name);
        emix_free(a);
    }
    clear_problem(&p);
}

/* Moments of a block given responsibilities, unpacked for all components:
 * [K][1 + D + D * D], 0 above the diagonal. */
static double *moments_of(const EmixKernels *table, const Problem *p, const double *r,
                          emix_index ldr, int n_times)
{
    const emix_index n = p->shape.n_features;
    const emix_index size = 1 + n + n * n;
    double *panel = packed(table, p);
    double *scratch = poisoned(table->moments_scratch_size(&p->shape));
    double *moments = doubles(table->moments_size(&p->shape));
    double *plain = doubles(p->shape.n_components * size);
    for (int i = 0; i < n_times; ++i) {
        table->moments_add(&p->shape, padded(table, p), panel, r, ldr, scratch, moments);
    }
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        double *out = plain + k * size;
        table->moments_unpack(&p->shape, moments, k, out, out + 1, out + 1 + n);
    }
    emix_free(panel);
    emix_free(scratch);
    emix_free(moments);
    return plain;
}

/* Responsibilities [K x ldr], 0 for padding rows. */
static double *make_responsibilities(const Problem *p, emix_index ldr)
{
    EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, p->shape.n_components);
    double *r = doubles(p->shape.n_components * ldr);
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < p->n_rows; ++i) {
            r[k * ldr + i] = (i + k) % 7 == 0 ? 0.0 : emix_rng_uniform(&rng);
        }
    }
    return r;
}

/* As density_bound: the sum of the absolute values of the terms, here from the reference itself on
 * the absolute values of the centred rows. */
static double *moment_bounds(const Problem *p, const double *r, emix_index ldr)
{
    Problem absolute = *p;
    const emix_index n = p->shape.n_features;
    absolute.ldx = n;
    absolute.x = doubles(p->n_rows * n);
    absolute.centre = doubles(n);
    for (emix_index i = 0; i < p->n_rows; ++i) {
        for (emix_index j = 0; j < n; ++j) {
            absolute.x[i * n + j] = fabs(p->x[i * p->ldx + j] - p->centre[j]);
        }
    }
    double *bounds = moments_of(&emix_kernels_reference, &absolute, r, ldr, 1);
    emix_free(absolute.x);
    emix_free(absolute.centre);
    return bounds;
}

static void check_moments(const Problem *p, emix_index ldr)
{
    const emix_index n = p->shape.n_features;
    const emix_index n_values = p->shape.n_components * (1 + n + n * n);
    double *r = make_responsibilities(p, ldr);
    double *bounds = moment_bounds(p, r, ldr);
    double *expected = moments_of(&emix_kernels_reference, p, r, ldr, 1);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        double *actual = moments_of(table, p, r, ldr, 1);
        for (emix_index i = 0; i < n_values; ++i) {
            const double bound = (double)(p->n_rows + 3) * DBL_EPSILON * bounds[i];
            cr_assert(epsilon_eq(dbl, actual[i], expected[i], bound),
                      "%s, D = %d, K = %d, %d rows, value %d", table->name, (int)n,
                      (int)p->shape.n_components, (int)p->n_rows, (int)i);
        }
        emix_free(actual);
    }
    emix_free(r);
    emix_free(bounds);
    emix_free(expected);
}

Test(kernels_tables, moments_agree_with_the_reference)
{
    for (int f = 0; f < N_FEATURES; ++f) {
        for (int c = 0; c < N_COMPONENTS; ++c) {
            const int n_features = FEATURES[f];
            const int n_components = COMPONENTS[c];
            if (n_features * n_features * n_components > 150000) continue;
            Problem p = make_problem(n_features, n_components, c % 3 == 0 ? 96 : 50 + c, c % 2);
            check_moments(&p, p.shape.n_rows + c % 2);
            clear_problem(&p);
        }
    }
}

Test(kernels_tables, moments_of_two_blocks_are_the_sum_of_both)
{
    const int shapes[][2] = {{2, 5}, {8, 3}, {8, 16}, {40, 4}, {130, 2}};
    for (int s = 0; s < 5; ++s) {
        Problem p = make_problem(shapes[s][0], shapes[s][1], 77, 0);
        double *r = make_responsibilities(&p, p.shape.n_rows);
        const emix_index n = p.shape.n_features;
        for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
            const EmixKernels *table = emix_kernels_available(t);
            double *once = moments_of(table, &p, r, p.shape.n_rows, 1);
            double *twice = moments_of(table, &p, r, p.shape.n_rows, 2);
            for (emix_index i = 0; i < p.shape.n_components * (1 + n + n * n); ++i) {
                /* Adding one block may round every step of the second: 77 at most. */
                cr_assert(epsilon_eq(dbl, twice[i], 2.0 * once[i],
                                     80.0 * DBL_EPSILON * (fabs(once[i]) + 77.0)),
                          "%s, D = %d, value %d", table->name, (int)n, (int)i);
            }
            emix_free(once);
            emix_free(twice);
        }
        emix_free(r);
        clear_problem(&p);
    }
}

Test(kernels_tables, a_panel_for_sums_alone_holds_each_value_once)
{
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        for (int f = 0; f < N_FEATURES; ++f) {
            Problem p = make_problem(FEATURES[f], 1, 100, 3);
            double *for_moments = packed(table, &p);
            p.shape.sums_only = true;
            double *for_sums = packed(table, &p);
            const emix_index size = table->panel_size(&p.shape);
            cr_expect(le(i64, size, p.shape.n_rows * (p.shape.n_features + 1)), "%s, D = %d",
                      table->name, FEATURES[f]);
            cr_expect(memcmp(for_sums, for_moments, (size_t)size * sizeof(double)) == 0,
                      "%s, D = %d", table->name, FEATURES[f]);
            emix_free(for_sums);
            emix_free(for_moments);
            clear_problem(&p);
        }
    }
}

Test(kernels_tables, tables_are_found_by_name)
{
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        cr_expect(eq(ptr, (void *)emix_kernels_select(table->name), (void *)table));
    }
    cr_expect(eq(ptr, (void *)emix_kernels_select(NULL), (void *)emix_kernels_available(0)));
    cr_expect(eq(ptr, (void *)emix_kernels_select(""), (void *)emix_kernels_available(0)));
    cr_expect(eq(ptr, (void *)emix_kernels_select("avx1024"), NULL));
    cr_expect(ne(ptr, (void *)emix_kernels_select("reference"), NULL));
    cr_expect(ne(ptr, (void *)emix_kernels_select("baseline"), NULL));
}

Test(kernels_tables, blocks_fit_every_row_group)
{
    for (int f = 0; f < N_FEATURES; ++f) {
        const emix_index most = emix_kernels_block_rows(FEATURES[f], INT64_MAX);
        for (emix_index n_rows = 1; n_rows < 1000; ++n_rows) {
            const emix_index rows = emix_kernels_block_rows(FEATURES[f], n_rows);
            cr_expect(eq(i64, rows % 48, 0));
            cr_expect(rows == most || rows >= n_rows, "%d rows make one block", (int)n_rows);
            cr_expect(le(i64, rows, n_rows + 48), "%d rows leave no room", (int)n_rows);
        }
    }
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        cr_expect(eq(i64, 48 % emix_kernels_available(t)->row_group, 0));
    }
}
