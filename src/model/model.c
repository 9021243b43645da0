/* Models: creation with checks, access, release. */
#include "model/model.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/names.h"
#include "linalg/linalg.h"

EmixStatus emix_model_create_empty(EmixCovariance covariance, emix_index n_components,
                                   emix_index n_features, EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    emix_index n_means = 0;
    emix_index n_covariances = 0;
    if (n_components < 1 || n_features < 1 || n_features > EMIX_LINALG_MAX_DIMENSION ||
        !emix_multiply(n_components, n_features, &n_means) ||
        !emix_multiply(n_means, n_features, &n_covariances)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a model of %lld components and %lld features (1 ... %d) cannot be made",
                         (long long)n_components, (long long)n_features, EMIX_LINALG_MAX_DIMENSION);
    }
    EMIX_TRY_ALLOC(m, 1);
    m->spec = emix_spec_default;
    m->spec.family = "gaussian";
    m->spec.n_components = n_components;
    m->spec.covariance = covariance;
    m->covariance = covariance;
    m->n_components = n_components;
    m->n_features = n_features;
    EMIX_TRY_ALLOC(m->weights, n_components);
    EMIX_TRY_ALLOC(m->means, n_means);
    EMIX_TRY_ALLOC(m->covariances, n_covariances);
    EMIX_TRY_ALLOC(m->effective_counts, n_components);
    EMIX_TRY_ALLOC(m->component_flags, n_components);
    *model = m;
    return EMIX_OK;
cleanup:
    emix_model_destroy(m);
    return status;
}

static EmixStatus copy_weights(EmixModel *model, const double *weights, EmixError *error)
{
    double sum = 0.0;
    for (emix_index k = 0; k < model->n_components; ++k) {
        if (!(weights[k] >= 0.0 && weights[k] <= 1.0 + 1e-6)) {
            return emix_fail(error, EMIX_ERR_ARGUMENT,
                             "weight %g of component %lld is not in 0 ... 1", weights[k],
                             (long long)k);
        }
        model->weights[k] = weights[k];
        sum += weights[k];
    }
    if (!(fabs(sum - 1.0) <= 1e-6)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the weights sum to %.9g, not to 1", sum);
    }
    /* A file written by emix must read back bit for bit, so rounding is left alone. */
    if (fabs(sum - 1.0) > 1e-15 * (double)(model->n_components + 4)) {
        for (emix_index k = 0; k < model->n_components; ++k) {
            model->weights[k] /= sum;
        }
    }
    return EMIX_OK;
}

static EmixStatus copy_means(EmixModel *model, const double *means, EmixError *error)
{
    const emix_index d = model->n_features;
    for (emix_index i = 0; i < model->n_components * d; ++i) {
        if (!isfinite(means[i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "mean of component %lld, feature %lld is %g", (long long)(i / d),
                             (long long)(i % d) + 1, means[i]);
        }
        model->means[i] = means[i];
    }
    return EMIX_OK;
}

/* Copies component k's covariance, mirrors its lower triangle, and checks it with `factor`. */
static EmixStatus copy_covariance(EmixModel *model, emix_index k, const double *covariances,
                                  double *factor, EmixError *error)
{
    const emix_index d = model->n_features;
    const double *from = covariances + k * d * d;
    double *to = model->covariances + k * d * d;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            const double lower = from[i * d + j];
            const double upper = from[j * d + i];
            if (!isfinite(lower) || !isfinite(upper)) {
                return emix_fail(error, EMIX_ERR_NONFINITE,
                                 "covariance of component %lld, entry (%lld, %lld) is not finite",
                                 (long long)k, (long long)i + 1, (long long)j + 1);
            }
            const double scale = sqrt(fabs(from[i * d + i])) * sqrt(fabs(from[j * d + j]));
            if (fabs(lower - upper) > 1e-9 * scale) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "covariance of component %lld is not symmetric: entry (%lld, "
                                 "%lld) is %.17g, its mirror image %.17g",
                                 (long long)k, (long long)i + 1, (long long)j + 1, lower, upper);
            }
            to[i * d + j] = lower;
            to[j * d + i] = lower;
        }
    }
    memcpy(factor, to, (size_t)(d * d) * sizeof *factor);
    const emix_index bad = emix_linalg_cholesky(d, factor);
    if (bad != 0) {
        return emix_fail(
            error, EMIX_ERR_DEGENERATE,
            "covariance of component %lld is not positive definite (leading minor %lld)",
            (long long)k, (long long)bad);
    }
    return EMIX_OK;
}

