/* Annealed and hard EM: the posterior is raised to a power, the inverse temperature.
 *
 * Annealed: the inverse temperature rises by a constant factor from its initial value until it
 * would reach 1, which is plain EM. At each value EM climbs F = E_q log p(x, z) + H(q) / inverse
 * temperature, which the tempered posterior maximises over q, until an iteration gains little per
 * row. Maxima need not be reached. At low values they should not be: components merge there, and
 * nothing would be left to separate them again.
 *
 * Hard: the limit of an infinite inverse temperature. Each row belongs to one component, and F is
 * the classification likelihood. It ends when no row changes its component. */
#include "em/warmup.h"

#include <float.h>
#include <math.h>

#include "core/alloc.h"
#include "core/rng.h"

static const double factor = 1.2;
/* Standard deviation of the random perturbation, in coordinates whose unit is a standard deviation
 * of the data within a component of weight 1. */
static const double aside = 0.01;
/* Gain per iteration, in nats per unit of row weight, below which the temperature changes. */
static const double annealed_gain = 1e-4;
/* Relative error of the objective from rounding. */
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

/* Gain, in nats, below which the climb at a temperature ends. */
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

/* Takes EM's step to the next temperature, with a random perturbation. Without it, components that
 * coincide would have the same responsibilities at every temperature and never separate. */
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
            x[i] += x[i] != 0.0 ? noise : 0.0; /* coordinates that EM does not change stay fixed */
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
    if (engine->coordinates == NULL) { /* not yet allocated by acceleration */
        EMIX_TRY_ALLOC(engine->coordinates, 2 * engine->sizes.params);
    }
cleanup:
    return status;
}
