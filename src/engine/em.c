/* The EM loop.
 *
 * Convergence is judged by the predicted remaining gain (Dempster, Laird & Rubin (1977), section
 * 3, for the linear rate): with the step d = F(theta) - theta measured in the complete-data
 * Fisher metric, delta2 = |d|^2, and the rate rho seen from two consecutive steps, the
 * log-likelihood still to be gained is about delta2 / (2 (1 - rho)).
 *
 * In mixed precision a run begins with passes in single precision. Once a step is so short that
 * their rounding shows in it, or the rule holds, the run goes on in double: no decision that ends
 * it, and no number that it reports, comes from a single-precision pass. */
#include "engine/em.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "core/clock.h"

/* The prediction is trusted once steps are small and 1 - rate has held still to a tenth over
 * this many consecutive steps. */
enum { STABLE_STEPS = 3 };
static const double small_delta2 = 1e-3;
static const double stable_change = 0.1;

/* What the rules look at between two passes. */
typedef struct Judge {
    const EmixEmOptions *options;
    EmixEngine *engine;
    bool single;         /* passes are in single precision for now */
    bool step_is_single; /* so was the pass that the last step came from */
    double noise_delta2; /* a step this short is rounding */
    int n_stable;
    double q_gain;
    double params_change;
} Judge;

/* Forgets what the steps so far told: they came from single-precision passes. */
static void forget_steps(EmixEmOutcome *outcome)
{
    outcome->delta2 = NAN;
    outcome->rate = NAN;
    outcome->gap = NAN;
}

static double step_norm(const EmixEngine *e)
{
    double sum = 0.0;
    for (emix_index i = 0; i < e->sizes.params; ++i) {
        const double change = e->next.params[i] - e->current.params[i];
        sum += change * change;
    }
    return sqrt(sum);
}

/* Updates delta2, rate and gap with the step from current to next. */
static void measure_step(Judge *judge, EmixEmOutcome *outcome)
{
    const double previous = outcome->delta2;
    const double old_rate = outcome->rate;
    outcome->delta2 = emix_engine_step_length2(judge->engine);
    if (outcome->delta2 <= judge->noise_delta2) {
        outcome->gap = outcome->delta2; /* nothing but rounding is left to gain */
        return;
    }
    if (!(previous > 0.0)) {
        return;
    }
    outcome->rate = sqrt(outcome->delta2 / previous);
    outcome->gap = outcome->rate < 1.0 ? outcome->delta2 / (2.0 * (1.0 - outcome->rate))
                                       : (double)INFINITY;
    const bool stable = fabs(outcome->rate - old_rate) <= stable_change * (1.0 - outcome->rate);
    judge->n_stable = stable ? judge->n_stable + 1 : 0;
}

/* Per row, the squared length of a step that rounding to floats makes of no step: the moments of a
 * block carry relative errors of some 1e-7. */
static const double single_noise_delta2 = 1e-12;

/* What a rule needs to know of the step, before it is taken. */
static void look_at_step(Judge *judge, EmixEmOutcome *outcome)
{
    EmixEngine *e = judge->engine;
    switch (judge->options->rule) {
    case EMIX_STOP_ON_Q:
        judge->q_gain = emix_engine_expected_log_joint(e, &e->next) -
                        emix_engine_expected_log_joint(e, &e->current);
        break;
    case EMIX_STOP_ON_PARAMS: judge->params_change = step_norm(e); break;
    default: break;
    }
    const bool last = outcome->n_iterations + 2 >= judge->options->max_iterations;
    if (judge->options->rule != EMIX_STOP_ON_NONE || last || judge->single) {
        measure_step(judge, outcome);
    }
}

/* Whether the step just measured is to be the last one. */
static bool step_converges(const Judge *judge, const EmixEmOutcome *outcome)
{
    const double tolerance = judge->options->tolerance;
    switch (judge->options->rule) {
    case EMIX_STOP_ON_GAP:
        return outcome->delta2 <= judge->noise_delta2 ||
               (outcome->gap <= tolerance && outcome->delta2 < small_delta2 &&
                judge->n_stable >= STABLE_STEPS);
    case EMIX_STOP_ON_Q: return judge->q_gain < tolerance;
    case EMIX_STOP_ON_PARAMS: return judge->params_change < tolerance;
    default: return false;
    }
}

