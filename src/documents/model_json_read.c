/* Models from files: `emix.model/1`, by hand or by emix. */
#include <jansson.h>
#include <string.h>

#include <emix/io.h>

#include "core/alloc.h"
#include "documents/errors_json.h"
#include "documents/fit_document.h"
#include "io/input_file.h"
#include "model/model.h"

/* The parameters while they are being read. */
typedef struct Parameters {
    EmixCovariance covariance;
    emix_index n_components;
    emix_index n_features;
    double *weights;
    double *means;
    double *covariances;
} Parameters;

static EmixStatus parse_json(const EmixInput *input, const EmixJsonPlace *place, json_t **root)
{
    json_error_t detail;
    json_t *parsed = json_loadb(input->bytes, input->n_bytes, JSON_REJECT_DUPLICATES, &detail);
    if (parsed == NULL && json_error_code(&detail) == json_error_out_of_memory) {
        return emix_fail_nomem(place->error, (emix_index)input->n_bytes, 1);
    }
    if (parsed == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s, line %d, column %d: %s", place->name,
                         detail.line, detail.column, detail.text);
    }
    *root = parsed;
    return EMIX_OK;
}

/* A member that must be the given text when it is there. */
static EmixStatus check_text(const json_t *root, const char *key, const char *wanted,
                             EmixStatus failure, const EmixJsonPlace *place)
{
    const json_t *member = json_object_get(root, key);
    if (member == NULL) {
        return EMIX_OK;
    }
    const char *text = json_string_value(member);
    if (text == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: \"%s\" is not a string", place->name,
                         key);
    }
    if (strcmp(text, wanted) != 0) {
        return emix_fail(place->error, failure, "%s: \"%s\" is \"%.80s\", where \"%s\" is known",
                         place->name, key, text, wanted);
    }
    return EMIX_OK;
}

static EmixStatus check_schema(const json_t *root, const EmixJsonPlace *place)
{
    if (!json_is_object(root)) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: the file is not a JSON object",
                         place->name);
    }
    if (json_object_get(root, "schema") == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT,
                         "%s: there is no \"schema\"; a model has \"emix.model/1\"", place->name);
    }
    return check_text(root, "schema", "emix.model/1", EMIX_ERR_FORMAT, place);
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

/* `path` is how a message calls the value, such as means[2]. */
static EmixStatus check_array(const json_t *value, const char *path, emix_index length,
                              const EmixJsonPlace *place)
{
    if (value == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: there is no \"%s\"", place->name,
                         path);
    }
    if (!json_is_array(value)) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s is not an array", place->name,
                         path);
    }
    const emix_index found = (emix_index)json_array_size(value);
    if (found != length) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s has %lld entries, not %lld",
                         place->name, path, (long long)found, (long long)length);
    }
    return EMIX_OK;
}

static EmixStatus read_numbers(const json_t *array, const char *path, emix_index n, double *values,
                               const EmixJsonPlace *place)
{
    const EmixStatus status = check_array(array, path, n, place);
    if (status != EMIX_OK) {
        return status;
    }
    for (emix_index i = 0; i < n; ++i) {
        const json_t *value = json_array_get(array, (size_t)i);
        if (!json_is_number(value)) {
            return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s[%lld] is not a number",
                             place->name, path, (long long)i);
        }
        values[i] = json_number_value(value);
    }
    return EMIX_OK;
}

/* An array of `n_rows` arrays of `n_columns` numbers. */
static EmixStatus read_matrix(const json_t *array, const char *path, emix_index n_rows,
                              emix_index n_columns, double *values, const EmixJsonPlace *place)
{
    EmixStatus status = check_array(array, path, n_rows, place);
    for (emix_index i = 0; status == EMIX_OK && i < n_rows; ++i) {
        char row[96];
        snprintf(row, sizeof row, "%s[%lld]", path, (long long)i);
        status = read_numbers(json_array_get(array, (size_t)i), row, n_columns,
                              values + i * n_columns, place);
    }
    return status;
}

static EmixStatus read_sizes(const json_t *root, Parameters *p, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const json_t *means = json_object_get(root, "means");
    p->n_components = (emix_index)json_array_size(json_object_get(root, "weights"));
    p->n_features = (emix_index)json_array_size(json_array_get(means, 0));
    EMIX_TRY(check_array(json_object_get(root, "weights"), "weights", p->n_components, place));
    EMIX_TRY(check_array(means, "means", p->n_components, place));
    if (p->n_components == 0) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: weights is empty", place->name);
    }
    EMIX_TRY(check_array(json_array_get(means, 0), "means[0]", p->n_features, place));
    if (p->n_features == 0) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: means[0] is empty", place->name);
    }
    EMIX_TRY(check_count(root, "n_components", p->n_components, "weights", place));
    EMIX_TRY(check_count(root, "n_features", p->n_features, "means[0]", place));
