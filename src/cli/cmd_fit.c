/* emix fit: a mixture model fitted to a table. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/args.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"

typedef struct FitSettings {
    emix_index n_components;
    int family;
    int covariance;
    const char *initial_path;
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
    emix_index n_threads;
    emix_index memory_bytes;
    uint64_t seed;
    int standard_errors; /* EmixInformationKind, or CLI_NO_STANDARD_ERRORS */
    const char *output;
    const char *trace;
    bool is_json;
    bool is_quiet;
} FitSettings;

static void set_defaults(void *settings)
{
    const EmixFitOptions fit = emix_fit_options_default();
    *(FitSettings *)settings = (FitSettings){.covariance = (int)fit.covariance,
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
                                             .prior_weights = fit.prior_weights,
                                             .seed = fit.seed,
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

#define CHOICE_BY_NAME(name, text, letters, meaning, n_parameters)                                 \
    {text, "or " letters ", " meaning, name},
#define CHOICE_BY_LETTERS(name, text, letters, meaning, n_parameters) {letters, NULL, name},
static const CliChoice covariances[] = {EMIX_COVARIANCE_LIST(CHOICE_BY_NAME)
                                            EMIX_COVARIANCE_LIST(CHOICE_BY_LETTERS){0}};
#undef CHOICE_BY_NAME
#undef CHOICE_BY_LETTERS

static const CliOption options[] = {
    {.name = "components",
     .letter = 'k',
     .kind = CLI_INTEGER,
     .offset = offsetof(FitSettings, n_components),
     .value = "K",
     .required = true,
     .minimum = 1,
     .maximum = INT32_MAX,
     .help = "number of components"},
    {.name = "family",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, family),
     .value = "NAME",
     .choices = families,
     .help = "distribution of a component"},
    {.name = "covariance",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, covariance),
     .value = "NAME",
     .choices = covariances,
     .help = "structure of the covariances"},
    {.name = "init",
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, initial_path),
     .value = "FILE",
     .help = "start from the parameters in this model file; no starts are drawn"},
    {.name = "starts",
     .kind = CLI_INTEGER,
     .offset = offsetof(FitSettings, n_starts),
     .value = "N",
     .minimum = 1,
     .maximum = 1000000,
     .help = "number of starts"},
    {.name = "init-method",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, init_method),
     .value = "NAME",
     .choices = init_methods,
     .help = "how starts are made"},
    {.name = "labels",
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, labels),
     .value = "COLUMN",
     .help =
         "column, by name or 1-based number, of a text that holds the component of each row, by "
         "any name, where it is known; empty or NA = unknown (default none)"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, weights),
     .value = "COLUMN",
     .help = "column, by name or 1-based number, that holds row weights >= 0 (default all 1)"},
    {.name = "max-iter",
     .kind = CLI_INTEGER,
     .offset = offsetof(FitSettings, max_iterations),
     .value = "N",
     .minimum = 0,
     .maximum = INT32_MAX,
     .help = "EM iterations at most"},
    {.name = "tol",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, tolerance),
     .value = "T",
     .help = "tolerance of the stopping rule, in its unit"},
    {.name = "stop",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, stop_rule),
     .value = "NAME",
     .choices = stop_rules,
     .help = "what has to fall below the tolerance"},
    {.name = "accelerate",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, acceleration),
     .value = "NAME",
     .choices = accelerations,
     .help = "acceleration of EM"},
    {.name = "e-step",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, e_step),
     .value = "NAME",
     .choices = e_steps,
     .help = "responsibilities at the beginning of a run, which ends with batch E-steps in any "
             "case"},
    {.name = "blocks",
     .kind = CLI_INTEGER,
     .offset = offsetof(FitSettings, n_blocks),
     .value = "B",
     .minimum = 1,
     .maximum = INT32_MAX,
     .help = "blocks of rows of incremental E-steps, at most the number of rows (default 16)"},
    {.name = "annealing",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, annealing),
     .value = "B0",
     .help = "power above 0, at most 1, of the responsibilities that annealed E-steps begin with"},
    {.name = "precision",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, precision),
     .value = "NAME",
     .choices = precisions,
     .help = "arithmetic of the passes; mixed is for full covariances"},
    {.name = "prior",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, prior),
     .value = "NAME",
     .choices = priors,
     .help = "what is maximised"},
    {.name = "prior-shrinkage",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, prior_shrinkage),
     .value = "KAPPA",
     .help = "rows that the prior of a mean counts for; 0 is a flat prior"},
    {.name = "prior-dof",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, prior_dof),
     .value = "NU",
     .help = "degrees of freedom of the prior of a covariance, above D - 1 for D features; above 0 "
             "for diag and spherical (default D + 2)"},
    {.name = "prior-scale",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, prior_scale),
     .value = "S",
     .help = "factor > 0 of the scale of that prior, which is the covariance of the data over "
             "K^(2/D), or its mean variance for diag and spherical"},
    {.name = "prior-mean",
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, prior_mean),
     .value = "LIST",
     .help = "centre of the prior of the means, a number for each feature with commas between "
             "(default the column means)"},
    {.name = "prior-weights",
     .kind = CLI_REAL,
     .offset = offsetof(FitSettings, prior_weights),
     .value = "ALPHA",
     .minimum = 1,
     .help = "parameter of the Dirichlet prior of the weights; 1 is a flat prior"},
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(FitSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "worker threads; never changes a bit of the result (default all cores)"},
    {.name = "memory",
     .kind = CLI_BYTES,
     .offset = offsetof(FitSettings, memory_bytes),
     .value = "BYTES",
     .minimum = (emix_index)64 << 20,
     .maximum = INT64_MAX,
     .help = "memory to stay within, with K, M, G or T behind the number: a larger .npy file is "
             "streamed; never changes a bit of the result (default half of the machine's)"},
    {.name = "seed",
     .kind = CLI_SEED,
     .offset = offsetof(FitSettings, seed),
     .value = "S",
     .help = "64-bit seed of everything random"},
    {.name = "standard-errors",
     .kind = CLI_CHOICE,
     .offset = offsetof(FitSettings, standard_errors),
     .value = "NAME",
     .choices = informations,
     .help = "standard errors and 95 % intervals of all parameters, row weights being frequencies, "
             "from"},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, output),
     .value = "FILE",
     .help = "write the model here, as emix.model/1 JSON; - is standard output, then without the "
             "summary"},
    {.name = "trace",
     .kind = CLI_TEXT,
     .offset = offsetof(FitSettings, trace),
     .value = "FILE",
     .help =
         "write a JSON line for every pass here: log-likelihood, ELBO, entropy, KL gap, step; - "
         "is standard output, then without the summary"},
    {.name = "json",
     .kind = CLI_FLAG,
     .offset = offsetof(FitSettings, is_json),
     .help = "one emix.fit/1 JSON document on standard output instead of the summary"},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_FLAG,
     .offset = offsetof(FitSettings, is_quiet),
     .help = "no progress line on the terminal"},
    CLI_HELP_OPTION,
    {0},
};

