/* Contexts. The environment is read here alone. */
#include "context/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/sized.h"
#include "linalg/linalg.h"
#include "parallel/parallel.h"

enum { MAX_WORKERS = 1024, LIST_BYTES = 128 };

static const EmixContextOptions defaults = {.size = sizeof defaults};

void emix_context_options_init(EmixContextOptions *options)
{
    emix_sized_init(options, options->size, &defaults, sizeof defaults);
}

static EmixStatus refuse_isa(const char *origin, const char *isa, EmixError *error)
{
    char names[LIST_BYTES] = "";
    for (int i = 0; emix_kernels_available(i) != NULL; ++i) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "",
                 emix_kernels_available(i)->name);
    }
    return emix_fail(error, EMIX_ERR_ARGUMENT,
                     "%s names \"%.80s\", which this machine or build cannot run; it can run %s",
                     origin, isa, names);
}

static EmixStatus resolve_options(const EmixContextOptions *options, EmixContext *resolved,
                                  EmixError *error)
{
    const char *isa = options->isa != NULL ? options->isa : getenv("EMIX_ISA");
    if (options->n_workers < 0 || options->n_workers > MAX_WORKERS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "n_workers is %d, not in 0 ... %d",
                         options->n_workers, MAX_WORKERS);
    }
    if (options->memory_bytes < 0) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "memory_bytes is %lld, must be >= 0",
                         (long long)options->memory_bytes);
    }
    *resolved = (EmixContext){
        .n_workers = emix_blas_max_workers(emix_parallel_workers(options->n_workers)),
        .kernels = emix_kernels_select(isa),
        .memory_bytes = options->memory_bytes,
    };
    return resolved->kernels != NULL
               ? EMIX_OK
               : refuse_isa(options->isa != NULL ? "isa" : "EMIX_ISA", isa, error);
}

EmixStatus emix_context_resolve(const EmixContext *context, EmixContext *resolved, EmixError *error)
{
    if (context == NULL) {
        return resolve_options(&defaults, resolved, error);
    }
    *resolved = *context;
    return EMIX_OK;
}

EmixContext emix_context_serial(const EmixContext *context)
{
    EmixContext serial = *context;
    serial.n_workers = 1;
    return serial;
}

EmixStatus emix_context_create(const EmixContextOptions *options, EmixContext **context,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixContextOptions chosen = defaults;
    EmixContext *created = NULL;
    if (context == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "context must not be NULL");
    }
    if (options != NULL) {
        EMIX_TRY(emix_sized_copy("EmixContextOptions", options, options->size, &chosen,
                                 sizeof chosen, error));
    }
    EMIX_TRY_ALLOC(created, 1);
    EMIX_TRY(resolve_options(&chosen, created, error));
    *context = created;
    created = NULL;
cleanup:
    emix_free(created);
    return status;
}

int emix_context_n_workers(const EmixContext *context)
{
    EmixContext resolved = {.n_workers = 1};
    emix_context_resolve(context, &resolved, NULL);
    return resolved.n_workers;
}

const char *emix_context_isa(const EmixContext *context)
{
    EmixContext resolved = {0};
    emix_context_resolve(context, &resolved, NULL);
    return resolved.kernels != NULL ? resolved.kernels->name : NULL;
}

void emix_context_destroy(EmixContext *context)
{
    emix_free(context);
}
