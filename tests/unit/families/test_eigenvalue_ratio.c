/* The interval that eigenvalues are clipped to, against all candidates and against a fine grid. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>

#include "core/rng.h"
#include "families/gaussian/eigenvalue_ratio.h"

enum { MAX_VALUES = 64, N_GRID = 20000 };

typedef struct Case {
    int n_groups, n_values;
    double ratio;
    double values[MAX_VALUES];
    double counts[MAX_VALUES];
} Case;

static double criterion_at(const Case *c, double m)
{
    double sum = 0.0;
    for (int i = 0; i < c->n_groups * c->n_values; ++i) {
        const double clipped = fmin(fmax(c->values[i], m), c->ratio * m);
        sum += c->counts[i / c->n_values] * (log(clipped) + c->values[i] / clipped);
    }
    return sum;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fritz et al. (2013): between any two neighbours among d and d / c the criterion has one
 * stationary point; the least of all 2 K D + 1 of them. */
static double best_of_candidates(const Case *c)
{
    const int n = c->n_groups * c->n_values;
    double edges[2 * MAX_VALUES];
    double best = INFINITY;
    for (int i = 0; i < n; ++i) {
        edges[2 * i] = c->values[i];
        edges[2 * i + 1] = c->values[i] / c->ratio;
    }
    qsort(edges, 2 * (size_t)n, sizeof *edges, compare);
    for (int e = 0; e <= 2 * n; ++e) {
        const double inside = e == 0       ? 0.5 * edges[0]
                              : e == 2 * n ? 2.0 * edges[2 * n - 1]
                                           : 0.5 * (edges[e - 1] + edges[e]);
        double above = 0.0;
        double below = 0.0;
        for (int i = 0; i < n; ++i) {
            const double count = c->counts[i / c->n_values];
            const double d = c->values[i];
            above += (d < inside || d > c->ratio * inside) ? count : 0.0;
            below += d < inside ? count * d : d > c->ratio * inside ? count * d / c->ratio : 0.0;
        }
        if (above > 0.0 && below > 0.0) {
            best = fmin(best, criterion_at(c, below / above));
        }
    }
    return best;
}

static Case random_case(int number)
{
    EmixRng rng = emix_rng_init(5, EMIX_RNG_SAMPLE, number);
    Case c = {.n_groups = 1 + (int)emix_rng_below(&rng, 6),
              .n_values = 1 + (int)emix_rng_below(&rng, 6),
              .ratio = number % 7 == 0 ? 1.0 : exp(4.0 * emix_rng_uniform(&rng))};
    for (int k = 0; k < c.n_groups; ++k) {
        c.counts[k] = k > 0 && emix_rng_below(&rng, 5) == 0 ? 0.0 : 50.0 * emix_rng_uniform(&rng);
    }
    for (int i = 0; i < c.n_groups * c.n_values; ++i) {
        c.values[i] = exp(3.0 * emix_rng_normal(&rng));
    }
    return c;
}

Test(eigenvalue_ratio, the_interval_is_the_best_of_all_candidates)
{
    int n_active = 0;
    for (int number = 0; number < 2000; ++number) {
        const Case c = random_case(number);
        const double m = emix_eigenvalue_ratio_interval(c.n_groups, c.n_values, c.values, c.counts,
                                                        c.ratio, 1e-300);
        if (m == 0.0) {
            double low = INFINITY;
            double high = 0.0;
            for (int i = 0; i < c.n_groups * c.n_values; ++i) {
                low = fmin(low, c.values[i]);
                high = fmax(high, c.values[i]);
            }
            cr_expect(le(dbl, high, c.ratio * low * (1.0 + 1e-11)), "case %d", number);
            continue;
        }
        ++n_active;
        const double found = criterion_at(&c, m);
        const double best = best_of_candidates(&c);
        cr_expect(le(dbl, found, best + 1e-12 * fabs(best)),
                  "case %d: %.17g, a candidate has %.17g", number, found, best);
        cr_expect(isinf(best) || found >= best - 1e-9 * fabs(best), "case %d", number);
        for (int g = 0; g < N_GRID && number < 40; ++g) {
            const double at = exp(-12.0 + 24.0 * g / N_GRID);
            cr_assert(le(dbl, found, criterion_at(&c, at) + 1e-12 * fabs(found)),
                      "case %d: less at %g than at %g", number, at, m);
        }
    }
    cr_expect(gt(int, n_active, 1000));
}

Test(eigenvalue_ratio, singular_and_collapsed_groups_have_an_interval)
{
    const double counts[] = {10.0, 5.0};
    const double singular[] = {0.0, -1e-18, 4.0, 2.0};
    const double m = emix_eigenvalue_ratio_interval(2, 2, singular, counts, 10.0, 1e-9);
    cr_expect(gt(dbl, m, 1e-9));
    cr_expect(lt(dbl, m, 4.0));
    const double collapsed[] = {0.0, 0.0, 0.0, 0.0};
    cr_expect(eq(dbl, emix_eigenvalue_ratio_interval(2, 2, collapsed, counts, 10.0, 1e-9), 1e-9));
    const double small[] = {1e-10, 1e-10, 2e-10, 2e-10};
    cr_expect(eq(dbl, emix_eigenvalue_ratio_interval(2, 2, small, counts, 10.0, 1e-9), 1e-9));
}
