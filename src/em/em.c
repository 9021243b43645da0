/* The EM loop.
 *
 * An iteration is an M-step from the present statistics, and a pass at the parameters that it made
 * or at parameters extrapolated from them (squarem.h). Convergence rules judge EM's own steps, so
 * acceleration changes the number of passes but not the meaning of the tolerance.
 *
 * In mixed precision a run begins with passes in single precision. Once a step is so short that
 * their rounding shows in it, or the rule holds, the run goes on in double precision: no decision
 * that ends a run, and no number that it reports, comes from a single-precision pass. */
#include "em/em.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "core/clock.h"
#include "em/warmup.h"
#include "em/run.h"

/* ---- passes ---- */

/* Makes a pass at the current parameters and records what it found. */
static EmixStatus look(EmixRun *run, bool assess, EmixError *error)
{
    EmixEngine *e = run->engine;
    EmixEmOutcome *outcome = run->outcome;
    const EmixPassKind kind = assess        ? EMIX_PASS_ASSESS
                              : run->single ? EMIX_PASS_SINGLE
                                            : EMIX_PASS_FULL;
    const EmixStatus status = emix_engine_pass(e, kind, error);
    outcome->assessed = assess && status == EMIX_OK;
    outcome->log_likelihood = emix_engine_log_likelihood(e);
    outcome->objective = emix_engine_objective(e);
    emix_run_take_entropy(run);
    return status;
}

/* Makes the next pass. If it is the last one, it also yields the classification term; that is known
 * beforehand except under the log-likelihood rule. */
static EmixStatus evaluate(EmixRun *run, bool last, EmixError *error)
{
    EmixEmOutcome *outcome = run->outcome;
    last = last || outcome->n_iterations == run->options->max_iterations;
    run->single &= !last;
    const EmixStatus status = look(run, !run->single && (last || run->options->trace != NULL),
                                   error);
    outcome->n_passes += 1;
    outcome->n_single_passes += run->single;
    return status;
}

/* Takes EM's own step. With `begins_cycle` it is the first step of a cycle of acceleration. */
static EmixStatus take_em_step(EmixRun *run, bool begins_cycle, bool last, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    emix_run_foresee(run, &e->next);
    if (begins_cycle) {
        emix_engine_advance_from_anchor(e);
    } else {
        emix_engine_advance(e);
    }
    run->squarem.at_second = begins_cycle;
    run->outcome->n_iterations += 1;
    EMIX_TRY(evaluate(run, last, error));
    emix_run_trace(run, EMIX_STEP_EM);
cleanup:
    return status;
}

/* True if a rejected extrapolation would still leave a pass for EM's own step. */
static bool may_extrapolate(const EmixRun *run)
{
    return run->squarem.at_second && run->options->max_iterations - run->outcome->n_iterations >= 2;
}

static double lost_rows(const EmixEngine *e)
{
    return emix_engine_stats(e)[EMIX_STAT_LOST_ROWS];
}

/* Evaluates the extrapolation, if there is one. It is accepted if it is no worse than the point
 * before, by the objective and by the number of rows of density 0, which the objective leaves out.
 * If it is rejected, `next` is still EM's own step, which remains to be taken. */
static bool extrapolate(EmixRun *run)
{
    EmixEngine *e = run->engine;
    EmixEmOutcome *outcome = run->outcome;
    const double before = outcome->objective;
    const double lost_before = lost_rows(e);
    if (!emix_squarem_propose(&run->squarem, e)) {
        return false;
    }
    emix_run_foresee(run, &e->trial);
    emix_engine_swap_trial(e);
    outcome->n_iterations += 1;
    const EmixStatus status = evaluate(run, false, NULL);
    const bool accepted = status == EMIX_OK && outcome->objective >= before &&
                          lost_rows(e) <= lost_before;
    if (accepted) {
        emix_squarem_accept(&run->squarem);
    } else {
        emix_squarem_reject(&run->squarem);
    }
    outcome->n_extrapolations += accepted;
    outcome->n_rejected += !accepted;
    if (status == EMIX_OK) {
        emix_run_trace(run, accepted ? EMIX_STEP_SQUAREM : EMIX_STEP_REJECTED);
    }
    return accepted;
}

/* ---- rules ---- */

static double step_norm(const EmixEngine *e)
{
    double sum = 0.0;
    for (emix_index i = 0; i < e->sizes.params; ++i) {
        const double change = e->next.params[i] - e->current.params[i];
        sum += change * change;
    }
    return sqrt(sum);
}

/* Relative errors of sums over rows, each of many roundings. */
static const double double_error = 64.0 * DBL_EPSILON;
static const double single_error = 1e-6;

