/* emix fit: a mixture model fitted to a table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/checkpoint.h"
#include "cli/fit_settings.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/summary.h"

/* One run of the command: what was asked for, and what there is by now. */
typedef struct FitJob {
    CliFitSettings settings;
    const char *data_path;
    double begin_s;
    EmixFitContext circumstances;
    EmixContext *context;
    EmixModel *initial;
    EmixDataset *responsibilities;
    EmixTraceWriter *trace;
    EmixDataset *dataset;
    EmixFit *fit;
    EmixModel *model;
} FitJob;

/* The files of a fit that a checkpoint is to go on with must stay as they are. */
static CliExit check_checkpoint(const FitJob *job)
{
    const CliFitSettings *settings = &job->settings;
    const CliNamedPath others[] = {{"DATA", job->data_path},
                                   {"--init", settings->initial_path},
                                   {"--init-responsibilities", settings->responsibilities_path},
                                   {"--output", settings->output},
                                   {"--trace", settings->trace}};
    if (settings->modelling.fit.checkpoint.path == NULL) return CLI_EXIT_OK;
    const CliExit status = cli_check_checkpoint(settings->modelling.fit.checkpoint.path, others,
                                                sizeof others / sizeof *others);
    return status != CLI_EXIT_OK || settings->initial_path == NULL
               ? status
               : cli_check_output(settings->output, &settings->initial_path, 1);
}

/* Without a checkpoint the initial model may be replaced, by a fit that begins with it. */
static CliExit check_outputs(const FitJob *job)
{
    CliExit status = cli_check_output(job->settings.output, &job->data_path, 1);
    if (status == CLI_EXIT_OK) status = cli_check_output(job->settings.trace, &job->data_path, 1);
    return status == CLI_EXIT_OK ? check_checkpoint(job) : status;
}

static EmixStatus read_data(FitJob *job, EmixError *error)
{
    EmixReadOptions options_of_read = {.weights_column = job->settings.weights,
                                       .labels_column = job->settings.labels};
    if (job->initial != NULL) {
        options_of_read.features = emix_model_feature_names(job->initial);
        options_of_read.n_features = emix_model_n_features(job->initial);
    }
    const double begin_s = cli_clock_s();
    const EmixStatus status = emix_dataset_read(job->context, job->data_path, &options_of_read,
                                                &job->dataset, error);
    job->circumstances.read_s = cli_clock_s() - begin_s;
    return status;
}

/* Takes the number of components from a file that a fit begins with; -k may say it again. */
static CliExit take_components(CliModelling *modelling, const char *path, emix_index n)
{
    char text[24];
    EmixError error = {{0}};
    const emix_index asked = emix_spec_n_components(modelling->spec);
    if (modelling->has_components && asked != n) {
        cli_message("--components is %" PRId64 ", but %s has %" PRId64
                    " components to begin with; leave one of them out",
                    asked, path, n);
        return CLI_EXIT_USAGE;
    }
    if (modelling->has_components) return CLI_EXIT_OK;
    snprintf(text, sizeof text, "%" PRId64, n);
    const EmixStatus status = emix_spec_set(modelling->spec, "components", text, &error);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}

/* Reads what the fit begins with, which has the number of components where -k does not say it. */
static CliExit read_beginning(FitJob *job)
{
    EmixError error = {{0}};
    CliFitSettings *settings = &job->settings;
    const char *path = settings->responsibilities_path;
    if (settings->initial_path != NULL) {
        const CliExit exit_status = cli_read_model(settings->initial_path, &job->initial);
        return exit_status != CLI_EXIT_OK
                   ? exit_status
                   : take_components(&settings->modelling, settings->initial_path,
                                     emix_model_n_components(job->initial));
    }
    if (path == NULL) return CLI_EXIT_OK;
    if (cli_is_stdout(path) && cli_is_stdout(job->data_path)) {
        cli_message("DATA and --init-responsibilities cannot both be read from standard input");
        return CLI_EXIT_USAGE;
    }
    const EmixStatus status = emix_dataset_read(job->context, path, NULL, &job->responsibilities,
                                                &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    const emix_index n = emix_dataset_n_features(job->responsibilities);
    if (n == 1 && !settings->modelling.has_components) {
        cli_message("--components is required with one column of components, in %s", path);
        return CLI_EXIT_USAGE;
    }
    return n == 1 ? CLI_EXIT_OK : take_components(&settings->modelling, path, n);
}

static EmixStatus run_fit(FitJob *job, EmixError *error)
{
    CliProgress line = cli_progress_begin(job->settings.is_quiet);
    EmixFitOptions fit_options = job->settings.modelling.fit;
    fit_options.starts.initial = job->initial;
    fit_options.starts.responsibilities = job->responsibilities;
    fit_options.progress = cli_progress_update;
    fit_options.progress_context = &line;

    EmixStatus status = EMIX_OK;
    if (job->settings.trace != NULL) {
        status = emix_trace_writer_create(job->settings.trace, &job->trace, error);
        if (status != EMIX_OK) return status;
        fit_options.trace = emix_trace_writer_append;
        fit_options.trace_context = job->trace;
    }
    status = emix_fit_create(job->context, job->dataset, job->settings.modelling.spec, &fit_options,
                             &job->fit, error);
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
        const EmixStatus status = emix_fit_document(job->model, &job->circumstances, &text, error);
        if (status == EMIX_OK) puts(text);
        emix_text_destroy(text);
        return status;
    }
    const CliSummary summary = {.data_path = job->data_path,
                                .context = &job->circumstances,
                                .model_path = job->settings.output};
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
        job->circumstances.peak_bytes = (size_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
    }
    job->circumstances.total_s = cli_clock_s() - job->begin_s;
    if (!cli_is_stdout(output) && !cli_is_stdout(job->settings.trace)) {
        status = print_result(job, &error);
        if (status != EMIX_OK) exit_status = cli_fail(status, &error);
    }
    return exit_status;
}

