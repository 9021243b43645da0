/* Bootstraps and component tests as JSON documents. */
#include <emix/bootstrap.h>

#include "core/alloc.h"
#include "documents/errors_json.h"

static void write_counts(EmixJsonText *json, const EmixReplicateCounts *counts)
{
    const struct {
        const char *key;
        int value;
    } members[] = {{"n", counts->n_replicates},
                   {"done", counts->n_done},
                   {"failed", counts->n_failed},
                   {"not_converged", counts->n_not_converged}};
    emix_io_json_key(json, "replicates");
    emix_io_json_open(json, '{');
    for (size_t i = 0; i < sizeof members / sizeof *members; ++i) {
        emix_io_json_key(json, members[i].key);
        emix_io_json_index(json, members[i].value);
    }
    emix_io_json_close(json, '}');
}

static void begin_document(EmixJsonText *json, const char *schema, uint64_t seed,
                           emix_index sample_rows, const EmixReplicateCounts *counts)
{
    emix_io_json_open(json, '{');
    emix_io_json_key(json, "schema");
    emix_io_json_string(json, schema);
    emix_io_json_key(json, "version");
    emix_io_json_string(json, emix_version());
    emix_io_json_key(json, "seed");
    emix_io_json_seed(json, seed);
    emix_io_json_key(json, "sample_rows");
    emix_io_json_index(json, sample_rows);
    write_counts(json, counts);
}

/* Returns the text, or nothing after a failure. */
static EmixStatus end_document(EmixJsonText *json, char **text)
{
    emix_io_json_close(json, '}');
    const EmixStatus status = emix_io_json_finish(json);
    if (status == EMIX_OK) {
        *text = json->text;
    } else {
        emix_free(json->text);
    }
    return status;
}

EmixStatus emix_bootstrap_document(const EmixBootstrap *bootstrap, char **text, EmixError *error)
{
    EmixJsonText json = {.error = error};
    begin_document(&json, "emix.bootstrap/1", bootstrap->seed, bootstrap->sample_rows,
                   &bootstrap->counts);
    emix_io_json_key(&json, "resampling");
    emix_io_json_string(&json, emix_resampling_name(bootstrap->resampling));
    emix_io_json_key(&json, "standard_errors");
    emix_io_json_open(&json, '{');
    emix_io_parameter_errors_json_write(&json, &bootstrap->parameters);
    emix_io_json_close(&json, '}');
    return end_document(&json, text);
}

EmixStatus emix_component_test_document(const EmixComponentTest *test, char **text,
                                        EmixError *error)
{
    EmixJsonText json = {.error = error};
    const struct {
        const char *key;
        double value;
    } members[] = {{"log_likelihood", test->log_likelihood},
                   {"alternative_log_likelihood", test->alternative_log_likelihood},
                   {"statistic", test->statistic},
                   {"p_value", test->p_value},
                   {"p_value_error", test->p_value_error}};
    begin_document(&json, "emix.component_test/1", test->seed, test->sample_rows, &test->counts);
    emix_io_json_key(&json, "n_components");
    emix_io_json_index(&json, test->n_components);
    for (size_t i = 0; i < sizeof members / sizeof *members; ++i) {
        emix_io_json_key(&json, members[i].key);
        emix_io_json_number(&json, members[i].value);
    }
    emix_io_json_key(&json, "null_statistics");
    emix_io_json_numbers(&json, test->n_null, test->null_statistics);
    return end_document(&json, text);
}
