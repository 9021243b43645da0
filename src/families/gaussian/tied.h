/* The inside of Gaussian components that share one covariance, shared by the files that make them.
 *
 * params  : K x mean[D] | covariance[D x D], symmetric
 * derived : log_det_half | 7 spare | log_norms[K] | offsets[K x D] | w[D x D] |
 *           packed factor
 *           covariance = L L', w = L^-1, offset_k = w (mean_k - centre)
 * sums    : the kernels' accumulator of n_k, sum_x about the centre; no second moments
 * stats   : K x sum_x[D]
 * block   : the packed rows | the rows whitened */
#ifndef EMIX_FAMILIES_GAUSSIAN_TIED_H
#define EMIX_FAMILIES_GAUSSIAN_TIED_H

#include "families/gaussian/gaussian.h"
#include "families/gaussian/covariance.h"

/** Positions in the header of the derived region, and its length. */
enum { EMIX_TIED_LOG_DET_HALF = 0, EMIX_TIED_HEADER = 8 };

typedef struct EmixTiedLayout {
    emix_index d;
    emix_index n_components;
    emix_index slice;      /* a mean */
    emix_index covariance; /* position in params */
    emix_index log_norms;  /* positions in derived */
    emix_index offsets;
    emix_index w;
    emix_index factor;
    emix_index whitened; /* position in a block */
} EmixTiedLayout;

EmixTiedLayout emix_tied_layout(const EmixGaussian *g);

/** Fills the derived region, which must already contain w.
 * @param weights     [K]
 * @param difference  [D], overwritten. */
void emix_tied_derive(const EmixGaussian *g, const double *weights, const double *params,
                      double log_det_half, double *derived, double *difference);

/** Members of the table, named as in EmixFamily and EmixGaussianDensity: those of
 * gaussian_tied_m_step.c. */
void emix_tied_collect(const void *self, emix_index k, const double *header, const double *sums,
                       double *count, double *stats);
EmixStatus emix_tied_maximise(const EmixGaussian *g, EmixComponentRange range,
                              const EmixGroupStep *step, double *scratch, EmixError *error);
EmixStatus emix_tied_clip(const EmixGaussian *g, const double *counts, double *params,
                          double *values, double *scratch, EmixError *error);
double emix_tied_step_length2(const void *self, EmixComponentRange range, double total,
                              const double *weights, const double *params, const double *derived,
                              const double *new_params, double *scratch);
double emix_tied_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, const double *derived, double *scratch);
double emix_tied_log_prior(const void *self, EmixComponentRange range, const double *params,
                           const double *derived, double *scratch);
double emix_tied_expected_log_density(const void *self, EmixComponentRange range,
                                      const EmixGroupStats *stats, const double *stats_params,
                                      const double *params, const double *derived, double *scratch);
void emix_tied_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                      const double *anchor_params, const double *anchor_derived,
                      const double *params, double *coordinates, double *scratch);
EmixStatus emix_tied_decode(const void *self, EmixComponentRange range,
                            const double *anchor_weights, const double *anchor_params,
                            const double *anchor_derived, const double *coordinates, double *params,
                            double *scratch);

#endif
