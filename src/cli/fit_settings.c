/* The options of `emix fit`. */
#include "cli/fit_settings.h"
#include "cli/summary.h"

#include <math.h>
#include <string.h>

void cli_fit_set_defaults(void *settings)
{
    const EmixFitOptions fit = emix_fit_options_default();
    *(CliFitSettings *)settings = (CliFitSettings){
        .covariance = (int)fit.covariance,
        .n_starts = fit.n_starts,
        .init_method = (int)fit.init_method,
        .max_iterations = fit.max_iterations,
        .tolerance = fit.tolerance,
        .stop_rule = (int)fit.stop_rule,
        .acceleration = (int)fit.acceleration,
        .precision = (int)fit.precision,
        .e_step = (int)fit.e_step,
        .annealing = fit.annealing,
        .prior = (int)fit.prior,
        .prior_shrinkage = fit.prior_shrinkage,
        .prior_dof = fit.prior_dof,
        .prior_scale = fit.prior_scale,
        .eigenvalue_ratio = fit.eigenvalue_ratio,
        .prior_weights = fit.prior_weights,
        .seed = fit.seed,
        .checkpoint_interval_s = fit.checkpoint_interval_s,
        .standard_errors = CLI_NO_STANDARD_ERRORS};
}

static const CliChoice families[] = {{"gaussian", "multivariate normal components", 0}, {0}};

#define CHOICE_OF(name, text, meaning) {text, meaning, name},
static const CliChoice init_methods[] = {EMIX_INIT_METHOD_LIST(CHOICE_OF){0}};
static const CliChoice stop_rules[] = {EMIX_STOP_RULE_LIST(CHOICE_OF){0}};
static const CliChoice accelerations[] = {EMIX_ACCELERATION_LIST(CHOICE_OF){0}};
static const CliChoice e_steps[] = {EMIX_E_STEP_LIST(CHOICE_OF){0}};
static const CliChoice precisions[] = {EMIX_PRECISION_LIST(CHOICE_OF){0}};
static const CliChoice priors[] = {EMIX_PRIOR_LIST(CHOICE_OF){0}};
static const CliChoice informations[] = {{"none", "no standard errors", CLI_NO_STANDARD_ERRORS},
                                         EMIX_INFORMATION_LIST(CHOICE_OF){0}};
#undef CHOICE_OF

#define CHOICE_OF_PART(name, bit, text, meaning) {text, meaning, name},
static const CliChoice parts[] = {EMIX_PART_LIST(CHOICE_OF_PART){0}};
#undef CHOICE_OF_PART

#define CHOICE_BY_NAME(name, text, letters, meaning, n_parameters)                                 \
    {text, "or " letters ", " meaning, name},
#define CHOICE_BY_LETTERS(name, text, letters, meaning, n_parameters) {letters, NULL, name},
static const CliChoice covariances[] = {EMIX_COVARIANCE_LIST(CHOICE_BY_NAME)
                                            EMIX_COVARIANCE_LIST(CHOICE_BY_LETTERS){0}};
#undef CHOICE_BY_NAME
#undef CHOICE_BY_LETTERS

