/* emix bootstrap: the variation of a model's parameters over samples, or a test of its number of
 * components. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"

typedef struct BootstrapSettings {
    CliModelling modelling; /* of the fits; without a spec */
    emix_index n_replicates;
    int resampling;
    bool is_test;
    double level;
    const char *weights;
    emix_index n_threads;
    const char *output;
    bool is_json;
    bool is_quiet;
} BootstrapSettings;

static void set_defaults(void *settings)
{
    const EmixBootstrapOptions bootstrap = emix_bootstrap_options_default();
    *(BootstrapSettings *)settings = (BootstrapSettings){
        .modelling = {.fit = emix_fit_options_default()},
        .n_replicates = bootstrap.n_replicates,
        .resampling = (int)bootstrap.resampling,
        .level = bootstrap.level,
    };
}

#define CHOICE_OF(name, text, meaning) {text, meaning, name},
static const CliChoice resamplings[] = {EMIX_RESAMPLING_LIST(CHOICE_OF){0}};
#undef CHOICE_OF

static CliOption options[] = {
    {.name = "replicates",
     .letter = 'B',
     .kind = CLI_INTEGER,
     .offset = offsetof(BootstrapSettings, n_replicates),
     .value = "B",
     .minimum = 1,
     .maximum = 1000000,
     .help = "samples to draw and fit"},
    {.name = "resample",
     .kind = CLI_CHOICE,
     .offset = offsetof(BootstrapSettings, resampling),
     .value = "NAME",
     .choices = resamplings,
     .help = "where samples come from"},
    {.name = "test-components",
     .kind = CLI_FLAG,
     .offset = offsetof(BootstrapSettings, is_test),
     .help = "instead test the model's number of components against one more, by the likelihood "
             "ratio on parametric samples"},
    {.name = "starts",
     .is_library_row = true,
     .offset = offsetof(BootstrapSettings, modelling),
     .help = "starts of each fit with one component more"},
    {.name = "level",
     .kind = CLI_REAL,
     .offset = offsetof(BootstrapSettings, level),
     .value = "P",
     .help = "coverage of the percentile intervals, between 0 and 1"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(BootstrapSettings, weights),
     .value = "COLUMN",
     .help = "column, by name or 1-based number, that holds row weights >= 0, as frequencies: a "
             "sample has as many rows as they sum to (default all 1)"},
    {.name = "max-iter",
     .is_library_row = true,
     .offset = offsetof(BootstrapSettings, modelling),
     .minimum = 1,
     .help = "EM iterations of a fit at most"},
    {.name = "tol",
     .is_library_row = true,
     .offset = offsetof(BootstrapSettings, modelling),
     .help = "a fit ends when the predicted remaining gain in log-likelihood is below T nats"},
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(BootstrapSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "worker threads, each at work on a sample of its own; never changes a bit of the "
             "result (default all cores)"},
    {.name = "seed", .is_library_row = true, .offset = offsetof(BootstrapSettings, modelling)},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(BootstrapSettings, output),
     .value = "FILE",
     .help = "write the JSON document here; - is standard output, then without the text"},
    {.name = "json",
     .kind = CLI_FLAG,
     .offset = offsetof(BootstrapSettings, is_json),
     .help =
         "one emix.bootstrap/1 or emix.component_test/1 JSON document on standard output instead "
         "of text"},
    {.name = "quiet",
     .letter = 'q',
     .kind = CLI_FLAG,
     .offset = offsetof(BootstrapSettings, is_quiet),
     .help = "no progress line on the terminal"},
    CLI_HELP_OPTION,
    {0},
};

/* One run of the command: its settings and its results so far. */
typedef struct BootstrapJob {
    BootstrapSettings settings;
    EmixContext *context;
    EmixModel *model;
    EmixDataset *dataset;
    EmixBootstrap *bootstrap; /* one of these two */
    EmixComponentTest *test;
} BootstrapJob;

static const EmixReplicateCounts *counts_of(const BootstrapJob *job)
{
    return job->test != NULL ? &job->test->counts : &job->bootstrap->counts;
}

/* ---- the work ---- */

