/* Anchored coordinates: every registered family's encode and decode. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "mixture/mixture.h"
#include "support/affine.h"
#include "support/blobs.h"
#include "support/gaussian.h"
#include "support/problem.h"

#define FOR_EACH_FAMILY(component)                                                                 \
    for (const EmixFamilyKind *component = emix_family_kinds; component->name != NULL; ++component)

/* An engine a few iterations after the start, and a vector of coordinates. */
typedef struct Chart {
    EmixEngine *e;
    double *coordinates;
} Chart;

static Chart chart_at(const Problem *p, const EmixFamilyKind *component, int n_iterations)
{
    Chart c = {.e = engine_at_start(p, component, emix_kernels_select(NULL), 96, 2)};
    for (int it = 0; it < n_iterations; ++it) {
        iterate(c.e);
    }
    c.coordinates = emix_alloc(c.e->sizes.params, sizeof(double));
    return c;
}

static void chart_clear(Chart *c)
{
    emix_free(c->coordinates);
    engine_release(c->e);
}

/* Moves `next` some EM iterations away from `current`, which stays. */
static void leave_anchor(EmixEngine *e, int n_iterations, double *kept)
{
    memcpy(kept, e->current.params, (size_t)e->sizes.params * sizeof *kept);
    for (int it = 0; it < n_iterations; ++it) {
        iterate(e);
    }
    memcpy(e->next.params, e->current.params, (size_t)e->sizes.params * sizeof *kept);
    memcpy(e->current.params, kept, (size_t)e->sizes.params * sizeof *kept);
    cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_prepare_point(e, &e->next, NULL), EMIX_OK));
}

static double norm2(const Chart *c)
{
    double sum = 0.0;
    for (emix_index i = 0; i < c->e->sizes.params; ++i) {
        sum += c->coordinates[i] * c->coordinates[i];
    }
    return sum;
}

static double largest_difference(emix_index n, const double *a, const double *b)
{
    double worst = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        worst = fmax(worst, fabs(a[i] - b[i]));
    }
    return worst;
}

Test(coordinates, decoding_what_was_encoded_gives_the_parameters_back)
{
    Problem p = problem_of(1, blobs(N_ROWS, K, D, 1), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        for (int away = 1; away <= 20; away += 19) {
            Chart c = chart_at(&p, component, 1);
            double *kept = emix_alloc(c.e->sizes.params, sizeof(double));
            double *back = emix_alloc(c.e->sizes.params, sizeof(double));
            leave_anchor(c.e, away, kept);
            cr_assert(eq(int,
                         emix_engine_encode(c.e, &c.e->current, c.e->next.params, c.coordinates),
                         EMIX_OK));
            cr_expect(gt(dbl, norm2(&c), 1e-4), "the anchor was left");
            double along_weights = 0.0; /* a common factor of all weights is no coordinate */
            for (int k = 0; k < K; ++k) {
                along_weights += sqrt(c.e->current.params[k]) * c.coordinates[k];
            }
            cr_expect(lt(dbl, fabs(along_weights), 1e-15), "%s", kind_name(component));
            cr_assert(
                eq(int, emix_engine_decode(c.e, &c.e->current, c.coordinates, back), EMIX_OK));
            /* parameters of order 10, through factors, logarithms and exponentials */
            cr_expect(lt(dbl, largest_difference(c.e->sizes.params, back, c.e->next.params), 1e-12),
                      "%s, %d iterations away", kind_name(component), away);
            emix_free(back);
            emix_free(kept);
            chart_clear(&c);
        }
    }
    problem_clear(&p);
}

Test(coordinates, are_zero_at_the_anchor)
{
    Problem p = problem_of(2, blobs(N_ROWS, K, D, 2), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        Chart c = chart_at(&p, component, 3);
        const size_t bytes = (size_t)c.e->sizes.params * sizeof(double);
        memset(c.coordinates, 0xff, bytes); /* NaN, in the padding as well */
        cr_assert(eq(int,
                     emix_engine_encode(c.e, &c.e->current, c.e->current.params, c.coordinates),
                     EMIX_OK));
        cr_expect(eq(dbl, norm2(&c), 0.0), "%s", kind_name(component));
        chart_clear(&c);
    }
    problem_clear(&p);
}

