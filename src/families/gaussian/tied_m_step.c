/* Gaussian components that share one covariance: from statistics to parameters, Q, and steps in the
 * complete-data Fisher metric.
 *
 * The scatter within components is a difference of larger matrices. Its error relative to a
 * variance is about eps times the largest ((m_k - c) / sd)^2: 1e-8 for components 1e4 standard
 * deviations from the centre. Variances below the eigenvalue floor, 1e-10 of the columns', are not
 * estimated at all, so at least five digits remain. */
#include "families/gaussian/tied.h"

#include <math.h>
#include <string.h>

#include "families/gaussian/covariance_chart.h"
#include "families/gaussian/eigenvalue_ratio.h"
#include "families/gaussian/prior.h"

void emix_tied_collect(const void *self, emix_index k, const double *header, const double *sums,
                       double *count, double *stats)
{
    (void)header;
    const EmixGaussian *g = self;
    g->kernels->sums_unpack(&g->shape, EMIX_SQUARES_NONE, sums, k, count,
                            stats + k * emix_tied_layout(g).slice, NULL);
}

/* The scatter within components, sum_k sum_i w r (x - m_k)(x - m_k)', lower triangle. Returns the
 * total weight. */
static double within_scatter(const EmixGaussian *g, const EmixGroupStats *stats, double *scatter)
{
    const EmixTiedLayout at = emix_tied_layout(g);
    double total = 0.0;
    memset(scatter, 0, (size_t)(at.d * at.d) * sizeof *scatter);
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double *sum_x = stats->own + k * at.slice;
        const double n = stats->counts[k];
        total += n;
        for (emix_index i = 0; i < at.d && n > 0.0; ++i) {
            for (emix_index j = 0; j <= i; ++j) {
                scatter[i * at.d + j] -= sum_x[i] * sum_x[j] / n;
            }
        }
    }
    for (emix_index i = 0; i < at.d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * at.d + j] += total * g->moments->covariance[i * at.d + j];
        }
    }
    return total;
}

/* Computes the new means, and in `scatter`, lower triangle, the scatter about them with the prior's
 * rows. Returns the total weight. */
static double fill_means(const EmixGaussian *g, const EmixGroupStep *step,
                         const EmixCovarianceScratch *s, double *scatter)
{
    const EmixTiedLayout at = emix_tied_layout(g);
    const double total = within_scatter(g, &step->stats, scatter);
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double *sum_x = step->stats.own + k * at.slice;
        double *mean = step->params + k * at.slice;
        const double counted = step->stats.counts[k];
        const double n = emix_is_empty(counted, step->stats.header) ? 0.0 : counted;
        for (emix_index i = 0; i < at.d; ++i) {
            mean[i] = n > 0.0 ? sum_x[i] / n : 0.0;
        }
        emix_prior_place_mean(g, n, g->centre, step->old_params + k * at.slice, mean, s->vector[0]);
        emix_prior_add_outer(g, n, mean, s->vector[0], scatter);
    }
    return total;
}

EmixStatus emix_tied_maximise(const EmixGaussian *g, EmixComponentRange range,
                              const EmixGroupStep *step, double *scratch, EmixError *error)
{
    (void)range;
    double *derived = step->derived;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    double *covariance = step->params + at.covariance;
    const double total = fill_means(g, step, &s, s.matrix[0]);
    if (!emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, at.d * at.d,
                                  step->old_params + at.covariance, covariance)) {
        emix_prior_fill_covariance(g, step->shrinkage, total, at.n_components, s.matrix[0],
                                   covariance);
    }
    if (g->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* must be clipped before it is prepared */
    }
    double log_det_half = 0.0;
    const EmixStatus status = emix_covariance_factorise_above_floor(
        g, 0, covariance, derived + at.w, &log_det_half, &s, error);
    if (status == EMIX_OK) {
        emix_tied_derive(g, step->weights, step->params, log_det_half, derived, s.vector[1]);
    }
    return status;
}

/* Clips the one covariance, whose eigenvalues are those of every component. */
EmixStatus emix_tied_clip(const EmixGaussian *g, const double *counts, double *params,
                          double *values, double *scratch, EmixError *error)
{
    (void)counts;
    static const double all = 1.0;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const EmixStatus status = emix_eigenvalue_ratio_clip(g, 1, &all, params + at.covariance, 0,
                                                         values, &s, error);
    for (emix_index i = at.d; i < at.n_components * at.d; ++i) {
        values[i] = values[i - at.d];
    }
    return status;
}

