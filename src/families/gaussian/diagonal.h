/* The inside of Gaussian components without correlations, shared by the files that make them.
 * Spherical below are those whose structure pools the features.
 *
 * params  : K x [ mean[D] | variances[D] ]; variances that the structure pools are equal
 * derived : log_norms[K] | scales[K x D] | offsets[K x D]
 *           scale = 1 / sd, offset = (mean - centre) / sd
 * sums    : the kernels' accumulator of n_k, sum_x about the centre, and sum_x2 by feature
 *           (diagonal) or in total (spherical)
 * stats   : K x [ sum_x[D] | sum_x2[D], or the total in its first place ] */
#ifndef EMIX_FAMILIES_GAUSSIAN_DIAGONAL_H
#define EMIX_FAMILIES_GAUSSIAN_DIAGONAL_H

#include "families/gaussian/gaussian.h"

typedef struct EmixDiagonalLayout {
    emix_index d;
    emix_index n_components;
    emix_index slice;
    emix_index scales; /* positions in derived; log_norms come first */
    emix_index offsets;
    emix_index derived;
    emix_index own_squares; /* doubles of a component's statistics */
} EmixDiagonalLayout;

EmixDiagonalLayout emix_diagonal_layout(const EmixGaussian *g);

bool emix_diagonal_is_spherical(const EmixGaussian *g);

/** The squares that the kernels must sum. */
EmixSquares emix_diagonal_squares(const EmixGaussian *g);

/** Variance that all features share as a unit: the mean of the columns', for a spherical component;
 * 0 for others, whose units are the columns' own. Only with data. */
double emix_diagonal_common_unit(const EmixGaussian *g);

/** Replaces all variances [d] by their mean. */
void emix_diagonal_make_spherical(emix_index d, double *variances);

/** Members of the table, named as in EmixFamily and EmixGaussianDensity: prepare, and those of
 * gaussian_diagonal_m_step.c. */
EmixStatus emix_diagonal_prepare(const void *self, EmixComponentRange range, const double *weights,
                                 const double *params, double *derived, double *scratch,
                                 EmixError *error);
void emix_diagonal_collect(const void *self, emix_index k, const double *header, const double *sums,
                           double *count, double *stats);
EmixStatus emix_diagonal_maximise(const EmixGaussian *g, EmixComponentRange range,
                                  const EmixGroupStep *step, double *scratch, EmixError *error);
EmixStatus emix_diagonal_clip(const EmixGaussian *g, const double *counts, double *params,
                              double *values, double *scratch, EmixError *error);
double emix_diagonal_step_length2(const void *self, EmixComponentRange range, double total,
                                  const double *weights, const double *params,
                                  const double *derived, const double *new_params, double *scratch);
double emix_diagonal_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                                 const double *params, const double *derived, double *scratch);
double emix_diagonal_log_prior(const void *self, EmixComponentRange range, const double *params,
                               const double *derived, double *scratch);
double emix_diagonal_expected_log_density(const void *self, EmixComponentRange range,
                                          const EmixGroupStats *stats, const double *stats_params,
                                          const double *params, const double *derived,
                                          double *scratch);
void emix_diagonal_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                          const double *anchor_params, const double *anchor_derived,
                          const double *params, double *coordinates, double *scratch);
EmixStatus emix_diagonal_decode(const void *self, EmixComponentRange range,
                                const double *anchor_weights, const double *anchor_params,
                                const double *anchor_derived, const double *coordinates,
                                double *params, double *scratch);

#endif
