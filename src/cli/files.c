/* Checks of files before the work, reading of models, small helpers. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* True if the directory of `path` is writable. */
static bool directory_is_writable(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return access(".", W_OK | X_OK) == 0;
    const size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof directory) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(directory, path, length);
    directory[length] = '\0';
    return access(directory, W_OK | X_OK) == 0;
}

bool cli_is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

CliExit cli_check_output(const char *path, const char *const *inputs, int n_inputs)
{
    struct stat output;
    if (path == NULL || strcmp(path, "-") == 0) return CLI_EXIT_OK;
    const bool exists = stat(path, &output) == 0;
    if (exists && S_ISDIR(output.st_mode)) {
        cli_message("%s: is a directory, not a file to write to", path);
        return CLI_EXIT_DATA;
    }
    /* A new file is made beside the target of a link and replaces it; a device stays. */
    char target[PATH_MAX];
    const bool in_place = exists && !S_ISREG(output.st_mode);
    const char *new_file = exists && realpath(path, target) != NULL ? target : path;
    if ((exists && access(path, W_OK) != 0) || (!in_place && !directory_is_writable(new_file))) {
        cli_message("%s: cannot be written: %s", path, strerror(errno));
        return CLI_EXIT_DATA;
    }
    for (int i = 0; i < n_inputs && exists && !in_place; ++i) {
        struct stat input;
        if (stat(inputs[i], &input) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino) {
            cli_message("%s: the output would replace the input", path);
            return CLI_EXIT_DATA;
        }
    }
    return CLI_EXIT_OK;
}

CliExit cli_read_model(const char *path, EmixModel **model)
{
    EmixError error = {{0}};
    const EmixStatus status = emix_model_read(path, model, &error);
    if (status == EMIX_OK) return CLI_EXIT_OK;
    const CliExit exit_status = cli_fail(status, &error);
    return exit_status == CLI_EXIT_NOMEM ? CLI_EXIT_NOMEM : CLI_EXIT_DATA;
}

double cli_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *cli_format_exact(double value, char *text)
{
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    return text;
}
