/* Means and covariances as users see them: [K x D], and of the covariances as much as the structure
 * has; full matrices [K x D x D] are taken in for every structure. */
#include "families/gaussian/parts.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"

/* The axes of the covariances say it all. */
static const char *covariance_axes(const EmixParts *parts)
{
    return parts->shapes[EMIX_COVARIANCES_PART].axes;
}

bool emix_gaussian_is_shared(const EmixParts *parts)
{
    return covariance_axes(parts)[0] != 'K';
}

EmixCovarianceForm emix_gaussian_form(const EmixParts *parts)
{
    static const EmixCovarianceForm forms[] = {EMIX_FORM_SCALAR, EMIX_FORM_DIAGONAL,
                                               EMIX_FORM_MATRIX};
    const char *features = strchr(covariance_axes(parts), 'D');
    return forms[features != NULL ? strlen(features) : 0];
}

/* Values of one covariance in a form. */
static emix_index form_length(EmixCovarianceForm form, emix_index d)
{
    return form == EMIX_FORM_MATRIX ? d * d : form == EMIX_FORM_DIAGONAL ? d : 1;
}

/* Where component k's covariance begins in its part. */
static emix_index place_of(const EmixParts *parts, emix_index k)
{
    return emix_gaussian_is_shared(parts)
               ? 0
               : k * form_length(emix_gaussian_form(parts), parts->n_features);
}

const double *emix_gaussian_mean(const EmixParts *parts, emix_index component)
{
    return emix_parts_values(parts, EMIX_MEANS_PART) + component * parts->n_features;
}

const double *emix_gaussian_covariance(const EmixParts *parts, emix_index component)
{
    return emix_parts_values(parts, EMIX_COVARIANCES_PART) + place_of(parts, component);
}

void emix_gaussian_export(EmixParts *to, emix_index k, const double *mean, const double *covariance)
{
    const emix_index d = to->n_features;
    const emix_index n = form_length(emix_gaussian_form(to), d);
    memcpy(emix_parts_values(to, EMIX_MEANS_PART) + k * d, mean, (size_t)d * sizeof *mean);
    if (k == 0 || !emix_gaussian_is_shared(to)) {
        memcpy(emix_parts_values(to, EMIX_COVARIANCES_PART) + place_of(to, k), covariance,
               (size_t)n * sizeof *covariance);
    }
}

double emix_gaussian_feature_mean(const EmixParts *parts, emix_index component, emix_index feature)
{
    return emix_gaussian_mean(parts, component)[feature];
}

double emix_gaussian_feature_variance(const EmixParts *parts, emix_index component,
                                      emix_index feature)
{
    const double *own = emix_gaussian_covariance(parts, component);
    switch (emix_gaussian_form(parts)) {
    case EMIX_FORM_MATRIX: return own[feature * (parts->n_features + 1)];
    case EMIX_FORM_DIAGONAL: return own[feature];
    case EMIX_FORM_SCALAR: break;
    }
    return own[0];
}

void emix_gaussian_covariance_matrix(const EmixParts *parts, emix_index component, double *matrix)
{
    const emix_index d = parts->n_features;
    const size_t bytes = (size_t)(d * d) * sizeof *matrix;
    if (emix_gaussian_form(parts) == EMIX_FORM_MATRIX) {
        memcpy(matrix, emix_gaussian_covariance(parts, component), bytes);
        return;
    }
    memset(matrix, 0, bytes);
    for (emix_index j = 0; j < d; ++j) {
        matrix[j * (d + 1)] = emix_gaussian_feature_variance(parts, component, j);
    }
}

emix_index emix_gaussian_n_free(const EmixFamilyParts *self, emix_index K, emix_index D,
                                unsigned fixed)
{
    emix_index n = (fixed & EMIX_PART_MEANS) != 0 ? 0 : K * D;
    if ((fixed & EMIX_PART_COVARIANCES) != 0) {
        return n;
    }
    switch (self->covariance) {
#define COVARIANCE_AS_CASE(value, text, letters, meaning, n_parameters)                            \
    case value: n += n_parameters; break;
        EMIX_COVARIANCE_LIST(COVARIANCE_AS_CASE)
#undef COVARIANCE_AS_CASE
    case EMIX_N_COVARIANCES: break;
    }
    return n;
}

