/* SQUAREM: step lengths and proposals. */
#include "em/squarem.h"

#include <math.h>
#include <stddef.h>

/* Factor by which the bound on the step length grows or shrinks. */
static const double growth = 4.0;
/* The bound shrinks after this many rejections in a row at any length; a single one may be
 * chance. */
static const int enough_rejections = 3;
/* Step lengths below this are not tried: the result would be EM's own step. */
static const double least_alpha = 1.01;

void emix_squarem_begin(EmixSquarem *squarem)
{
    *squarem = (EmixSquarem){.largest = 1.0};
}

void emix_squarem_restart(EmixSquarem *squarem)
{
    squarem->at_second = false;
}

void emix_squarem_accept(EmixSquarem *squarem)
{
    squarem->n_rejected = 0;
    if (squarem->alpha == squarem->largest) {
        squarem->largest *= growth;
    }
    squarem->at_second = false;
}

void emix_squarem_reject(EmixSquarem *squarem)
{
    squarem->n_rejected += 1;
    /* Shrink if the bound itself was tried, or if rejections follow each other because the path is
     * curved. */
    if (squarem->alpha == squarem->largest || squarem->n_rejected >= enough_rejections) {
        squarem->largest = fmax(1.0, squarem->alpha / growth);
    }
    squarem->at_second = false;
}

/* |r| / |v|, clipped to [1, largest]. */
static double step_length(const EmixSquarem *squarem, emix_index n, const double *x1,
                          const double *x2)
{
    double r2 = 0.0;
    double v2 = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        const double v = x2[i] - 2.0 * x1[i];
        r2 += x1[i] * x1[i];
        v2 += v * v;
    }
    const double alpha = sqrt(r2 / v2);
    return isfinite(alpha) ? fmin(fmax(alpha, 1.0), squarem->largest) : 1.0;
}

EmixStepMoments emix_squarem_look(EmixEngine *engine)
{
    const emix_index n = engine->sizes.params;
    const double weight = engine->data->total_weight / emix_data_tolerance_unit(engine->data);
    double *x1 = engine->coordinates;
    double *x2 = engine->coordinates + n;
    if (emix_engine_encode(engine, &engine->anchor, engine->current.params, x1) != EMIX_OK ||
        emix_engine_encode(engine, &engine->anchor, engine->next.params, x2) != EMIX_OK) {
        return (EmixStepMoments){(double)NAN, (double)NAN, (double)NAN};
    }
    EmixStepMoments m = {0};
    for (emix_index i = 0; i < n; ++i) {
        const double second = x2[i] - x1[i];
        m.first2 += weight * x1[i] * x1[i];
        m.product += weight * x1[i] * second;
        m.second2 += weight * second * second;
    }
    return m;
}

bool emix_squarem_propose(EmixSquarem *squarem, EmixEngine *engine)
{
    const emix_index n = engine->sizes.params;
    double *x1 = engine->coordinates;
    const double *x2 = engine->coordinates + n;
    const double alpha = step_length(squarem, n, x1, x2);
    squarem->alpha = alpha;
    if (alpha <= least_alpha) {
        emix_squarem_accept(squarem);
        return false;
    }
    for (emix_index i = 0; i < n; ++i) {
        x1[i] = 2.0 * alpha * x1[i] + alpha * alpha * (x2[i] - 2.0 * x1[i]);
    }
    if (emix_engine_decode(engine, &engine->anchor, x1, engine->trial.params) != EMIX_OK ||
        emix_engine_prepare_point(engine, &engine->trial, NULL) != EMIX_OK) {
        emix_squarem_reject(squarem);
        return false;
    }
    return true;
}
