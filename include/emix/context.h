/* Who works: threads, kernels and memory, chosen once and handed to everything that sweeps data. */
#ifndef EMIX_CONTEXT_H
#define EMIX_CONTEXT_H

#include <stddef.h>

#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What calls work with; opaque and immutable. Any number of calls, from any threads, may use one
 * context at the same time. Wherever a context is asked for, NULL stands for one that was made with
 * the defaults. A context never changes a bit of a result, but for `isa`. */
typedef struct EmixContext EmixContext;

/** What a context is made of. Start from emix_context_options_default(). */
typedef struct EmixContextOptions {
    size_t size;          /**< sizeof(EmixContextOptions), as the caller was compiled           */
    int n_workers;        /**< threads, 0 ... 1024; 0 = all cores that the process may use;
                               default 0                                                       */
    const char *isa;      /**< instruction set of the kernels: "avx512", "avx2", "baseline" or
                               "reference", read during the call; NULL = what the environment
                               variable EMIX_ISA names, else the fastest that the machine can run.
                               Results differ in their last bits; default NULL                  */
    int64_t memory_bytes; /**< resident memory that mapped files may take part in, >= 0: a
                               larger one is swept with read-ahead and given back behind;
                               0 = half of the machine's memory; default 0                 */
} EmixContextOptions;

/** Writes the documented defaults into an options struct.
 * @param options  Its `size` says how many bytes of it there are; the rest is written. */
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
 *         that this machine and build cannot run, with the list of those they can; EMIX_ERR_NOMEM.
 *
 * Cost: O(1); threads are not started here. */
EMIX_API EmixStatus emix_context_create(const EmixContextOptions *options, EmixContext **context,
                                        EmixError *error);

/** Threads that calls use at most, at least 1.
 * @param context  NULL = that of the defaults. */
EMIX_API int emix_context_n_workers(const EmixContext *context);

/** Name of the instruction set in use, such as "avx2".
 * @param context  NULL = that of the defaults.
 * @return Static storage; NULL when EMIX_ISA names a set that cannot run. */
EMIX_API const char *emix_context_isa(const EmixContext *context);

/** Releases a context. NULL is allowed. No fit that was made with it may be in use any more. */
EMIX_API void emix_context_destroy(EmixContext *context);

#ifdef __cplusplus
}
#endif
#endif
