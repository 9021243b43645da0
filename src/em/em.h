/* The EM loop: iterates until a convergence rule is met, and certifies the result. */
#ifndef EMIX_EM_EM_H
#define EMIX_EM_EM_H

#include <emix/fit.h>

#include "em/certificate.h"
#include "em/engine.h"
#include "em/squarem.h"

/** The progress of a run; complete when emix_em_run() returns. */
typedef struct EmixEmOutcome {
    EmixStop stop;
    int n_iterations;
    int n_passes;
    int n_single_passes;
    int n_extrapolations;  /* accepted */
    int n_rejected;        /* evaluated and rejected, one pass each */
    double first;          /* log-likelihood found by the first pass; NaN after other E-steps */
    double log_likelihood; /* at the current parameters */
    double objective;      /* log_likelihood plus the log prior */
    double delta2;         /* squared length of the last EM step, nats; NaN while unknown */
    double rate;           /* of convergence, over the last steps; NaN while unknown */
    double gap;            /* predicted remaining gain, nats; see certificate.h */
    bool at_rounding;      /* the last EM step was nothing but rounding */
    double decrease_ulps;  /* largest decrease between accepted passes, in ulps of the objective */
    bool assessed;         /* the last pass yielded the classification term and the entropy */
    double em_s;
} EmixEmOutcome;

/** The state of a run: with the engine's current point it determines the rest of the run. The
 * statistics at that point are not kept; they are computed again. */
typedef struct EmixEmState {
    EmixEmOutcome outcome; /* so far */
    EmixCertificate certificate;
    EmixSquarem squarem;
    bool single;         /* passes are in single precision for now */
    bool step_is_single; /* the last step came from a single-precision pass */
    double elapsed_s;    /* since the run began */
} EmixEmState;

typedef struct EmixEmOptions {
    EmixStopRule rule;
    double tolerance;
    int max_iterations;
    bool accelerate;  /* the engine must be enabled for it */
    EmixEStep e_step; /* the run begins with it; the engine must be enabled for it */
    double annealing; /* initial inverse temperature of annealed E-steps */
    uint64_t seed;    /* of the random perturbations between temperatures */
    /** Called after each pass; true ends the run. May be NULL. */
    bool (*observe)(void *context, const EmixEmOutcome *outcome);
    void *observe_context;
    /** Called after every pass, which then also yields the entropy. May be NULL. */
    EmixTraceCallback trace;
    void *trace_context;
    /** Called with the state wherever the run can be resumed: in passes of EM, not during the
     * E-steps that it begins with, which a resumed run repeats. May be NULL. */
    void (*keep)(void *context, const EmixEmState *state);
    void *keep_context;
    /** Resumes from this state, whose point the engine's current point must be; the result is the
     * same bit for bit. NULL: begins a run. */
    const EmixEmState *resume;
} EmixEmOptions;

/** Runs EM from the engine's current, prepared point. The last pass is at the returned parameters,
 * so the engine's statistics belong to them.
 *
 * @return EMIX_OK, EMIX_ERR_DEGENERATE, EMIX_ERR_NONFINITE. */
EmixStatus emix_em_run(EmixEngine *engine, const EmixEmOptions *options, EmixEmOutcome *outcome,
                       EmixError *error);

/** Makes n_iterations EM iterations, without a final pass: *objective belongs to the parameters
 * before the last M-step. Used to compare starts.
 * @param[out] first  Log-likelihood before the first iteration. */
EmixStatus emix_em_burst(EmixEngine *engine, int n_iterations, double *first, double *objective,
                         EmixError *error);

#endif
