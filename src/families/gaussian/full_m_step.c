/* Gaussian components with full covariances: from statistics to parameters, Q, and steps in the
 * complete-data Fisher metric.
 *
 * References
 *   [1] Dempster, Laird, Rubin (1977). Maximum likelihood from incomplete data via the EM
 *       algorithm. J. R. Stat. Soc. B 39(1), 1-38.
 *   [2] Bishop (2006). Pattern Recognition and Machine Learning, section 9.2.
 *   [3] Celeux, Govaert (1995). Gaussian parsimonious clustering models. Pattern Recognition
 *       28(5), 781-793. */
#include "families/gaussian/full.h"

#include <math.h>
#include <string.h>

#include "families/gaussian/covariance_chart.h"
#include "families/gaussian/eigenvalue_ratio.h"
#include "families/gaussian/gather.h"
#include "families/gaussian/prior.h"

void emix_full_collect(const void *self, emix_index k, const double *header, const double *sums,
                       double *count, double *stats)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    double *sum_x = stats + k * at.own_scatter;
    double *sum_xx = sum_x + at.d;
    if (header[EMIX_STAT_SINGLE] > 0.0) {
        g->kernels->single->moments_unpack(&g->shape, sums, k, count, sum_x, sum_xx);
    } else if (header[EMIX_STAT_SEPARATED] > 0.0) {
        g->kernels->moments_unpack(&at.one, sums + k * at.own_sums, 0, count, sum_x, sum_xx);
    } else {
        g->kernels->moments_unpack(&g->shape, sums, k, count, sum_x, sum_xx);
    }
}

/* The origin of the moments of component k; stats_params are the parameters of the pass. */
static const double *moments_centre(const EmixGaussian *g, emix_index k,
                                    const EmixGroupStats *stats, const double *stats_params)
{
    return stats->header[EMIX_STAT_SEPARATED] > 0.0 ? stats_params + k * emix_full_layout(g).params
                                                    : g->centre;
}

/* The scatter sum w r (x - m)(x - m)' of component k, m its own mean; lower triangle.
 * Returns n_k, or 0 for an empty component; mean is relative to moments_centre(). */
static double own_moments(const EmixGaussian *g, emix_index k, const EmixGroupStats *stats,
                          double *mean, double *scatter)
{
    const EmixFullLayout at = emix_full_layout(g);
    const double *sum_x = stats->own + k * at.own_scatter;
    const double *sum_xx = sum_x + at.d;
    const double n = stats->counts[k];
    if (emix_is_empty(n, stats->header)) {
        memset(mean, 0, (size_t)at.d * sizeof *mean);
        memset(scatter, 0, (size_t)(at.d * at.d) * sizeof *scatter);
        return 0.0;
    }
    for (emix_index i = 0; i < at.d; ++i) {
        mean[i] = sum_x[i] / n;
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * at.d + j] = sum_xx[i * at.d + j] - sum_x[i] * mean[j];
        }
    }
    return n;
}

EmixStatus emix_full_maximise(const EmixGaussian *g, EmixComponentRange range,
                              const EmixGroupStep *step, double *scratch, EmixError *error)
{
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *old_mean = step->old_params + k * at.params;
    double *mean = step->params + k * at.params;
    double *covariance = mean + d;
    double *own = step->derived + k * at.derived;
    const double n = own_moments(g, k, &step->stats, mean, s.matrix[0]);
    if (n == 0.0 && g->prior == NULL) {
        memcpy(mean, old_mean, (size_t)at.params * sizeof *mean);
        return emix_full_prepare(g, range, step->weights, step->params, step->derived, scratch,
                                 error);
    }
    emix_prior_place_mean(g, n, moments_centre(g, k, &step->stats, step->old_params), old_mean,
                          mean, s.vector[0]);
    if (!emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, d * d, old_mean + d, covariance)) {
        emix_prior_add_outer(g, n, mean, s.vector[0], s.matrix[0]);
        emix_prior_fill_covariance(g, step->shrinkage, n, 1, s.matrix[0], covariance);
    }
    for (emix_index i = 0; i < d; ++i) {
        if (!isfinite(mean[i]) || !isfinite(covariance[i * d + i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "component %lld: its mean or variance of feature %lld is not finite",
                             (long long)k, (long long)i + 1);
        }
    }
    if (g->eigenvalue_ratio > 0.0) {
        return EMIX_OK; /* must be clipped before it is prepared */
    }
    double log_det_half = 0.0;
    const EmixStatus status = emix_covariance_factorise_above_floor(g, k, covariance, own + at.w,
                                                                    &log_det_half, &s, error);
    if (status == EMIX_OK) {
        emix_full_derive(g, step->weights[k], mean, emix_gather_pays(g, step->stats.header),
                         log_det_half, own, s.vector[1]);
    }
    return status;
}

EmixStatus emix_full_clip(const EmixGaussian *g, const double *counts, double *params,
                          double *values, double *scratch, EmixError *error)
{
    const EmixFullLayout at = emix_full_layout(g);
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    return emix_eigenvalue_ratio_clip(g, g->shape.n_components, counts, params + at.d, at.params,
                                      values, &s, error);
}

