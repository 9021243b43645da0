/* The conjugate prior. */
#include "families/gaussian/prior.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/structure.h"
#include "linalg/linalg.h"

static const double log_pi = 1.1447298858494001741;
static const double log_2 = 0.69314718055994530942;

static bool is_matrix(EmixCovariance covariance)
{
    return !emix_structure_of(covariance)->density->is_diagonal;
}

static double dof_of(const EmixSpec *spec, emix_index n_features)
{
    return isnan(spec->prior_dof) ? (double)n_features + 2.0 : spec->prior_dof;
}

EmixStatus emix_prior_check(const EmixSpec *o, emix_index n_features, double total_weight,
                            EmixError *error)
{
    const double dof = dof_of(o, n_features);
    if (o->prior == EMIX_PRIOR_NONE) {
        return EMIX_OK;
    }
    if (!(o->prior_shrinkage >= 0.0) || !isfinite(o->prior_shrinkage)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "prior_shrinkage is %g, must be finite and >= 0",
                         o->prior_shrinkage);
    }
    const double least_dof = is_matrix(o->covariance) ? (double)(n_features - 1) : 0.0;
    if (!(dof > least_dof) || !isfinite(dof)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "prior_dof is %g, must be finite and above %g for %s covariances of %lld "
                         "features",
                         dof, least_dof, emix_covariance_name(o->covariance),
                         (long long)n_features);
    }
    if (!(o->prior_scale > 0.0) || !isfinite(o->prior_scale)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "prior_scale is %g, must be finite and above 0",
                         o->prior_scale);
    }
    if (!(o->prior_weights >= 1.0) || !isfinite(o->prior_weights)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "prior_weights is %g, must be finite and at least 1: below, the density "
                         "is unbounded where a weight goes to 0",
                         o->prior_weights);
    }
    if (o->prior_mean.n > 0 && (o->prior_mean.values == NULL || o->prior_mean.n != n_features)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "prior-mean has %lld numbers%s, the data %lld features",
                         (long long)o->prior_mean.n,
                         o->prior_mean.values == NULL ? " that are not known any more" : "",
                         (long long)n_features);
    }
    for (emix_index j = 0; o->prior_mean.values != NULL && j < n_features; ++j) {
        if (!isfinite(o->prior_mean.values[j])) {
            return emix_fail(error, EMIX_ERR_ARGUMENT, "prior_mean of feature %lld is %g",
                             (long long)j + 1, o->prior_mean.values[j]);
        }
    }
    if (!(total_weight > 1.0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "the row weights sum to %g: beside a prior they count observations, and "
                         "have to sum to more than 1",
                         total_weight);
    }
    return EMIX_OK;
}

/* log of the multivariate gamma function. */
static double log_gamma(emix_index dimension, double a)
{
    const double d = (double)dimension;
    double sum = 0.25 * d * (d - 1.0) * log_pi;
    for (emix_index j = 0; j < dimension; ++j) {
        sum += lgamma(a - 0.5 * (double)j);
    }
    return sum;
}

/* Inverse Wishart; scale is the matrix. */
static EmixStatus init_matrix(const EmixMoments *data, emix_index d, double dof, double factor,
                              EmixPrior *prior, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *lower = NULL;
    EMIX_TRY_ALLOC(prior->scale, d * d);
    EMIX_TRY_ALLOC(lower, d * d);
    for (emix_index i = 0; i < d * d; ++i) {
        prior->scale[i] = factor * data->covariance[i];
    }
    memcpy(lower, prior->scale, (size_t)(d * d) * sizeof *lower);
    if (emix_linalg_cholesky(d, lower) != 0) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_DEGENERATE,
                           "the prior's scale, prior_scale times the covariance of the data, is "
                           "not positive definite"));
    }
    double log_det = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        log_det += 2.0 * log(lower[i * d + i]);
    }
    prior->count = dof + (double)d + 1.0;
    prior->covariance_log_norm = 0.5 * dof * (log_det - (double)d * log_2) -
                                 log_gamma(d, 0.5 * dof);
cleanup:
    emix_free(lower);
    return status;
}

/* Inverse gamma of each feature's variance, or of the one that all features share, of which a
 * feature then has its part. */
static void init_variances(const EmixSpec *spec, const EmixMoments *data, emix_index d, double dof,
                           double factor, EmixPrior *prior)
{
    double mean_variance = 0.0;
    for (emix_index j = 0; j < d; ++j) {
        mean_variance += data->variances[j] / (double)d;
    }
    const double scale = factor * mean_variance;
    const double share = emix_structure_of(spec->covariance)->pool_features ? 1.0 / (double)d : 1.0;
    prior->variance = share * scale;
    prior->count = share * (dof + 2.0);
    prior->covariance_log_norm = share * (0.5 * dof * log(0.5 * scale) - lgamma(0.5 * dof));
}

