/* A run under way: what the parts of the EM loop share, its trace and its audit. */
#ifndef EMIX_EM_RUN_H
#define EMIX_EM_RUN_H

#include "em/em.h"

typedef struct EmixRun {
    const EmixEmOptions *options;
    EmixEngine *engine;
    EmixEmOutcome *outcome;
    EmixCertificate certificate;
    EmixSquarem squarem;
    double began_s;
    bool single;         /* passes are in single precision for now */
    bool step_is_single; /* so was the pass that the last step came from */
    double q_gain;
    double params_change;
    double delta2;        /* of the last EM step; NaN while unknown */
    double entropy;       /* of the q of the last pass; NaN where that did not yield it */
    double temperature;   /* of that q: 1 = the posterior */
    double foreseen_elbo; /* at the parameters of the pass to come, under the q of the last one */
} EmixRun;

/** Takes in the entropy of the E-step of the last pass, if there is a trace. A model that does not
 * know it has none the less done an exact E-step, of which L = Q + entropy. */
void emix_run_take_entropy(EmixRun *run);

/** Keeps the ELBO at `point` under the q of the last pass. To be called while the statistics are
 * still those of that pass, and `current` where it was made. Without a trace nothing is done. */
void emix_run_foresee(EmixRun *run, const EmixPoint *point);

/** Tells the trace, if there is one, of the pass just made. */
void emix_run_trace(const EmixRun *run, EmixStep step);

/** Takes down by how much the objective has fallen below `before`, if it has: an accepted step may
 * lower it by rounding alone. */
void emix_run_audit(EmixRun *run, double before);

#endif