Test(coordinates, their_norm_is_the_length_of_a_short_step)
{
    double *weights = blob_weights(N_ROWS, 3);
    Problem p = problem_of(3, blobs(N_ROWS, K, D, 3), N_ROWS, weights);
    FOR_EACH_FAMILY(component)
    {
        Chart c = chart_at(&p, component, 0);
        double shortest = INFINITY;
        for (int it = 0; it < 80; ++it) {
            cr_assert(eq(int, emix_engine_pass(c.e, EMIX_PASS_FULL, NULL), EMIX_OK));
            cr_assert(eq(int, emix_engine_m_step(c.e, NULL, NULL), EMIX_OK));
            const double length2 = emix_engine_step_length2(c.e) / p.data->total_weight;
            cr_assert(eq(int,
                         emix_engine_encode(c.e, &c.e->current, c.e->next.params, c.coordinates),
                         EMIX_OK));
            if (length2 > 1e-16) { /* below that, rounding shows in the ratio */
                shortest = fmin(shortest, length2);
                /* Both equal the metric to first order, so they differ by a multiple of the
                 * step. */
                cr_expect(lt(dbl, fabs(norm2(&c) / length2 - 1.0), 8.0 * sqrt(length2) + 1e-6),
                          "%s, iteration %d: %g and %g", kind_name(component), it, norm2(&c),
                          length2);
            }
            emix_engine_advance(c.e);
        }
        cr_expect(lt(dbl, shortest, 1e-6), "%s: no step was short", kind_name(component));
        chart_clear(&c);
    }
    problem_clear(&p);
    free(weights);
}

/* Replaces a point by its image under x -> A x + 5. */
static void map_point(EmixEngine *e, const double *a, EmixPoint *point)
{
    double means[K * D];
    double images[K * D];
    double covariances[K * D * D];
    gaussian_get(mixture_of(e), point->params, means, covariances);
    for (int k = 0; k < K; ++k) {
        affine_map(D, a, 5.0, means + k * D, images + k * D);
        affine_map_covariance(D, a, covariances + k * D * D);
    }
    gaussian_set(mixture_of(e), images, covariances, point->params);
    cr_assert(eq(int, emix_engine_prepare_point(e, point, NULL), EMIX_OK));
}

Test(coordinates, their_norm_does_not_depend_on_units_or_axes)
{
    Problem p = problem_of(4, blobs(N_ROWS, K, D, 4), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        if (!is_gaussian(component)) {
            continue; /* counts have no units */
        }
        EmixRng rng = emix_rng_init(4, EMIX_RNG_SAMPLE, 0);
        Chart c = chart_at(&p, component, 2);
        double *kept = emix_alloc(c.e->sizes.params, sizeof(double));
        leave_anchor(c.e, 3, kept);
        cr_assert(eq(int, emix_engine_encode(c.e, &c.e->current, c.e->next.params, c.coordinates),
                     EMIX_OK));
        const double before = norm2(&c);
        for (int map = 0; map < 5; ++map) { /* one after another */
            double a[D * D];
            affine_random(component->covariance, D, &rng, a);
            map_point(c.e, a, &c.e->current);
            map_point(c.e, a, &c.e->next);
            cr_assert(eq(int,
                         emix_engine_encode(c.e, &c.e->current, c.e->next.params, c.coordinates),
                         EMIX_OK));
            /* condition numbers up to about 1e4 at each of five maps, squared */
            cr_expect(lt(dbl, fabs(norm2(&c) - before), 1e-6 * before), "%s, map %d: %.17g %.17g",
                      kind_name(component), map, before, norm2(&c));
        }
        emix_free(kept);
        chart_clear(&c);
    }
    problem_clear(&p);
}

/* Expects no NaN in a prepared point, nor in a pass there. */
static void expect_sound(const Chart *c, const char *what, double scale)
{
    EmixEngine *e = c->e;
    double sum = 0.0;
    cr_assert(eq(int, emix_engine_prepare_point(e, &e->next, NULL), EMIX_OK), "%s, scale %g", what,
              scale);
    for (emix_index i = 0; i < e->sizes.derived; ++i) {
        cr_assert(not(isnan(e->next.derived[i])), "%s, scale %g", what, scale);
    }
    for (emix_index i = 0; i < e->sizes.params; ++i) {
        cr_assert(isfinite(e->next.params[i]), "%s, scale %g", what, scale);
    }
    for (int k = 0; k < K; ++k) {
        cr_expect(gt(dbl, e->next.params[k], 0.0));
        sum += e->next.params[k];
    }
    cr_expect(lt(dbl, fabs(sum - 1.0), 1e-14));
    emix_engine_advance(e);
    cr_expect(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK), "%s, scale %g", what,
              scale);
    emix_engine_advance(e);
}

