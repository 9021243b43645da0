/* Tables of standard errors and intervals, and standard errors as users and models hold them. */
#include "model/error_table.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

static void fill_nan(double *values, emix_index n)
{
    for (emix_index i = 0; i < n; ++i) {
        values[i] = (double)NAN;
    }
}

EmixStatus emix_error_table_init(emix_index n_components, emix_index n_features, double level,
                                 EmixErrorTable *table, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index lengths[] = {n_components, n_components * n_features,
                                  n_components * n_features * n_features};
    const emix_index all = lengths[0] + lengths[1] + lengths[2];
    EmixErrorTable t = {.n_components = n_components, .n_features = n_features, .level = level};
    EmixErrorArrays *const kinds[] = {&t.weights, &t.means, &t.covariances};
    EMIX_TRY_ALLOC(t.storage, 3 * all);
    fill_nan(t.storage, 3 * all);
    double *at = t.storage;
    for (int kind = 0; kind < 3; ++kind) {
        *kinds[kind] = (EmixErrorArrays){at, at + lengths[kind], at + 2 * lengths[kind]};
        at += 3 * lengths[kind];
    }
    *table = t;
cleanup:
    return status;
}

void emix_error_table_clear(EmixErrorTable *table)
{
    emix_free(table->storage);
    *table = (EmixErrorTable){0};
}

static EmixErrorBars view_bars(const EmixErrorArrays *arrays)
{
    return (EmixErrorBars){arrays->standard_errors, arrays->lower, arrays->upper};
}

EmixParameterErrors emix_error_table_view(const EmixErrorTable *table)
{
    return (EmixParameterErrors){.n_components = table->n_components,
                                 .n_features = table->n_features,
                                 .level = table->level,
                                 .weights = view_bars(&table->weights),
                                 .means = view_bars(&table->means),
                                 .covariances = view_bars(&table->covariances)};
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

static void set_plain(const EmixErrorArrays *a, emix_index i, double estimate, double z)
{
    a->lower[i] = estimate - z * a->standard_errors[i];
    a->upper[i] = estimate + z * a->standard_errors[i];
}

static void set_weight(const EmixErrorArrays *a, emix_index i, double weight, double z)
{
    const double odds = weight / (1.0 - weight);
    const double factor = exp(z * a->standard_errors[i] / (weight * (1.0 - weight)));
    if (a->standard_errors[i] == 0.0) { /* fixed, or the only one */
        a->lower[i] = a->upper[i] = weight;
        return;
    }
    a->lower[i] = odds / (odds + factor);
    a->upper[i] = 1.0 / (1.0 + 1.0 / (odds * factor));
}

void emix_error_table_set_normal_intervals(EmixErrorTable *t, const EmixModel *model)
{
    const emix_index d = t->n_features;
    const double z = upper_quantile(0.5 * (1.0 - t->level));
    for (emix_index k = 0; k < t->n_components; ++k) {
        set_weight(&t->weights, k, model->weights[k], z);
    }
    for (emix_index i = 0; i < t->n_components * d; ++i) {
        set_plain(&t->means, i, model->means[i], z);
    }
    for (emix_index i = 0; i < t->n_components * d * d; ++i) {
        const double estimate = model->covariances[i];
        const bool is_variance = i % (d * d) % (d + 1) == 0;
        set_plain(&t->covariances, i, estimate, z);
        if (is_variance) {
            const double factor = exp(z * t->covariances.standard_errors[i] / estimate);
            t->covariances.lower[i] = estimate / factor;
            t->covariances.upper[i] = estimate * factor;
        }
    }
}

EmixStatus emix_owned_errors_create(emix_index n_components, emix_index n_features, double level,
                                    EmixOwnedErrors **owned, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *o = NULL;
    EMIX_TRY_ALLOC(o, 1);
    EMIX_TRY(emix_error_table_init(n_components, n_features, level, &o->table, error));
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

static void copy_bars(const EmixErrorArrays *to, const EmixErrorBars *from, emix_index n)
{
    const size_t bytes = (size_t)n * sizeof(double);
    memcpy(to->standard_errors, from->standard_errors, bytes);
    memcpy(to->lower, from->lower, bytes);
    memcpy(to->upper, from->upper, bytes);
}

EmixStatus emix_model_set_standard_errors(EmixModel *model, const EmixStandardErrors *errors,
                                          EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *owned = NULL;
    const EmixParameterErrors *from = &errors->parameters;
    const emix_index n_components = model->n_components;
    const emix_index d = model->n_features;
    if (from->n_components != n_components || from->n_features != d) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "standard errors of %lld components and %lld features do not belong to a "
                         "model of %lld and %lld",
                         (long long)from->n_components, (long long)from->n_features,
                         (long long)n_components, (long long)d);
    }
    EMIX_TRY(emix_owned_errors_create(n_components, d, from->level, &owned, error));
    const EmixParameterErrors view = owned->errors.parameters;
    owned->errors = *errors;
    owned->errors.parameters = view;
    copy_bars(&owned->table.weights, &from->weights, n_components);
    copy_bars(&owned->table.means, &from->means, n_components * d);
    copy_bars(&owned->table.covariances, &from->covariances, n_components * d * d);
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