const CliOption cli_fit_options[] = {
    {.name = "components",
     .letter = 'k',
     .kind = CLI_INTEGER,
     .offset = offsetof(CliFitSettings, n_components),
     .value = "K",
     .minimum = 1,
     .maximum = INT32_MAX,
     .help = "number of components; required, unless a file to start from has it"},
    {.name = "family",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, family),
     .value = "NAME",
     .choices = families,
     .help = "distribution of a component"},
    {.name = "covariance",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, covariance),
     .value = "NAME",
     .choices = covariances,
     .help = "structure of the covariances"},
    {.name = "init",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, initial_path),
     .value = "FILE",
     .help = "start from the parameters in this model file; no starts are drawn; its columns are "
             "found by name in DATA, where both have names"},
    {.name = "init-responsibilities",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, responsibilities_path),
     .value = "FILE",
     .help = "start from the M-step of these responsibilities (predict --proba), a row for each of "
             "DATA and a column for each component, or of one column of components (predict); no "
             "starts are drawn"},
    {.name = "starts",
     .kind = CLI_INTEGER,
     .offset = offsetof(CliFitSettings, n_starts),
     .value = "N",
     .minimum = 1,
     .maximum = 1000000,
     .help = "number of starts"},
    {.name = "init-method",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, init_method),
     .value = "NAME",
     .choices = init_methods,
     .help = "how starts are made"},
    {.name = "labels",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, labels),
     .value = "COLUMN",
     .help =
         "column, by name or 1-based number, of a text that holds the component of each row, by "
         "any name, where it is known; empty or NA = unknown (default none)"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, weights),
     .value = "COLUMN",
     .help = "column, by name or 1-based number, that holds row weights >= 0 (default all 1)"},
    {.name = "max-iter",
     .kind = CLI_INTEGER,
     .offset = offsetof(CliFitSettings, max_iterations),
     .value = "N",
     .minimum = 0,
     .maximum = INT32_MAX,
     .help = "EM iterations at most"},
    {.name = "tol",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, tolerance),
     .value = "T",
     .help = "tolerance of the stopping rule, in its unit"},
    {.name = "stop",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, stop_rule),
     .value = "NAME",
     .choices = stop_rules,
     .help = "what has to fall below the tolerance"},
    {.name = "accelerate",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, acceleration),
     .value = "NAME",
     .choices = accelerations,
     .help = "acceleration of EM"},
    {.name = "e-step",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, e_step),
     .value = "NAME",
     .choices = e_steps,
     .help = "responsibilities at the beginning of a run, which ends with batch E-steps in any "
             "case"},
    {.name = "blocks",
     .kind = CLI_INTEGER,
     .offset = offsetof(CliFitSettings, n_blocks),
     .value = "B",
     .minimum = 1,
     .maximum = INT32_MAX,
     .help = "blocks of rows of incremental E-steps, at most the number of rows (default 16)"},
    {.name = "annealing",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, annealing),
     .value = "B0",
     .help = "power above 0, at most 1, of the responsibilities that annealed E-steps begin with"},
    {.name = "precision",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, precision),
     .value = "NAME",
     .choices = precisions,
     .help = "arithmetic of the passes; mixed is for full covariances"},
    {.name = "prior",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, prior),
     .value = "NAME",
     .choices = priors,
     .help = "what is maximised"},
    {.name = "prior-shrinkage",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, prior_shrinkage),
     .value = "KAPPA",
     .help = "rows that the prior of a mean counts for; 0 is a flat prior"},
    {.name = "prior-dof",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, prior_dof),
     .value = "NU",
     .help = "degrees of freedom of the prior of a covariance, above D - 1 for D features; above 0 "
             "for diag and spherical (default D + 2)"},
    {.name = "prior-scale",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, prior_scale),
     .value = "S",
     .help = "factor > 0 of the scale of that prior, which is the covariance of the data over "
             "K^(2/D), or its mean variance for diag and spherical"},
    {.name = "prior-mean",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, prior_mean),
     .value = "LIST",
     .help = "centre of the prior of the means, a number for each feature with commas between "
             "(default the column means)"},
    {.name = "prior-weights",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, prior_weights),
     .value = "ALPHA",
     .minimum = 1,
     .help = "parameter of the Dirichlet prior of the weights; 1 is a flat prior"},
    {.name = "eigenvalue-ratio",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, eigenvalue_ratio),
     .value = "C",
     .minimum = 1,
     .help = "no eigenvalue of any covariance exceeds C times another of any, in squared units of "
             "the data (default no bound)"},
    {.name = "fix",
     .kind = CLI_SET,
     .offset = offsetof(CliFitSettings, fixed),
     .value = "LIST",
     .choices = parts,
     .help = "parts that keep the values of the --init model, with commas between"},
    {.name = "equal-weights",
     .kind = CLI_FLAG,
     .offset = offsetof(CliFitSettings, equal_weights),
     .help = "all mixing weights stay at 1 / K"},
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(CliFitSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "worker threads; never changes a bit of the result (default all cores)"},
    {.name = "memory",
     .kind = CLI_BYTES,
     .offset = offsetof(CliFitSettings, memory_bytes),
     .value = "BYTES",
     .minimum = (emix_index)64 << 20,
     .maximum = INT64_MAX,
     .help = "memory to stay within, with K, M, G or T behind the number: a larger .npy file is "
             "streamed; never changes a bit of the result (default half of the machine's)"},
    {.name = "seed",
     .kind = CLI_SEED,
     .offset = offsetof(CliFitSettings, seed),
     .value = "S",
     .help = "64-bit seed of everything random"},
    {.name = "standard-errors",
     .kind = CLI_CHOICE,
     .offset = offsetof(CliFitSettings, standard_errors),
     .value = "NAME",
     .choices = informations,
     .help = "standard errors and 95 % intervals of all parameters, row weights being frequencies, "
             "from"},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, output),
     .value = "FILE",
     .help = "write the model here, as emix.model/1 JSON; - is standard output, then without the "
             "summary"},
    {.name = "trace",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, trace),
     .value = "FILE",
     .help =
         "write a JSON line for every pass here: log-likelihood, ELBO, entropy, KL gap, step; - "
         "is standard output, then without the summary"},
    {.name = "checkpoint",
     .kind = CLI_TEXT,
     .offset = offsetof(CliFitSettings, checkpoint),
     .value = "FILE",
     .help =
         "save the state of the fit here now and then: after a kill, a crash or Ctrl-C the same "
         "command goes on from it, to the same bits; removed when the result is written"},
    {.name = "checkpoint-every",
     .kind = CLI_REAL,
     .offset = offsetof(CliFitSettings, checkpoint_interval_s),
     .value = "SECONDS",
     .help = "time between saves; 0 is as often as possible"},
    {.name = "json",
     .kind = CLI_FLAG,
     .offset = offsetof(CliFitSettings, is_json),
     .help = "one emix.fit/1 JSON document on standard output instead of the summary"},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_FLAG,
     .offset = offsetof(CliFitSettings, is_quiet),
     .help = "no progress line on the terminal"},
    CLI_HELP_OPTION,
    {0},
};

