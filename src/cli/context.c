/* The context of a command: threads and memory. */
#include "cli/cli.h"

CliExit cli_make_context(emix_index n_threads, emix_index memory_bytes, EmixContext **context)
{
    EmixError error = {{0}};
    EmixContextOptions options = emix_context_options_default();
    options.n_workers = (int)n_threads;
    options.memory_bytes = memory_bytes;
    const EmixStatus status = emix_context_create(&options, context, &error);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}
