/* The conformance suite: every registered family must pass every test here, on every kernel table
 * that this machine can run. Registering a new family is enough to get the whole suite; it adds
 * only its own oracle test. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "support/blobs.h"
#include "support/problem.h"

Test(conformance, log_likelihood_never_decreases)
{
    Problem p = problem_of(1, blobs(N_ROWS, K, D, 1), N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *e = engine_at_start(&p, component, kernels, 128, 2);
        double previous = -INFINITY;
        for (int it = 0; it < 40; ++it) {
            const double now = iterate(e);
            /* the rounding of a sum; not a number to tune */
            cr_expect(ge(dbl, now, previous - 64.0 * DBL_EPSILON * fabs(now)),
                      "%s %s, iteration %d", kind_name(component), kernels->name, it);
            previous = now;
        }
        engine_release(e);
    }
    problem_clear(&p);
}

Test(conformance, worker_count_never_changes_a_bit)
{
    static const int workers[] = {2, 3, 8};
    Problem p = problem_of(2, blobs(N_ROWS, K, D, 2), N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *one = engine_at_start(&p, component, kernels, 48, 1);
        for (int it = 0; it < 10; ++it) {
            iterate(one);
        }
        for (size_t w = 0; w < sizeof workers / sizeof workers[0]; ++w) {
            EmixEngine *many = engine_at_start(&p, component, kernels, 48, workers[w]);
            for (int it = 0; it < 10; ++it) {
                iterate(many);
            }
            cr_expect(zero(int, memcmp(one->current.params, many->current.params,
                                       (size_t)one->sizes.params * sizeof(double))),
                      "%s %s: %d workers differ from 1", kind_name(component), kernels->name,
                      workers[w]);
            engine_release(many);
        }
        engine_release(one);
    }
    problem_clear(&p);
}

/* Largest difference of two params vectors after some iterations, relative to the data's standard
 * deviations. */
static double difference(const EmixEngine *a, const EmixEngine *b)
{
    double worst = 0.0;
    for (emix_index i = 0; i < a->sizes.params; ++i) {
        worst = fmax(worst, fabs(a->current.params[i] - b->current.params[i]));
    }
    return worst;
}

/* Relative difference from reordered sums. EM contracts near a maximum, so iterations do not
 * amplify it, but each of them reorders sums: 1e-11 is 5e4 rounding units of parameters of order
 * 10. */
static const double reordered = 1e-11;

Test(conformance, shard_size_changes_rounding_only)
{
    static const emix_index sizes[] = {1, 7, 64, N_ROWS};
    Problem p = problem_of(3, blobs(N_ROWS, K, D, 3), N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *plain = engine_at_start(&p, component, kernels, 192, 1);
        for (int it = 0; it < 5; ++it) {
            iterate(plain);
        }
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; ++s) {
            EmixEngine *other = engine_at_start(&p, component, kernels, sizes[s], 1);
            for (int it = 0; it < 5; ++it) {
                iterate(other);
            }
            cr_expect(lt(dbl, difference(plain, other), reordered), "%s %s, shards of %d rows",
                      kind_name(component), kernels->name, (int)sizes[s]);
            engine_release(other);
        }
        engine_release(plain);
    }
    problem_clear(&p);
}

Test(conformance, order_of_rows_changes_rounding_only)
{
    double *x = blobs(N_ROWS, K, D, 4);
    double *reversed = malloc(sizeof(double) * N_ROWS * D);
    for (int i = 0; i < N_ROWS; ++i) {
        memcpy(reversed + (N_ROWS - 1 - i) * D, x + i * D, sizeof(double) * D);
    }
    Problem forward = problem_of(4, x, N_ROWS, NULL);
    Problem backward = problem_of(4, reversed, N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *a = engine_at_start(&forward, component, kernels, 96, 1);
        EmixEngine *b = engine_at_start(&backward, component, kernels, 96, 1);
        for (int it = 0; it < 5; ++it) {
            iterate(a);
            iterate(b);
        }
        cr_expect(lt(dbl, difference(a, b), reordered), "%s %s", kind_name(component),
                  kernels->name);
        engine_release(a);
        engine_release(b);
    }
    problem_clear(&forward);
    problem_clear(&backward);
}

