/* The context that tests hand to the library. A test is a process of its own. */
#include "support/workers.h"

#include <stdlib.h>

static EmixContext *context;

static void release(void)
{
    emix_context_destroy(context);
    context = NULL;
}

void use_workers(int n_workers)
{
    EmixContextOptions options = emix_context_options_default();
    options.n_workers = n_workers;
    if (context == NULL) {
        atexit(release);
    }
    release();
    if (emix_context_create(&options, &context, NULL) != EMIX_OK) {
        abort();
    }
}

const EmixContext *workers(void)
{
    if (context == NULL) {
        use_workers(2);
    }
    return context;
}
