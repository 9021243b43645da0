/* The options of `emix fit`. */
#include "cli/fit_settings.h"
#include "cli/summary.h"

#include <math.h>
#include <string.h>

void cli_fit_set_defaults(void *settings)
{
    EmixSpec *spec = ((CliFitSettings *)settings)->modelling.spec;
    *(CliFitSettings *)settings = (CliFitSettings){
        .modelling = {.spec = spec, .fit = emix_fit_options_default()},
        .standard_errors = CLI_NO_STANDARD_ERRORS};
}

CliExit cli_fit_begin_settings(CliFitSettings *settings)
{
    EmixError error = {{0}};
    const EmixStatus status = emix_spec_create_gaussian(1, EMIX_COVARIANCE_FULL,
                                                        &settings->modelling.spec, &error);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}

#define CHOICE_OF(name, text, meaning) {text, meaning, name},
static const CliChoice informations[] = {{"none", "no standard errors", CLI_NO_STANDARD_ERRORS},
                                         EMIX_INFORMATION_LIST(CHOICE_OF){0}};
#undef CHOICE_OF

/* The program's own options, and the one of the library that each follows in --help. */
static const struct {
    const char *after;
    CliOption option;
} own_options[] = {
    {"covariance",
     {.name = "init",
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, initial_path),
      .value = "FILE",
      .help = "start from the parameters in this model file; no starts are drawn; its columns are "
              "found by name in DATA, where both have names"}},
    {"covariance",
     {.name = "init-responsibilities",
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, responsibilities_path),
      .value = "FILE",
      .help = "start from the M-step of these responsibilities (predict --proba), a row for each "
              "of DATA and a column for each component, or of one column of components (predict); "
              "no starts are drawn"}},
    {"init-method",
     {.name = "labels",
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, labels),
      .value = "COLUMN",
      .help =
          "column, by name or 1-based number, of a text that holds the component of each row, by "
          "any name, where it is known; empty or NA = unknown (default none)"}},
    {"init-method",
     {.name = "weights",
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, weights),
      .value = "COLUMN",
      .help = "column, by name or 1-based number, that holds row weights >= 0 (default all 1)"}},
    {"equal-weights",
     {.name = "threads",
      .kind = CLI_INTEGER,
      .offset = offsetof(CliFitSettings, n_threads),
      .value = "N",
      .minimum = 1,
      .maximum = CLI_MAX_THREADS,
      .help = "worker threads; never changes a bit of the result (default all cores)"}},
    {"equal-weights",
     {.name = "memory",
      .kind = CLI_BYTES,
      .offset = offsetof(CliFitSettings, memory_bytes),
      .value = "BYTES",
      .minimum = (emix_index)64 << 20,
      .maximum = INT64_MAX,
      .help = "memory to stay within, with K, M, G or T behind the number: a larger .npy file is "
              "streamed; never changes a bit of the result (default half of the machine's)"}},
    {"seed",
     {.name = "standard-errors",
      .kind = CLI_CHOICE,
      .offset = offsetof(CliFitSettings, standard_errors),
      .value = "NAME",
      .choices = informations,
      .help =
          "standard errors and 95 % intervals of all parameters, row weights being frequencies, "
          "from"}},
    {"seed",
     {.name = "output",
      .letter = 'o',
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, output),
      .value = "FILE",
      .help = "write the model here, as emix.model/1 JSON; - is standard output, then without the "
              "summary"}},
    {"seed",
     {.name = "trace",
      .kind = CLI_TEXT,
      .offset = offsetof(CliFitSettings, trace),
      .value = "FILE",
      .help =
          "write a JSON line for every pass here: log-likelihood, ELBO, entropy, KL gap, step; - "
          "is standard output, then without the summary"}},
    {"checkpoint-every",
     {.name = "json",
      .kind = CLI_FLAG,
      .offset = offsetof(CliFitSettings, is_json),
      .help = "one emix.fit/1 JSON document on standard output instead of the summary"}},
    {"checkpoint-every",
     {.name = "quiet",
      .letter = 'q',
      .kind = CLI_FLAG,
      .offset = offsetof(CliFitSettings, is_quiet),
      .help = "no progress line on the terminal"}},
};