/* Squared length, in the unit of tolerances, up to which the step may be rounding. That is at most
 * as much as rounding can hide of the objective, which a real step raises by half its length. */
static double rounding_delta2(const EmixRun *run)
{
    EmixEngine *e = run->engine;
    const double error = run->single ? single_error : double_error;
    const double hidden = error * fmax(fabs(run->outcome->objective), e->data->total_weight);
    return fmin(error * error * emix_engine_step_noise2(e), hidden) /
           emix_data_tolerance_unit(e->data);
}

/* Measures the step for the convergence rule, before it is taken. */
static void look_at_step(EmixRun *run)
{
    EmixEngine *e = run->engine;
    const EmixEmOptions *options = run->options;
    switch (options->rule) {
    case EMIX_STOP_ON_Q:
        run->q_gain = emix_engine_expected_log_joint(e, &e->next) +
                      emix_engine_log_prior(e, &e->next) -
                      emix_engine_expected_log_joint(e, &e->current) -
                      emix_engine_log_prior(e, &e->current);
        break;
    case EMIX_STOP_ON_PARAMS: run->params_change = step_norm(e); break;
    default: break;
    }
    const int enough = options->accelerate ? 4 * EMIX_CERTIFICATE_WINDOW
                                           : 1 + EMIX_CERTIFICATE_WINDOW;
    const bool near_end = run->outcome->n_iterations + enough >= options->max_iterations;
    const bool judged = options->rule != EMIX_STOP_ON_NONE || near_end || run->single;
    if (judged || options->trace != NULL) {
        run->delta2 = emix_engine_step_length2(e);
    }
    if (judged) { /* a trace must change nothing */
        emix_certificate_step(&run->certificate, run->delta2 / emix_data_tolerance_unit(e->data),
                              !options->accelerate || run->squarem.at_second);
    }
    if (judged && emix_certificate_may_end(&run->certificate)) {
        emix_certificate_expect_rounding(&run->certificate, rounding_delta2(run));
    }
    if (run->squarem.at_second) {
        const EmixStepMoments moments = emix_squarem_look(e);
        emix_certificate_refine(&run->certificate, &moments);
    }
}

/* True if the step just measured is to be the last one. */
static bool step_converges(const EmixRun *run)
{
    const double tolerance = run->options->tolerance;
    const double weight = emix_data_tolerance_unit(run->engine->data);
    switch (run->options->rule) {
    case EMIX_STOP_ON_GAP: return emix_certificate_holds(&run->certificate, tolerance);
    case EMIX_STOP_ON_Q: return run->q_gain < tolerance * weight;
    case EMIX_STOP_ON_PARAMS: return run->params_change < tolerance;
    default: return false;
    }
}

/* Squared length of a step per row, in nats, up to which the step is rounding to single precision:
 * the moments of a block of rows carry relative errors of about 1e-7. */
static const double single_noise_delta2 = 1e-12;

/* True if single precision can gain no more: the next pass must be in double. */
static bool single_is_spent(const EmixRun *run)
{
    const EmixEngine *e = run->engine;
    return run->certificate.delta2 <=
               single_noise_delta2 * e->data->total_weight / emix_data_tolerance_unit(e->data) ||
           lost_rows(e) > 0.0;
}

static void leave_single(EmixRun *run)
{
    run->single = false;
    emix_certificate_forget(&run->certificate);
    emix_squarem_restart(&run->squarem);
}

/* ---- the loop ---- */

static EmixStatus em_iteration(EmixRun *run, bool *converged, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome *outcome = run->outcome;
    const double before = outcome->objective;
    run->step_is_single = run->single;
    EMIX_TRY(emix_engine_m_step(run->engine, NULL, error));
    look_at_step(run);
    *converged = step_converges(run);
    bool begins_cycle = run->options->accelerate && !run->squarem.at_second;
    if (run->single && (*converged || single_is_spent(run))) {
        leave_single(run);
        begins_cycle = false;
        *converged = false;
    }
    if (*converged || !may_extrapolate(run) || !extrapolate(run)) {
        EMIX_TRY(take_em_step(run, begins_cycle, *converged, error));
    }
    if (run->step_is_single) {
        return EMIX_OK; /* objectives of passes in different precisions are not comparable */
    }
    emix_run_audit(run, before);
    if (run->options->rule == EMIX_STOP_ON_LOGLIK) {
        *converged = outcome->objective - before <
                     run->options->tolerance * emix_data_tolerance_unit(run->engine->data);
    }
cleanup:
    return status;
}

/* ---- saving and resuming ---- */

/* Not at the second point of a cycle of acceleration: there the run also depends on the first
 * one. */
