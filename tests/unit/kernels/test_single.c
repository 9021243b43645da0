/* The single precision kernels of every table against the double precision reference. Rounding the
 * inputs to float is part of what is measured: bounds count in FLT_EPSILON, which is twice the
 * largest error of one rounding, and leave double's own errors out. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "kernels/kernels.h"

/* One block of data and a model. */
typedef struct Problem {
    EmixKernelShape shape;
    emix_index n_rows; /* of the block: any number up to shape.n_rows */
    emix_index ldx;
    double *x;       /* [n_rows x ldx], n_features used; every element is a float */
    float *x_single; /* the same */
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

/* Buffers a kernel does not fully write hold NaN before, so that relying on them shows. */
static float *poisoned(emix_index n)
{
    float *block = emix_alloc(n, sizeof *block);
    cr_assert(ne(ptr, block, NULL));
    for (emix_index i = 0; i < n; ++i) {
        block[i] = nanf("");
    }
    return block;
}

static double *poisoned_doubles(emix_index n)
{
    double *block = doubles(n);
    for (emix_index i = 0; i < n; ++i) {
        block[i] = nan("");
    }
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
    const emix_index n_values = (n_rows - 1) * p.ldx + n_features;
    /* Of malloc, and nothing behind the last element: AddressSanitizer sees a read there. */
    p.x = malloc((size_t)n_values * sizeof *p.x);
    p.x_single = malloc((size_t)n_values * sizeof *p.x_single);
    cr_assert(p.x != NULL && p.x_single != NULL);
    p.centre = doubles(n_features);
    p.w = doubles(n_features * n_features);
    p.offset = doubles(n_features);
    p.weights = doubles(n_rows);
    for (emix_index i = 0; i < n_values; ++i) {
        const double value = emix_rng_normal(&rng) + 3.0;
        p.x_single[i] = i % p.ldx < n_features ? (float)value : 1e30F;
        p.x[i] = (double)p.x_single[i];
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
    free(p->x_single);
    emix_free(p->centre);
    emix_free(p->w);
    emix_free(p->offset);
    emix_free(p->weights);
}

static emix_index padded_to(emix_index row_group, const Problem *p)
{
    return (p->n_rows + row_group - 1) / row_group * row_group;
}

static float *packed(const EmixSingleKernels *single, const Problem *p, bool from_double)
{
    float *panel = poisoned(single->panel_size(&p->shape));
    single->pack(&p->shape, p->n_rows, padded_to(single->row_group, p),
                 from_double ? NULL : p->x_single, from_double ? p->x : NULL, p->ldx, p->centre,
                 panel);
    return panel;
}

static float *log_densities(const EmixSingleKernels *single, const Problem *p, bool from_double)
{
    const emix_index n = p->shape.n_features;
    float *panel = packed(single, p, from_double);
    float *factor = poisoned(single->factor_size(&p->shape));
    float *offset = poisoned(n);
    float *a = poisoned(p->shape.n_rows);
    for (emix_index j = 0; j < n; ++j) {
        offset[j] = (float)p->offset[j];
    }
    single->pack_factor(&p->shape, p->w, factor);
    single->log_density(&p->shape, padded_to(single->row_group, p), panel, factor, offset, -1.5F,
                        a);
    emix_free(panel);
    emix_free(factor);
    emix_free(offset);
    return a;
}

static double *reference_log_densities(const Problem *p)
{
    const EmixKernels *reference = &emix_kernels_reference;
    double *panel = doubles(reference->panel_size(&p->shape));
    double *factor = doubles(reference->factor_size(&p->shape));
    double *a = doubles(p->shape.n_rows);
    reference->pack(&p->shape, p->n_rows, p->shape.n_rows, p->x, p->ldx, p->centre, panel);
    reference->pack_factor(&p->shape, p->w, factor);
    reference->log_density(&p->shape, p->shape.n_rows, panel, factor, p->offset, -1.5, a);
    emix_free(panel);
    emix_free(factor);
    return a;
}

/* n eps times the sum of the absolute values of all terms bounds any order of summation; rounding
 * x, w and the offset adds two units. A padding row is one at the centre. */
static double density_bound(const Problem *p, emix_index i)
{
    const emix_index n = p->shape.n_features;
    double bound = 1.5;
    for (emix_index j = 0; j < n; ++j) {
        double y = fabs(p->offset[j]);
        for (emix_index l = 0; l <= j && i < p->n_rows; ++l) {
            y += fabs(p->w[j * n + l] * (p->x[i * p->ldx + l] - p->centre[l]));
        }
        bound += y * y;
    }
    return (double)(n + 5) * (double)FLT_EPSILON * bound;
}

static void check_density(const Problem *p)
{
    double *expected = reference_log_densities(p);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixSingleKernels *single = emix_kernels_available(t)->single;
        float *a = log_densities(single, p, false);
        float *from_double = log_densities(single, p, true);
        for (emix_index i = 0; i < padded_to(single->row_group, p); ++i) {
            cr_assert(epsilon_eq(dbl, (double)a[i], expected[i], density_bound(p, i)),
                      "%s, D = %d, row %d of %d", emix_kernels_available(t)->name,
                      (int)p->shape.n_features, (int)i, (int)p->n_rows);
            cr_assert(epsilon_eq(dbl, (double)from_double[i], expected[i], density_bound(p, i)),
                      "%s, D = %d, row %d of %d", emix_kernels_available(t)->name,
                      (int)p->shape.n_features, (int)i, (int)p->n_rows);
        }
        emix_free(a);
        emix_free(from_double);
    }
    emix_free(expected);
}

static const int FEATURES[] = {1,  2,  3,  4,  5,   6,   7,   8,   9,   10,  11,  12,
                               13, 14, 15, 16, 17,  23,  24,  25,  30,  31,  32,  33,
                               47, 63, 64, 65, 104, 112, 127, 128, 129, 150, 200, 384};
enum { N_FEATURES = sizeof FEATURES / sizeof FEATURES[0] };

Test(kernels_single, log_densities_agree_with_the_double_reference)
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

/* The problem a million units away from 0, where floats are 1/8 apart and no feature of the centre
 * is one. Rows of doubles keep their values about the centre; rows of floats are what they are. */
static void move_away(Problem *p, bool to_floats)
{
    for (emix_index i = 0; i < (p->n_rows - 1) * p->ldx + p->shape.n_features; ++i) {
        p->x_single[i] = (float)(p->x[i] + 0x1p20);
        p->x[i] = to_floats ? (double)p->x_single[i] : p->x[i] + 0x1p20;
    }
    for (emix_index j = 0; j < p->shape.n_features; ++j) {
        p->centre[j] += 0x1p20;
    }
}

Test(kernels_single, rows_far_from_zero_are_centred_before_they_are_rounded)
{
    const int features[] = {1, 2, 3, 8, 20, 64};
    for (int f = 0; f < 6; ++f) {
        for (int floats = 0; floats < 2; ++floats) {
            Problem p = make_problem(features[f], 1, 101, 0);
            move_away(&p, floats != 0);
            double *expected = reference_log_densities(&p);
            for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
                const char *name = emix_kernels_available(t)->name;
                float *a = log_densities(emix_kernels_available(t)->single, &p, floats == 0);
                for (emix_index i = 0; i < p.n_rows; ++i) {
                    cr_assert(epsilon_eq(dbl, (double)a[i], expected[i], density_bound(&p, i)),
                              "%s, D = %d, row %d", name, features[f], (int)i);
                }
                emix_free(a);
            }
            emix_free(expected);
            clear_problem(&p);
        }
    }
}

