/* Standard errors and intervals, written to JSON and read back. */
#include "documents/errors_json.h"

#include <string.h>

#include "core/alloc.h"

/* The arrays of one kind of parameter: nested as in the model. */
typedef struct Shape {
    const char *key;
    int n_dimensions;
    emix_index lengths[3];
} Shape;

enum { N_KINDS = 3 };

static void make_shapes(emix_index n_components, emix_index d, Shape shapes[N_KINDS])
{
    shapes[0] = (Shape){"weights", 1, {n_components}};
    shapes[1] = (Shape){"means", 2, {n_components, d}};
    shapes[2] = (Shape){"covariances", 3, {n_components, d, d}};
}

/* ---- writing ---- */

/* Returns the value behind the last one written. */
static const double *write_nested(EmixJsonText *json, int n_dimensions, const emix_index *lengths,
                                  const double *values)
{
    if (n_dimensions == 1) {
        emix_io_json_numbers(json, lengths[0], values);
        return values + lengths[0];
    }
    emix_io_json_open(json, '[');
    for (emix_index i = 0; i < lengths[0]; ++i) {
        values = write_nested(json, n_dimensions - 1, lengths + 1, values);
    }
    emix_io_json_close(json, ']');
    return values;
}

static void write_member(EmixJsonText *json, const char *key, const Shape *shape,
                         const double *values)
{
    emix_io_json_key(json, key);
    write_nested(json, shape->n_dimensions, shape->lengths, values);
}

void emix_io_parameter_errors_json_write(EmixJsonText *json, const EmixParameterErrors *errors)
{
    const EmixErrorBars *const bars[] = {&errors->weights, &errors->means, &errors->covariances};
    Shape shapes[N_KINDS];
    make_shapes(errors->n_components, errors->n_features, shapes);
    for (int i = 0; i < N_KINDS; ++i) {
        write_member(json, shapes[i].key, &shapes[i], bars[i]->standard_errors);
    }
    emix_io_json_key(json, "intervals");
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "level");
    emix_io_json_number(json, errors->level);
    for (int i = 0; i < N_KINDS; ++i) {
        emix_io_json_key(json, shapes[i].key);
        emix_io_json_open(json, '{');
        write_member(json, "lower", &shapes[i], bars[i]->lower);
        write_member(json, "upper", &shapes[i], bars[i]->upper);
        emix_io_json_close(json, '}');
    }
    emix_io_json_close(json, '}');
}

void emix_io_standard_errors_json_write(EmixJsonText *json, const EmixModel *model)
{
    const EmixStandardErrors *errors = model->standard_errors;
    if (errors == NULL) {
        return;
    }
    emix_io_json_key(json, "standard_errors");
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "information");
    emix_io_json_string(json, emix_information_name(errors->kind));
    emix_io_json_key(json, "state");
    emix_io_json_string(json, emix_information_state_name(errors->state));
    emix_io_json_key(json, "n_parameters");
    emix_io_json_index(json, errors->n_parameters);
    emix_io_json_key(json, "newton_gain");
    emix_io_json_number(json, errors->newton_gain);
    emix_io_parameter_errors_json_write(json, &errors->parameters);
    emix_io_json_close(json, '}');
}

/* ---- reading ---- */

static EmixStatus read_nested(const json_t *array, const char *path, int n_dimensions,
                              const emix_index *lengths, double **values,
                              const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    if (n_dimensions == 0) {
        return emix_io_json_read_number(array, path, (*values)++, place);
    }
    if (!json_is_array(array) || (emix_index)json_array_size(array) != lengths[0]) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s is not an array of %lld entries",
                         place->name, path, (long long)lengths[0]);
    }
    for (emix_index i = 0; status == EMIX_OK && i < lengths[0]; ++i) {
        status = read_nested(json_array_get(array, (size_t)i), path, n_dimensions - 1, lengths + 1,
                             values, place);
    }
    return status;
}

