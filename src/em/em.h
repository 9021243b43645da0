/* The EM loop: iterate until a convergence rule is met, and certify what was reached. */
#ifndef EMIX_EM_EM_H
#define EMIX_EM_EM_H

#include <emix/fit.h>

#include "em/certificate.h"
#include "em/engine.h"
#include "em/squarem.h"

/** How far a run has come; complete when emix_em_run() returns. */
typedef struct EmixEmOutcome {
    EmixStop stop;
    int n_iterations;
    int n_passes;
    int n_single_passes;
    int n_extrapolations;  /* accepted */
    int n_rejected;        /* extrapolations that cost a pass and were not taken */
    double log_likelihood; /* at the current parameters */
    double objective;      /* that plus the log prior */
    double delta2;         /* of the last EM step; NaN while unknown */
    double rate;           /* of convergence, seen over the last steps; NaN while unknown */
    double gap;            /* delta2 / (2 (1 - rate)) */
    double decrease_ulps;  /* largest loss between accepted passes, in ulps of the objective */
    bool assessed;         /* the last pass yielded classification term and entropy */
    double em_s;
} EmixEmOutcome;

/** Where a run stands: with the engine's current point, all that the rest of it depends on. The
 * statistics at that point are made again. */
typedef struct EmixEmState {
    EmixEmOutcome outcome; /* so far */
    EmixCertificate certificate;
    EmixSquarem squarem;
    bool single;         /* passes are in single precision for now */
    bool step_is_single; /* so was the pass that the last step came from */
    double elapsed_s;    /* since the run began */
} EmixEmState;

typedef struct EmixEmOptions {
    EmixStopRule rule;
    double tolerance;
    int max_iterations;
    bool accelerate;  /* the engine must have been enabled for it */
    EmixEStep e_step; /* that the run begins with; the engine must have been enabled for it */
    double annealing; /* initial inverse temperature of annealed ones */
    uint64_t seed;    /* of the steps aside that those make */
    /** Called after each pass; true ends the run. May be NULL. */
    bool (*observe)(void *context, const EmixEmOutcome *outcome);
    void *observe_context;
    /** Told of every pass; makes each yield the entropy. May be NULL. */
    EmixTraceCallback trace;
    void *trace_context;
    /** Told where the run stands whenever it could go on from there: in passes of EM, not under
     * the E-steps that it begins with, which are then made again. May be NULL. */
    void (*keep)(void *context, const EmixEmState *state);
    void *keep_context;
    /** Goes on from where a run stood, whose current point is the engine's, to the same end, bit
     * for bit. NULL: begins. */
    const EmixEmState *resume;
} EmixEmOptions;

/** Runs EM from the engine's current, prepared point. Ends with a pass at the returned
 * parameters, so that the engine's statistics belong to them.
 *
 * @return EMIX_OK, EMIX_ERR_DEGENERATE, EMIX_ERR_NONFINITE. */
EmixStatus emix_em_run(EmixEngine *engine, const EmixEmOptions *options, EmixEmOutcome *outcome,
                       EmixError *error);

/** n_iterations EM iterations without a last evaluation: *objective is that before the last
 * M-step. Used to compare starts. */
EmixStatus emix_em_burst(EmixEngine *engine, int n_iterations, double *objective, EmixError *error);

#endif
