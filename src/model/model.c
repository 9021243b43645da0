/* Models: creation with checks, access, release. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/names.h"
#include "linalg/linalg.h"

EmixStatus emix_model_create_empty(const EmixFamilyParts *family, emix_index n_components,
                                   emix_index n_features, EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    EmixParts parts = {0};
    EMIX_TRY(emix_parts_lay_out(family, n_components, n_features, &parts, error));
    EMIX_TRY_ALLOC(m, 1);
    m->spec = emix_spec_default;
    m->spec.family = family->family;
    m->spec.n_components = n_components;
    m->spec.covariance = family->covariance;
    m->parts = parts;
    m->n_components = n_components;
    m->n_features = n_features;
    EMIX_TRY_ALLOC(m->parts.values, parts.n_values);
    m->weights = emix_parts_values(&m->parts, EMIX_WEIGHTS_PART);
    EMIX_TRY_ALLOC(m->effective_counts, n_components);
    EMIX_TRY_ALLOC(m->component_flags, n_components);
    *model = m;
    return EMIX_OK;
cleanup:
    emix_model_destroy(m);
    return status;
}

static EmixStatus check_weights(EmixModel *model, EmixError *error)
{
    double *weights = model->weights;
    double sum = 0.0;
    for (emix_index k = 0; k < model->n_components; ++k) {
        if (!(weights[k] >= 0.0 && weights[k] <= 1.0 + 1e-6)) {
            return emix_fail(error, EMIX_ERR_ARGUMENT,
                             "weight %g of component %lld is not in 0 ... 1", weights[k],
                             (long long)k);
        }
        sum += weights[k];
    }
    if (!(fabs(sum - 1.0) <= 1e-6)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the weights sum to %.9g, not to 1", sum);
    }
    /* A file written by emix must read back bit for bit, so rounding is left alone. */
    if (fabs(sum - 1.0) > 1e-15 * (double)(model->n_components + 4)) {
        for (emix_index k = 0; k < model->n_components; ++k) {
            weights[k] /= sum;
        }
    }
    return EMIX_OK;
}

static bool has_shape(const EmixPart *part, const EmixPartShape *shape)
{
    bool same = part->rank == shape->rank;
    for (int axis = 0; same && axis < shape->rank; ++axis) {
        same = part->shape[axis] == shape->shape[axis];
    }
    return same;
}

static EmixStatus fail_shape(const EmixPart *part, const EmixPartShape *shape, EmixError *error)
{
    char lengths[96] = "";
    int used = 0;
    for (int axis = 0; axis < shape->rank; ++axis) {
        used += snprintf(lengths + used, sizeof lengths - (size_t)used, "%s%lld",
                         axis > 0 ? " x " : "", (long long)shape->shape[axis]);
    }
    return emix_fail(error, EMIX_ERR_SHAPE, "the part \"%s\" must be [%s]", part->name, lengths);
}

/* Takes a part of the caller's over, in either of its forms. */
static EmixStatus copy_part(EmixModel *model, const EmixPart *part, bool *found, EmixError *error)
{
    EmixParts *parts = &model->parts;
    EmixStatus status = EMIX_OK;
    const int p = part->name != NULL ? emix_parts_find(parts, part->name) : -1;
    if (p < 0 || found[p] || part->values == NULL) {
        return emix_fail(error, EMIX_ERR_SHAPE, "the part \"%.80s\" is %s",
                         part->name != NULL ? part->name : "",
                         p < 0      ? "not one of the model's"
                         : found[p] ? "given twice"
                                    : "without values");
    }
    const EmixPartShape wide = emix_parts_wide_shape(parts, p);
    found[p] = true;
    if (has_shape(part, &parts->shapes[p])) {
        memcpy(emix_parts_values(parts, p), part->values,
               (size_t)parts->lengths[p] * sizeof(double));
        return EMIX_OK;
    }
    if (wide.rank == 0 || !has_shape(part, &wide)) {
        return fail_shape(part, &parts->shapes[p], error);
    }
    EMIX_TRY(parts->family->check_wide(parts, p, part->values, error));
    parts->family->narrow(parts, p, part->values, emix_parts_values(parts, p));
cleanup:
    return status;
}

