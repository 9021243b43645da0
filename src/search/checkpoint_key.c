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

#define TEXT_OF(name, text, meaning) [name] = (text),
static const char *const init_methods[] = {EMIX_INIT_METHOD_LIST(TEXT_OF)};
static const char *const stop_rules[] = {EMIX_STOP_RULE_LIST(TEXT_OF)};
static const char *const accelerations[] = {EMIX_ACCELERATION_LIST(TEXT_OF)};
static const char *const precisions[] = {EMIX_PRECISION_LIST(TEXT_OF)};
static const char *const e_steps[] = {EMIX_E_STEP_LIST(TEXT_OF)};
static const char *const priors[] = {EMIX_PRIOR_LIST(TEXT_OF)};
#undef TEXT_OF

/* Appends a line. The buffer is large enough for all lines. */
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
    add(key, "state %zu %zu %zu\n", sizeof(EmixEmState), sizeof(EmixStanding),
        sizeof(EmixEmOutcome));
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

/* Real numbers are written in hexadecimal, so that no bit is lost. */
static void add_options(char *key, const EmixFitOptions *o, emix_index n_features)
{
    add(key, "components %" PRId64 "\n", o->n_components);
    add(key, "covariance %s\n", emix_covariance_name(o->covariance));
    add(key, "stop %s\n", stop_rules[o->stop_rule]);
    add(key, "tol %a\n", o->tolerance);
    add(key, "max-iter %d\n", o->max_iterations);
    add(key, "accelerate %s\n", accelerations[o->acceleration]);
    add(key, "precision %s\n", precisions[o->precision]);
    add(key, "e-step %s\nblocks %d\nannealing %a\n", e_steps[o->e_step], o->n_blocks, o->annealing);
    add(key, "seed %" PRIu64 "\n", o->seed);
    add(key, "trace %s\n", o->trace != NULL ? "asked-for" : "none");
    add(key, "eigenvalue-ratio %a\nfixed %u\nequal-weights %d\n", o->eigenvalue_ratio, o->fixed,
        o->equal_weights);
    add(key, "prior %s\n", priors[o->prior]);
    if (o->prior != EMIX_PRIOR_NONE) {
        add(key, "prior-shrinkage %a\nprior-dof %a\nprior-scale %a\nprior-weights %a\n",
            o->prior_shrinkage, o->prior_dof, o->prior_scale, o->prior_weights);
        add_hash(key, "prior-mean", n_features, o->prior_mean);
    }
}

/* early-rows is in the key because a limit on memory may change the size of the subsample. */
static void add_starts(char *key, const EmixCompetition *c)
{
    if (c->initial_params != NULL) {
        add_hash(key, "init", c->engine->sizes.params, c->initial_params);
        return;
    }
    add(key, "init none\nstarts %d\ninit-method %s\nearly-rows %" PRId64 "\n", c->options.n_starts,
        init_methods[c->options.init_method], c->early[0]->data->n_rows);
}

EmixStatus emix_checkpoint_key(const EmixCompetition *c, char *key, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *data = c->engine->data;
    uint64_t fingerprint = 0;
    EMIX_TRY(emix_fingerprint_data(data, c->n_workers, &fingerprint, error));
    key[0] = '\0';
    add_model(key, c);
    add_data(key, data, fingerprint);
    add_options(key, &c->options, data->n_features);
    add_starts(key, c);
cleanup:
    return status;
}