static EmixStatus read_data(BootstrapJob *job, const char *path, EmixError *error)
{
    const EmixReadOptions read_options = {.weights_column = job->settings.weights,
                                          .features = emix_model_feature_names(job->model),
                                          .n_features = emix_model_n_features(job->model)};
    return emix_dataset_read(job->context, path, &read_options, &job->dataset, error);
}

static EmixStatus run_replicates(BootstrapJob *job, EmixError *error)
{
    const BootstrapSettings *settings = &job->settings;
    const EmixFitOptions *fit = &settings->modelling.fit;
    CliProgress line = cli_progress_begin(settings->is_quiet);
    EmixBootstrapOptions bootstrap = emix_bootstrap_options_default();
    bootstrap.n_replicates = (int)settings->n_replicates;
    bootstrap.resampling = (EmixResampling)settings->resampling;
    bootstrap.n_starts = fit->starts.n;
    bootstrap.level = settings->level;
    bootstrap.max_iterations = fit->stop.max_iterations;
    bootstrap.tolerance = fit->stop.tolerance;
    bootstrap.seed = fit->starts.seed;
    bootstrap.progress = cli_progress_replicates;
    bootstrap.progress_context = &line;
    cli_catch_interrupts();
    const EmixStatus status = settings->is_test
                                  ? emix_component_test_create(job->context, job->model,
                                                               job->dataset, &bootstrap, &job->test,
                                                               error)
                                  : emix_bootstrap_create(job->context, job->model, job->dataset,
                                                          &bootstrap, &job->bootstrap, error);
    cli_progress_end(&line);
    return status;
}

/* ---- output ---- */

static void print_counts(const BootstrapJob *job)
{
    const EmixReplicateCounts *counts = counts_of(job);
    printf("replicates      %d of %d", counts->n_done, counts->n_replicates);
    if (counts->n_failed > 0) printf(", %d failed", counts->n_failed);
    if (counts->n_not_converged > 0) printf(", %d not converged", counts->n_not_converged);
    printf("; seed %" PRIu64 "\n", job->settings.modelling.fit.starts.seed);
}

static void print_bootstrap(const BootstrapJob *job)
{
    const EmixBootstrap *bootstrap = job->bootstrap;
    printf("samples         %s, %" PRId64 " rows\n", emix_resampling_name(bootstrap->resampling),
           bootstrap->sample_rows);
    print_counts(job);
    if (bootstrap->counts.n_done - bootstrap->counts.n_failed >= 2) {
        cli_print_errors(job->model, &bootstrap->parameters, "bootstrap");
    }
}

static void print_test(const BootstrapJob *job)
{
    const EmixComponentTest *test = job->test;
    printf("hypotheses      %" PRId64 " component%s against %" PRId64 "\n", test->n_components,
           test->n_components == 1 ? "" : "s", test->n_components + 1);
    if (isfinite(test->statistic)) {
        printf("log-likelihood  %.6f against %.6f\n", test->log_likelihood,
               test->alternative_log_likelihood);
        printf("statistic       %.6g\n", test->statistic);
    }
    print_counts(job);
    if (test->n_null > 0) {
        printf("null statistic  median %.4g, largest %.4g\n",
               test->null_statistics[test->n_null / 2], test->null_statistics[test->n_null - 1]);
        printf("p-value         %.4g (Monte Carlo error %.2g)\n", test->p_value,
               test->p_value_error);
    }
}

static EmixStatus make_document(const BootstrapJob *job, char **text, EmixError *error)
{
    return job->test != NULL ? emix_component_test_document(job->test, text, error)
                             : emix_bootstrap_document(job->bootstrap, text, error);
}

static CliExit deliver(const BootstrapJob *job)
{
    EmixError error = {{0}};
    char *text = NULL;
    const char *output = job->settings.output;
    CliExit exit_status = CLI_EXIT_OK;
    EmixStatus status = make_document(job, &text, &error);
    if (status == EMIX_OK && output != NULL) status = emix_text_write(text, output, &error);
    cli_release_interrupts();
    if (status != EMIX_OK) exit_status = cli_fail(status, &error);
    if (job->settings.is_json) {
        if (text != NULL) puts(text);
    } else if (output == NULL || strcmp(output, "-") != 0) {
        (job->test != NULL ? print_test : print_bootstrap)(job);
    }
    emix_text_destroy(text);
    return exit_status;
}

