/* What Gaussian components answer by their means and covariances alone.
 *
 * The squared distance of component j from k is |L^-1 (mu_j - mu_k)|^2 + |L^-1 (Sigma_j - Sigma_k)
 * L^-T|_F^2 / 2 with Sigma_k = L L'. */
#include "families/gaussian/query.h"

#include <math.h>
#include <string.h>

#include "families/gaussian/covariance.h"
#include "families/gaussian/parts.h"
#include "linalg/linalg.h"

static bool is_matrix(const EmixParts *parts)
{
    return emix_gaussian_form(parts) == EMIX_FORM_MATRIX;
}

/* ---- draws: Cholesky factors of the matrices, and one row of normal numbers ---- */

static emix_index n_factors(const EmixParts *parts)
{
    return emix_gaussian_is_shared(parts) ? 1 : parts->n_components;
}

static emix_index draw_size(const EmixParts *parts)
{
    const emix_index d = parts->n_features;
    return is_matrix(parts) ? d + n_factors(parts) * d * d : 0;
}

static EmixStatus draw_init(const EmixParts *parts, double *memory, EmixError *error)
{
    const emix_index d = parts->n_features;
    for (emix_index k = 0; is_matrix(parts) && k < n_factors(parts); ++k) {
        double *factor = memory + d + k * d * d;
        memcpy(factor, emix_gaussian_covariance(parts, k), (size_t)(d * d) * sizeof *factor);
        if (emix_linalg_cholesky(d, factor) != 0) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "covariance of component %lld is not positive definite", (long long)k);
        }
    }
    return EMIX_OK;
}

static void draw(const EmixParts *parts, emix_index k, double *memory, EmixRng *rng, double *row)
{
    const emix_index d = parts->n_features;
    const double *mean = emix_gaussian_mean(parts, k);
    if (!is_matrix(parts)) {
        for (emix_index j = 0; j < d; ++j) {
            row[j] = mean[j] + sqrt(parts->family->variance(parts, k, j)) * emix_rng_normal(rng);
        }
        return;
    }
    double *z = memory;
    const double *factor = memory + d + (emix_gaussian_is_shared(parts) ? 0 : k * d * d);
    for (emix_index j = 0; j < d; ++j) {
        z[j] = emix_rng_normal(rng);
    }
    for (emix_index j = 0; j < d; ++j) {
        double sum = mean[j];
        for (emix_index l = 0; l <= j; ++l) {
            sum += factor[j * d + l] * z[l];
        }
        row[j] = sum;
    }
}

/* ---- distances: L^-1, a difference of means and one matrix ---- */

static emix_index distance_size(const EmixParts *parts)
{
    const emix_index d = parts->n_features;
    return is_matrix(parts) ? d * (2 * d + 1) : 0;
}

static bool distance_init(const EmixParts *parts, emix_index k, double *memory)
{
    const emix_index d = parts->n_features;
    if (!is_matrix(parts)) {
        return true;
    }
    memcpy(memory, emix_gaussian_covariance(parts, k), (size_t)(d * d) * sizeof *memory);
    if (emix_linalg_cholesky(d, memory) != 0) {
        return false;
    }
    emix_linalg_invert_lower(d, memory);
    return true;
}

static double diagonal_distance2(const EmixParts *parts, emix_index k, emix_index j)
{
    const double *from = emix_gaussian_mean(parts, k);
    const double *to = emix_gaussian_mean(parts, j);
    double sum = 0.0;
    for (emix_index i = 0; i < parts->n_features; ++i) {
        const double variance = parts->family->variance(parts, k, i);
        const double ratio = parts->family->variance(parts, j, i) / variance;
        const double step = to[i] - from[i];
        sum += step * step / variance + 0.5 * (ratio - 1.0) * (ratio - 1.0);
    }
    return sum;
}

static double distance2(const EmixParts *parts, emix_index k, emix_index j, double enough,
                        double *memory)
{
    if (!is_matrix(parts)) {
        return diagonal_distance2(parts, k, j);
    }
    const emix_index d = parts->n_features;
    const double *w = memory;
    double *step = memory + d * d;
    const EmixCovarianceScratch s = {.matrix = {step + d}};
    for (emix_index i = 0; i < d; ++i) {
        step[i] = emix_gaussian_mean(parts, j)[i] - emix_gaussian_mean(parts, k)[i];
    }
    const double of_means = emix_multiply_lower_norm2(d, w, step);
    if (of_means >= enough || emix_gaussian_is_shared(parts)) {
        return of_means;
    }
    return of_means + 0.5 * emix_covariance_change2(d, w, emix_gaussian_covariance(parts, k),
                                                    emix_gaussian_covariance(parts, j), &s);
}

const EmixQueryOps emix_gaussian_query = {
    .draw_size = draw_size,
    .draw_init = draw_init,
    .draw = draw,
    .distance_size = distance_size,
    .distance_init = distance_init,
    .distance2 = distance2,
};