/* Log joint densities [K x lda], -inf here and there and throughout some rows. */
static float *make_log_joint(const Problem *p, emix_index lda)
{
    EmixRng rng = emix_rng_init(9, EMIX_RNG_SAMPLE, p->shape.n_components);
    float *a = poisoned(p->shape.n_components * lda);
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < lda; ++i) {
            const double spread = i % 4 == 0 ? 100.0 : 5.0;
            a[k * lda + i] = (float)(-200.0 + spread * emix_rng_normal(&rng));
            const bool lost = i % 29 == 3;
            if (lost || emix_rng_uniform(&rng) < 0.05) a[k * lda + i] = -HUGE_VALF;
        }
    }
    return a;
}

/* What the double reference makes of the same densities. */
typedef struct Expected {
    double *r;
    double *lse;
    EmixSoftmaxSums sums;
} Expected;

static Expected reference_softmax(const Problem *p, emix_index lda, const double *weights)
{
    float *a = make_log_joint(p, lda);
    Expected expected = {.r = doubles(p->shape.n_components * lda), .lse = doubles(p->n_rows)};
    for (emix_index i = 0; i < p->shape.n_components * lda; ++i) {
        expected.r[i] = (double)a[i];
    }
    expected.sums = emix_kernels_reference.softmax(&p->shape, p->n_rows, p->shape.n_rows,
                                                   expected.r, lda, weights, expected.lse);
    emix_free(a);
    return expected;
}