/* Whether component k's covariance has the structure of the model. */
static EmixStatus check_structure(const EmixModel *m, emix_index k, EmixError *error)
{
    const emix_index d = m->n_features;
    const double *own = m->covariances + k * d * d;
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            double expected = own[i * d + j];
            if (m->covariance == EMIX_COVARIANCE_TIED) {
                expected = m->covariances[i * d + j];
            } else if (m->covariance != EMIX_COVARIANCE_FULL && i != j) {
                expected = 0.0;
            } else if (m->covariance == EMIX_COVARIANCE_SPHERICAL) {
                expected = own[0];
            }
            if (own[i * d + j] != expected) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "covariance of component %lld is not %s (%s): entry (%lld, %lld) "
                                 "is %.17g, not %.17g",
                                 (long long)k, emix_covariance_name(m->covariance),
                                 emix_covariance_letters(m->covariance), (long long)i + 1,
                                 (long long)j + 1, own[i * d + j], expected);
            }
        }
    }
    return EMIX_OK;
}

EmixStatus emix_model_create_gaussian(EmixCovariance covariance, emix_index n_components,
                                      emix_index n_features, const double *weights,
                                      const double *means, const double *covariances,
                                      EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    double *factor = NULL;
    if ((unsigned)covariance >= EMIX_N_COVARIANCES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "covariance structure %d is unknown",
                         (int)covariance);
    }
    emix_blas_enter_serial();
    EMIX_TRY(emix_model_create_empty(covariance, n_components, n_features, &m, error));
    EMIX_TRY_ALLOC(factor, n_features * n_features);
    EMIX_TRY(copy_weights(m, weights, error));
    EMIX_TRY(copy_means(m, means, error));
    for (emix_index k = 0; k < n_components; ++k) {
        EMIX_TRY(copy_covariance(m, k, covariances, factor, error));
        EMIX_TRY(check_structure(m, k, error));
    }
    *model = m;
    m = NULL;
cleanup:
    emix_blas_leave_serial();
    emix_free(factor);
    emix_model_destroy(m);
    return status;
}

EmixStatus emix_model_set_feature_names(EmixModel *model, const char *const *names,
                                        EmixError *error)
{
    return emix_names_copy(model->n_features, names, &model->feature_names, error);
}

EmixStatus emix_model_set_component_names(EmixModel *model, const char *const *names,
                                          EmixError *error)
{
    return emix_names_copy(model->n_components, names, &model->component_names, error);
}

EmixStatus emix_model_copy(const EmixModel *from, EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    const size_t k = (size_t)from->n_components;
    const size_t d = (size_t)from->n_features;
    EMIX_TRY(
        emix_model_create_empty(from->covariance, from->n_components, from->n_features, &m, error));
    memcpy(m->weights, from->weights, k * sizeof *m->weights);
    memcpy(m->means, from->means, k * d * sizeof *m->means);
    memcpy(m->covariances, from->covariances, k * d * d * sizeof *m->covariances);
    memcpy(m->effective_counts, from->effective_counts, k * sizeof *m->effective_counts);
    memcpy(m->component_flags, from->component_flags, k * sizeof *m->component_flags);
    EMIX_TRY(emix_spec_assign(&from->spec, &m->spec, error));
    m->has_report = from->has_report;
    m->report = from->report;
    if (from->feature_names != NULL) {
        EMIX_TRY(emix_model_set_feature_names(m, (const char *const *)from->feature_names, error));
    }
    if (from->standard_errors != NULL) {
        EMIX_TRY(emix_model_set_standard_errors(m, from->standard_errors, error));
    }
    if (from->component_names != NULL) {
        EMIX_TRY(
            emix_model_set_component_names(m, (const char *const *)from->component_names, error));
    }
    *model = m;
    m = NULL;
cleanup:
    emix_model_destroy(m);
    return status;
}

