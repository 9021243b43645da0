/* Mixtures of Poisson counts: Hasselblad's (1969) deaths per day, and planted rates. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>

#include "core/rng.h"
#include "em/em.h"
#include "support/problem.h"

/* Deaths of women of 80 years and more per day, in The Times, 1910-1912. */
static const double deaths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double days[] = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
enum { N_COUNTS = 10 };
/* Maximum of the likelihood at 60 digits. */
static const double best_weight = 0.3598853969948;
static const double best_rates[] = {1.2560951012243, 2.6634043566325};
static const double best_log_likelihood = -1989.9458598829642;

typedef struct Deaths {
    EmixDataset *data;
    double mean;
    EmixMoments moments;
    EmixEngine *e;
} Deaths;

static void deaths_clear(Deaths *d)
{
    engine_release(d->e);
    emix_dataset_destroy(d->data);
}

/* An engine at weights 1/2 and rates 1 and 3. */
static void deaths_init(Deaths *d, const FitCase *fit)
{
    static const EmixFamilyKind poisson = {"poisson", EMIX_N_COVARIANCES};
    static const double spread = 1.0;
    double sum = 0.0;
    cr_assert(eq(int, emix_dataset_create(N_COUNTS, 1, deaths, 1, days, &d->data, NULL), EMIX_OK));
    for (int i = 0; i < N_COUNTS; ++i) {
        sum += days[i] * deaths[i];
    }
    d->mean = sum / emix_dataset_total_weight(d->data);
    d->moments = (EmixMoments){.total_weight = emix_dataset_total_weight(d->data),
                               .mean = &d->mean,
                               .variances = &spread,
                               .sds = &spread,
                               .max_eigenvalue = 1.0};
    const EmixFacts facts = {.kernels = emix_kernels_select(NULL),
                             .shape = {.n_rows = 48, .n_features = 1, .n_components = 2},
                             .centre = &d->mean,
                             .moments = &d->moments,
                             .whole = &d->moments};
    d->e = engine_of(d->data, &poisson, fit, &facts, 1);
    const EmixGroup *group = &mixture_of(d->e)->groups[0];
    double *params = d->e->current.params;
    for (int k = 0; k < 2; ++k) {
        params[k] = 0.5;
        params[group->params + k * group->sizes.slice] = k == 0 ? 1.0 : 3.0;
    }
    cr_assert(eq(int, emix_engine_prepare(d->e, NULL), EMIX_OK));
}

static double rate_of(const Deaths *d, int k)
{
    const EmixGroup *group = &mixture_of(d->e)->groups[0];
    return d->e->current.params[group->params + k * group->sizes.slice];
}

/* Runs to a step of (weight, rates) that is shorter than `shortest`; the EM maps it takes. */
static int maps_until(Deaths *d, double shortest)
{
    double step = INFINITY;
    int n_maps = 0;
    while (step >= shortest && n_maps < 5000) {
        const double before[] = {d->e->current.params[0], rate_of(d, 0), rate_of(d, 1)};
        iterate(d->e);
        n_maps += 1;
        step = sqrt(pow(d->e->current.params[0] - before[0], 2) +
                    pow(rate_of(d, 0) - before[1], 2) + pow(rate_of(d, 1) - before[2], 2));
    }
    return n_maps;
}

Test(poisson, em_reaches_hasselblads_maximum_in_as_many_maps_as_at_60_digits)
{
    static const double shortest[] = {1e-7, 1e-8, 1e-10};
    static const int n_maps[] = {2113, 2643, 3703};
    const FitCase fit = fit_case_default();
    for (int i = 0; i < 3; ++i) {
        Deaths d;
        deaths_init(&d, &fit);
        cr_expect(le(int, abs(maps_until(&d, shortest[i]) - n_maps[i]), 1), "below %g",
                  shortest[i]);
        deaths_clear(&d);
    }
    Deaths d;
    deaths_init(&d, &fit);
    maps_until(&d, 1e-12);
    cr_expect(lt(dbl, fabs(d.e->current.params[0] - best_weight), 1e-9));
    cr_expect(lt(dbl, fabs(rate_of(&d, 0) - best_rates[0]), 1e-9));
    cr_expect(lt(dbl, fabs(rate_of(&d, 1) - best_rates[1]), 1e-9));
    cr_assert(eq(int, emix_engine_pass(d.e, EMIX_PASS_FULL, NULL), EMIX_OK));
    cr_expect(lt(dbl, fabs(emix_engine_log_likelihood(d.e) - best_log_likelihood), 1e-9));
    deaths_clear(&d);
}

Test(poisson, squared_extrapolation_needs_a_twentieth_of_the_passes)
{
    const FitCase fit = fit_case_default();
    const EmixEmOptions how = {.rule = EMIX_STOP_ON_PARAMS,
                               .tolerance = 1e-8,
                               .max_iterations = 10000,
                               .accelerate = true};
    EmixEmOutcome outcome;
    Deaths d;
    deaths_init(&d, &fit);
    cr_assert(eq(int, emix_engine_enable_acceleration(d.e, NULL), EMIX_OK));
    cr_assert(eq(int, emix_em_run(d.e, &how, &outcome, NULL), EMIX_OK));
    cr_expect(le(int, 20 * outcome.n_passes, 2643), "%d passes", outcome.n_passes);
    cr_expect(lt(dbl, fabs(outcome.log_likelihood - best_log_likelihood), 1e-9));
    deaths_clear(&d);
}

Test(poisson, a_component_without_rows_is_where_the_prior_has_its_mode)
{
    FitCase fit = fit_case_default();
    fit.prior = EMIX_PRIOR_CONJUGATE;
    fit.prior_shrinkage = 0.5;
    Deaths d;
    deaths_init(&d, &fit);
    const EmixGroup *group = &mixture_of(d.e)->groups[0];
    d.e->current.params[group->params + group->sizes.slice] = 1e6;
    cr_assert(eq(int, emix_engine_prepare(d.e, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_pass(d.e, EMIX_PASS_FULL, NULL), EMIX_OK));
    cr_assert(eq(int, emix_engine_m_step(d.e, NULL, NULL), EMIX_OK));
    emix_engine_advance(d.e);
    cr_expect(lt(dbl, fabs(rate_of(&d, 1) - d.mean), 1e-12));
    cr_expect(isfinite(emix_engine_log_prior(d.e, &d.e->current)));
    deaths_clear(&d);
}