/* A pass at the current parameters; the last one of a run is known beforehand, except under the
 * log-likelihood rule, and then yields the classification term as well. */
static EmixStatus evaluate(Judge *judge, bool last, EmixEmOutcome *outcome, EmixError *error)
{
    EmixEngine *e = judge->engine;
    outcome->assessed = last || outcome->n_iterations == judge->options->max_iterations;
    judge->single &= !outcome->assessed;
    const EmixPassKind kind = outcome->assessed ? EMIX_PASS_ASSESS
                              : judge->single   ? EMIX_PASS_SINGLE
                                                : EMIX_PASS_FULL;
    const EmixStatus status = emix_engine_pass(e, kind, error);
    outcome->n_passes += 1;
    outcome->n_single_passes += judge->single;
    outcome->log_likelihood = emix_engine_log_likelihood(e);
    return status;
}

/* Whether single precision has nothing more to give: the next pass is to be in double. */
static bool single_is_spent(const Judge *judge, const EmixEmOutcome *outcome)
{
    const EmixEngine *e = judge->engine;
    return outcome->delta2 <= single_noise_delta2 * e->data->total_weight ||
           emix_engine_stats(e)[EMIX_STAT_LOST_ROWS] > 0.0;
}

static EmixStatus em_iteration(Judge *judge, EmixEmOutcome *outcome, bool *converged,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = judge->engine;
    const double before = outcome->log_likelihood;
    judge->step_is_single = judge->single;
    EMIX_TRY(emix_engine_m_step(e, NULL, error));
    look_at_step(judge, outcome);
    emix_engine_advance(e);
    outcome->n_iterations += 1;
    *converged = step_converges(judge, outcome);
    if (judge->single && (*converged || single_is_spent(judge, outcome))) {
        judge->single = false;
        judge->n_stable = 0;
        forget_steps(outcome);
        *converged = false;
    }
    EMIX_TRY(evaluate(judge, *converged, outcome, error));
    if (judge->step_is_single) {
        return EMIX_OK; /* two passes in different arithmetic are not to be compared */
    }
    const double rounding = 64.0 * DBL_EPSILON * fabs(before);
    outcome->decreased |= outcome->log_likelihood < before - rounding;
    if (judge->options->rule == EMIX_STOP_ON_LOGLIK) {
        *converged = outcome->log_likelihood - before < judge->options->tolerance;
    }
cleanup:
    return status;
}

EmixStatus emix_em_run(EmixEngine *engine, const EmixEmOptions *options, EmixEmOutcome *outcome,
                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const double began_s = emix_clock_s();
    const double step_noise = 256.0 * DBL_EPSILON;
    Judge judge = {
        .options = options,
        .engine = engine,
        .single = engine->spec.mixed,
        .noise_delta2 = engine->data->total_weight * step_noise * step_noise,
    };
    *outcome = (EmixEmOutcome){.stop = EMIX_STOP_ITERATION_LIMIT};
    forget_steps(outcome);
    EMIX_TRY(evaluate(&judge, false, outcome, error));
    bool converged = false;
    while (!converged && outcome->n_iterations < options->max_iterations) {
        if (options->observe != NULL && options->observe(options->observe_context, outcome)) {
            outcome->stop = EMIX_STOP_INTERRUPTED;
            break;
        }
        EMIX_TRY(em_iteration(&judge, outcome, &converged, error));
    }
    if (converged) {
        outcome->stop = EMIX_STOP_CONVERGED;
    }
    if (judge.single) { /* interrupted: what is reported is double's all the same */
        judge.single = false;
        EMIX_TRY(evaluate(&judge, true, outcome, error));
    }
    if (judge.step_is_single) {
        forget_steps(outcome);
    }
cleanup:
    outcome->em_s = emix_clock_s() - began_s;
    return status;
}

EmixStatus emix_em_burst(EmixEngine *engine, int n_iterations, double *log_likelihood,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixPassKind kind = engine->spec.mixed ? EMIX_PASS_SINGLE : EMIX_PASS_FULL;
    for (int i = 0; i < n_iterations; ++i) {
        EMIX_TRY(emix_engine_pass(engine, kind, error));
        *log_likelihood = emix_engine_log_likelihood(engine);
        EMIX_TRY(emix_engine_m_step(engine, NULL, error));
        emix_engine_advance(engine);
    }
cleanup:
    return status;
}
