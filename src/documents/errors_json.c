/* Standard errors and intervals, written to JSON and read back. */
#include "documents/errors_json.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

/* ---- writing ---- */

static EmixPartShape shape_of(const EmixPart *part)
{
    EmixPartShape shape = {.name = part->name, .axes = part->axes, .rank = part->rank};
    memcpy(shape.shape, part->shape, sizeof shape.shape);
    return shape;
}

static void write_member(EmixJsonText *json, const char *key, const EmixPartShape *shape,
                         const double *values)
{
    emix_io_json_key(json, key);
    emix_io_part_json_write(json, shape, values, 0);
}

void emix_io_parameter_errors_json_write(EmixJsonText *json, const EmixParameterErrors *errors)
{
    for (int p = 0; p < errors->n_parts; ++p) {
        const EmixPartShape shape = shape_of(&errors->parts[p]);
        emix_io_part_json_member(json, &shape, errors->parts[p].standard_errors);
    }
    emix_io_json_key(json, "intervals");
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "level");
    emix_io_json_number(json, errors->level);
    for (int p = 0; p < errors->n_parts; ++p) {
        const EmixPartShape shape = shape_of(&errors->parts[p]);
        emix_io_json_key(json, shape.name);
        emix_io_json_open(json, '{');
        write_member(json, "lower", &shape, errors->parts[p].lower);
        write_member(json, "upper", &shape, errors->parts[p].upper);
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

/* The errors of a part, object[key], in either form that the part may have in a file. */
static EmixStatus read_errors(const json_t *object, const char *path, const char *key,
                              const EmixParts *parts, int part, double *values,
                              const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixPartShape shape;
    double *read = NULL;
    char text[96];
    snprintf(text, sizeof text, "%s.%s", path, key);
    EMIX_TRY(emix_io_part_json_read(parts, part, json_object_get(object, key), text, true, &shape,
                                    &read, place));
    if (strcmp(shape.axes, parts->shapes[part].axes) != 0) {
        parts->family->narrow(parts, part, read, values);
    } else {
        memcpy(values, read, (size_t)parts->lengths[part] * sizeof *values);
    }
cleanup:
    emix_free(read);
    return status;
}

static EmixStatus read_table(const json_t *object, EmixErrorTable *table,
                             const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const EmixParts *parts = &table->parts;
    const json_t *intervals = json_object_get(object, "intervals");
    for (int p = 0; p < parts->n; ++p) {
        const char *key = parts->shapes[p].name;
        const json_t *interval = json_object_get(intervals, key);
        const emix_index at = parts->offsets[p];
        char path[96];
        snprintf(path, sizeof path, "standard_errors.intervals.%s", key);
        EMIX_TRY(read_errors(object, "standard_errors", key, parts, p, table->standard_errors + at,
                             place));
        EMIX_TRY(read_errors(interval, path, "lower", parts, p, table->lower + at, place));
        EMIX_TRY(read_errors(interval, path, "upper", parts, p, table->upper + at, place));
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
    EMIX_TRY(emix_owned_errors_create(&model->parts, level, &owned, place->error));
    EMIX_TRY(read_header(object, &owned->errors, place));
    EMIX_TRY(read_table(object, &owned->table, place));
    emix_standard_errors_destroy(model->standard_errors);
    model->standard_errors = &owned->errors;
    owned = NULL;
cleanup:
    emix_standard_errors_destroy(owned != NULL ? &owned->errors : NULL);
    return status;
}
