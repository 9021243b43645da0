/* Tables of standard errors and intervals, and standard errors as users and models hold them. */
#include "model/error_table.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

EmixStatus emix_error_table_init(const EmixParts *parts, double level, EmixErrorTable *table,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n = parts->n_values;
    EmixErrorTable t = {.parts = *parts, .level = level};
    t.parts.values = NULL;
    EMIX_TRY_ALLOC(t.standard_errors, 3 * n);
    for (emix_index i = 0; i < 3 * n; ++i) {
        t.standard_errors[i] = (double)NAN;
    }
    t.lower = t.standard_errors + n;
    t.upper = t.lower + n;
    for (int p = 0; p < parts->n; ++p) {
        t.views[p] = emix_parts_view(&t.parts, p);
        t.views[p].standard_errors = t.standard_errors + parts->offsets[p];
        t.views[p].lower = t.lower + parts->offsets[p];
        t.views[p].upper = t.upper + parts->offsets[p];
    }
    *table = t;
cleanup:
    return status;
}

void emix_error_table_clear(EmixErrorTable *table)
{
    emix_free(table->standard_errors);
    *table = (EmixErrorTable){0};
}

EmixParameterErrors emix_error_table_view(const EmixErrorTable *table)
{
    return (EmixParameterErrors){.n_components = table->parts.n_components,
                                 .n_features = table->parts.n_features,
                                 .level = table->level,
                                 .n_parts = table->parts.n,
                                 .parts = table->views};
}

EmixPart emix_parameter_errors_part(const EmixParameterErrors *errors, const char *name)
{
    for (int p = 0; p < errors->n_parts; ++p) {
        if (strcmp(errors->parts[p].name, name) == 0) {
            return errors->parts[p];
        }
    }
    return (EmixPart){0};
}

/* The standard normal quantile of 1 - tail, for a tail in (0, 1/2]: Newton's method on the
 * complementary error function, whose logarithm is concave, from below. */
static double upper_quantile(double tail)
{
    double z = 0.0;
    for (int i = 0; i < 100; ++i) {
        const double p = 0.5 * erfc(z * M_SQRT1_2);
        const double density = exp(-0.5 * z * z) * (0.5 * M_2_SQRTPI * M_SQRT1_2);
        const double step = log(p / tail) * p / density;
        z += step;
        if (fabs(step) <= 1e-15 * z) {
            break;
        }
    }
    return z;
}

/* An interval that is normal on the scale of log(x / (1 - x)). */
static void set_logit(double estimate, double se, double z, double *lower, double *upper)
{
    const double odds = estimate / (1.0 - estimate);
    const double factor = exp(z * se / (estimate * (1.0 - estimate)));
    if (se == 0.0) { /* fixed, or the only one */
        *lower = *upper = estimate;
        return;
    }
    *lower = odds / (odds + factor);
    *upper = 1.0 / (1.0 + 1.0 / (odds * factor));
}

static void set_interval(EmixPartScale scale, double estimate, double se, double z, double *lower,
                         double *upper)
{
    const double factor = exp(z * se / estimate);
    switch (scale) {
    case EMIX_SCALE_PLAIN:
        *lower = estimate - z * se;
        *upper = estimate + z * se;
        break;
    case EMIX_SCALE_LOG:
        *lower = estimate / factor;
        *upper = estimate * factor;
        break;
    case EMIX_SCALE_LOGIT: set_logit(estimate, se, z, lower, upper); break;
    }
}

void emix_error_table_set_normal_intervals(EmixErrorTable *t, const EmixModel *model)
{
    const EmixParts *parts = &model->parts;
    const double z = upper_quantile(0.5 * (1.0 - t->level));
    for (int p = 0; p < parts->n; ++p) {
        for (emix_index i = 0; i < parts->lengths[p]; ++i) {
            const emix_index at = parts->offsets[p] + i;
            const EmixPartScale scale = p == EMIX_WEIGHTS_PART ? EMIX_SCALE_LOGIT
                                                               : parts->family->scale(parts, p, i);
            set_interval(scale, parts->values[at], t->standard_errors[at], z, &t->lower[at],
                         &t->upper[at]);
        }
    }
}

