/* Clipping eigenvalues to a common interval. */
#include "families/gaussian/eigenvalue_ratio.h"

#include <math.h>
#include <string.h>

#include <emix/fit.h>

#include "core/alloc.h"
#include "linalg/linalg.h"
#include "families/gaussian/prior.h"
#include "families/gaussian/structure.h"

/* Parameters that satisfy the bound up to this rounding are not changed. */
static const double rounding = 1e-12;

typedef struct Values {
    emix_index n_groups;
    emix_index n_values;
    const double *values;
    const double *counts;
    double ratio;
} Values;

/* The derivative of the criterion at m, times m^2, is A m - B. A counts the values that are clipped
 * at m; B is their sum, in units of their end of the interval. Both are constant between values, so
 * h(m) = A m - B is continuous, piecewise linear and increasing. Returns B / A, which is the root
 * if A and B are those at the root. */
static double root_of_piece(const Values *v, double m, double *h)
{
    double a = 0.0;
    double b = 0.0;
    for (emix_index k = 0; k < v->n_groups; ++k) {
        for (emix_index j = 0; j < v->n_values; ++j) {
            const double d = fmax(0.0, v->values[k * v->n_values + j]);
            if (d < m) {
                a += v->counts[k];
                b += v->counts[k] * d;
            } else if (d > v->ratio * m) {
                a += v->counts[k];
                b += v->counts[k] * d / v->ratio;
            }
        }
    }
    *h = a * m - b;
    return a > 0.0 ? b / a : m;
}

static void find_range(const Values *v, bool all, double *low, double *high)
{
    *low = INFINITY;
    *high = 0.0;
    for (emix_index k = 0; k < v->n_groups; ++k) {
        for (emix_index j = 0; j < v->n_values && (all || v->counts[k] > 0.0); ++j) {
            *low = fmin(*low, fmax(0.0, v->values[k * v->n_values + j]));
            *high = fmax(*high, v->values[k * v->n_values + j]);
        }
    }
}

double emix_eigenvalue_ratio_interval(emix_index n_groups, emix_index n_values,
                                      const double *values, const double *counts, double ratio,
                                      double least)
{
    const Values v = {n_groups, n_values, values, counts, ratio};
    double low = 0.0;
    double high = 0.0;
    find_range(&v, true, &low, &high);
    if (high <= ratio * low * (1.0 + rounding) && low >= least * (1.0 - rounding)) {
        return 0.0;
    }
    find_range(&v, false, &low, &high);
    high /= ratio; /* h(low) <= 0 <= h(high) */
    double m = low;
    while (low < high) {
        double h = 0.0;
        const double piece = root_of_piece(&v, m, &h);
        if (h == 0.0 || piece == m) {
            break;
        }
        if (h < 0.0) {
            low = m;
        } else {
            high = m;
        }
        /* Newton's step if it stays inside, else the middle */
        const double middle = 0.5 * (low + high);
        const double next = piece > low && piece < high ? piece : middle;
        if (next <= low || next >= high) {
            break;
        }
        m = next;
    }
    return fmax(m, least);
}

/* If all eigenvalues are below this, all components have collapsed together. It is the floor of
 * their standardised covariances, times the smallest variance of the data. */
static double least_eigenvalue(const EmixGaussian *g)
{
    double least = INFINITY;
    for (emix_index j = 0; g->column_sds != NULL && j < g->shape.n_features; ++j) {
        least = fmin(least, g->eigenvalue_floor * g->column_sds[j] * g->column_sds[j]);
    }
    return isfinite(least) ? least : 0.0;
}

static double clip(const EmixGaussian *g, double m, double value)
{
    return fmin(fmax(value, m), g->eigenvalue_ratio * m);
}

/* Eigenvalues in `values`; eigenvectors, if wanted, as rows of s->matrix[0]. */
static EmixStatus find_eigen(emix_index d, emix_index k, bool vectors, const double *covariance,
                             double *values, const EmixCovarianceScratch *s, EmixError *error)
{
    memcpy(s->matrix[0], covariance, (size_t)(d * d) * sizeof *covariance);
    if (emix_linalg_eigen(d, vectors, s->matrix[0], values, s->workspace) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "component %lld: the eigenvalues of its covariance cannot be computed",
                         (long long)k);
    }
    return EMIX_OK;
}