Test(coordinates, any_point_of_the_chart_is_a_model_or_is_refused)
{
    static const double scales[] = {1e-3, 1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e5, 1e50, 1e200};
    Problem p = problem_of(5, blobs(N_ROWS, K, D, 5), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        int n_models = 0;
        int n_refused = 0;
        Chart c = chart_at(&p, component, 2);
        EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, 0);
        for (size_t s = 0; s < 20 * sizeof scales / sizeof scales[0]; ++s) {
            const double scale = scales[s / 20];
            for (emix_index i = 0; i < c.e->sizes.params; ++i) {
                c.coordinates[i] = scale * emix_rng_normal(&rng);
            }
            const EmixStatus status = emix_engine_decode(c.e, &c.e->current, c.coordinates,
                                                         c.e->next.params);
            if (status == EMIX_OK) {
                expect_sound(&c, kind_name(component), scale);
                n_models += 1;
            } else {
                cr_expect(eq(int, status, EMIX_ERR_NONFINITE));
                cr_expect(gt(dbl, scale, 1.0), "%s: short ways are never refused",
                          kind_name(component));
                n_refused += 1;
            }
        }
        cr_expect(ge(int, n_models, 40), "%s", kind_name(component));
        cr_expect(ge(int, n_refused, 40), "%s", kind_name(component));
        chart_clear(&c);
    }
    problem_clear(&p);
}

Test(coordinates, that_are_no_numbers_are_refused)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    Problem p = problem_of(6, blobs(N_ROWS, K, D, 6), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        Chart c = chart_at(&p, component, 2);
        const EmixGroup *group = &mixture_of(c.e)->groups[0];
        const emix_index mean = group->params;
        const emix_index behind = K * group->sizes.slice; /* what components share, if anything */
        const emix_index last = group->sizes.params > behind ? behind
                                : is_gaussian(component)     ? D
                                                             : D - 1;
        /* a weight, a mean or rate, a (co)variance or another rate */
        const emix_index places[] = {1, mean + 1, mean + last};
        for (int i = 0; i < 9; ++i) {
            c.coordinates[places[i / 3]] = bad[i % 3];
            cr_expect(eq(int,
                         emix_engine_decode(c.e, &c.e->current, c.coordinates, c.e->next.params),
                         EMIX_ERR_NONFINITE),
                      "%s, place %d", kind_name(component), i);
            c.coordinates[places[i / 3]] = 0.0;
        }
        chart_clear(&c);
    }
    problem_clear(&p);
}

Test(coordinates, empty_components_stay_as_they_are)
{
    Problem p = problem_of(7, blobs(N_ROWS, K, D, 7), N_ROWS, NULL);
    FOR_EACH_FAMILY(component)
    {
        Chart c = chart_at(&p, component, 2);
        EmixEngine *e = c.e;
        const size_t bytes = (size_t)e->sizes.params * sizeof(double);
        double *back = emix_alloc(e->sizes.params, sizeof(double));
        e->current.params[0] += e->current.params[1];
        e->current.params[1] = 0.0;
        cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
        cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
        cr_assert(eq(int, emix_engine_m_step(e, NULL, NULL), EMIX_OK));
        cr_assert(
            eq(int, emix_engine_encode(e, &e->current, e->next.params, c.coordinates), EMIX_OK));
        cr_expect(eq(dbl, c.coordinates[1], 0.0));
        cr_expect(gt(dbl, norm2(&c), 0.0));
        cr_assert(eq(int, emix_engine_decode(e, &e->current, c.coordinates, back), EMIX_OK));
        cr_expect(eq(dbl, back[1], 0.0));
        cr_expect(lt(dbl, largest_difference(e->sizes.params, back, e->next.params), 1e-12), "%s",
                  kind_name(component));
        /* A component that becomes empty leaves the chart of a point where it was not empty. */
        memcpy(back, e->current.params, bytes);
        back[1] = back[2];
        back[2] = 0.0;
        EmixPoint swapped = {.params = back, .derived = e->next.derived};
        cr_assert(eq(int, emix_engine_prepare_point(e, &swapped, NULL), EMIX_OK));
        cr_expect(eq(int, emix_engine_encode(e, &swapped, e->current.params, c.coordinates),
                     EMIX_ERR_NONFINITE));
        emix_free(back);
        chart_clear(&c);
    }
    problem_clear(&p);
}
