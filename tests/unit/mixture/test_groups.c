/* A mixture of two groups of components, each of a family of its own, over the same features. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "em/engine.h"
#include "families/registry.h"
#include "mixture/mixture.h"
#include "support/blobs.h"
#include "support/problem.h"

enum { N_GAUSSIAN = 2, N_POISSON = 3, N_ALL = N_GAUSSIAN + N_POISSON };

static const double weights[N_ALL] = {0.1, 0.3, 0.25, 0.2, 0.15};

/* Parts with positive values that all differ. */
static EmixParts parts_of(const char *family, emix_index n_components)
{
    EmixParts parts = {0};
    cr_assert(eq(
        int,
        emix_parts_lay_out(emix_family_parts_find(family, "diag"), n_components, D, &parts, NULL),
        EMIX_OK));
    parts.values = malloc((size_t)parts.n_values * sizeof *parts.values);
    for (emix_index i = 0; i < parts.n_values; ++i) {
        parts.values[i] = 3.0 + 0.37 * (double)i + (double)n_components;
    }
    return parts;
}

static long double log_gaussian(const EmixParts *parts, emix_index k, const double *x)
{
    long double sum = 0.0L;
    for (int j = 0; j < D; ++j) {
        const long double variance = parts->family->variance(parts, k, j);
        const long double away = x[j] - parts->family->mean(parts, k, j);
        sum -= 0.5L * (logl(2.0L * acosl(-1.0L) * variance) + away * away / variance);
    }
    return sum;
}

static long double log_poisson(const EmixParts *parts, emix_index k, const double *x)
{
    long double sum = 0.0L;
    for (int j = 0; j < D; ++j) {
        const long double rate = parts->family->mean(parts, k, j);
        sum += x[j] * logl(rate) - rate - lgammal(x[j] + 1.0L);
    }
    return sum;
}

static long double log_likelihood(const EmixParts *parts, const double *x)
{
    long double sum = 0.0L;
    for (int i = 0; i < N_ROWS; ++i) {
        long double density = 0.0L;
        for (int k = 0; k < N_GAUSSIAN; ++k) {
            density += weights[k] * expl(log_gaussian(&parts[0], k, x + i * D));
        }
        for (int k = 0; k < N_POISSON; ++k) {
            density += weights[N_GAUSSIAN + k] * expl(log_poisson(&parts[1], k, x + i * D));
        }
        sum += logl(density);
    }
    return sum;
}

static EmixMixture *mixture_on(const Problem *p)
{
    EmixMixture *mixture = NULL;
    EmixError error = {{0}};
    struct EmixSpec spec = emix_spec_of_one_gaussian;
    spec.covariance = EMIX_COVARIANCE_DIAG;
    spec.n_components = N_ALL;
    const EmixFacts facts = {
        .kernels = emix_kernels_select(NULL),
        .shape = {.n_rows = 192, .n_features = D, .n_components = N_ALL},
        .centre = p->count_moments.mean,
        .moments = &p->count_moments,
        .whole = &p->count_moments,
    };
    const EmixGroupRequest groups[] = {
        {.family = emix_family_find("gaussian", &spec), .n_components = N_GAUSSIAN},
        {.family = emix_family_find("poisson", &spec), .n_components = N_POISSON}};
    cr_assert(eq(int, emix_mixture_create(2, groups, &spec, &facts, &mixture, &error), EMIX_OK),
              "%s", error.message);
    return mixture;
}

Test(groups, each_has_its_own_parts)
{
    Problem p = problem_of(3, blobs(N_ROWS, K, D, 3), N_ROWS, NULL);
    EmixMixture *mixture = mixture_on(&p);
    EmixEngine *e = NULL;
    EmixParts parts[] = {parts_of("gaussian", N_GAUSSIAN), parts_of("poisson", N_POISSON)};
    EmixParts back[] = {parts_of("gaussian", N_GAUSSIAN), parts_of("poisson", N_POISSON)};
    cr_assert(eq(int, emix_engine_create(&emix_mixture_ops, mixture, p.count_data, 2, &e, NULL),
                 EMIX_OK));
    memcpy(e->current.params, weights, sizeof weights);
    emix_mixture_import(mixture, parts, e->current.params);
    cr_assert(eq(int, emix_engine_prepare(e, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_pass(e, EMIX_PASS_FULL, NULL), EMIX_OK));
    const double expected = (double)log_likelihood(parts, p.counts);
    cr_expect(lt(dbl, fabs(emix_engine_log_likelihood(e) - expected), 1e-12 * fabs(expected)),
              "%.17g, expected %.17g", emix_engine_log_likelihood(e), expected);
    for (int g = 0; g < 2; ++g) {
        const emix_index first = back[g].offsets[EMIX_FIRST_FAMILY_PART];
        for (emix_index i = first; i < back[g].n_values; ++i) {
            back[g].values[i] = 0.0;
        }
    }
    for (emix_index k = 0; k < N_ALL; ++k) {
        emix_mixture_export(mixture, k, e->current.params, back);
    }
    for (int g = 0; g < 2; ++g) {
        cr_expect(zero(int, memcmp(back[g].values, parts[g].values,
                                   (size_t)parts[g].n_values * sizeof(double))),
                  "group %d", g);
        free(back[g].values);
        free(parts[g].values);
    }
    engine_release(e);
    problem_clear(&p);
}
