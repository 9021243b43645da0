/* Models to files: `emix.model/1`, a line for each small member and for each row of a matrix. */
#include <emix/io.h>

#include "core/alloc.h"
#include "documents/errors_json.h"
#include "documents/fit_document.h"
#include "documents/json_text.h"
#include "io/output_file.h"
#include "model/model.h"

static void begin_member(EmixJsonText *json, const char *key)
{
    emix_io_json_line(json, 1);
    emix_io_json_key(json, key);
}

/* The rows of a matrix, each on a line. */
static void write_matrix(EmixJsonText *json, emix_index n_rows, emix_index n_columns,
                         const double *values, int indent)
{
    emix_io_json_open(json, '[');
    for (emix_index i = 0; i < n_rows; ++i) {
        emix_io_json_line(json, indent);
        emix_io_json_numbers(json, n_columns, values + i * n_columns);
    }
    emix_io_json_close(json, ']');
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
    const emix_index d = model->n_features;
    write_names(json, "feature_names", d, model->feature_names);
    write_names(json, "component_names", model->n_components, model->component_names);
    begin_member(json, "weights");
    emix_io_json_numbers(json, model->n_components, model->weights);
    begin_member(json, "means");
    write_matrix(json, model->n_components, d, model->means, 2);
    begin_member(json, "covariances");
    emix_io_json_open(json, '[');
    for (emix_index k = 0; k < model->n_components; ++k) {
        emix_io_json_line(json, 2);
        write_matrix(json, d, d, model->covariances + k * d * d, 3);
    }
    emix_io_json_close(json, ']');
}

static void write_model(EmixJsonText *json, const EmixModel *model)
{
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "schema");
    emix_io_json_string(json, "emix.model/1");
    begin_member(json, "family");
    emix_io_json_string(json, emix_model_family(model));
    begin_member(json, "covariance");
    emix_io_json_string(json, emix_covariance_letters(emix_model_covariance(model)));
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