/* The difference to the largest is rounded once, which exp makes an error of up to 87 units; exp
 * itself, the sum of K and the division follow. What is 0 below exp -87 is less than 2^-125. */
static void check_responsibilities(const char *name, const Problem *p, emix_index lda,
                                   emix_index padded, const float *r, const Expected *expected)
{
    const double bound = (double)(p->shape.n_components + 100) * (double)FLT_EPSILON;
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < padded; ++i) {
            const double wanted = i < p->n_rows ? expected->r[k * lda + i] : 0.0;
            cr_assert(epsilon_eq(dbl, (double)r[k * lda + i], wanted, bound * wanted + 0x1p-123),
                      "%s, K = %d, row %d of %d", name, (int)p->shape.n_components, (int)i,
                      (int)p->n_rows);
        }
    }
}

static void check_softmax(const Problem *p, bool with_weights)
{
    const emix_index lda = p->shape.n_rows + (with_weights ? 3 : 0);
    const double *weights = with_weights ? p->weights : NULL;
    Expected expected = reference_softmax(p, lda, weights);
    double bound = 0.0;
    for (emix_index i = 0; i < p->n_rows; ++i) {
        /* Only the sum of exponentials is rounded to float: K of them and their errors. */
        bound += (weights != NULL ? weights[i] : 1.0) * (double)(p->shape.n_components + 10) *
                 (double)FLT_EPSILON;
    }
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const char *name = emix_kernels_available(t)->name;
        const EmixSingleKernels *single = emix_kernels_available(t)->single;
        const emix_index padded = padded_to(single->row_group, p);
        float *r = make_log_joint(p, lda);
        const EmixSoftmaxSums sums = single->softmax(&p->shape, p->n_rows, padded, r, lda, weights);
        check_responsibilities(name, p, lda, padded, r, &expected);
        cr_assert(eq(i64, sums.n_lost_rows, expected.sums.n_lost_rows), "%s", name);
        cr_assert(epsilon_eq(dbl, sums.log_likelihood + sums.log_likelihood_tail,
                             expected.sums.log_likelihood + expected.sums.log_likelihood_tail,
                             bound),
                  "%s, K = %d, %d rows", name, (int)p->shape.n_components, (int)p->n_rows);
        emix_free(r);
    }
    emix_free(expected.r);
    emix_free(expected.lse);
}

static const int COMPONENTS[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,  13,
                                 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 64, 100, 1000};
enum { N_COMPONENTS = sizeof COMPONENTS / sizeof COMPONENTS[0] };

Test(kernels_single, softmax_agrees_with_the_double_reference)
{
    for (int c = 0; c < N_COMPONENTS; ++c) {
        const int n_rows[] = {1, 7, 48, 95, 480};
        for (int i = 0; i < 5; ++i) {
            Problem p = make_problem(1, COMPONENTS[c], n_rows[i], 0);
            check_softmax(&p, false);
            check_softmax(&p, true);
            clear_problem(&p);
        }
    }
}

/* Two components, one x above the other: far apart their sum is 1 in float and the smaller
 * responsibility is exp -x itself; nearer, sum and division add 1 1/2 units. */