Test(conformance, a_weight_of_two_is_a_row_twice)
{
    double *x = blobs(N_ROWS, K, D, 5);
    double *twice = malloc(sizeof(double) * 2 * N_ROWS * D);
    double weights[N_ROWS];
    int n = 0;
    for (int i = 0; i < N_ROWS; ++i) {
        const int copies = i % 3; /* 0, 1 or 2 */
        weights[i] = copies;
        for (int c = 0; c < copies; ++c) {
            memcpy(twice + n++ * D, x + i * D, sizeof(double) * D);
        }
    }
    Problem weighted = problem_of(5, x, N_ROWS, weights);
    Problem repeated = problem_of(5, twice, n, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *a = engine_at_start(&weighted, component, kernels, 96, 2);
        EmixEngine *b = engine_at_start(&repeated, component, kernels, 96, 2);
        for (int it = 0; it < 5; ++it) {
            const double la = iterate(a);
            const double lb = iterate(b);
            /* two sums of about N_ROWS terms in different orders */
            cr_expect(lt(dbl, fabs(la - lb), 1e-13 * fabs(la)), "%s %s", kind_name(component),
                      kernels->name);
        }
        cr_expect(lt(dbl, difference(a, b), reordered), "%s %s", kind_name(component),
                  kernels->name);
        engine_release(a);
        engine_release(b);
    }
    problem_clear(&weighted);
    problem_clear(&repeated);
}

Test(conformance, a_common_factor_of_the_weights_only_scales_the_log_likelihood)
{
    double *x = blobs(N_ROWS, K, D, 6);
    double *same = malloc(sizeof(double) * N_ROWS * D);
    memcpy(same, x, sizeof(double) * N_ROWS * D);
    double *once = blob_weights(N_ROWS, 6);
    double eightfold[N_ROWS];
    for (int i = 0; i < N_ROWS; ++i) {
        eightfold[i] = 8.0 * once[i]; /* exact */
    }
    Problem p = problem_of(6, x, N_ROWS, once);
    Problem q = problem_of(6, same, N_ROWS, eightfold);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *a = engine_at_start(&p, component, kernels, 96, 1);
        EmixEngine *b = engine_at_start(&q, component, kernels, 96, 1);
        for (int it = 0; it < 5; ++it) {
            const double la = iterate(a);
            const double lb = iterate(b);
            cr_expect(lt(dbl, fabs(8.0 * la - lb), 1e-13 * fabs(lb)), "%s %s", kind_name(component),
                      kernels->name);
        }
        cr_expect(lt(dbl, difference(a, b), reordered), "%s %s", kind_name(component),
                  kernels->name);
        engine_release(a);
        engine_release(b);
    }
    free(once);
    problem_clear(&p);
    problem_clear(&q);
}

Test(conformance, a_maximum_is_a_fixed_point)
{
    Problem p = problem_of(1, blobs(N_ROWS, K, D, 1), N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *e = engine_at_start(&p, component, kernels, 96, 2);
        for (int it = 0; it < 2000; ++it) {
            iterate(e);
        }
        double before[8];
        memcpy(before, e->current.params, sizeof before);
        iterate(e);
        for (int i = 0; i < 8; ++i) {
            cr_expect(lt(dbl, fabs(e->current.params[i] - before[i]), 1e-12), "%s %s",
                      kind_name(component), kernels->name);
        }
        engine_release(e);
    }
    problem_clear(&p);
}

Test(conformance, step_length_and_expected_log_joint_agree_with_their_definitions)
{
    Problem p = problem_of(8, blobs(N_ROWS, K, D, 8), N_ROWS, NULL);
    FOR_EACH_FAMILY_AND_TABLE(component, kernels)
    {
        EmixEngine *e = engine_at_start(&p, component, kernels, 96, 2);
        for (int it = 0; it < 60; ++it) {
            iterate(e);
        }
        const double before = iterate(e);
        cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
        cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
        const double now = emix_engine_log_likelihood(e);
        const double q_now = emix_engine_expected_log_joint(e, &e->current);
        const double q_next = emix_engine_expected_log_joint(e, &e->next);
        /* L = Q + H(q) with 0 <= H <= n log K, and the M-step raises Q by at most the rise of L */
        cr_expect(ge(dbl, now - q_now, -64.0 * DBL_EPSILON * fabs(now)), "%s",
                  kind_name(component));
        cr_expect(le(dbl, now - q_now, N_ROWS * log(K)), "%s", kind_name(component));
        cr_expect(ge(dbl, q_next, q_now - 64.0 * DBL_EPSILON * fabs(q_now)), "%s",
                  kind_name(component));
        /* Close to the maximum one step gains delta2 (1 + rate) / 2 of log-likelihood to first
         * order, which is between delta2 / 2 and delta2. */
        const double delta2 = emix_engine_step_length2(e);
        emix_engine_advance(e);
        cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
        const double gain = emix_engine_log_likelihood(e) - now;
        const double rounding = 64.0 * DBL_EPSILON * fabs(now);
        cr_expect(ge(dbl, gain, 0.45 * delta2 - rounding), "%s %s: gain %g, delta2 %g",
                  kind_name(component), kernels->name, gain, delta2);
        cr_expect(le(dbl, gain, 1.1 * delta2 + rounding), "%s %s: gain %g, delta2 %g",
                  kind_name(component), kernels->name, gain, delta2);
        cr_expect(le(dbl, before, now + rounding));
        engine_release(e);
    }
    problem_clear(&p);
}
