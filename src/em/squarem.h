/* Acceleration by squared extrapolation, SQUAREM-S3, strictly monotone (Varadhan & Roland (2008),
 * Scand. J. Stat. 35(2), 335-353), in coordinates anchored at the first point of each cycle, whose
 * Euclidean norm is the complete-data Fisher metric: the path does not depend on the units of the
 * data, and extrapolated parameters are always valid.
 *
 * A cycle: theta0 -> theta1 -> theta2 by EM; with r = x1, v = (x2 - x1) - x1 in the coordinates of
 * theta0 and alpha = |r| / |v| between 1 and a bound that adapts, theta' = 2 alpha r + alpha^2 v.
 * If the objective at it is no lower than that at theta1, theta' begins the next cycle: two passes.
 * Otherwise theta2 does, after three. (The original takes a step of EM from theta' first, a pass
 * that bought nothing: bench/trust/run measures what cycles save.) */
#ifndef EMIX_EM_SQUAREM_H
#define EMIX_EM_SQUAREM_H

#include "em/certificate.h"
#include "em/engine.h"

typedef struct EmixSquarem {
    int n_rejected; /* proposals in a row */
    bool at_second; /* the current point is theta1 of a cycle */
    double largest; /* the bound on alpha */
    double alpha;   /* of the last proposal */
} EmixSquarem;

void emix_squarem_begin(EmixSquarem *squarem);

/** Forgets the cycle under way. */
void emix_squarem_restart(EmixSquarem *squarem);

/** After the M-step at theta1: the coordinates of both steps, and their moments, in log-likelihood
 * units. Not numbers when theta1 or theta2 have no coordinates. */
EmixStepMoments emix_squarem_look(EmixEngine *engine);

/** After emix_squarem_look(): makes theta' the engine's prepared `trial`.
 * @return Whether there is one to be tried; false: the cycle goes on from theta2. */
bool emix_squarem_propose(EmixSquarem *squarem, EmixEngine *engine);

/** Ends a cycle whose proposal was tried. */
void emix_squarem_accept(EmixSquarem *squarem);
void emix_squarem_reject(EmixSquarem *squarem);

#endif