Test(kernels_single, exp_is_within_two_ulp)
{
    enum { N = 480, N_BLOCKS = 2000 };
    const EmixKernelShape shape = {.n_rows = N, .n_features = 1, .n_components = 2};
    float *a = poisoned(2 * N);
    double x[N];
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        for (int block = 0; block < N_BLOCKS; ++block) {
            for (int i = 0; i < N; ++i) {
                a[i] = 0.0F;
                a[N + i] = -87.0F * (float)(block * N + i) / (float)(N_BLOCKS * N);
                x[i] = (double)a[N + i];
            }
            table->single->softmax(&shape, N, N, a, N, NULL);
            for (int i = 0; i < N; ++i) {
                const double exact = exp(x[i]) / (1.0 + exp(x[i]));
                const float nearest = (float)exact;
                const double ulp = (double)nextafterf(nearest, 2.0F) - (double)nearest;
                const double allowed = x[i] < -18.0 ? 2.0 : 3.5;
                cr_assert(le(dbl, fabs((double)a[N + i] - exact), allowed * ulp),
                          "%s: exp(%.9g) is %.9g, not %.9g", table->name, x[i], (double)a[N + i],
                          exact);
            }
        }
    }
    emix_free(a);
}

Test(kernels_single, exp_far_below_zero_is_zero)
{
    enum { N = 48 };
    const EmixKernelShape shape = {.n_rows = N, .n_features = 1, .n_components = 2};
    const float below[] = {-87.00001F, -88.0F, -103.0F,  -104.0F,
                           -1e4F,      -1e30F, -FLT_MAX, -HUGE_VALF};
    float *a = poisoned(2 * N);
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        const EmixKernels *table = emix_kernels_available(t);
        for (int i = 0; i < N; ++i) {
            a[i] = 0.0F;
            a[N + i] = below[i % 8];
        }
        table->single->softmax(&shape, N, N, a, N, NULL);
        for (int i = 0; i < N; ++i) {
            cr_expect(eq(flt, a[i], 1.0F), "%s", table->name);
            cr_expect(eq(flt, a[N + i], 0.0F), "%s: exp(%g)", table->name, (double)below[i % 8]);
        }
    }
    emix_free(a);
}

/* Responsibilities [K x ldr], 0 for padding rows. */
static float *make_responsibilities(const Problem *p, emix_index ldr)
{
    EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, p->shape.n_components);
    float *r = emix_alloc(p->shape.n_components * ldr, sizeof *r);
    cr_assert(ne(ptr, r, NULL));
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        for (emix_index i = 0; i < p->n_rows; ++i) {
            r[k * ldr + i] = (i + k) % 7 == 0 ? 0.0F : (float)emix_rng_uniform(&rng);
        }
    }
    return r;
}

/* Moments of all components, [K][1 + D + D^2], after adding the block n_times. */
static double *moments_of(const EmixSingleKernels *single, const Problem *p, const float *r,
                          emix_index ldr, int n_times)
{
    const emix_index n = p->shape.n_features;
    float *panel = packed(single, p, false);
    float *scratch = poisoned(single->moments_scratch_size(&p->shape));
    double *moments = doubles(single->moments_size(&p->shape));
    double *plain = doubles(p->shape.n_components * (1 + n + n * n));
    for (int i = 0; i < n_times; ++i) {
        single->moments_add(&p->shape, padded_to(single->row_group, p), panel, r, ldr, scratch,
                            moments);
    }
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        double *out = plain + k * (1 + n + n * n);
        single->moments_unpack(&p->shape, moments, k, out, out + 1, out + 1 + n);
    }
    emix_free(panel);
    emix_free(scratch);
    emix_free(moments);
    return plain;
}

/* The same of the double reference, and for `absolute` of absolute values of the centred rows:
 * then the sums of the absolute values of all terms, a scale for errors. */