EmixStatus emix_eigenvalue_ratio_clip(const EmixGaussian *g, emix_index n, const double *counts,
                                      double *covariances, emix_index stride, double *values,
                                      const EmixCovarianceScratch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = g->shape.n_features;
    for (emix_index k = 0; k < n; ++k) {
        EMIX_TRY(find_eigen(d, k, false, covariances + k * stride, values + k * d, s, error));
    }
    const double m = emix_eigenvalue_ratio_interval(n, d, values, counts, g->eigenvalue_ratio,
                                                    least_eigenvalue(g));
    for (emix_index k = 0; k < n && m > 0.0; ++k) {
        double *own = values + k * d;
        if (clip(g, m, own[0]) == own[0] && clip(g, m, own[d - 1]) == own[d - 1]) {
            continue;
        }
        EMIX_TRY(find_eigen(d, k, true, covariances + k * stride, own, s, error));
        for (emix_index e = 0; e < d; ++e) {
            const double root = sqrt(clip(g, m, own[e]));
            for (emix_index j = 0; j < d; ++j) {
                s->matrix[0][e * d + j] *= root;
            }
        }
        emix_linalg_gram(d, s->matrix[0], covariances + k * stride);
    }
cleanup:
    return status;
}

void emix_eigenvalue_ratio_clip_diagonal(const EmixGaussian *g, emix_index n, const double *counts,
                                         double *variances, emix_index stride, double *values)
{
    const emix_index d = g->shape.n_features;
    for (emix_index k = 0; k < n; ++k) {
        memcpy(values + k * d, variances + k * stride, (size_t)d * sizeof *values);
    }
    const double m = emix_eigenvalue_ratio_interval(n, d, values, counts, g->eigenvalue_ratio,
                                                    least_eigenvalue(g));
    for (emix_index i = 0; i < n * d && m > 0.0; ++i) {
        variances[i / d * stride + i % d] = clip(g, m, values[i]);
    }
}

/* A task's scratch memory for this, behind the density's. */
typedef struct Scratch {
    double *counts; /* [K] */
    double *values; /* [K x D] */
} Scratch;

static Scratch view_scratch(const EmixGaussian *g, double *scratch)
{
    double *counts = scratch + emix_align_doubles(g->structure->density->task_scratch(g));
    return (Scratch){.counts = counts,
                     .values = counts + emix_align_doubles(g->shape.n_components)};
}

emix_index emix_eigenvalue_ratio_scratch_size(const EmixGaussian *g)
{
    return g->eigenvalue_ratio > 0.0
               ? emix_align_doubles(g->shape.n_components) +
                     emix_align_doubles(g->shape.n_components * g->shape.n_features)
               : 0;
}

EmixStatus emix_eigenvalue_ratio_constrain(const EmixGaussian *g, const EmixGroupStep *step,
                                           const double *weights, double *params, double *scratch,
                                           EmixError *error)
{
    const Scratch s = view_scratch(g, scratch);
    if (!(g->eigenvalue_ratio > 0.0)) {
        return EMIX_OK;
    }
    for (emix_index k = 0; k < g->shape.n_components; ++k) {
        s.counts[k] = weights[k];
        if (step != NULL) {
            s.counts[k] = step->stats.counts[k] + emix_prior_count(g, 1) + step->shrinkage;
        }
    }
    return g->structure->density->clip(g, s.counts, params, s.values, scratch, error);
}

/* Relative difference up to which values count as equal. */
static const double touching = 1e-9;

EmixStatus emix_eigenvalue_ratio_flag(const EmixGaussian *g, const double *weights, double *params,
                                      double *scratch, unsigned *flags, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = g->shape.n_features;
    const emix_index n_components = g->shape.n_components;
    const double *values = view_scratch(g, scratch).values;
    double low = INFINITY;
    double high = 0.0;
    if (!(g->eigenvalue_ratio > 0.0)) {
        return EMIX_OK;
    }
    EMIX_TRY(emix_eigenvalue_ratio_constrain(g, NULL, weights, params, scratch, error));
    for (emix_index i = 0; i < n_components * d; ++i) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    for (emix_index i = 0; i < n_components * d; ++i) {
        const bool at_end = values[i] <= low * (1.0 + touching) ||
                            values[i] >= high * (1.0 - touching);
        if (high >= g->eigenvalue_ratio * low * (1.0 - touching) && at_end) {
            flags[i / d] |= EMIX_FLAG_EIGENVALUE_RATIO;
        }
    }
cleanup:
    return status;
}