EmixPartScale emix_gaussian_scale(const EmixParts *parts, int part, emix_index i)
{
    const emix_index d = parts->n_features;
    const bool matrix = emix_gaussian_form(parts) == EMIX_FORM_MATRIX;
    const bool is_variance = part == EMIX_COVARIANCES_PART &&
                             (!matrix || i % (d * d) % (d + 1) == 0);
    return is_variance ? EMIX_SCALE_LOG : EMIX_SCALE_PLAIN;
}

/* ---- checks ---- */

static EmixStatus check_means(const EmixParts *parts, EmixError *error)
{
    const emix_index d = parts->n_features;
    const double *means = emix_parts_values(parts, EMIX_MEANS_PART);
    for (emix_index i = 0; i < parts->lengths[EMIX_MEANS_PART]; ++i) {
        if (!isfinite(means[i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "mean of component %lld, feature %lld is %g", (long long)(i / d),
                             (long long)(i % d) + 1, means[i]);
        }
    }
    return EMIX_OK;
}

static EmixStatus fail_nonfinite(emix_index k, emix_index i, emix_index j, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_NONFINITE,
                     "covariance of component %lld, entry (%lld, %lld) is not finite", (long long)k,
                     (long long)i + 1, (long long)j + 1);
}

static EmixStatus fail_indefinite(emix_index k, emix_index minor, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_DEGENERATE,
                     "covariance of component %lld is not positive definite (leading minor %lld)",
                     (long long)k, (long long)minor);
}

/* Whether a matrix is finite, and symmetric up to rounding. */
static EmixStatus check_symmetric(emix_index d, emix_index k, const double *matrix,
                                  EmixError *error)
{
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double lower = matrix[i * d + j];
            const double upper = matrix[j * d + i];
            if (!isfinite(lower) || !isfinite(upper)) {
                return fail_nonfinite(k, i, j, error);
            }
            const double size = sqrt(fabs(matrix[i * d + i])) * sqrt(fabs(matrix[j * d + j]));
            if (fabs(lower - upper) > 1e-9 * size) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "covariance of component %lld is not symmetric: entry (%lld, "
                                 "%lld) is %.17g, its mirror image %.17g",
                                 (long long)k, (long long)i + 1, (long long)j + 1, lower, upper);
            }
        }
    }
    return EMIX_OK;
}

/* Checks a matrix, with `factor` [D x D], and mirrors its lower triangle. */
static EmixStatus check_matrix(emix_index d, emix_index k, double *matrix, double *factor,
                               EmixError *error)
{
    const EmixStatus status = check_symmetric(d, k, matrix, error);
    if (status != EMIX_OK) {
        return status;
    }
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j < i; ++j) {
            matrix[j * d + i] = matrix[i * d + j];
        }
    }
    memcpy(factor, matrix, (size_t)(d * d) * sizeof *factor);
    const emix_index bad = emix_linalg_cholesky(d, factor);
    return bad == 0 ? EMIX_OK : fail_indefinite(k, bad, error);
}

static EmixStatus check_variances(emix_index n, emix_index k, const double *variances,
                                  EmixError *error)
{
    for (emix_index j = 0; j < n; ++j) {
        if (!isfinite(variances[j])) {
            return fail_nonfinite(k, j, j, error);
        }
        if (!(variances[j] > 0.0)) {
            return fail_indefinite(k, j + 1, error);
        }
    }
    return EMIX_OK;
}

EmixStatus emix_gaussian_check(EmixParts *parts, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = parts->n_features;
    const EmixCovarianceForm form = emix_gaussian_form(parts);
    const emix_index n = emix_gaussian_is_shared(parts) ? 1 : parts->n_components;
    double *covariances = emix_parts_values(parts, EMIX_COVARIANCES_PART);
    double *factor = NULL;
    EMIX_TRY(check_means(parts, error));
    EMIX_TRY_ALLOC(factor, form == EMIX_FORM_MATRIX ? d * d : 0);
    for (emix_index k = 0; k < n; ++k) {
        double *own = covariances + place_of(parts, k);
        EMIX_TRY(form == EMIX_FORM_MATRIX ? check_matrix(d, k, own, factor, error)
                                          : check_variances(form_length(form, d), k, own, error));
    }
cleanup:
    emix_free(factor);
    return status;
}

/* ---- full matrices ---- */