static void keep(const EmixRun *run)
{
    if (run->options->keep == NULL || run->squarem.at_second) {
        return;
    }
    const EmixEmState state = {
        .outcome = *run->outcome,
        .certificate = run->certificate,
        .squarem = run->squarem,
        .single = run->single,
        .step_is_single = run->step_is_single,
        .elapsed_s = emix_clock_s() - run->began_s,
    };
    run->options->keep(run->options->keep_context, &state);
}

static EmixStatus begin(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = run->engine;
    const bool over = e->sizes.settled; /* there is nothing to estimate */
    const bool opened = run->options->e_step != EMIX_E_STEP_BATCH && !over;
    *run->outcome = (EmixEmOutcome){.stop = EMIX_STOP_ITERATION_LIMIT,
                                    .delta2 = (double)NAN,
                                    .rate = (double)NAN,
                                    .gap = (double)NAN};
    run->single = e->sizes.single;
    run->began_s = emix_clock_s();
    emix_certificate_begin(&run->certificate,
                           e->data->total_weight / emix_data_tolerance_unit(e->data));
    emix_squarem_begin(&run->squarem);
    if (opened) {
        EMIX_TRY(emix_warmup_run(run, error));
    }
    EMIX_TRY(evaluate(run, over, error));
    run->outcome->first = opened ? (double)NAN : run->outcome->log_likelihood;
    emix_run_trace(run, opened ? EMIX_STEP_EM : EMIX_STEP_START);
cleanup:
    return status;
}

/* Repeats the pass that led to the state. It was counted and traced when first made. */
static EmixStatus resume(EmixRun *run, const EmixEmState *state, EmixError *error)
{
    *run->outcome = state->outcome;
    run->single = state->single;
    run->step_is_single = state->step_is_single;
    run->began_s = emix_clock_s() - state->elapsed_s;
    run->certificate = state->certificate;
    run->squarem = state->squarem;
    return look(run, !run->single && run->options->trace != NULL, error);
}

static void report_certificate(EmixRun *run)
{
    const double weight = emix_data_tolerance_unit(run->engine->data);
    run->outcome->delta2 = run->certificate.delta2 * weight;
    run->outcome->rate = run->certificate.rate;
    run->outcome->gap = run->certificate.gap * weight;
    run->outcome->at_rounding = emix_certificate_is_at_rounding(&run->certificate);
}

static EmixStatus iterate_until_done(EmixRun *run, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEmOutcome *outcome = run->outcome;
    const EmixEmOptions *options = run->options;
    bool converged = run->engine->sizes.settled;
    EMIX_TRY(options->resume ? resume(run, options->resume, error) : begin(run, error));
    while (!converged && outcome->stop != EMIX_STOP_INTERRUPTED &&
           outcome->n_iterations < options->max_iterations) {
        keep(run);
        if (options->observe != NULL && options->observe(options->observe_context, outcome)) {
            outcome->stop = EMIX_STOP_INTERRUPTED;
            break;
        }
        EMIX_TRY(em_iteration(run, &converged, error));
        report_certificate(run);
    }
    if (converged) {
        outcome->stop = EMIX_STOP_CONVERGED;
    }
    if (run->single) { /* interrupted: the report is in double even so */
        run->single = false;
        EMIX_TRY(evaluate(run, true, error));
    }
cleanup:
    return status;
}

EmixStatus emix_em_run(EmixEngine *engine, const EmixEmOptions *options, EmixEmOutcome *outcome,
                       EmixError *error)
{
    EmixRun run = {
        .options = options,
        .engine = engine,
        .outcome = outcome,
        .temperature = 1.0,
        .foreseen_elbo = (double)NAN,
        .delta2 = (double)NAN,
    };
    const EmixStatus status = iterate_until_done(&run, error);
    if (run.step_is_single) {
        outcome->delta2 = outcome->rate = outcome->gap = (double)NAN;
    }
    outcome->em_s = emix_clock_s() - run.began_s;
    return status;
}

EmixStatus emix_em_burst(EmixEngine *engine, int n_iterations, double *first, double *objective,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixPassKind kind = engine->sizes.single ? EMIX_PASS_SINGLE : EMIX_PASS_FULL;
    for (int i = 0; i < n_iterations; ++i) {
        EMIX_TRY(emix_engine_pass(engine, kind, error));
        *first = i == 0 ? emix_engine_log_likelihood(engine) : *first;
        *objective = emix_engine_objective(engine);
        EMIX_TRY(emix_engine_m_step(engine, NULL, error));
        emix_engine_advance(engine);
    }
cleanup:
    return status;
}