EmixStatus emix_owned_errors_create(const EmixParts *parts, double level, EmixOwnedErrors **owned,
                                    EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *o = NULL;
    EMIX_TRY_ALLOC(o, 1);
    EMIX_TRY(emix_error_table_init(parts, level, &o->table, error));
    o->errors.parameters = emix_error_table_view(&o->table);
    o->errors.newton_gain = (double)NAN;
    *owned = o;
    o = NULL;
cleanup:
    emix_free(o);
    return status;
}

void emix_standard_errors_destroy(EmixStandardErrors *errors)
{
    EmixOwnedErrors *owned = (EmixOwnedErrors *)errors;
    if (owned != NULL) {
        emix_error_table_clear(&owned->table);
        emix_free(owned);
    }
}

static bool belongs_to(const EmixParameterErrors *errors, const EmixParts *parts)
{
    bool same = errors->n_parts == parts->n && errors->n_components == parts->n_components &&
                errors->n_features == parts->n_features;
    for (int p = 0; same && p < parts->n; ++p) {
        const EmixPartShape *shape = &parts->shapes[p];
        same = strcmp(errors->parts[p].name, shape->name) == 0 &&
               strcmp(errors->parts[p].axes, shape->axes) == 0;
    }
    return same;
}

EmixStatus emix_model_set_standard_errors(EmixModel *model, const EmixStandardErrors *errors,
                                          EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *owned = NULL;
    const EmixParameterErrors *from = &errors->parameters;
    const EmixParts *parts = &model->parts;
    if (!belongs_to(from, parts)) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "standard errors of %lld components and %lld features do not belong to a "
                         "model of %lld and %lld, or their parts have other shapes",
                         (long long)from->n_components, (long long)from->n_features,
                         (long long)model->n_components, (long long)model->n_features);
    }
    EMIX_TRY(emix_owned_errors_create(parts, from->level, &owned, error));
    const EmixParameterErrors view = owned->errors.parameters;
    owned->errors = *errors;
    owned->errors.parameters = view;
    for (int p = 0; p < parts->n; ++p) {
        const size_t bytes = (size_t)parts->lengths[p] * sizeof(double);
        const emix_index at = parts->offsets[p];
        memcpy(owned->table.standard_errors + at, from->parts[p].standard_errors, bytes);
        memcpy(owned->table.lower + at, from->parts[p].lower, bytes);
        memcpy(owned->table.upper + at, from->parts[p].upper, bytes);
    }
    emix_standard_errors_destroy(model->standard_errors);
    model->standard_errors = &owned->errors;
cleanup:
    return status;
}

const EmixStandardErrors *emix_model_standard_errors(const EmixModel *model)
{
    return model->standard_errors;
}

#define NAME_OF(name, text, meaning) [name] = (text),
#define MEANING_OF(name, text, meaning) [name] = (meaning),
static const char *const kind_names[] = {EMIX_INFORMATION_LIST(NAME_OF)};
static const char *const state_names[] = {EMIX_INFORMATION_STATE_LIST(NAME_OF)};
static const char *const state_texts[] = {EMIX_INFORMATION_STATE_LIST(MEANING_OF)};
#undef NAME_OF
#undef MEANING_OF

const char *emix_information_name(EmixInformationKind kind)
{
    return (unsigned)kind < EMIX_N_INFORMATION_KINDS ? kind_names[kind] : "unknown";
}

const char *emix_information_state_name(EmixInformationState state)
{
    return (unsigned)state < EMIX_N_INFORMATION_STATES ? state_names[state] : "unknown";
}

const char *emix_information_state_text(EmixInformationState state)
{
    return (unsigned)state < EMIX_N_INFORMATION_STATES ? state_texts[state] : "unknown";
}