EmixStatus emix_prior_init(const EmixSpec *spec, const EmixMoments *data, emix_index n_features,
                           EmixPrior *prior, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = n_features;
    const double n_components = (double)spec->n_components;
    const double dof = dof_of(spec, d);
    *prior = (EmixPrior){.shrinkage = spec->prior_shrinkage, .dof = dof};
    EMIX_TRY_ALLOC(prior->mean, d);
    memcpy(prior->mean, spec->prior_mean.values ? spec->prior_mean.values : data->mean,
           (size_t)d * sizeof *prior->mean);
    /* the unbiased covariance of the data, a component's share of its volume */
    const double factor = spec->prior_scale * data->total_weight / (data->total_weight - 1.0) *
                          pow(n_components, -2.0 / (double)d);
    if (is_matrix(spec->covariance)) {
        EMIX_TRY(init_matrix(data, d, dof, factor, prior, error));
    } else {
        init_variances(spec, data, d, dof, factor, prior);
    }
    prior->mean_log_norm = prior->shrinkage > 0.0
                               ? 0.5 * (double)d * (log(prior->shrinkage) - log_2 - log_pi)
                               : 0.0;
cleanup:
    if (status != EMIX_OK) {
        emix_prior_clear(prior);
    }
    return status;
}

void emix_prior_clear(EmixPrior *prior)
{
    emix_free(prior->scale);
    emix_free(prior->mean);
    *prior = (EmixPrior){0};
}

double emix_prior_shrinkage(const EmixGaussian *g)
{
    return g->prior != NULL ? g->prior->shrinkage : 0.0;
}

double emix_prior_count(const EmixGaussian *g, emix_index n_means)
{
    if (g->prior == NULL) {
        return 0.0;
    }
    return g->prior->count + (g->prior->shrinkage > 0.0 ? (double)n_means : 0.0);
}

double emix_prior_log_covariance(const EmixGaussian *g, const double *w, emix_index n_means,
                                 const double *means, emix_index stride,
                                 const EmixCovarianceScratch *s)
{
    const EmixPrior *prior = g->prior;
    const emix_index d = g->shape.n_features;
    memcpy(s->matrix[0], prior->scale, (size_t)(d * d) * sizeof(double));
    emix_linalg_congruence(d, w, s->matrix[0]);
    double log_det_half = 0.0;
    double quadratic = 0.0;
    for (emix_index i = 0; i < d; ++i) {
        log_det_half -= log(w[i * d + i]);
        quadratic += s->matrix[0][i * d + i];
    }
    for (emix_index k = 0; k < n_means; ++k) {
        for (emix_index i = 0; i < d; ++i) {
            s->vector[0][i] = means[k * stride + i] - prior->mean[i];
        }
        quadratic += prior->shrinkage * emix_multiply_lower_norm2(d, w, s->vector[0]);
    }
    return prior->covariance_log_norm + (double)n_means * prior->mean_log_norm -
           emix_prior_count(g, n_means) * log_det_half - 0.5 * quadratic;
}

void emix_prior_place_mean(const EmixGaussian *g, double n, const double *about,
                           const double *old_mean, double *mean, double *offset)
{
    const EmixPrior *prior = g->prior;
    const double kappa = emix_prior_shrinkage(g);
    const bool keep = (g->fixed & EMIX_PART_MEANS) != 0 || !(n + kappa > 0.0);
    for (emix_index j = 0; j < g->shape.n_features; ++j) {
        double place = mean[j];
        if (keep) {
            place = old_mean[j] - about[j];
        } else if (kappa > 0.0) {
            place = (n * mean[j] + kappa * (prior->mean[j] - about[j])) / (n + kappa);
        }
        offset[j] = mean[j] - place;
        mean[j] = keep ? old_mean[j] : about[j] + place;
    }
}

void emix_prior_add_outer(const EmixGaussian *g, double n, const double *mean, const double *offset,
                          double *scatter)
{
    const EmixPrior *prior = g->prior;
    const emix_index d = g->shape.n_features;
    if (prior == NULL && (g->fixed & EMIX_PART_MEANS) == 0) {
        return; /* the mean is the rows' */
    }
    for (emix_index i = 0; i < d; ++i) {
        const double from_prior = prior != NULL ? prior->shrinkage * (mean[i] - prior->mean[i])
                                                : 0.0;
        for (emix_index j = 0; j <= i; ++j) {
            scatter[i * d + j] += n * offset[i] * offset[j];
            if (prior != NULL) {
                scatter[i * d + j] += from_prior * (mean[j] - prior->mean[j]);
            }
        }
    }
}

void emix_prior_fill_covariance(const EmixGaussian *g, double shrinkage, double n,
                                emix_index n_means, const double *scatter, double *covariance)
{
    const emix_index d = g->shape.n_features;
    const double extra = shrinkage * (double)n_means;
    const double count = n + extra + emix_prior_count(g, n_means);
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            double sum = scatter[i * d + j];
            if (extra > 0.0) {
                sum += extra * g->share[i * d + j];
            }
            if (g->prior != NULL) {
                sum += g->prior->scale[i * d + j];
            }
            covariance[i * d + j] = sum / count;
            covariance[j * d + i] = covariance[i * d + j];
        }
    }
}

void emix_prior_add_squares(const EmixGaussian *g, double n, const double *mean,
                            const double *offset, bool of_variance, double *scatter)
{
    const EmixPrior *prior = g->prior;
    const double variance = prior != NULL && of_variance ? prior->variance : 0.0;
    for (emix_index j = 0; j < g->shape.n_features; ++j) {
        scatter[j] += n * offset[j] * offset[j];
        if (prior != NULL) {
            const double away = mean[j] - prior->mean[j];
            scatter[j] += prior->shrinkage * away * away + variance;
        }
    }
}
