/* The inside of Gaussian components with diagonal or spherical covariances, shared by the files
 * that make them.
 *
 * params  : K x [ mean[D] | variances[D] ]; the variances of a spherical component are equal
 * derived : log_norms[K] | flags[K] | scales[K x D] | offsets[K x D]
 *           scale = 1 / sd, offset = (mean - centre) / sd
 * stats   : n_k, sum_x about the centre, and sum_x2 by feature (diagonal) or in total (spherical)
 */
#ifndef EMIX_FAMILIES_GAUSSIAN_DIAGONAL_H
#define EMIX_FAMILIES_GAUSSIAN_DIAGONAL_H

#include "mixture/family.h"

typedef struct EmixDiagonalLayout {
    emix_index d;
    emix_index n_components;
    emix_index slice;
    emix_index flags; /* places in derived; log_norms come first */
    emix_index scales;
    emix_index offsets;
    emix_index derived;
} EmixDiagonalLayout;

EmixDiagonalLayout emix_diagonal_layout(const EmixModelSpec *spec);

bool emix_diagonal_is_spherical(const EmixModelSpec *spec);

/** Which squares the kernels add up. */
EmixSquares emix_diagonal_squares(const EmixModelSpec *spec);

/** Gives all variances, [d], their mean. */
void emix_diagonal_make_spherical(emix_index d, double *variances);

/** Members of the table, named as in EmixComponentOps: prepare, and those of
 * gaussian_diagonal_m_step.c. */
EmixStatus emix_diagonal_prepare(const EmixModelSpec *spec, EmixComponentRange range,
                                 const double *weights, const double *params, double *derived,
                                 double *scratch, EmixError *error);
double emix_diagonal_count(const EmixModelSpec *spec, emix_index k, const double *stats,
                           double *scratch);
EmixStatus emix_diagonal_m_step(const EmixModelSpec *spec, EmixComponentRange range,
                                const double *weights, const EmixMStep *step, double *scratch,
                                EmixError *error);
EmixStatus emix_diagonal_clip_eigenvalues(const EmixModelSpec *spec, const double *counts,
                                          double *params, double *values, double *scratch,
                                          EmixError *error);
double emix_diagonal_step_length2(const EmixModelSpec *spec, EmixComponentRange range, double total,
                                  const double *weights, const double *params,
                                  const double *derived, const double *new_params, double *scratch);
double emix_diagonal_log_prior(const EmixModelSpec *spec, EmixComponentRange range,
                               const double *params, const double *derived, double *scratch);
double emix_diagonal_expected_log_density(const EmixModelSpec *spec, EmixComponentRange range,
                                          const double *stats, const double *stats_params,
                                          const double *params, const double *derived,
                                          double *scratch);
void emix_diagonal_encode(const EmixModelSpec *spec, EmixComponentRange range,
                          const double *anchor_weights, const double *anchor_params,
                          const double *anchor_derived, const double *params, double *coordinates,
                          double *scratch);
EmixStatus emix_diagonal_decode(const EmixModelSpec *spec, EmixComponentRange range,
                                const double *anchor_weights, const double *anchor_params,
                                const double *anchor_derived, const double *coordinates,
                                double *params, double *scratch);

#endif
