/* Clipping eigenvalues to a common interval. */
#include "families/gaussian/eigenvalue_ratio.h"

#include <math.h>
#include <string.h>

#include <emix/fit.h>

#include "core/alloc.h"
#include "linalg/linalg.h"
#include "mixture/mixture.h"
#include "families/gaussian/prior.h"

/* Parameters that satisfy the bound but for rounding are left as they are. */
static const double rounding = 1e-12;

typedef struct Values {
    emix_index n_groups;
    emix_index n_values;
    const double *values;
    const double *counts;
    double ratio;
} Values;

/* The derivative of the criterion at m, times m^2, is A m - B: A counts the values that are clipped
 * there, B adds them up in units of their end of the interval. Both are constant between values, so
 * that h(m) = A m - B is continuous, piecewise linear and increasing. Returns B / A: the root where
 * A and B belong to it. */
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
        /* Newton's step where it stays inside, the middle otherwise */
        const double middle = 0.5 * (low + high);
        const double next = piece > low && piece < high ? piece : middle;
        if (next <= low || next >= high) {
            break;
        }
        m = next;
    }
    return fmax(m, least);
}

/* Below this all components have collapsed together: the floor of their standardised covariances
 * in the smallest of the data's variances. */
static double least_eigenvalue(const EmixModelSpec *spec)
{
    double least = INFINITY;
    for (emix_index j = 0; spec->column_sds != NULL && j < spec->kernel_shape.n_features; ++j) {
        least = fmin(least, spec->eigenvalue_floor * spec->column_sds[j] * spec->column_sds[j]);
    }
    return isfinite(least) ? least : 0.0;
}

static double clip(const EmixModelSpec *spec, double m, double value)
{
    return fmin(fmax(value, m), spec->eigenvalue_ratio * m);
}

/* Eigenvalues in `values`; eigenvectors, if they are wanted, as rows of s->matrix[0]. */
static EmixStatus find_eigen(emix_index d, emix_index k, bool vectors, const double *covariance,
                             double *values, const EmixCovarianceScratch *s, EmixError *error)
{
    memcpy(s->matrix[0], covariance, (size_t)(d * d) * sizeof *covariance);
    if (emix_linalg_eigen(d, vectors, s->matrix[0], values, s->workspace) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "component %lld: the eigenvalues of its covariance cannot be computed",
                         (long long)k + 1);
    }
    return EMIX_OK;
}

EmixStatus emix_eigenvalue_ratio_clip(const EmixModelSpec *spec, emix_index n, const double *counts,
                                      double *covariances, emix_index stride, double *values,
                                      const EmixCovarianceScratch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = spec->kernel_shape.n_features;
    for (emix_index k = 0; k < n; ++k) {
        EMIX_TRY(find_eigen(d, k, false, covariances + k * stride, values + k * d, s, error));
    }
    const double m = emix_eigenvalue_ratio_interval(n, d, values, counts, spec->eigenvalue_ratio,
                                                    least_eigenvalue(spec));
    for (emix_index k = 0; k < n && m > 0.0; ++k) {
        double *own = values + k * d;
        if (clip(spec, m, own[0]) == own[0] && clip(spec, m, own[d - 1]) == own[d - 1]) {
            continue;
        }
        EMIX_TRY(find_eigen(d, k, true, covariances + k * stride, own, s, error));
        for (emix_index e = 0; e < d; ++e) {
            const double root = sqrt(clip(spec, m, own[e]));
            for (emix_index j = 0; j < d; ++j) {
                s->matrix[0][e * d + j] *= root;
            }
        }
        emix_linalg_gram(d, s->matrix[0], covariances + k * stride);
    }
cleanup:
    return status;
}

void emix_eigenvalue_ratio_clip_diagonal(const EmixModelSpec *spec, emix_index n,
                                         const double *counts, double *variances, emix_index stride,
                                         double *values)
{
    const emix_index d = spec->kernel_shape.n_features;
    for (emix_index k = 0; k < n; ++k) {
        memcpy(values + k * d, variances + k * stride, (size_t)d * sizeof *values);
    }
    const double m = emix_eigenvalue_ratio_interval(n, d, values, counts, spec->eigenvalue_ratio,
                                                    least_eigenvalue(spec));
    for (emix_index i = 0; i < n * d && m > 0.0; ++i) {
        variances[i / d * stride + i % d] = clip(spec, m, values[i]);
    }
}

/* Of a task's scratch memory, behind the family's. */
typedef struct Scratch {
    double *counts; /* [K] */
    double *values; /* [K x D] */
} Scratch;

static Scratch view_scratch(const EmixModelSpec *spec, double *scratch)
{
    EmixComponentSizes sizes = {0};
    spec->component->measure(spec, &sizes);
    double *counts = scratch + emix_align_doubles(sizes.task_scratch);
    return (Scratch){.counts = counts,
                     .values = counts + emix_align_doubles(spec->kernel_shape.n_components)};
}

emix_index emix_eigenvalue_ratio_scratch_size(const EmixModelSpec *spec)
{
    const EmixKernelShape *shape = &spec->kernel_shape;
    return spec->eigenvalue_ratio > 0.0
               ? EMIX_ALIGNMENT + emix_align_doubles(shape->n_components) +
                     emix_align_doubles(shape->n_components * shape->n_features)
               : 0;
}

EmixStatus emix_eigenvalue_ratio_constrain(const EmixModelSpec *spec, const EmixMStep *step,
                                           double *params, double *scratch, EmixError *error)
{
    const Scratch s = view_scratch(spec, scratch);
    if (!(spec->eigenvalue_ratio > 0.0)) {
        return EMIX_OK;
    }
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        s.counts[k] = params[k];
        if (step != NULL) {
            s.counts[k] = emix_mixture_count(spec, k, step->stats, scratch) +
                          emix_prior_count(spec, 1) +
                          (step->shrinkage != NULL ? step->shrinkage->count : 0.0);
        }
    }
    return spec->component->clip_eigenvalues(
        spec, s.counts, emix_mixture_component_params(spec, params), s.values, scratch, error);
}

/* What rounding leaves of an equality. */
static const double touching = 1e-9;

EmixStatus emix_eigenvalue_ratio_flag(const EmixModelSpec *spec, double *params, double *scratch,
                                      unsigned *flags, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = spec->kernel_shape.n_features;
    const emix_index n_components = spec->kernel_shape.n_components;
    const double *values = view_scratch(spec, scratch).values;
    double low = INFINITY;
    double high = 0.0;
    if (!(spec->eigenvalue_ratio > 0.0)) {
        return EMIX_OK;
    }
    EMIX_TRY(emix_eigenvalue_ratio_constrain(spec, NULL, params, scratch, error));
    for (emix_index i = 0; i < n_components * d; ++i) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    for (emix_index i = 0; i < n_components * d; ++i) {
        const bool at_end = values[i] <= low * (1.0 + touching) ||
                            values[i] >= high * (1.0 - touching);
        if (high >= spec->eigenvalue_ratio * low * (1.0 - touching) && at_end) {
            flags[i / d] |= EMIX_FLAG_EIGENVALUE_RATIO;
        }
    }
cleanup:
    return status;
}
