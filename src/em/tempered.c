/* Annealed and hard EM: the posterior raised to a power, the inverse temperature.
 *
 * Annealed: it rises from the initial value by a constant factor until it would reach 1, which is
 * the EM that follows. At each value EM climbs F = E_q log p(x, z) + H(q) / inverse temperature,
 * whose maximum over q is the tempered posterior, until an iteration gains little per row: maxima
 * need not be reached, and at low values, where components merge, they should not be, or nothing
 * would be left by which they part again.
 *
 * Hard: the limit of an infinite value, in which rows move from component to component; F is the
 * classification likelihood. It ends when no row moves. */
#include "em/warmup.h"

#include <float.h>
#include <math.h>

#include "core/alloc.h"
#include "core/rng.h"

static const double factor = 1.2;
/* Standard deviation of a step aside, in coordinates whose unit is a standard deviation of the data
 * within a component of weight 1. */
static const double aside = 0.01;
/* Nats per unit of row weight that an iteration must gain for its temperature to be kept. */
static const double annealed_gain = 1e-4;
/* Part of the objective that is rounding. */
static const double rounding = 64.0 * DBL_EPSILON;

static EmixStatus pass(EmixRun *run, EmixStep step, double inverse_temperature, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    EMIX_TRY(emix_engine_tempered_pass(e, inverse_temperature, error));
    run->outcome->n_passes += 1;
    const double log_joint = emix_engine_expected_log_joint(e, &e->current);
    const double tempered = emix_engine_stats(e)[EMIX_STAT_TEMPERED];
    const double entropy = isinf(inverse_temperature) ? 0.0
                                                      : tempered - inverse_temperature * log_joint;
    emix_warmup_note(run, step, emix_engine_log_likelihood(e), entropy, 1.0 / inverse_temperature);
cleanup:
    return status;
}

/* A gain that ends the climb at a temperature. */
static double small_gain(const EmixRun *run, EmixStep step)
{
    return step == EMIX_STEP_HARD ? rounding * fabs(run->outcome->objective)
                                  : annealed_gain * run->engine->data->total_weight;
}

/* EM at one temperature. */
static EmixStatus climb(EmixRun *run, EmixStep step, double inverse_temperature, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome *outcome = run->outcome;
    EMIX_TRY(pass(run, step, inverse_temperature, error));
    double gain = INFINITY;
    while (gain > small_gain(run, step) && !emix_warmup_is_over(run)) {
        const double before = outcome->objective;
        EMIX_TRY(emix_warmup_step(run, error));
        EMIX_TRY(pass(run, step, inverse_temperature, error));
        emix_run_audit(run, before);
        gain = outcome->objective - before;
    }
cleanup:
    return status;
}

/* EM's step to the next temperature, and a little beside it: components that lie on each other
 * have the same responsibilities at any temperature, and would never part again. */
static EmixStatus step_aside(EmixRun *run, int level, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    double *x = e->coordinates;
    EmixRng rng = emix_rng_init(run->options->seed, EMIX_RNG_ANNEALING, level);
    EMIX_TRY(emix_engine_m_step(e, NULL, error));
    if (emix_engine_encode(e, &e->current, e->next.params, x) == EMIX_OK) {
        for (emix_index i = 0; i < e->sizes.params; ++i) {
            const double noise = aside * emix_rng_normal(&rng);
            x[i] += x[i] != 0.0 ? noise : 0.0; /* what EM leaves alone stays */
        }
        if (emix_engine_decode(e, &e->current, x, e->next.params) != EMIX_OK ||
            emix_engine_prepare_point(e, &e->next, NULL) != EMIX_OK) {
            EMIX_TRY(emix_engine_m_step(e, NULL, error));
        }
    }
    emix_warmup_advance(run);
cleanup:
    return status;
}

static EmixStatus anneal(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double inverse_temperature = run->options->annealing;
    for (int level = 0; inverse_temperature < 1.0; ++level) {
        if (level > 0) {
            EMIX_TRY(step_aside(run, level, error));
        }
        EMIX_TRY(climb(run, EMIX_STEP_ANNEALED, inverse_temperature, error));
        if (emix_warmup_is_over(run)) {
            break;
        }
        inverse_temperature *= factor;
    }
cleanup:
    return status;
}

EmixStatus emix_tempered_run(EmixRun *run, EmixError *error)
{
    return run->options->e_step == EMIX_E_STEP_HARD
               ? climb(run, EMIX_STEP_HARD, (double)INFINITY, error)
               : anneal(run, error);
}

EmixStatus emix_annealing_enable(EmixEngine *engine, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (engine->coordinates == NULL) { /* where there is no acceleration */
        EMIX_TRY_ALLOC(engine->coordinates, 2 * engine->sizes.params);
    }
cleanup:
    return status;
}