/* Hyper-parameters without a prior would be ignored. */
static bool has_prior_setting(const CliFitSettings *settings)
{
    const EmixFitOptions fit = emix_fit_options_default();
    return settings->prior_mean != NULL || !isnan(settings->prior_dof) ||
           settings->prior_shrinkage != fit.prior_shrinkage ||
           settings->prior_scale != fit.prior_scale || settings->prior_weights != fit.prior_weights;
}

static bool check_e_step(const CliFitSettings *settings)
{
    if (settings->n_blocks > 0 && settings->e_step != EMIX_E_STEP_INCREMENTAL) {
        cli_message("--blocks needs --e-step incremental");
        return false;
    }
    if (settings->annealing != emix_fit_options_default().annealing &&
        settings->e_step != EMIX_E_STEP_ANNEALED) {
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
    if (settings->n_components == 0 && settings->initial_path == NULL &&
        settings->responsibilities_path == NULL) {
        cli_message("--components is required; usage: emix fit %s", cli_command_fit.usage);
        return false;
    }
    return true;
}

bool cli_fit_check_settings(const CliFitSettings *settings)
{
    if (!check_beginning(settings)) return false;
    if (settings->prior == EMIX_PRIOR_NONE && has_prior_setting(settings)) {
        cli_message("a --prior-... option needs --prior conjugate");
        return false;
    }
    if (settings->fixed != 0 && settings->initial_path == NULL) {
        cli_message("--fix needs --init FILE, which has the values to keep");
        return false;
    }
    if ((settings->fixed & EMIX_PART_COVARIANCES) != 0 && isfinite(settings->eigenvalue_ratio)) {
        cli_message("--fix covariances leaves nothing to --eigenvalue-ratio");
        return false;
    }
    if ((settings->fixed & EMIX_PART_WEIGHTS) != 0 && settings->equal_weights) {
        cli_message("--fix weights and --equal-weights ask for different weights");
        return false;
    }
    if (settings->checkpoint == NULL &&
        settings->checkpoint_interval_s != emix_fit_options_default().checkpoint_interval_s) {
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

EmixFitOptions cli_fit_options_of(const CliFitSettings *settings)
{
    EmixFitOptions fit = emix_fit_options_default();
    fit.n_components = settings->n_components;
    fit.covariance = (EmixCovariance)settings->covariance;
    fit.init_method = (EmixInitMethod)settings->init_method;
    fit.n_starts = (int)settings->n_starts;
    fit.stop_rule = (EmixStopRule)settings->stop_rule;
    fit.acceleration = (EmixAcceleration)settings->acceleration;
    fit.precision = (EmixPrecision)settings->precision;
    fit.e_step = (EmixEStep)settings->e_step;
    fit.n_blocks = (int)settings->n_blocks;
    fit.annealing = settings->annealing;
    fit.tolerance = settings->tolerance;
    fit.max_iterations = (int)settings->max_iterations;
    fit.prior = (EmixPriorKind)settings->prior;
    fit.prior_shrinkage = settings->prior_shrinkage;
    fit.prior_dof = settings->prior_dof;
    fit.prior_scale = settings->prior_scale;
    fit.prior_weights = settings->prior_weights;
    fit.seed = settings->seed;
    fit.checkpoint_path = settings->checkpoint;
    fit.checkpoint_interval_s = settings->checkpoint_interval_s;
    fit.eigenvalue_ratio = settings->eigenvalue_ratio;
    fit.fixed = settings->fixed;
    fit.equal_weights = settings->equal_weights;
    return fit;
}