/* weight (|w dmu|^2 + |w dSigma w'|_F^2 / 2), the step in the complete-data Fisher metric. */
double emix_full_step_length2(const void *self, EmixComponentRange range, double total,
                              const double *weights, const double *params, const double *derived,
                              const double *new_params, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *w = derived + k * at.derived + at.w;
    const double *old_own = params + k * at.params;
    const double *new_own = new_params + k * at.params;
    for (emix_index i = 0; i < d; ++i) {
        s.vector[0][i] = new_own[i] - old_own[i];
    }
    const double mean_step = emix_multiply_lower_norm2(d, w, s.vector[0]);
    const double covariance_step = 0.5 *
                                   emix_covariance_change2(d, w, old_own + d, new_own + d, &s);
    return weights[k] * (mean_step + covariance_step) +
           (emix_prior_shrinkage(g) * mean_step + emix_prior_count(g, 1) * covariance_step) / total;
}

/* With the covariance S and the mean at a distance m from the centre, a rounding error of the second
 * moments is of the size of (S_ii + m_i^2): q = |w diag(sqrt(S_ii + m_i^2))|_F^2. */
double emix_full_step_noise2(const void *self, EmixComponentRange range, const double *weights,
                             const double *params, const double *derived, double *scratch)
{
    (void)scratch;
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const double *w = derived + k * at.derived + at.w;
    const double *mean = params + k * at.params;
    double q = 0.0;
    for (emix_index j = 0; j < d; ++j) {
        const double away = mean[j] - g->centre[j];
        double column = 0.0;
        for (emix_index i = j; i < d; ++i) {
            column += w[i * d + j] * w[i * d + j];
        }
        q += column * (mean[d + j * d + j] + away * away);
    }
    return weights[k] * emix_gaussian_noise2(q);
}

double emix_full_log_prior(const void *self, EmixComponentRange range, const double *params,
                           const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
    const double *w = derived + k * at.derived + at.w;
    return emix_prior_log_covariance(g, w, 1, params + k * at.params, at.params, &s);
}

double emix_full_expected_log_density(const void *self, EmixComponentRange range,
                                      const EmixGroupStats *stats, const double *stats_params,
                                      const double *params, const double *derived, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index d = at.d;
    const emix_index k = range.first;
    const EmixCovarianceScratch s = emix_covariance_view_scratch(d, scratch);
    const double *own = derived + k * at.derived;
    const double *mean = params + k * at.params;
    const double *about = moments_centre(g, k, stats, stats_params);
    double *scatter = s.matrix[0];
    const double n = own_moments(g, k, stats, s.vector[0], scatter);
    if (!(n > 0.0) || isinf(own[EMIX_FULL_LOG_NORM])) {
        return 0.0;
    }
    for (emix_index i = 0; i < d; ++i) {
        s.vector[1][i] = s.vector[0][i] - (mean[i] - about[i]);
    }
    /* tr(w (W_k + n d d') w'), W_k the scatter, d the difference of the means */
    emix_covariance_whiten(d, own + at.w, scatter);
    double quadratic = n * emix_multiply_lower_norm2(d, own + at.w, s.vector[1]);
    double log_det_half = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        quadratic += scatter[i * d + i];
        log_det_half -= log(own[at.w + i * d + i]);
    }
    return -n * (0.5 * (double)d * EMIX_LOG_2PI + log_det_half) - 0.5 * quadratic;
}

void emix_full_encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                      const double *anchor_params, const double *anchor_derived,
                      const double *params, double *coordinates, double *scratch)
{
    const EmixGaussian *g = self;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index k = range.first;
    const emix_index own = k * at.params;
    if (anchor_weights[k] > 0.0) {
        const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
        const double *w = anchor_derived + k * at.derived + at.w;
        const double root = sqrt(anchor_weights[k]);
        emix_chart_encode_mean(at.d, root, w, anchor_params + own, params + own, &s,
                               coordinates + own);
        emix_chart_encode_covariance(at.d, root, w, anchor_params + own + at.d, params + own + at.d,
                                     &s, coordinates + own + at.d);
    }
}

EmixStatus emix_full_decode(const void *self, EmixComponentRange range,
                            const double *anchor_weights, const double *anchor_params,
                            const double *anchor_derived, const double *coordinates, double *params,
                            double *scratch)
{
    const EmixGaussian *g = self;
    (void)anchor_derived;
    EmixStatus status = EMIX_OK;
    const EmixFullLayout at = emix_full_layout(g);
    const emix_index k = range.first;
    const emix_index own = k * at.params;
    if (anchor_weights[k] > 0.0) {
        const EmixCovarianceScratch s = emix_covariance_view_scratch(at.d, scratch);
        const double root = sqrt(anchor_weights[k]);
        EMIX_TRY(emix_chart_factorise(at.d, anchor_params + own + at.d, &s));
        if (!emix_gaussian_keep_fixed(g, EMIX_PART_MEANS, at.d, anchor_params + own,
                                      params + own)) {
            EMIX_TRY(emix_chart_decode_mean(at.d, root, anchor_params + own, coordinates + own, &s,
                                            params + own));
        }
        if (!emix_gaussian_keep_fixed(g, EMIX_PART_COVARIANCES, at.d * at.d,
                                      anchor_params + own + at.d, params + own + at.d)) {
            EMIX_TRY(emix_chart_decode_covariance(g, root, coordinates + own + at.d, &s,
                                                  params + own + at.d));
        }
    }
cleanup:
    return status;
}