EmixStatus emix_model_create_parts(const EmixFamilyParts *family, emix_index n_components,
                                   emix_index n_features, int n_parts, const EmixPart *parts,
                                   EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    bool found[EMIX_MAX_PARTS] = {false};
    emix_blas_enter_serial();
    EMIX_TRY(emix_model_create_empty(family, n_components, n_features, &m, error));
    for (int i = 0; i < n_parts; ++i) {
        EMIX_TRY(copy_part(m, &parts[i], found, error));
    }
    for (int p = 0; p < m->parts.n; ++p) {
        if (!found[p]) {
            EMIX_TRY(emix_fail(error, EMIX_ERR_SHAPE, "the part \"%s\" is missing",
                               m->parts.shapes[p].name));
        }
    }
    EMIX_TRY(check_weights(m, error));
    EMIX_TRY(family->check(&m->parts, error));
    *model = m;
    m = NULL;
cleanup:
    emix_blas_leave_serial();
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

/* What a fit's own result borrows from the fit becomes the copy's. */
static EmixStatus copy_borrowed(const EmixModel *from, EmixModel *m, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const char *path = from->options.checkpoint.path;
    m->report.starts = NULL;
    m->options.checkpoint.path = NULL;
    if (from->report.starts != NULL) {
        EMIX_TRY_ALLOC(m->starts, from->report.n_starts);
        memcpy(m->starts, from->report.starts, (size_t)from->report.n_starts * sizeof *m->starts);
        m->report.starts = m->starts;
    }
    if (path != NULL) {
        const emix_index bytes = (emix_index)strlen(path) + 1;
        EMIX_TRY_ALLOC(m->checkpoint_path, bytes);
        memcpy(m->checkpoint_path, path, (size_t)bytes);
        m->options.checkpoint.path = m->checkpoint_path;
    }
cleanup:
    return status;
}

EmixStatus emix_model_copy(const EmixModel *from, EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *m = NULL;
    const size_t k = (size_t)from->n_components;
    EMIX_TRY(emix_model_create_empty(from->parts.family, from->n_components, from->n_features, &m,
                                     error));
    memcpy(m->parts.values, from->parts.values,
           (size_t)from->parts.n_values * sizeof *m->parts.values);
    memcpy(m->effective_counts, from->effective_counts, k * sizeof *m->effective_counts);
    memcpy(m->component_flags, from->component_flags, k * sizeof *m->component_flags);
    EMIX_TRY(emix_spec_assign(&from->spec, &m->spec, error));
    m->has_report = from->has_report;
    m->report = from->report;
    m->options = from->options;
    m->has_all_options = from->has_all_options;
    EMIX_TRY(copy_borrowed(from, m, error));
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

emix_index emix_model_n_free_parameters(const EmixModel *model, unsigned fixed)
{
    const EmixFamilyParts *family = model->parts.family;
    return ((fixed & EMIX_PART_WEIGHTS) != 0 ? 0 : model->n_components - 1) +
           family->n_free(family, model->n_components, model->n_features, fixed);
}

emix_index emix_model_n_parameters(const EmixModel *model)
{
    return model->has_report ? model->report.n_parameters : emix_model_n_free_parameters(model, 0);
}

const char *emix_model_family(const EmixModel *model)
{
    return model->parts.family->family;
}

EmixCovariance emix_model_covariance(const EmixModel *model)
{
    return model->parts.family->covariance;
}

const double *emix_model_weights(const EmixModel *model)
{
    return model->weights;
}

int emix_model_n_parts(const EmixModel *model)
{
    return model->parts.n;
}

EmixPart emix_model_part(const EmixModel *model, int index)
{
    if (index < 0 || index >= model->parts.n) {
        return (EmixPart){0};
    }
    EmixPart part = emix_parts_view(&model->parts, index);
    if (model->standard_errors != NULL) {
        const EmixPart *errors = &model->standard_errors->parameters.parts[index];
        part.standard_errors = errors->standard_errors;
        part.lower = errors->lower;
        part.upper = errors->upper;
    }
    return part;
}

EmixPart emix_model_part_named(const EmixModel *model, const char *name)
{
    return emix_model_part(model, emix_parts_find(&model->parts, name));
}

const double *emix_model_means(const EmixModel *model)
{
    return emix_model_part_named(model, "means").values;
}

const double *emix_model_covariances(const EmixModel *model)
{
    return emix_model_part_named(model, "covariances").values;
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

const EmixFitOptions *emix_model_options(const EmixModel *model)
{
    return model->has_report ? &model->options : NULL;
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
    emix_free(model->checkpoint_path);
    emix_free(model->starts);
    emix_free(model->component_flags);
    emix_free(model->effective_counts);
    emix_free(model->parts.values);
    emix_free(model);
}
