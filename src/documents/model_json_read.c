/* Models from files: `emix.model/1`, by hand or by emix. */
#include "documents/model_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "documents/errors_json.h"
#include "documents/fit_document.h"
#include "documents/part_json.h"
#include "io/input_file.h"
#include "model/model.h"

static EmixStatus parse_json(const char *text, size_t n_bytes, const EmixJsonPlace *place,
                             json_t **root)
{
    json_error_t detail;
    json_t *parsed = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, &detail);
    if (parsed == NULL && json_error_code(&detail) == json_error_out_of_memory) {
        return emix_fail_nomem(place->error, (emix_index)n_bytes, 1);
    }
    if (parsed == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s, line %d, column %d: %s", place->name,
                         detail.line, detail.column, detail.text);
    }
    *root = parsed;
    return EMIX_OK;
}

static EmixStatus check_schema(const json_t *root, const EmixJsonPlace *place)
{
    static const char known[] = "emix.model/1";
    if (!json_is_object(root)) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: the file is not a JSON object",
                         place->name);
    }
    const json_t *schema = json_object_get(root, "schema");
    const char *text = json_string_value(schema);
    if (schema == NULL || text == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT,
                         schema == NULL ? "%s: there is no \"schema\"; a model has \"%s\""
                                        : "%s: \"schema\" is not a string, such as \"%s\"",
                         place->name, known);
    }
    return strcmp(text, known) == 0
               ? EMIX_OK
               : emix_fail(place->error, EMIX_ERR_FORMAT,
                           "%s: \"schema\" is \"%.80s\", where \"%s\" is known", place->name, text,
                           known);
}

/* A count that must agree with the arrays when it is there. */
static EmixStatus check_count(const json_t *root, const char *key, emix_index count,
                              const char *counted, const EmixJsonPlace *place)
{
    const json_t *member = json_object_get(root, key);
    if (member == NULL) {
        return EMIX_OK;
    }
    if (!json_is_integer(member)) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: \"%s\" is not an integer", place->name,
                         key);
    }
    if (json_integer_value(member) != count) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: \"%s\" is %lld, but %s has %lld",
                         place->name, key, (long long)json_integer_value(member), counted,
                         (long long)count);
    }
    return EMIX_OK;
}

/* Numbers of components and features: the lengths of the weights and of the first entry of the
 * family's first part. */
static EmixStatus read_sizes(const json_t *root, const EmixFamilyParts *family,
                             emix_index *n_components, emix_index *n_features,
                             const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const char *first = family->rows[0].name;
    const json_t *weights = json_object_get(root, "weights");
    const json_t *entries = json_object_get(root, first);
    char path[96];
    snprintf(path, sizeof path, "%s[0]", first);
    *n_components = (emix_index)json_array_size(weights);
    *n_features = (emix_index)json_array_size(json_array_get(entries, 0));
    EMIX_TRY(emix_io_json_check_array(weights, "weights", *n_components, place));
    EMIX_TRY(emix_io_json_check_array(entries, first, *n_components, place));
    if (*n_components == 0) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: weights is empty", place->name);
    }
    EMIX_TRY(emix_io_json_check_array(json_array_get(entries, 0), path, *n_features, place));
    if (*n_features == 0) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s is empty", place->name, path);
    }
    EMIX_TRY(check_count(root, "n_components", *n_components, "weights", place));
    EMIX_TRY(check_count(root, "n_features", *n_features, path, place));
cleanup:
    return status;
}

/* What is wrong with parameters is wrong with the file. */
static EmixStatus blame_file(EmixStatus status, const EmixError *detail, const EmixJsonPlace *place)
{
    return status == EMIX_OK
               ? EMIX_OK
               : emix_fail(place->error, status == EMIX_ERR_ARGUMENT ? EMIX_ERR_FORMAT : status,
                           "%s: %s", place->name, detail->message);
}

static EmixStatus read_parameters(const json_t *root, const EmixFamilyParts *family,
                                  EmixModel **model, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixError detail = {{0}};
    EmixParts layout = {0};
    EmixPart parts[EMIX_MAX_PARTS];
    double *values[EMIX_MAX_PARTS] = {NULL};
    emix_index n_components = 0;
    emix_index n_features = 0;
    EMIX_TRY(read_sizes(root, family, &n_components, &n_features, place));
    EMIX_TRY(blame_file(emix_parts_lay_out(family, n_components, n_features, &layout, &detail),
                        &detail, place));
    for (int p = 0; p < layout.n; ++p) {
        const char *name = layout.shapes[p].name;
        EmixPartShape shape;
        EMIX_TRY(emix_io_part_json_read(&layout, p, json_object_get(root, name), name, false,
                                        &shape, &values[p], place));
        parts[p] = (EmixPart){.name = name, .rank = shape.rank, .values = values[p]};
        memcpy(parts[p].shape, shape.shape, sizeof shape.shape);
    }
    EMIX_TRY(blame_file(
        emix_model_create_parts(family, n_components, n_features, layout.n, parts, model, &detail),
        &detail, place));
cleanup:
    for (int p = 0; p < layout.n; ++p) {
        emix_free(values[p]);
    }
    return status;
}

