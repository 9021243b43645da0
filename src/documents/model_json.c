/* Models to files: `emix.model/1`, a line for each small member and for each row of a matrix. */
#include <emix/io.h>

#include "core/alloc.h"
#include "documents/errors_json.h"
#include "documents/fit_document.h"
#include "documents/json_text.h"
#include "documents/part_json.h"
#include "io/output_file.h"
#include "model/model.h"

static void begin_member(EmixJsonText *json, const char *key)
{
    emix_io_json_line(json, 1);
    emix_io_json_key(json, key);
}

/* Nothing without names. */
static void write_names(EmixJsonText *json, const char *key, emix_index n, char **names)
{
    if (names == NULL) {
        return;
    }
    begin_member(json, key);
    emix_io_json_open(json, '[');
    for (emix_index i = 0; i < n; ++i) {
        emix_io_json_string(json, names[i]);
    }
    emix_io_json_close(json, ']');
}

static void write_parameters(EmixJsonText *json, const EmixModel *model)
{
    write_names(json, "feature_names", model->n_features, model->feature_names);
    write_names(json, "component_names", model->n_components, model->component_names);
    for (int p = 0; p < model->parts.n; ++p) {
        begin_member(json, model->parts.shapes[p].name);
        emix_io_part_json_write(json, &model->parts.shapes[p], emix_parts_values(&model->parts, p),
                                2);
    }
}

static void write_model(EmixJsonText *json, const EmixModel *model)
{
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "schema");
    emix_io_json_string(json, "emix.model/1");
    begin_member(json, "family");
    emix_io_json_string(json, emix_model_family(model));
    if (emix_model_covariance(model) != EMIX_N_COVARIANCES) {
        begin_member(json, "covariance");
        emix_io_json_string(json, emix_covariance_letters(emix_model_covariance(model)));
    }
    begin_member(json, "n_components");
    emix_io_json_index(json, model->n_components);
    begin_member(json, "n_features");
    emix_io_json_index(json, model->n_features);
    write_parameters(json, model);
    if (model->standard_errors != NULL) {
        emix_io_json_line(json, 1);
        emix_io_standard_errors_json_write(json, model);
    }
    if (model->has_report) {
        begin_member(json, "fit");
        emix_io_fit_json_write(json, model, NULL, true);
        emix_io_fit_json_write_details(json, model);
    }
    emix_io_json_close(json, '}');
}

EmixStatus emix_model_write(const EmixModel *model, const char *path, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOutput *output = NULL;
    EmixJsonText json = {.error = error};
    if (model == NULL || path == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the model or the path is NULL");
    }
    EMIX_TRY(emix_io_output_create(path, &output, error));
    json.output = output;
    write_model(&json, model);
    EMIX_TRY(emix_io_json_finish(&json));
    EMIX_TRY(emix_io_output_write(output, "\n", 1, error));
    status = emix_io_output_commit(output, error);
    output = NULL;
cleanup:
    emix_io_output_discard(output);
    emix_free(json.text);
    return status;
}

EmixStatus emix_model_document(const EmixModel *model, char **text, EmixError *error)
{
    EmixJsonText json = {.error = error};
    if (model == NULL || text == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the model or the text is NULL");
    }
    write_model(&json, model);
    const EmixStatus status = emix_io_json_finish(&json);
    if (status == EMIX_OK) {
        *text = json.text;
    } else {
        emix_free(json.text);
    }
    return status;
}