static double *reference_moments(const Problem *p, const float *r, emix_index ldr, bool absolute)
{
    const EmixKernels *reference = &emix_kernels_reference;
    const emix_index n = p->shape.n_features;
    double *wide_r = doubles(p->shape.n_components * ldr);
    double *panel = doubles(reference->panel_size(&p->shape));
    double *scratch = poisoned_doubles(reference->moments_scratch_size(&p->shape));
    double *moments = doubles(reference->moments_size(&p->shape));
    double *plain = doubles(p->shape.n_components * (1 + n + n * n));
    for (emix_index i = 0; i < p->shape.n_components * ldr; ++i) {
        wide_r[i] = (double)r[i];
    }
    reference->pack(&p->shape, p->n_rows, p->shape.n_rows, p->x, p->ldx, p->centre, panel);
    for (emix_index i = 0; absolute && i < n * p->shape.n_rows; ++i) {
        panel[i] = fabs(panel[i]);
    }
    reference->moments_add(&p->shape, p->shape.n_rows, panel, wide_r, ldr, scratch, moments);
    for (emix_index k = 0; k < p->shape.n_components; ++k) {
        double *out = plain + k * (1 + n + n * n);
        reference->moments_unpack(&p->shape, moments, k, out, out + 1, out + 1 + n);
    }
    emix_free(wide_r);
    emix_free(panel);
    emix_free(scratch);
    emix_free(moments);
    return plain;
}

static void check_moments(const Problem *p, emix_index ldr)
{
    const emix_index n = p->shape.n_features;
    float *r = make_responsibilities(p, ldr);
    double *scale = reference_moments(p, r, ldr, true);
    double *expected = reference_moments(p, r, ldr, false);
    /* Two rounded factors, two products and the additions of a block. */
    const double bound = (double)(p->n_rows + 4) * (double)FLT_EPSILON;
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        double *actual = moments_of(emix_kernels_available(t)->single, p, r, ldr, 1);
        for (emix_index i = 0; i < p->shape.n_components * (1 + n + n * n); ++i) {
            cr_assert(epsilon_eq(dbl, actual[i], expected[i], bound * scale[i]),
                      "%s, D = %d, K = %d, %d rows, value %d", emix_kernels_available(t)->name,
                      (int)n, (int)p->shape.n_components, (int)p->n_rows, (int)i);
        }
        emix_free(actual);
    }
    emix_free(r);
    emix_free(scale);
    emix_free(expected);
}

Test(kernels_single, moments_agree_with_the_double_reference)
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

/* What a block adds does not depend on what is there: sums over blocks are doubles, so a thousand
 * blocks are a thousand times one to a thousand double roundings. */
Test(kernels_single, moments_of_many_blocks_add_up_in_double)
{
    enum { N_BLOCKS = 1000 };
    const int shapes[][2] = {{2, 5}, {8, 3}, {8, 16}, {40, 4}, {130, 2}};
    for (int s = 0; s < 5; ++s) {
        Problem p = make_problem(shapes[s][0], shapes[s][1], 77, 0);
        float *r = make_responsibilities(&p, p.shape.n_rows);
        const emix_index n = p.shape.n_features;
        for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
            const EmixSingleKernels *single = emix_kernels_available(t)->single;
            double *once = moments_of(single, &p, r, p.shape.n_rows, 1);
            double *often = moments_of(single, &p, r, p.shape.n_rows, N_BLOCKS);
            for (emix_index i = 0; i < p.shape.n_components * (1 + n + n * n); ++i) {
                /* 77 rows of terms of about 1 bound every partial sum of a block. */
                const double bound = N_BLOCKS * (N_BLOCKS * 77.0) * DBL_EPSILON;
                cr_assert(epsilon_eq(dbl, often[i], N_BLOCKS * once[i], bound),
                          "%s, D = %d, value %d", emix_kernels_available(t)->name, (int)n, (int)i);
            }
            emix_free(once);
            emix_free(often);
        }
        emix_free(r);
        clear_problem(&p);
    }
}

Test(kernels_single, blocks_fit_every_row_group)
{
    for (int t = 0; emix_kernels_available(t) != NULL; ++t) {
        cr_expect(eq(i64, 48 % emix_kernels_available(t)->single->row_group, 0));
    }
}
