/* Messages on standard error, and the exit status of each failure. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* Set once by main() before anything else runs, then only read. */
static const char *command_name;

void cli_set_command_name(const char *name)
{
    command_name = name;
}

void cli_message(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c != '\0'; ++c) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    }
    fprintf(stderr, "emix%s%s: %s\n", command_name ? " " : "", command_name ? command_name : "",
            text);
}

/* The exit status for each failure of the library. */
static const struct {
    EmixStatus status;
    CliExit exit_status;
} exits[] = {
    {EMIX_OK, CLI_EXIT_OK},
    {EMIX_ERR_ARGUMENT, CLI_EXIT_USAGE},
    {EMIX_ERR_SHAPE, CLI_EXIT_DATA},
    {EMIX_ERR_NOMEM, CLI_EXIT_NOMEM},
    {EMIX_ERR_DEGENERATE, CLI_EXIT_DEGENERATE},
    {EMIX_ERR_NONFINITE, CLI_EXIT_DATA},
    {EMIX_ERR_IO, CLI_EXIT_DATA},
    {EMIX_ERR_FORMAT, CLI_EXIT_DATA},
    {EMIX_ERR_UNSUPPORTED, CLI_EXIT_DATA},
    {EMIX_ERR_INTERRUPTED, CLI_EXIT_INTERRUPTED},
};

CliExit cli_fail(EmixStatus status, const EmixError *error)
{
    cli_message("%s", error->message[0] != '\0' ? error->message : emix_status_text(status));
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; ++i) {
        if (exits[i].status == status) return exits[i].exit_status;
    }
    return CLI_EXIT_DATA;
}

CliExit cli_close_stdout(CliExit exit_status)
{
    errno = 0;
    const bool failed_before = ferror(stdout) != 0;
    if (fclose(stdout) != 0 || failed_before) {
        cli_message("standard output cannot be written: %s",
                    errno != 0 ? strerror(errno) : "an earlier write failed");
        return CLI_EXIT_DATA;
    }
    return exit_status;
}