emix_index emix_model_n_components(const EmixModel *model)
{
    return model->n_components;
}

emix_index emix_model_n_features(const EmixModel *model)
{
    return model->n_features;
}

/* One row a covariance structure. */
static const struct {
    const char *name;
    const char *letters;
} covariances[] = {
#define COVARIANCE_AS_ROW(value, text, letters, meaning, n_parameters) [value] = {text, letters},
    EMIX_COVARIANCE_LIST(COVARIANCE_AS_ROW)
#undef COVARIANCE_AS_ROW
};

const char *emix_covariance_name(EmixCovariance covariance)
{
    return (unsigned)covariance < EMIX_N_COVARIANCES ? covariances[covariance].name : "unknown";
}

const char *emix_covariance_letters(EmixCovariance covariance)
{
    return (unsigned)covariance < EMIX_N_COVARIANCES ? covariances[covariance].letters : "unknown";
}

static emix_index n_covariance_parameters(EmixCovariance covariance, emix_index K, emix_index D)
{
    switch (covariance) {
#define COVARIANCE_AS_CASE(value, text, letters, meaning, n_parameters)                            \
    case value: return n_parameters;
        EMIX_COVARIANCE_LIST(COVARIANCE_AS_CASE)
#undef COVARIANCE_AS_CASE
    case EMIX_N_COVARIANCES: break;
    }
    return 0;
}

emix_index emix_model_n_free_parameters(const EmixModel *model, unsigned fixed)
{
    const emix_index k = model->n_components;
    const emix_index d = model->n_features;
    return ((fixed & EMIX_PART_WEIGHTS) != 0 ? 0 : k - 1) +
           ((fixed & EMIX_PART_MEANS) != 0 ? 0 : k * d) +
           ((fixed & EMIX_PART_COVARIANCES) != 0
                ? 0
                : n_covariance_parameters(model->covariance, k, d));
}

emix_index emix_model_n_parameters(const EmixModel *model)
{
    return model->has_report ? model->report.n_parameters : emix_model_n_free_parameters(model, 0);
}

const char *emix_model_family(const EmixModel *model)
{
    (void)model;
    return "gaussian";
}

EmixCovariance emix_model_covariance(const EmixModel *model)
{
    return model->covariance;
}

const double *emix_model_weights(const EmixModel *model)
{
    return model->weights;
}

const double *emix_model_means(const EmixModel *model)
{
    return model->means;
}

const double *emix_model_covariances(const EmixModel *model)
{
    return model->covariances;
}

const char *emix_model_feature_name(const EmixModel *model, emix_index feature)
{
    const bool known = model->feature_names != NULL && feature >= 0 && feature < model->n_features;
    return known ? model->feature_names[feature] : NULL;
}

const char *const *emix_model_feature_names(const EmixModel *model)
{
    return (const char *const *)model->feature_names;
}

const char *const *emix_model_component_names(const EmixModel *model)
{
    return (const char *const *)model->component_names;
}

const EmixSpec *emix_model_spec(const EmixModel *model)
{
    return &model->spec;
}

const EmixFitReport *emix_model_report(const EmixModel *model)
{
    return model->has_report ? &model->report : NULL;
}

const double *emix_model_effective_counts(const EmixModel *model)
{
    return model->has_report ? model->effective_counts : NULL;
}

const unsigned *emix_model_component_flags(const EmixModel *model)
{
    return model->has_report ? model->component_flags : NULL;
}

void emix_model_destroy(EmixModel *model)
{
    if (model == NULL) {
        return;
    }
    emix_spec_clear(&model->spec);
    emix_standard_errors_destroy(model->standard_errors);
    emix_names_free(model->n_components, model->component_names);
    emix_names_free(model->n_features, model->feature_names);
    emix_free(model->component_flags);
    emix_free(model->effective_counts);
    emix_free(model->covariances);
    emix_free(model->means);
    emix_free(model->weights);
    emix_free(model);
}