cleanup:
    return status;
}

static EmixStatus read_covariances(const json_t *root, Parameters *p, const EmixJsonPlace *place)
{
    const json_t *all = json_object_get(root, "covariances");
    const emix_index d = p->n_features;
    EmixStatus status = check_array(all, "covariances", p->n_components, place);
    for (emix_index k = 0; status == EMIX_OK && k < p->n_components; ++k) {
        char path[64];
        snprintf(path, sizeof path, "covariances[%lld]", (long long)k);
        status = read_matrix(json_array_get(all, (size_t)k), path, d, d, p->covariances + k * d * d,
                             place);
    }
    return status;
}

static EmixStatus read_parameters(const json_t *root, Parameters *p, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixError *error = place->error;
    EMIX_TRY(read_sizes(root, p, place));
    const emix_index n_means = p->n_components * p->n_features;
    EMIX_TRY_ALLOC(p->weights, p->n_components);
    EMIX_TRY_ALLOC(p->means, n_means);
    EMIX_TRY(read_numbers(json_object_get(root, "weights"), "weights", p->n_components, p->weights,
                          place));
    EMIX_TRY(read_matrix(json_object_get(root, "means"), "means", p->n_components, p->n_features,
                         p->means, place));
    EMIX_TRY_ALLOC(p->covariances, n_means * p->n_features);
    EMIX_TRY(read_covariances(root, p, place));
cleanup:
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
    EMIX_TRY(check_array(array, key, n, place));
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

/* The model of the parameters; what is wrong with them is wrong with the file. */
static EmixStatus make_model(const Parameters *p, const EmixJsonPlace *place, EmixModel **model)
{
    EmixError detail;
    const EmixStatus status = emix_model_create_gaussian(p->covariance, p->n_components,
                                                         p->n_features, p->weights, p->means,
                                                         p->covariances, model, &detail);
    if (status == EMIX_OK) {
        return EMIX_OK;
    }
    return emix_fail(place->error, status == EMIX_ERR_ARGUMENT ? EMIX_ERR_FORMAT : status, "%s: %s",
                     place->name, detail.message);
}

/* Either name of a structure; a file without one has full covariances. */
static EmixStatus read_covariance_name(const json_t *root, Parameters *p,
                                       const EmixJsonPlace *place)
{
    const json_t *member = json_object_get(root, "covariance");
    p->covariance = EMIX_COVARIANCE_FULL;
    if (member == NULL) {
        return EMIX_OK;
    }
    const char *name = json_string_value(member);
    if (name == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: \"covariance\" is not a string",
                         place->name);
    }
    for (int c = 0; c < EMIX_N_COVARIANCES; ++c) {
        if (strcmp(name, emix_covariance_name((EmixCovariance)c)) == 0 ||
            strcmp(name, emix_covariance_letters((EmixCovariance)c)) == 0) {
            p->covariance = (EmixCovariance)c;
            return EMIX_OK;
        }
    }
#define COVARIANCE_AS_TEXT(enumerator, text, letters, meaning, n_parameters) " " letters
    return emix_fail(
        place->error, EMIX_ERR_UNSUPPORTED,
        "%s: \"covariance\" is \"%.80s\", which is none of those known:" EMIX_COVARIANCE_LIST(
            COVARIANCE_AS_TEXT),
        place->name, name);
#undef COVARIANCE_AS_TEXT
}

EmixStatus emix_model_read(const char *path, EmixModel **model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixInput input = {0};
    json_t *root = NULL;
    Parameters parameters = {0};
    EmixModel *m = NULL;
    if (path == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the path is NULL");
    }
    const EmixJsonPlace place = {.name = emix_io_input_name(path), .error = error};
    EMIX_TRY(emix_io_input_open(path, &input, error));
    EMIX_TRY(parse_json(&input, &place, &root));
    EMIX_TRY(check_schema(root, &place));
    EMIX_TRY(check_text(root, "family", "gaussian", EMIX_ERR_UNSUPPORTED, &place));
    EMIX_TRY(read_covariance_name(root, &parameters, &place));
    EMIX_TRY(read_parameters(root, &parameters, &place));
    EMIX_TRY(make_model(&parameters, &place, &m));
    EMIX_TRY(read_all_names(root, m, &place));
    if (json_object_get(root, "fit") != NULL) {
        EMIX_TRY(emix_io_fit_json_read(root, m, &place));
    }
    EMIX_TRY(emix_io_standard_errors_json_read(root, m, &place));
    *model = m;
    m = NULL;
cleanup:
    emix_model_destroy(m);
    emix_free(parameters.weights);
    emix_free(parameters.means);
    emix_free(parameters.covariances);
    json_decref(root);
    emix_io_input_close(&input);
    return status;
}