/* Whether component k's matrix has the structure; the first one's is `first`. */
static EmixStatus check_structure(const EmixParts *parts, emix_index k, const double *first,
                                  const double *own, EmixError *error)
{
    const emix_index d = parts->n_features;
    const EmixCovarianceForm form = emix_gaussian_form(parts);
    const bool shared = emix_gaussian_is_shared(parts);
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            double expected = shared ? first[i * d + j] : own[i * d + j];
            if (form != EMIX_FORM_MATRIX && i != j) {
                expected = 0.0;
            } else if (form == EMIX_FORM_SCALAR) {
                expected = shared ? first[0] : own[0];
            }
            if (own[i * d + j] != expected) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "covariance of component %lld is not %s: entry (%lld, %lld) is "
                                 "%.17g, not %.17g",
                                 (long long)k, emix_covariance_name(parts->family->covariance),
                                 (long long)i + 1, (long long)j + 1, own[i * d + j], expected);
            }
        }
    }
    return EMIX_OK;
}

EmixStatus emix_gaussian_check_wide(const EmixParts *parts, int part, const double *wide,
                                    EmixError *error)
{
    (void)part; /* of the covariances alone there is such a form */
    EmixStatus status = EMIX_OK;
    const emix_index d = parts->n_features;
    for (emix_index k = 0; k < parts->n_components; ++k) {
        EMIX_TRY(check_symmetric(d, k, wide + k * d * d, error));
        EMIX_TRY(check_structure(parts, k, wide, wide + k * d * d, error));
    }
cleanup:
    return status;
}

/* A full matrix in another form: what it has of it. */
static void narrow_one(EmixCovarianceForm form, emix_index d, const double *matrix, double *values)
{
    const emix_index n = form_length(form, d);
    for (emix_index i = 0; i < n; ++i) {
        values[i] = matrix[form == EMIX_FORM_MATRIX ? i : i * (d + 1)];
    }
}

void emix_gaussian_narrow(const EmixParts *parts, int part, const double *wide, double *values)
{
    (void)part;
    const emix_index d = parts->n_features;
    const emix_index n = emix_gaussian_is_shared(parts) ? 1 : parts->n_components;
    for (emix_index k = 0; k < n; ++k) {
        narrow_one(emix_gaussian_form(parts), d, wide + k * d * d, values + place_of(parts, k));
    }
}

/* ---- from one structure to another ---- */

/* Component k's covariance in a form, whatever it has itself: variances that become one are
 * averaged. */
static void express(const EmixParts *from, emix_index k, EmixCovarianceForm form, double *values)
{
    if (form == EMIX_FORM_MATRIX) {
        emix_gaussian_covariance_matrix(from, k, values);
        return;
    }
    for (emix_index j = 0; j < from->n_features; ++j) {
        const double own = emix_gaussian_feature_variance(from, k, j);
        if (form == EMIX_FORM_DIAGONAL) {
            values[j] = own;
        } else { /* a running mean is exact where all are equal */
            values[0] = j == 0 ? own : values[0] + (own - values[0]) / (double)(j + 1);
        }
    }
}

/* A covariance that becomes shared is the average, by the weights; a running one, which leaves what
 * all components agree on as it is. */
EmixStatus emix_gaussian_convert(const EmixParts *from, EmixParts *to, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixCovarianceForm form = emix_gaussian_form(to);
    const emix_index n = form_length(form, to->n_features);
    const double *weights = emix_parts_values(from, EMIX_WEIGHTS_PART);
    double *covariances = emix_parts_values(to, EMIX_COVARIANCES_PART);
    double *own = NULL;
    double so_far = 0.0;
    EMIX_TRY_ALLOC(own, n);
    memcpy(emix_parts_values(to, EMIX_MEANS_PART), emix_parts_values(from, EMIX_MEANS_PART),
           (size_t)to->lengths[EMIX_MEANS_PART] * sizeof(double));
    for (emix_index k = 0; k < to->n_components; ++k) {
        express(from, k, form, own);
        so_far += weights[k];
        const double share = so_far > 0.0 ? weights[k] / so_far : 0.0;
        double *into = covariances + place_of(to, k);
        const bool average = k > 0 && emix_gaussian_is_shared(to);
        for (emix_index i = 0; i < n; ++i) {
            into[i] = average ? into[i] + share * (own[i] - into[i]) : own[i];
        }
    }
cleanup:
    emix_free(own);
    return status;
}
