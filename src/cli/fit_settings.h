/* The options of `emix fit`: those of the library's table, and the program's own. */
#ifndef EMIX_CLI_FIT_SETTINGS_H
#define EMIX_CLI_FIT_SETTINGS_H

#include "cli/args.h"

/** The settings that the options of `emix fit` fill. */
typedef struct CliFitSettings {
    CliModelling modelling; /* what is fitted and how; its spec is made by whoever owns this */
    const char *initial_path;
    const char *responsibilities_path;
    const char *labels;
    const char *weights;
    emix_index n_threads;
    emix_index memory_bytes;
    int standard_errors; /* EmixInformationKind, or CLI_NO_STANDARD_ERRORS */
    const char *output;
    const char *trace;
    bool is_json;
    bool is_quiet;
} CliFitSettings;

/** For CliCommand; filled by cli_fit_complete_options(). */
extern CliOption cli_fit_options[];
void cli_fit_complete_options(void);
void cli_fit_set_defaults(void *settings);

/** Makes the spec of settings, before they are parsed; released with emix_spec_destroy(). Returns
 * CLI_EXIT_OK, or another status after a message. */
CliExit cli_fit_begin_settings(CliFitSettings *settings);

/** Whether the settings go together; false after a message. */
bool cli_fit_check_settings(const CliFitSettings *settings);

#endif
