/* The inside of Gaussian components with full covariances, shared by the files that make them.
 *
 * params  : K x [ mean[D] | covariance[D x D], symmetric ]
 * derived : K x [ log_norm | separated | 6 spare | mean[D] | offset[D] | w[D x D] |
 *                 packed factor | the same in single precision: packed factor, offset[D] ]
 *           log_norm = log weight - D/2 log 2 pi - sum_i log L_ii,  covariance = L L',
 *           w = L^-1 (precisions_cholesky),  offset = w (mean - centre)
 * sums    : the kernels' accumulator of n_k, sum_x, sum_xx about the centre; or, in a separated
 *           pass, K accumulators of a single component each, about the component's mean; or
 *           the accumulator of the single-precision kernels
 * stats   : K x [ sum_x[D] | sum_xx[D x D], lower triangle ] about the same */
#ifndef EMIX_FAMILIES_GAUSSIAN_FULL_H
#define EMIX_FAMILIES_GAUSSIAN_FULL_H

#include "families/gaussian/gaussian.h"
#include "families/gaussian/covariance.h"

/** Positions in the header of a component's derived region, and its length. */
enum { EMIX_FULL_LOG_NORM = 0, EMIX_FULL_SEPARATED = 1, EMIX_FULL_HEADER = 8 };

typedef struct EmixFullLayout {
    emix_index d;
    emix_index params; /* doubles per component */
    emix_index mean;   /* positions in a component's derived region */
    emix_index offset;
    emix_index w;
    emix_index factor;
    emix_index single_factor; /* an array of floats; position in doubles */
    emix_index single_offset;
    emix_index derived;     /* doubles per component */
    EmixKernelShape one;    /* the shape of a single component */
    emix_index own_sums;    /* doubles of its accumulator */
    emix_index own_scatter; /* doubles of its statistics */
} EmixFullLayout;

EmixFullLayout emix_full_layout(const EmixGaussian *g);

/** Fills a component's derived region, which must already contain w.
 * @param mean        [D], followed by the covariance.
 * @param sparse      True if the responsibilities of the last pass say that gathering is faster.
 * @param own         The component's derived region.
 * @param difference  [D], overwritten. */
void emix_full_derive(const EmixGaussian *g, double weight, const double *mean, bool sparse,
                      double log_det_half, double *own, double *difference);

/** Members of the table, named as in EmixFamily and EmixGaussianDensity: prepare, and those of
 * gaussian_full_m_step.c. */
EmixStatus emix_full_prepare(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, double *derived, double *scratch,
                             EmixError *error);
void emix_full_collect(const void *self, emix_index k, const double *header, const double *sums,
                       double *count, double *stats);
EmixStatus emix_full_maximise(const EmixGaussian *g, EmixComponentRange range,
                              const EmixGroupStep *step, double *scratch, EmixError *error);
EmixStatus emix_full_clip(const EmixGaussian *g, const double *counts, double *params,
                          double *values, double *scratch, EmixError *error);
double emix_full_step_length2(const void *self, EmixComponentRange range, double total,
                              const double *weights, const double *params, const double *derived,
                              const double *new_params, double *scratch);
double emix_full_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, const double *derived, double *scratch);
double emix_full_log_prior(const void *self, EmixComponentRange range, const double *params,
                           const double *derived, double *scratch);
double emix_full_expected_log_density(const void *self, EmixComponentRange range,
                                      const EmixGroupStats *stats, const double *stats_params,
                                      const double *params, const double *derived, double *scratch);
void emix_full_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                      const double *anchor_params, const double *anchor_derived,
                      const double *params, double *coordinates, double *scratch);
EmixStatus emix_full_decode(const void *self, EmixComponentRange range,
                            const double *anchor_weights, const double *anchor_params,
                            const double *anchor_derived, const double *coordinates, double *params,
                            double *scratch);

#endif