/* One run of the command: what was asked for, and what there is by now. */
typedef struct FitJob {
    FitSettings settings;
    const char *data_path;
    double begin_s;
    EmixFitContext context;
    EmixModel *initial;
    EmixTraceWriter *trace;
    double *prior_mean;
    EmixDataset *dataset;
    EmixFit *fit;
    EmixModel *model;
} FitJob;

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* Hyper-parameters without a prior would be ignored. */
static bool has_prior_setting(const FitSettings *settings)
{
    const EmixFitOptions fit = emix_fit_options_default();
    return settings->prior_mean != NULL || !isnan(settings->prior_dof) ||
           settings->prior_shrinkage != fit.prior_shrinkage ||
           settings->prior_scale != fit.prior_scale || settings->prior_weights != fit.prior_weights;
}

static CliExit check_e_step(const FitSettings *settings)
{
    if (settings->n_blocks > 0 && settings->e_step != EMIX_E_STEP_INCREMENTAL) {
        cli_message("--blocks needs --e-step incremental");
        return CLI_EXIT_USAGE;
    }
    if (settings->annealing != emix_fit_options_default().annealing &&
        settings->e_step != EMIX_E_STEP_ANNEALED) {
        cli_message("--annealing needs --e-step annealed");
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

static CliExit check_settings(const FitSettings *settings, const char *data_path)
{
    if (settings->prior == EMIX_PRIOR_NONE && has_prior_setting(settings)) {
        cli_message("a --prior-... option needs --prior conjugate");
        return CLI_EXIT_USAGE;
    }
    const CliExit e_step_status = check_e_step(settings);
    if (e_step_status != CLI_EXIT_OK) return e_step_status;
    if (settings->is_json + is_stdout(settings->output) + is_stdout(settings->trace) > 1) {
        cli_message("only one of --json, --output - and --trace - can write to standard output");
        return CLI_EXIT_USAGE;
    }
    if (settings->output != NULL && settings->trace != NULL &&
        strcmp(settings->output, settings->trace) == 0) {
        cli_message("--output and --trace name the same file, %s", settings->output);
        return CLI_EXIT_USAGE;
    }
    /* The initial model may be replaced: a fit that goes on where it was stopped. */
    const CliExit status = cli_check_output(settings->output, &data_path, 1);
    return status == CLI_EXIT_OK ? cli_check_output(settings->trace, &data_path, 1) : status;
}

static EmixStatus read_data(FitJob *job, EmixError *error)
{
    const EmixReadOptions options_of_read = {.weights_column = job->settings.weights,
                                             .labels_column = job->settings.labels,
                                             .n_workers = (int)job->settings.n_threads,
                                             .memory_bytes = job->settings.memory_bytes};
    const double begin_s = cli_clock_s();
    const EmixStatus status = emix_dataset_read(job->data_path, &options_of_read, &job->dataset,
                                                error);
    job->context.read_s = cli_clock_s() - begin_s;
    return status;
}

/* The centre of the prior, of as many numbers as the data have features. */
static CliExit read_prior_mean(FitJob *job)
{
    const emix_index n = emix_dataset_n_features(job->dataset);
    if (job->settings.prior_mean == NULL) return CLI_EXIT_OK;
    job->prior_mean = malloc((size_t)n * sizeof *job->prior_mean);
    if (job->prior_mean == NULL) {
        cli_message("out of memory");
        return CLI_EXIT_NOMEM;
    }
    return cli_read_numbers("prior-mean", job->settings.prior_mean, n, job->prior_mean)
               ? CLI_EXIT_OK
               : CLI_EXIT_USAGE;
}

static EmixStatus run_fit(FitJob *job, EmixError *error)
{
    CliProgress line = cli_progress_begin(job->settings.is_quiet);
    EmixFitOptions fit_options = emix_fit_options_default();
    fit_options.n_components = job->settings.n_components;
    fit_options.covariance = (EmixCovariance)job->settings.covariance;
    fit_options.init_method = (EmixInitMethod)job->settings.init_method;
    fit_options.n_starts = (int)job->settings.n_starts;
    fit_options.initial = job->initial;
    fit_options.stop_rule = (EmixStopRule)job->settings.stop_rule;
    fit_options.acceleration = (EmixAcceleration)job->settings.acceleration;
    fit_options.precision = (EmixPrecision)job->settings.precision;
    fit_options.e_step = (EmixEStep)job->settings.e_step;
    fit_options.n_blocks = (int)job->settings.n_blocks;
    fit_options.annealing = job->settings.annealing;
    fit_options.tolerance = job->settings.tolerance;
    fit_options.max_iterations = (int)job->settings.max_iterations;
    fit_options.prior = (EmixPriorKind)job->settings.prior;
    fit_options.prior_shrinkage = job->settings.prior_shrinkage;
    fit_options.prior_dof = job->settings.prior_dof;
    fit_options.prior_scale = job->settings.prior_scale;
    fit_options.prior_mean = job->prior_mean;
    fit_options.prior_weights = job->settings.prior_weights;
    fit_options.n_workers = (int)job->settings.n_threads;
    fit_options.seed = job->settings.seed;
    fit_options.progress = cli_progress_update;
    fit_options.progress_context = &line;

    EmixStatus status = EMIX_OK;
    if (job->settings.trace != NULL) {
        status = emix_trace_writer_create(job->settings.trace, &job->trace, error);
        if (status != EMIX_OK) return status;
        fit_options.trace = emix_trace_writer_append;
        fit_options.trace_context = job->trace;
    }
    status = emix_fit_create(job->dataset, &fit_options, &job->fit, error);
    if (status != EMIX_OK) return status;
    cli_catch_interrupts();
    status = emix_fit_run(job->fit, error);
    cli_progress_end(&line);
    return status == EMIX_OK ? emix_fit_model(job->fit, &job->model, error) : status;
}

static EmixStatus print_result(const FitJob *job, EmixError *error)
{
    if (job->settings.is_json) {
        char *text = NULL;
        const EmixStatus status = emix_fit_document(job->model, &job->context, &text, error);
        if (status == EMIX_OK) puts(text);
        emix_text_destroy(text);
        return status;
    }
    const CliSummary summary = {
        .data_path = job->data_path, .context = &job->context, .model_path = job->settings.output};
    return cli_print_summary(job->model, &summary);
}

/* Writes the model and tells the result; when the model cannot be written the result is told
 * nevertheless, so that the work is not lost. */
static CliExit deliver(FitJob *job)
{
    EmixError error = {{0}};
    const char *output = job->settings.output;
    EmixStatus status = EMIX_OK;
    CliExit exit_status = CLI_EXIT_OK;
    if (output != NULL) status = emix_model_write(job->model, output, &error);
    if (status != EMIX_OK) {
        exit_status = cli_fail(status, &error);
        job->settings.output = NULL;
    }
    if (job->trace != NULL) {
        status = emix_trace_writer_commit(job->trace, &error);
        job->trace = NULL;
        if (status != EMIX_OK) exit_status = cli_fail(status, &error);
    }
    cli_release_interrupts(); /* not earlier: a signal would leave half a file beside the target */
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        job->context.peak_bytes = (size_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
    }
    job->context.total_s = cli_clock_s() - job->begin_s;
    if (!is_stdout(output) && !is_stdout(job->settings.trace)) {
        status = print_result(job, &error);
        if (status != EMIX_OK) exit_status = cli_fail(status, &error);
    }
    return exit_status;
}

/* The exit status of a fit that was delivered, with a word on standard error unless it ended
 * as asked for. */
static CliExit conclude(const EmixFitReport *report)
{
    switch (report->stop) {
    case EMIX_STOP_ITERATION_LIMIT:
        if (report->stop_rule == EMIX_STOP_ON_NONE) break;
        cli_message("not converged after %d iterations; --max-iter allows more",
                    report->n_iterations);
        return CLI_EXIT_ITERATION_LIMIT;
    case EMIX_STOP_INTERRUPTED:
        cli_message("interrupted after %d iterations; this is the best model so far",
                    report->n_iterations);
        return CLI_EXIT_INTERRUPTED;
    case EMIX_STOP_CONVERGED:
    case EMIX_N_STOPS: break;
    }
    return CLI_EXIT_OK;
}

static CliExit fit_and_deliver(FitJob *job)
{
    EmixError error = {{0}};
    EmixStatus status = read_data(job, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    CliExit exit_status = read_prior_mean(job);
    if (exit_status != CLI_EXIT_OK) return exit_status;
    status = run_fit(job, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    status = cli_add_standard_errors(job->model, job->dataset, job->settings.standard_errors,
                                     (int)job->settings.n_threads, &error);
    const CliExit errors_exit = status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
    exit_status = deliver(job); /* of a fit without them, too: the work is not lost */
    if (exit_status == CLI_EXIT_OK) exit_status = errors_exit;
    return exit_status == CLI_EXIT_OK ? conclude(emix_fit_report(job->fit)) : exit_status;
}

static CliExit run(int argc, char **argv)
{
    FitJob job = {.begin_s = cli_clock_s()};
    const char *operands[CLI_MAX_OPERANDS];
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_fit, argc, argv, &job.settings, operands, &exit_status)) {
        return exit_status;
    }
    job.data_path = operands[0];
    exit_status = check_settings(&job.settings, job.data_path);
    if (exit_status == CLI_EXIT_OK && job.settings.initial_path != NULL) {
        exit_status = cli_read_model(job.settings.initial_path, &job.initial);
    }
    if (exit_status == CLI_EXIT_OK) exit_status = fit_and_deliver(&job);
    emix_trace_writer_discard(job.trace);
    emix_model_destroy(job.model);
    emix_fit_destroy(job.fit);
    emix_dataset_destroy(job.dataset);
    emix_model_destroy(job.initial);
    free(job.prior_mean);
    return exit_status;
}

const CliCommand cli_command_fit = {
    .name = "fit",
    .usage = "DATA -k K [options] [-o MODEL.json]",
    .summary = "fit a mixture model to a table",
    .details =
        "Fits a mixture model to the rows of DATA by expectation-maximisation, from several "
        "starts, and prints a summary; components are numbered from 0 in the order of the model "
        "file. Ctrl-C stops after the current pass and keeps the best model so "
        "far.\n\n" CLI_DATA_HELP,
    .operands = {"DATA"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
