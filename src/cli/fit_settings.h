/* The options of `emix fit`, and what they ask the library for. */
#ifndef EMIX_CLI_FIT_SETTINGS_H
#define EMIX_CLI_FIT_SETTINGS_H

#include "cli/args.h"

/** The settings that the options of `emix fit` fill. */
typedef struct CliFitSettings {
    emix_index n_components;
    int family;
    int covariance;
    const char *initial_path;
    const char *responsibilities_path;
    emix_index n_starts;
    int init_method;
    const char *labels;
    const char *weights;
    emix_index max_iterations;
    double tolerance;
    int stop_rule;
    int acceleration;
    int precision;
    int e_step;
    emix_index n_blocks;
    double annealing;
    int prior;
    double prior_shrinkage;
    double prior_dof;
    double prior_scale;
    const char *prior_mean;
    double prior_weights;
    double eigenvalue_ratio;
    unsigned fixed;
    bool equal_weights;
    emix_index n_threads;
    emix_index memory_bytes;
    uint64_t seed;
    int standard_errors; /* EmixInformationKind, or CLI_NO_STANDARD_ERRORS */
    const char *output;
    const char *trace;
    const char *checkpoint;
    double checkpoint_interval_s;
    bool is_json;
    bool is_quiet;
} CliFitSettings;

/** For CliCommand. */
extern const CliOption cli_fit_options[];
void cli_fit_set_defaults(void *settings);

/** Whether the settings go together; false after a message. */
bool cli_fit_check_settings(const CliFitSettings *settings);

/** The library's options, but for the initial model, the centre of the prior and the callbacks. */
EmixFitOptions cli_fit_options_of(const CliFitSettings *settings);

#endif