double emix_tied_step_length2(const void *self, EmixComponentRange range, double total,
                              const double *weights, const double *params, const double *derived,
                              const double *new_params, double *scratch)
{
    const EmixGaussian *g = self;
    (void)range;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + at.w;
    double sum = 0.5 * emix_covariance_change2(at.d, w, params + at.covariance,
                                               new_params + at.covariance, &s);
    sum += emix_prior_count(g, at.n_components) / total * sum;
    for (emix_index k = 0; k < at.n_components; ++k) {
        for (emix_index i = 0; i < at.d; ++i) {
            s.vector[0][i] = new_params[k * at.slice + i] - params[k * at.slice + i];
        }
        sum += (weights[k] + emix_prior_shrinkage(g) / total) *
               emix_multiply_lower_norm2(at.d, w, s.vector[0]);
    }
    return sum;
}

/* The scatter within components is a difference from that of all rows (see above). */
double emix_tied_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, const double *derived, double *scratch)
{
    (void)range;
    (void)weights;
    (void)params;
    (void)scratch;
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    double q = 0.0;
    for (emix_index i = 0; i < at.d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double w = derived[at.w + i * at.d + j];
            q += w * w * g->moments->covariance[j * at.d + j];
        }
    }
    return emix_gaussian_noise2(q);
}

double emix_tied_log_prior(const void *self, EmixComponentRange range, const double *params,
                           const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_prior_log_covariance(g, derived + at.w, range.end - range.first, params, at.slice,
                                     &s);
}

double emix_tied_expected_log_density(const void *self, EmixComponentRange range,
                                      const EmixGroupStats *stats, const double *stats_params,
                                      const double *params, const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    (void)stats_params;
    (void)range;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + at.w;
    const double total = within_scatter(g, stats, s.matrix[0]);
    emix_covariance_whiten(at.d, w, s.matrix[0]);
    double quadratic = 0.0;
    for (emix_index i = 0; i < at.d; ++i) {
        quadratic += s.matrix[0][i * at.d + i];
    }
    for (emix_index k = 0; k < at.n_components; ++k) {
        const double *sum_x = stats->own + k * at.slice;
        const double n = stats->counts[k];
        for (emix_index i = 0; i < at.d && n > 0.0; ++i) {
            s.vector[0][i] = sum_x[i] / n - (params[k * at.slice + i] - g->centre[i]);
        }
        quadratic += n > 0.0 ? n * emix_multiply_lower_norm2(at.d, w, s.vector[0]) : 0.0;
    }
    return -total * (0.5 * (double)at.d * EMIX_LOG_2PI + derived[EMIX_TIED_LOG_DET_HALF]) -
           0.5 * quadratic;
}

/* A shared covariance is determined by all rows, so its scale is for weight 1. */
void emix_tied_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                      const double *anchor_params, const double *anchor_derived,
                      const double *params, double *coordinates, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = anchor_derived + at.w;
    for (emix_index k = range.first; k < range.end; ++k) {
        const emix_index own = k * at.slice;
        if (anchor_weights[k] > 0.0) {
            emix_chart_encode_mean(at.d, sqrt(anchor_weights[k]), w, anchor_params + own,
                                   params + own, &s, coordinates + own);
        }
    }
    emix_chart_encode_covariance(at.d, 1.0, w, anchor_params + at.covariance,
                                 params + at.covariance, &s, coordinates + at.covariance);
}

EmixStatus emix_tied_decode(const void *self, EmixComponentRange range,
                            const double *anchor_weights, const double *anchor_params,
                            const double *anchor_derived, const double *coordinates, double *params,
                            double *scratch)
{
    const EmixGaussian *g = self;
    (void)anchor_derived;
    EmixStatus status = EMIX_OK;
    const EmixTiedLayout at = emix_tied_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    EMIX_TRY(emix_chart_factorise(at.d, anchor_params + at.covariance, &s));
    for (emix_index k = range.first; k < range.end; ++k) {
        const emix_index own = k * at.slice;
        if (!emix_gaussian_keep_fixed(g, EMIX_PART_MEANS, at.d, anchor_params + own,
                                      params + own) &&
            anchor_weights[k] > 0.0) {
            EMIX_TRY(emix_chart_decode_mean(at.d, sqrt(anchor_weights[k]), anchor_params + own,
                                            coordinates + own, &s, params + own));
        }
    }
    if (!emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, at.d * at.d,
                                  anchor_params + at.covariance, params + at.covariance)) {
        EMIX_TRY(emix_chart_decode_covariance(g, 1.0, coordinates + at.covariance, &s,
                                              params + at.covariance));
    }
cleanup:
    return status;
}