/* The exit status of a fit that was delivered, with a word on standard error unless it ended
 * as asked for. */
static CliExit conclude(const FitJob *job)
{
    const EmixFitReport *report = emix_fit_report(job->fit);
    switch (report->stop) {
    case EMIX_STOP_ITERATION_LIMIT:
        if (job->settings.modelling.fit.stop.rule == EMIX_STOP_ON_NONE) break;
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

/* That there is no usable model is a result, unless the fit was cut short. */
static CliExit give_up(FitJob *job, EmixStatus status, const EmixError *error)
{
    if (status == EMIX_ERR_DEGENERATE && job->fit != NULL && !cli_is_interrupted()) {
        emix_fit_checkpoint_discard(job->fit, NULL);
    }
    return cli_fail(status, error);
}

static CliExit fit_and_deliver(FitJob *job)
{
    EmixError error = {{0}};
    EmixStatus status = read_data(job, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    status = run_fit(job, &error);
    if (status != EMIX_OK) return give_up(job, status, &error);
    status = cli_add_standard_errors(job->context, job->model, job->dataset,
                                     job->settings.standard_errors, &error);
    const CliExit errors_exit = status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
    CliExit exit_status = deliver(job); /* of a fit without them, too: the work is not lost */
    const bool is_delivered = exit_status == CLI_EXIT_OK;
    if (is_delivered) exit_status = errors_exit;
    if (exit_status == CLI_EXIT_OK) exit_status = conclude(job);
    if (job->settings.modelling.fit.checkpoint.path != NULL) {
        cli_end_checkpoint(job->fit, job->settings.modelling.fit.checkpoint.path, is_delivered);
    }
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    FitJob job = {.begin_s = cli_clock_s()};
    const char *operands[CLI_MAX_OPERANDS];
    CliExit exit_status = CLI_EXIT_OK;
    cli_fit_complete_options();
    exit_status = cli_fit_begin_settings(&job.settings);
    if (exit_status != CLI_EXIT_OK) return exit_status;
    if (!cli_parse(&cli_command_fit, argc, argv, &job.settings, operands, &exit_status)) {
        emix_spec_destroy(job.settings.modelling.spec);
        return exit_status;
    }
    job.data_path = operands[0];
    exit_status = cli_fit_check_settings(&job.settings) ? check_outputs(&job) : CLI_EXIT_USAGE;
    if (exit_status == CLI_EXIT_OK) {
        exit_status = cli_make_context(job.settings.n_threads, job.settings.memory_bytes,
                                       &job.context);
    }
    if (exit_status == CLI_EXIT_OK) exit_status = read_beginning(&job);
    if (exit_status == CLI_EXIT_OK) exit_status = fit_and_deliver(&job);
    emix_trace_writer_discard(job.trace);
    emix_model_destroy(job.model);
    emix_fit_destroy(job.fit);
    emix_dataset_destroy(job.dataset);
    emix_dataset_destroy(job.responsibilities);
    emix_model_destroy(job.initial);
    emix_context_destroy(job.context);
    emix_spec_destroy(job.settings.modelling.spec);
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
    .options = cli_fit_options,
    .set_defaults = cli_fit_set_defaults,
    .run = run,
};