/* The strings of an array that may be missing: *names [n], of the JSON's own storage, is to be
 * released with emix_free(), and is NULL without an array. */
static EmixStatus read_names(const json_t *root, const char *key, emix_index n, bool nulls,
                             const char ***names, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixError *error = place->error;
    const json_t *array = json_object_get(root, key);
    *names = NULL;
    if (array == NULL) {
        return EMIX_OK;
    }
    EMIX_TRY(emix_io_json_check_array(array, key, n, place));
    EMIX_TRY_ALLOC(*names, n);
    for (emix_index i = 0; i < n; ++i) {
        const json_t *name = json_array_get(array, (size_t)i);
        (*names)[i] = json_string_value(name);
        if (!json_is_string(name) && !(nulls && json_is_null(name))) {
            EMIX_TRY(emix_fail(error, EMIX_ERR_FORMAT, "%s: %s[%lld] is not a string%s",
                               place->name, key, (long long)i, nulls ? " or null" : ""));
        }
    }
cleanup:
    return status;
}

static EmixStatus read_all_names(const json_t *root, EmixModel *model, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const char **features = NULL;
    const char **components = NULL;
    EMIX_TRY(read_names(root, "feature_names", model->n_features, false, &features, place));
    EMIX_TRY(read_names(root, "component_names", model->n_components, true, &components, place));
    if (features != NULL) {
        EMIX_TRY(emix_model_set_feature_names(model, features, place->error));
    }
    if (components != NULL) {
        EMIX_TRY(emix_model_set_component_names(model, components, place->error));
    }
cleanup:
    emix_free(features);
    emix_free(components);
    return status;
}

/* A member that may be missing, as text. */
static EmixStatus read_text(const json_t *root, const char *key, const char *standard,
                            const char **text, const EmixJsonPlace *place)
{
    const json_t *member = json_object_get(root, key);
    *text = member == NULL ? standard : json_string_value(member);
    return *text != NULL ? EMIX_OK
                         : emix_fail(place->error, EMIX_ERR_FORMAT, "%s: \"%s\" is not a string",
                                     place->name, key);
}

/* A file that names neither is a Gaussian mixture with full covariances. */
static EmixStatus read_family(const json_t *root, EmixFindParts find,
                              const EmixFamilyParts **family, const EmixJsonPlace *place)
{
    static const char standard[] = "gaussian";
    EmixStatus status = EMIX_OK;
    const char *name = NULL;
    const char *covariance = NULL;
    EMIX_TRY(read_text(root, "family", standard, &name, place));
    EMIX_TRY(read_text(root, "covariance", emix_covariance_letters(EMIX_COVARIANCE_FULL),
                       &covariance, place));
    *family = find(name, covariance);
    if (*family != NULL) {
        return EMIX_OK;
    }
    if (find(name, emix_covariance_letters(EMIX_COVARIANCE_FULL)) == NULL) {
        return emix_fail(place->error, EMIX_ERR_UNSUPPORTED,
                         "%s: \"family\" is \"%.80s\", where \"%s\" is known", place->name, name,
                         standard);
    }
#define COVARIANCE_AS_TEXT(enumerator, text, letters, meaning, n_parameters) " " letters
    EMIX_TRY(emix_fail(
        place->error, EMIX_ERR_UNSUPPORTED,
        "%s: \"covariance\" is \"%.80s\", which is none of those known:" EMIX_COVARIANCE_LIST(
            COVARIANCE_AS_TEXT),
        place->name, covariance));
#undef COVARIANCE_AS_TEXT
cleanup:
    return status;
}

static EmixStatus read_model(const char *text, size_t n_bytes, EmixFindParts find,
                             const EmixJsonPlace *place, EmixModel **model)
{
    EmixStatus status = EMIX_OK;
    const EmixFamilyParts *family = NULL;
    json_t *root = NULL;
    EmixModel *m = NULL;
    EMIX_TRY(parse_json(text, n_bytes, place, &root));
    EMIX_TRY(check_schema(root, place));
    EMIX_TRY(read_family(root, find, &family, place));
    EMIX_TRY(read_parameters(root, family, &m, place));
    EMIX_TRY(read_all_names(root, m, place));
    if (json_object_get(root, "fit") != NULL) {
        EMIX_TRY(emix_io_fit_json_read(root, m, place));
    }
    EMIX_TRY(emix_io_standard_errors_json_read(root, m, place));
    *model = m;
    m = NULL;
cleanup:
    emix_model_destroy(m);
    json_decref(root);
    return status;
}

EmixStatus emix_io_model_read(const char *path, EmixFindParts find, EmixModel **model,
                              EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixInput input = {0};
    const EmixJsonPlace place = {.name = emix_io_input_name(path), .error = error};
    EMIX_TRY(emix_io_input_open(path, &input, error));
    EMIX_TRY(read_model(input.bytes, input.n_bytes, find, &place, model));
cleanup:
    emix_io_input_close(&input);
    return status;
}

EmixStatus emix_io_model_read_text(const char *text, size_t n_bytes, EmixFindParts find,
                                   EmixModel **model, EmixError *error)
{
    const EmixJsonPlace place = {.name = "the text", .error = error};
    return read_model(text, n_bytes, find, &place, model);
}
