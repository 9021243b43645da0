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

/* ---- merges: the covariance of two components' rows, and a factor of it ---- */

static emix_index merge_size(const EmixParts *parts)
{
    const emix_index d = parts->n_features;
    return d + (is_matrix(parts) ? 2 * d * d : d);
}

/* sum_j log of a covariance's eigenvalues, held in its form; `factor` is overwritten. */
static double log_det(const EmixParts *parts, const double *covariance, double *factor)
{
    const emix_index d = parts->n_features;
    double sum = 0.0;
    if (is_matrix(parts)) {
        memcpy(factor, covariance, (size_t)(d * d) * sizeof *factor);
        if (emix_linalg_cholesky(d, factor) != 0) {
            return -INFINITY;
        }
    }
    switch (emix_gaussian_form(parts)) {
    case EMIX_FORM_MATRIX:
        for (emix_index j = 0; j < d; ++j) {
            sum += 2.0 * log(factor[j * (d + 1)]);
        }
        return sum;
    case EMIX_FORM_DIAGONAL:
        for (emix_index j = 0; j < d; ++j) {
            sum += log(covariance[j]);
        }
        return sum;
    default: return (double)d * log(covariance[0]);
    }
}

/* covariance <- (n_i S_i + n_j S_j) / n + (n_i n_j / n^2) step step', in their form. */
static void pool(const EmixParts *parts, emix_index i, emix_index j, const double *counts,
                 const double *step, double *covariance)
{
    const emix_index d = parts->n_features;
    const double of_i = counts[i] / (counts[i] + counts[j]);
    const double of_j = 1.0 - of_i;
    const double *a = emix_gaussian_covariance(parts, i);
    const double *b = emix_gaussian_covariance(parts, j);
    const double between = of_i * of_j;
    double mean_square = 0.0;
    for (emix_index e = 0; e < d && emix_gaussian_form(parts) == EMIX_FORM_SCALAR; ++e) {
        mean_square += step[e] * step[e] / (double)d;
    }
    switch (emix_gaussian_form(parts)) {
    case EMIX_FORM_MATRIX:
        for (emix_index e = 0; e < d * d; ++e) {
            covariance[e] = of_i * a[e] + of_j * b[e] + between * step[e / d] * step[e % d];
        }
        return;
    case EMIX_FORM_DIAGONAL:
        for (emix_index e = 0; e < d; ++e) {
            covariance[e] = of_i * a[e] + of_j * b[e] + between * step[e] * step[e];
        }
        return;
    default: covariance[0] = of_i * a[0] + of_j * b[0] + between * mean_square;
    }
}

/* The squared length of a step in the metric of the covariance that all components share. */
static double length2_in_shared(const EmixParts *parts, double *step, double *factor)
{
    const emix_index d = parts->n_features;
    double sum = 0.0;
    if (!is_matrix(parts)) {
        for (emix_index e = 0; e < d; ++e) {
            sum += step[e] * step[e] / parts->family->variance(parts, 0, e);
        }
        return sum;
    }
    memcpy(factor, emix_gaussian_covariance(parts, 0), (size_t)(d * d) * sizeof *factor);
    if (emix_linalg_cholesky(d, factor) != 0) {
        return INFINITY;
    }
    for (emix_index e = 0; e < d; ++e) { /* forward substitution */
        for (emix_index f = 0; f < e; ++f) {
            step[e] -= factor[e * d + f] * step[f];
        }
        step[e] /= factor[e * (d + 1)];
        sum += step[e] * step[e];
    }
    return sum;
}

/* With own covariances that maximise the expected log density of their rows, it falls by
 * (n log |S| - n_i log |S_i| - n_j log |S_j|) / 2; with one that all share and that stays, by
 * n_i n_j / n times half the squared distance of the means. */
static double merge(const EmixParts *parts, emix_index i, emix_index j, const double *counts,
                    double *memory, EmixParts *merged)
{
    const emix_index d = parts->n_features;
    const double n = counts[i] + counts[j];
    double *step = memory;
    double *covariance = memory + d;
    double *factor = is_matrix(parts) ? covariance + d * d : covariance;
    for (emix_index e = 0; e < d; ++e) {
        step[e] = emix_gaussian_mean(parts, j)[e] - emix_gaussian_mean(parts, i)[e];
        if (merged != NULL) {
            emix_parts_values(merged, EMIX_MEANS_PART)[e] = emix_gaussian_mean(parts, i)[e] +
                                                            counts[j] / n * step[e];
        }
    }
    if (emix_gaussian_is_shared(parts)) {
        if (merged != NULL) {
            memcpy(emix_parts_values(merged, EMIX_COVARIANCES_PART),
                   emix_parts_values(parts, EMIX_COVARIANCES_PART),
                   (size_t)parts->lengths[EMIX_COVARIANCES_PART] * sizeof(double));
        }
        return 0.5 * counts[i] * counts[j] / n * length2_in_shared(parts, step, factor);
    }
    pool(parts, i, j, counts, step, covariance);
    if (merged != NULL) {
        memcpy(emix_parts_values(merged, EMIX_COVARIANCES_PART), covariance,
               (size_t)merged->lengths[EMIX_COVARIANCES_PART] * sizeof(double));
    }
    const double before = counts[i] * log_det(parts, emix_gaussian_covariance(parts, i), factor) +
                          counts[j] * log_det(parts, emix_gaussian_covariance(parts, j), factor);
    const double after = n * log_det(parts, covariance, factor);
    return isfinite(before) && isfinite(after) ? 0.5 * (after - before) : (double)INFINITY;
}

const EmixQueryOps emix_gaussian_query = {
    .draw_size = draw_size,
    .draw_init = draw_init,
    .draw = draw,
    .distance_size = distance_size,
    .distance_init = distance_init,
    .distance2 = distance2,
    .merge_size = merge_size,
    .merge = merge,
};