/* The exit status for the delivered result, with a message on standard error unless all went
 * well. */
static CliExit conclude(const BootstrapJob *job)
{
    const EmixReplicateCounts *counts = counts_of(job);
    const int n_least = job->test != NULL ? 1 : 2;
    if (counts->n_done < counts->n_replicates) {
        cli_message("interrupted after %d of %d replicates", counts->n_done, counts->n_replicates);
        return CLI_EXIT_INTERRUPTED;
    }
    if (counts->n_done - counts->n_failed < n_least) {
        cli_message("%d of %d replicates led to no usable model: nothing can be said",
                    counts->n_failed, counts->n_replicates);
        return CLI_EXIT_DEGENERATE;
    }
    return CLI_EXIT_OK;
}

static CliExit check_settings(const BootstrapSettings *settings, const char *const *operands)
{
    if (!(settings->level > 0.0 && settings->level < 1.0)) {
        cli_message("--level needs a number between 0 and 1, not %g", settings->level);
        return CLI_EXIT_USAGE;
    }
    if (settings->is_json && settings->output != NULL && strcmp(settings->output, "-") == 0) {
        cli_message("--json and --output - would both write to standard output");
        return CLI_EXIT_USAGE;
    }
    if (settings->is_test && settings->resampling != (int)EMIX_RESAMPLE_PARAMETRIC) {
        cli_message("--test-components needs parametric samples: others do not come from the null "
                    "hypothesis");
        return CLI_EXIT_USAGE;
    }
    return cli_check_output(settings->output, operands, 2);
}

static CliExit run_and_deliver(BootstrapJob *job, const char *data_path)
{
    EmixError error = {{0}};
    EmixStatus status = read_data(job, data_path, &error);
    if (status == EMIX_OK) status = run_replicates(job, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    const CliExit exit_status = deliver(job);
    return exit_status == CLI_EXIT_OK ? conclude(job) : exit_status;
}

static CliExit run(int argc, char **argv)
{
    BootstrapJob job = {0};
    const char *operands[CLI_MAX_OPERANDS];
    CliExit exit_status = CLI_EXIT_OK;
    cli_complete_options(options);
    if (!cli_parse(&cli_command_bootstrap, argc, argv, &job.settings, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = check_settings(&job.settings, operands);
    if (exit_status == CLI_EXIT_OK) {
        exit_status = cli_make_context(job.settings.n_threads, 0, &job.context);
    }
    if (exit_status == CLI_EXIT_OK) exit_status = cli_read_model(operands[0], &job.model);
    if (exit_status == CLI_EXIT_OK) exit_status = run_and_deliver(&job, operands[1]);
    emix_component_test_destroy(job.test);
    emix_bootstrap_destroy(job.bootstrap);
    emix_dataset_destroy(job.dataset);
    emix_model_destroy(job.model);
    emix_context_destroy(job.context);
    return exit_status;
}

const CliCommand cli_command_bootstrap = {
    .name = "bootstrap",
    .usage = "MODEL.json DATA [-B 200] [options]",
    .summary = "standard errors, or a test of the number of components, from other samples",
    .details =
        "Draws samples of the size of DATA, from the model that was fitted to DATA or from its "
        "rows, "
        "fits each from the model's parameters, and prints standard errors and percentile "
        "intervals "
        "of all parameters. Samples without a usable fit are counted and left out.\n\n"
        "With --test-components: fits DATA with the model's K components and with K + 1, and tells "
        "how often samples of the model with K components show as large a likelihood ratio "
        "(McLachlan 1987). The p-value is (1 + such samples) / (1 + all samples), so B samples "
        "show "
        "no less than 1 / (B + 1).\n\n"
        "Ctrl-C ends it with the samples finished so far.\n\n" CLI_MODEL_DATA_HELP,
    .operands = {"MODEL.json", "DATA"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
