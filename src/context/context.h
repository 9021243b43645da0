/* Who works, inside the library: a context with every default resolved. */
#ifndef EMIX_CONTEXT_CONTEXT_H
#define EMIX_CONTEXT_CONTEXT_H

#include <emix/context.h>

#include "kernels/kernels.h"

struct EmixContext {
    int n_workers; /* at least 1 */
    const EmixKernels *kernels;
    emix_index memory_bytes; /* as asked for; 0 = half of the machine's */
};

/** The context that a public function was given, or that of the defaults in its place.
 * @param context        May be NULL.
 * @param[out] resolved  A plain copy, to be handed down by address.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: EMIX_ISA names a set that cannot run. */
EmixStatus emix_context_resolve(const EmixContext *context, EmixContext *resolved,
                                EmixError *error);

/** The same context with one worker: for fits that run side by side. */
EmixContext emix_context_serial(const EmixContext *context);

#endif
