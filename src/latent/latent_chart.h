/* The metric, the lengths of steps and the chart of a user's model, in which steps are
 * extrapolated. All of it comes from finite differences of what the M-step maximises. */
#ifndef EMIX_LATENT_LATENT_CHART_H
#define EMIX_LATENT_LATENT_CHART_H

#include <emix/latent.h>

/** Vectors [n_params] that `work` holds in the functions below. */
enum { EMIX_LATENT_CHART_VECTORS = 5 };

/** log p(params), 0 without a prior. */
double emix_latent_log_prior(const EmixLatentModel *model, const double *params);

/** Q(params | the parameters of stats) + log p(params). stats begin with their header. */
double emix_latent_target(const EmixLatentModel *model, const double *stats, const double *params);

/** EmixModelOps.step_length2; NaN without expected_log_joint. Cost: about 20 evaluations of
 * expected_log_joint. */
double emix_latent_step_length2(const EmixLatentModel *model, const double *stats,
                                const double *params, const double *new_params, double *work);

/** Coordinates minus those of the anchor, each scaled by the square root of its complete-data
 * information at the anchor, per unit of row weight: the diagonal of the metric that
 * EmixModelOps.encode asks for. Not scaled without expected_log_joint, where it is not concave, and
 * beyond 256 coordinates. Cost: about 6 evaluations of expected_log_joint per coordinate. */
void emix_latent_encode(const EmixLatentModel *model, const double *stats, const double *anchor,
                        const double *params, double *coordinates, double *work);

/** The inverse of emix_latent_encode(), with the same stats and anchor. */
void emix_latent_decode(const EmixLatentModel *model, const double *stats, const double *anchor,
                        const double *coordinates, double *params, double *work);

#endif
