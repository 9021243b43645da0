/* Threads, kernels and memory: chosen once, and passed to everything that sweeps data. */
#ifndef EMIX_CONTEXT_H
#define EMIX_CONTEXT_H

#include <stddef.h>

#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The resources of calls; opaque and immutable. Any number of calls, from any threads, may use one
 * context at the same time. For every context parameter, NULL means a context made with the
 * defaults. A context never changes a bit of a result, except through `isa`. */
typedef struct EmixContext EmixContext;

/** The settings of a context. Start from emix_context_options_default(). */
typedef struct EmixContextOptions {
    size_t size;          /**< sizeof(EmixContextOptions) in the caller's compilation           */
    int n_workers;        /**< threads, 0 ... 1024; 0 = all cores that the process may use;
                               default 0                                                       */
    const char *isa;      /**< instruction set of the kernels: "avx512", "avx2", "baseline" or
                               "reference", read during the call; NULL = the one named by the
                               environment variable EMIX_ISA, else the fastest of this machine.
                               Results differ in their last bits; default NULL                  */
    int64_t memory_bytes; /**< limit on the resident memory of mapped files, >= 0: a larger file
                               is streamed, with read-ahead, and released behind the reader;
                               0 = half of the machine's memory; default 0                 */
} EmixContextOptions;

/** Writes the documented defaults into an options struct.
 * @param options  `size` must be set to the size of the struct in bytes; the rest is written. */
EMIX_API void emix_context_options_init(EmixContextOptions *options);

/** The documented defaults. */
static inline EmixContextOptions emix_context_options_default(void)
{
    EmixContextOptions options;
    options.size = sizeof options;
    emix_context_options_init(&options);
    return options;
}

/** Makes a context.
 *
 * @param options      Copied. NULL means the defaults.
 * @param[out] context Release with emix_context_destroy(). Untouched on failure.
 * @param[out] error   May be NULL.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: a member is out of range, or `isa` (or EMIX_ISA) names a set
 *         that this machine and build cannot run (the message lists those they can);
 *         EMIX_ERR_NOMEM.
 *
 * Cost: O(1); threads are not started here. */
EMIX_API EmixStatus emix_context_create(const EmixContextOptions *options, EmixContext **context,
                                        EmixError *error);

/** Largest number of threads of a call, at least 1.
 * @param context  NULL = the defaults. */
EMIX_API int emix_context_n_workers(const EmixContext *context);

/** Name of the instruction set in use, such as "avx2".
 * @param context  NULL = the defaults.
 * @return Static storage; NULL if EMIX_ISA names a set that cannot run. */
EMIX_API const char *emix_context_isa(const EmixContext *context);

/** Frees a context. NULL is allowed. No fit that was made with it may still be in use. */
EMIX_API void emix_context_destroy(EmixContext *context);

#ifdef __cplusplus
}
#endif
#endif
