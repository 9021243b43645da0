/* The conjugate prior of Gaussian mixtures, for maximum a posteriori estimates:
 *
 *     weights           ~ Dirichlet(alpha, ..., alpha)
 *     mean | covariance ~ N(mu_p, covariance / kappa)               flat when kappa = 0
 *     covariance        ~ inverse Wishart(nu, Lambda)               full, tied
 *     variance          ~ inverse gamma(nu / 2, varsigma / 2)       each of diag, one of spherical
 *
 * To an M-step it is rows seen beforehand: kappa of them at mu_p, and a scatter. The objective is
 * the log-likelihood plus the log density of this prior.
 *
 * Reference: Fraley, Raftery (2007). Bayesian regularization for normal mixture estimation and
 * model-based clustering. J. Classif. 24(2), 155-181. */
#ifndef EMIX_FAMILIES_GAUSSIAN_PRIOR_H
#define EMIX_FAMILIES_GAUSSIAN_PRIOR_H

#include <emix/fit.h>

#include "model/spec.h"

#include "families/gaussian/covariance.h"

typedef struct EmixPrior {
    double shrinkage;     /* kappa */
    double dof;           /* nu */
    double *mean;         /* [D] mu_p; owned */
    double *scale;        /* [D x D] Lambda, symmetric; owned; NULL for diagonal and spherical */
    double variance;      /* of those, what the prior adds to a feature's scatter */
    double count;         /* what the covariance's own prior adds to the count that a scatter is
                             divided by, and the power of 1/|L|, covariance = L L', in its density;
                             nu + D + 1, nu + 2 (diagonal) or (nu + 2) / D (spherical, a feature) */
    double mean_log_norm; /* log normalising constants: of one mean, */
    double covariance_log_norm; /* of one covariance, or of a feature's variance */
} EmixPrior;

/** Checks the hyper-parameters of a spec, if it asks for a prior.
 * @param total_weight  Of all rows.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT, naming a hyper-parameter. */
EmixStatus emix_prior_check(const EmixSpec *spec, emix_index n_features, double total_weight,
                            EmixError *error);

/** Makes the prior that a spec, which has been checked, asks for.
 * @param data  Moments that defaults and scales are taken from; the covariance is read for matrices
 *              alone.
 * @param[out] prior  Release with emix_prior_clear(); cleared on failure.
 * @return EMIX_OK; EMIX_ERR_NOMEM. */
EmixStatus emix_prior_init(const EmixSpec *spec, const EmixMoments *data, emix_index n_features,
                           EmixPrior *prior, EmixError *error);
void emix_prior_clear(EmixPrior *prior);

/** kappa, or 0 without a prior. */
double emix_prior_shrinkage(const EmixGaussian *g);

/** What a covariance shared by n_means components is divided by, beside the rows' weight: `count`,
 * and one for each mean that has a prior. 0 without a prior. */
double emix_prior_count(const EmixGaussian *g, emix_index n_means);

/** Log density of a full covariance and the means that share it.
 *
 * @param w       Inverse of its Cholesky factor.
 * @param means   n_means of them, `stride` doubles apart.
 * @param s       matrix[0] and vector[0] are used. */
double emix_prior_log_covariance(const EmixGaussian *g, const double *w, emix_index n_means,
                                 const double *means, emix_index stride,
                                 const EmixCovarianceScratch *s);

/** The mean that maximises Q and the prior, or the old one where it is fixed or nothing is known.
 *
 * @param n            Effective count of the component.
 * @param about        [D] what its rows' mean is relative to.
 * @param old_mean     [D]
 * @param[in,out] mean [D] the rows' mean, relative; becomes the new mean.
 * @param[out] offset  [D] the rows' mean less the new one. */
void emix_prior_place_mean(const EmixGaussian *g, double n, const double *about,
                           const double *old_mean, double *mean, double *offset);

/** Adds to a scatter about the rows' mean, lower triangle [D x D], what makes it one about the new
 * mean, and the prior's rows there: n offset offset' + kappa (mean - mu_p)(mean - mu_p)'. */
void emix_prior_add_outer(const EmixGaussian *g, double n, const double *mean, const double *offset,
                          double *scatter);

/** The covariance that n_means components of together n rows share: their scatter about the new
 * means with the prior's, lower triangle, and with `shrinkage` rows of the data's share in each
 * component, over the count of all of these. */
void emix_prior_fill_covariance(const EmixGaussian *g, double shrinkage, double n,
                                emix_index n_means, const double *scatter, double *covariance);

/** Like emix_prior_add_outer() by feature, scatter [D]; with what the prior of the variances adds
 * to it, if it is wanted (of_variance): once for each variance. */
void emix_prior_add_squares(const EmixGaussian *g, double n, const double *mean,
                            const double *offset, bool of_variance, double *scatter);

#endif