CliOption cli_fit_options[CLI_MAX_OPTIONS];

void cli_fit_complete_options(void)
{
    CliOption *next = cli_fit_options;
    for (int i = 0; i < emix_option_count(); ++i) {
        const EmixOption *library = emix_option_at(i);
        *next = cli_option_of(library, offsetof(CliFitSettings, modelling));
        if (strcmp(library->name, "components") == 0) { /* has no default here */
            next->letter = 'k';
            next->help = "number of components; required, unless a file to start from has it";
        }
        ++next;
        for (size_t own = 0; own < sizeof own_options / sizeof *own_options; ++own) {
            if (strcmp(own_options[own].after, library->name) == 0) {
                *next++ = own_options[own].option;
            }
        }
    }
    *next = (CliOption)CLI_HELP_OPTION;
}

/* Hyper-parameters without a prior would be ignored. */
static bool has_prior_setting(const CliModelling *modelling)
{
    for (int i = 0; i < emix_option_count(); ++i) {
        const char *name = emix_option_at(i)->name;
        if (strncmp(name, "prior-", 6) == 0 && cli_is_set(modelling, name)) return true;
    }
    return false;
}

static bool check_e_step(const CliFitSettings *settings)
{
    const EmixFitOptions *fit = &settings->modelling.fit;
    if (fit->e_step.n_blocks > 0 && fit->e_step.kind != EMIX_E_STEP_INCREMENTAL) {
        cli_message("--blocks needs --e-step incremental");
        return false;
    }
    if (cli_is_set(&settings->modelling, "annealing") && fit->e_step.kind != EMIX_E_STEP_ANNEALED) {
        cli_message("--annealing needs --e-step annealed");
        return false;
    }
    return true;
}

/* Where the fit begins, and of how many components it is. */
static bool check_beginning(const CliFitSettings *settings)
{
    if (settings->initial_path != NULL && settings->responsibilities_path != NULL) {
        cli_message("--init and --init-responsibilities ask for different beginnings");
        return false;
    }
    if (!settings->modelling.has_components && settings->initial_path == NULL &&
        settings->responsibilities_path == NULL) {
        cli_message("--components is required; usage: emix fit %s", cli_command_fit.usage);
        return false;
    }
    return true;
}

bool cli_fit_check_settings(const CliFitSettings *settings)
{
    const CliModelling *modelling = &settings->modelling;
    if (!check_beginning(settings)) return false;
    if (!cli_is_set(modelling, "prior") && has_prior_setting(modelling)) {
        cli_message("a --prior-... option needs --prior conjugate");
        return false;
    }
    if (cli_is_set(modelling, "fix") && settings->initial_path == NULL) {
        cli_message("--fix needs --init FILE, which has the values to keep");
        return false;
    }
    if (cli_has_word(modelling, "fix", "covariances") &&
        cli_is_set(modelling, "eigenvalue-ratio")) {
        cli_message("--fix covariances leaves nothing to --eigenvalue-ratio");
        return false;
    }
    if (cli_has_word(modelling, "fix", "weights") && cli_is_set(modelling, "equal-weights")) {
        cli_message("--fix weights and --equal-weights ask for different weights");
        return false;
    }
    if (modelling->fit.checkpoint.path == NULL && cli_is_set(modelling, "checkpoint-every")) {
        cli_message("--checkpoint-every needs --checkpoint");
        return false;
    }
    if (settings->is_json + cli_is_stdout(settings->output) + cli_is_stdout(settings->trace) > 1) {
        cli_message("only one of --json, --output - and --trace - can write to standard output");
        return false;
    }
    if (settings->output != NULL && settings->trace != NULL &&
        strcmp(settings->output, settings->trace) == 0) {
        cli_message("--output and --trace name the same file, %s", settings->output);
        return false;
    }
    return check_e_step(settings);
}