static EmixStatus read_member(const json_t *object, const char *path, const char *key,
                              const Shape *shape, double *values, const EmixJsonPlace *place)
{
    char text[96];
    snprintf(text, sizeof text, "%s.%s", path, key);
    return read_nested(json_object_get(object, key), text, shape->n_dimensions, shape->lengths,
                       &values, place);
}

static EmixStatus read_table(const json_t *object, EmixErrorTable *table,
                             const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const EmixErrorArrays *const arrays[] = {&table->weights, &table->means, &table->covariances};
    const json_t *intervals = json_object_get(object, "intervals");
    Shape shapes[N_KINDS];
    make_shapes(table->n_components, table->n_features, shapes);
    for (int i = 0; i < N_KINDS; ++i) {
        const char *key = shapes[i].key;
        const json_t *interval = json_object_get(intervals, key);
        char path[64];
        snprintf(path, sizeof path, "standard_errors.intervals.%s", key);
        EMIX_TRY(read_member(object, "standard_errors", key, &shapes[i], arrays[i]->standard_errors,
                             place));
        EMIX_TRY(read_member(interval, path, "lower", &shapes[i], arrays[i]->lower, place));
        EMIX_TRY(read_member(interval, path, "upper", &shapes[i], arrays[i]->upper, place));
    }
cleanup:
    return status;
}

/* Fails unless the member is one of `n` names; sets *index to which. */
static EmixStatus read_choice(const json_t *object, const char *key, const char *const *names,
                              int n, int *index, const EmixJsonPlace *place)
{
    const char *text = json_string_value(json_object_get(object, key));
    for (*index = 0; text != NULL && *index < n; ++*index) {
        if (strcmp(text, names[*index]) == 0) {
            return EMIX_OK;
        }
    }
    return emix_fail(place->error, EMIX_ERR_FORMAT,
                     "%s: standard_errors.%s is not one of the names known", place->name, key);
}

static EmixStatus read_header(const json_t *object, EmixStandardErrors *errors,
                              const EmixJsonPlace *place)
{
#define NAME_OF(name, text, meaning) [name] = (text),
    static const char *const kinds[] = {EMIX_INFORMATION_LIST(NAME_OF)};
    static const char *const states[] = {EMIX_INFORMATION_STATE_LIST(NAME_OF)};
#undef NAME_OF
    EmixStatus status = EMIX_OK;
    const json_t *count = json_object_get(object, "n_parameters");
    int index = 0;
    EMIX_TRY(read_choice(object, "information", kinds, EMIX_N_INFORMATION_KINDS, &index, place));
    errors->kind = (EmixInformationKind)index;
    EMIX_TRY(read_choice(object, "state", states, EMIX_N_INFORMATION_STATES, &index, place));
    errors->state = (EmixInformationState)index;
    EMIX_TRY(emix_io_json_read_number(json_object_get(object, "newton_gain"),
                                      "standard_errors.newton_gain", &errors->newton_gain, place));
    if (!json_is_integer(count) || json_integer_value(count) < 0) {
        return emix_fail(place->error, EMIX_ERR_FORMAT,
                         "%s: standard_errors.n_parameters is not a count", place->name);
    }
    errors->n_parameters = json_integer_value(count);
cleanup:
    return status;
}

EmixStatus emix_io_standard_errors_json_read(const json_t *root, EmixModel *model,
                                             const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *owned = NULL;
    double level = 0.0;
    const json_t *object = json_object_get(root, "standard_errors");
    if (object == NULL) {
        return EMIX_OK;
    }
    EMIX_TRY(
        emix_io_json_read_number(json_object_get(json_object_get(object, "intervals"), "level"),
                                 "standard_errors.intervals.level", &level, place));
    EMIX_TRY(emix_owned_errors_create(model->n_components, model->n_features, level, &owned,
                                      place->error));
    EMIX_TRY(read_header(object, &owned->errors, place));
    EMIX_TRY(read_table(object, &owned->table, place));
    emix_standard_errors_destroy(model->standard_errors);
    model->standard_errors = &owned->errors;
    owned = NULL;
cleanup:
    emix_standard_errors_destroy(owned != NULL ? &owned->errors : NULL);
    return status;
}
