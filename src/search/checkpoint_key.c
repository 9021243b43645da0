/* Keys of checkpoints. */
#include "search/checkpoint_key.h"

#include <emix/latent.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "search/checkpoint.h"
#include "data/fingerprint.h"
#include "options/options.h"

enum { VALUE_BYTES = 64 };

/* Appends a line;. The buffer is large enough for all lines. */
__attribute__((format(printf, 2, 3))) static void add(char *key, const char *format, ...)
{
    const size_t n = strlen(key);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(key + n, EMIX_CHECKPOINT_KEY_BYTES - n, format, arguments);
    va_end(arguments);
}

static void add_hash(char *key, const char *name, emix_index n, const double *values)
{
    const uint64_t hash = emix_hash_bytes(EMIX_HASH_EMPTY, values, (size_t)n * sizeof *values);
    add(key, "%s with hash %016" PRIx64 "\n", name, hash);
}

static void add_model(char *key, const EmixCompetition *c)
{
    const EmixEngine *e = c->engine;
    add(key, "version %s\n", emix_version());
    add(key, "state %zu %zu %zu %zu\n", sizeof(EmixEmState), sizeof(EmixStanding),
        sizeof(EmixEmOutcome), sizeof(EmixCandidate));
    add(key, "model %s\n", c->name);
    add(key, "instruction-set %s\n", c->kernels_name);
    add(key, "vectors %" PRId64 " %" PRId64 " %" PRId64 "\n", e->sizes.params, e->sizes.derived,
        e->sizes.stats);
}

static void add_data(char *key, const EmixDataset *data, uint64_t fingerprint)
{
    add(key, "rows %" PRId64 "\n", data->n_rows);
    add(key, "features %" PRId64 "\n", data->n_features);
    add(key, "dtype %s\n", emix_dtype_name(data->dtype));
    add(key, "weights %s\n", data->row_weights != NULL ? "given" : "none");
    add(key, "labels %s\n", data->labels != NULL ? "given" : "none");
    add(key, "data with hash %016" PRIx64 "\n", fingerprint);
}

/* A line for each option that changes the result: real numbers so that they read back to the last
 * bit, lists by their hash. */
static void add_options(char *key, const EmixCompetition *c)
{
    char text[VALUE_BYTES];
    const bool draws = c->initial_params == NULL;
    for (const EmixOptionRow *row = emix_option_rows; row < emix_option_rows + emix_n_option_rows;
         ++row) {
        const bool is_spec = row->option.scope == EMIX_OPTION_OF_SPEC;
        const void *object = is_spec ? (const void *)c->spec : &c->options;
        if (!row->option.changes_bits || object == NULL || (row->option.of_starts && !draws)) {
            continue;
        }
        if (row->option.kind == EMIX_OPTION_NUMBERS) {
            const EmixNumbers *numbers = (const void *)((const char *)object + row->offset);
            add_hash(key, row->option.name, numbers->n, numbers->values);
            continue;
        }
        emix_option_format(row, object, text, sizeof text);
        add(key, "%s %s\n", row->option.name, text[0] != '\0' ? text : "none");
    }
    add(key, "trace %s\n", c->options.trace != NULL ? "asked-for" : "none");
}

/* A cap on memory may change the rows that the early rounds look at. */
static void add_starts(char *key, const EmixCompetition *c)
{
    if (c->initial_params != NULL) {
        add_hash(key, "init", c->engine->sizes.params, c->initial_params);
        return;
    }
    add(key, "init none\nearly-rows %" PRId64 "\n",
        c->early != NULL ? c->early[0]->data->n_rows : (emix_index)0);
}

EmixStatus emix_checkpoint_key(const EmixCompetition *c, const EmixWatch *watch, char *key,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *data = c->engine->data;
    uint64_t fingerprint = 0;
    EMIX_TRY(emix_fingerprint_data(data, c->n_workers, watch, &fingerprint, error));
    key[0] = '\0';
    add_model(key, c);
    add_data(key, data, fingerprint);
    add_options(key, c);
    add_starts(key, c);
cleanup:
    return status;
}
