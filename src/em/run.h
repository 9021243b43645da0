/* A run under way: what the parts of the EM loop share; its trace and its audit. */
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
    bool step_is_single; /* the last step came from a single-precision pass */
    double q_gain;
    double params_change;
    double delta2;        /* of the last EM step; NaN while unknown */
    double entropy;       /* of the q of the last pass; NaN if the pass did not yield it */
    double temperature;   /* of the q of the last pass: 1 = the posterior */
    double foreseen_elbo; /* at the parameters of the next pass, under the q of the last one */
} EmixRun;

/** If there is a trace, records the entropy of the q of the last pass. A model that does not know
 * it has made an exact E-step, so it follows from L = Q + entropy. */
void emix_run_take_entropy(EmixRun *run);

/** If there is a trace, records the ELBO at `point` under the q of the last pass. Must be called
 * while the statistics and `current` are still those of that pass. */
void emix_run_foresee(EmixRun *run, const EmixPoint *point);

/** Reports the pass just made to the trace, if there is one. */
void emix_run_trace(const EmixRun *run, EmixStep step);

/** Records by how much the objective has fallen below `before`, if it has. In an accepted step that
 * can only be rounding. */
void emix_run_audit(EmixRun *run, double before);

#endif
