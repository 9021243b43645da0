/* Acceleration by squared extrapolation: SQUAREM, scheme S3, strictly monotone (Varadhan & Roland
 * (2008), Scand. J. Stat. 35(2), 335-353). It works in coordinates anchored at the first point of
 * each cycle, whose Euclidean norm is the complete-data Fisher metric. So the path does not depend
 * on the units of the data, and extrapolated parameters are always valid.
 *
 * A cycle is theta0 -> theta1 -> theta2 by EM. With r = x1 and v = (x2 - x1) - x1 in the
 * coordinates of theta0, and alpha = |r| / |v| clipped to between 1 and an adaptive bound,
 *
 *     theta' = 2 alpha r + alpha^2 v
 *
 * If the objective at theta' is no lower than at theta1, theta' begins the next cycle, after two
 * passes; otherwise theta2 begins it, after three. (The original takes a step of EM from theta'
 * first. That pass gained nothing: bench/trust/run measures what cycles save.) */
#ifndef EMIX_EM_SQUAREM_H
#define EMIX_EM_SQUAREM_H

#include "em/certificate.h"
#include "em/engine.h"

typedef struct EmixSquarem {
    int n_rejected; /* rejected proposals in a row */
    bool at_second; /* the current point is theta1 of a cycle */
    double largest; /* the bound on alpha */
    double alpha;   /* of the last proposal */
} EmixSquarem;

void emix_squarem_begin(EmixSquarem *squarem);

/** Abandons the cycle under way. */
void emix_squarem_restart(EmixSquarem *squarem);

/** After the M-step at theta1: computes the coordinates of theta1 and theta2, and the moments of
 * the two steps, in the unit of tolerances
 * (emix_data_tolerance_unit()); NaN if theta1 or theta2 has no coordinates. */
EmixStepMoments emix_squarem_look(EmixEngine *engine);

/** After emix_squarem_look(): makes theta' the engine's prepared `trial`.
 * @return True if there is a theta' to try; false if the cycle goes on from theta2. */
bool emix_squarem_propose(EmixSquarem *squarem, EmixEngine *engine);

/** Ends a cycle whose proposal was tried. */
void emix_squarem_accept(EmixSquarem *squarem);
void emix_squarem_reject(EmixSquarem *squarem);

#endif
