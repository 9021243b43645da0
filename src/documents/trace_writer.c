/* Writes traces: one JSON line per pass. */
#include <emix/io.h>

#include "core/alloc.h"
#include "documents/json_text.h"

struct EmixTraceWriter {
    EmixOutput *output;
    EmixJsonText json;
    EmixError error; /* of the first line that could not be written */
};

static const char *const step_names[EMIX_N_STEPS] = {
#define STEP_TEXT(name, text, meaning) [name] = (text),
    EMIX_STEP_LIST(STEP_TEXT)
#undef STEP_TEXT
};

EmixStatus emix_trace_writer_create(const char *path, EmixTraceWriter **writer, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixTraceWriter *w = NULL;
    if (path == NULL || writer == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the path or the writer is NULL");
    }
    EMIX_TRY_ALLOC(w, 1);
    EMIX_TRY(emix_io_output_create(path, &w->output, error));
    w->json = (EmixJsonText){.output = w->output, .error = &w->error};
    *writer = w;
    w = NULL;
cleanup:
    emix_trace_writer_discard(w);
    return status;
}

void emix_trace_writer_append(void *writer, const EmixPassRecord *record)
{
    EmixJsonText *json = &((EmixTraceWriter *)writer)->json;
    emix_io_json_open(json, '{');
    emix_io_json_index_member(json, "pass", record->pass);
    emix_io_json_index_member(json, "iteration", record->iteration);
    emix_io_json_string_member(json, "step", step_names[record->step]);
    emix_io_json_number_member(json, "log_likelihood", record->log_likelihood);
    emix_io_json_number_member(json, "objective", record->objective);
    emix_io_json_number_member(json, "elbo", record->elbo);
    emix_io_json_number_member(json, "entropy", record->entropy);
    emix_io_json_number_member(json, "expected_log_joint", record->expected_log_joint);
    emix_io_json_number_member(json, "kl_before", record->kl_before);
    emix_io_json_number_member(json, "kl", record->kl);
    emix_io_json_number_member(json, "delta2", record->delta2);
    emix_io_json_number_member(json, "temperature", record->temperature);
    emix_io_json_number_member(json, "seconds", record->elapsed_s);
    emix_io_json_close(json, '}');
    emix_io_json_end_line(json);
}

EmixStatus emix_trace_writer_commit(EmixTraceWriter *writer, EmixError *error)
{
    EmixStatus status = emix_io_json_finish(&writer->json);
    if (status == EMIX_OK) {
        status = emix_io_output_commit(writer->output, error);
        writer->output = NULL;
    } else if (error != NULL) {
        *error = writer->error;
    }
    emix_trace_writer_discard(writer);
    return status;
}

void emix_trace_writer_discard(EmixTraceWriter *writer)
{
    if (writer == NULL) {
        return;
    }
    emix_io_output_discard(writer->output);
    emix_free(writer->json.text);
    emix_free(writer);
}
