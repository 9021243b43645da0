/* emix score: the log-likelihood of a model on a table. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/args.h"

typedef struct ScoreSettings {
    const char *weights;
    emix_index n_threads;
    bool is_json;
} ScoreSettings;

static void set_defaults(void *settings)
{
    *(ScoreSettings *)settings = (ScoreSettings){0};
}

static const CliOption options[] = {
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(ScoreSettings, weights),
     .value = "COLUMN",
     .help = "column, by name or 1-based number, that holds row weights >= 0 and is no feature"},
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(ScoreSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "worker threads; never changes a bit of the result (default all cores)"},
    {.name = "json",
     .kind = CLI_FLAG,
     .offset = offsetof(ScoreSettings, is_json),
     .help = "one emix.score/1 JSON document instead of text"},
    CLI_HELP_OPTION,
    {0},
};

static void print_score(const EmixDataset *dataset, double log_likelihood, bool is_json)
{
    char total[32];
    char per_row[32];
    char weight[32];
    const double total_weight = emix_dataset_total_weight(dataset);
    cli_format_exact(log_likelihood, total);
    cli_format_exact(log_likelihood / total_weight, per_row);
    cli_format_exact(total_weight, weight);
    printf(is_json ? "{\"schema\":\"emix.score/1\",\"n_rows\":%" PRId64 ",\"total_weight\":%s,"
                     "\"log_likelihood\":%s,\"log_likelihood_per_row\":%s}\n"
                   : "n_rows                  %" PRId64 "\n"
                     "total_weight            %s\n"
                     "log_likelihood          %s\n"
                     "log_likelihood_per_row  %s\n",
           emix_dataset_n_rows(dataset), weight, total, per_row);
}

static CliExit score(const ScoreSettings *settings, const EmixModel *model, const char *data_path)
{
    EmixError error = {{0}};
    EmixDataset *dataset = NULL;
    double log_likelihood = 0.0;
    const EmixReadOptions read_options = {.weights_column = settings->weights,
                                          .n_workers = (int)settings->n_threads};
    EmixStatus status = emix_dataset_read(data_path, &read_options, &dataset, &error);
    if (status == EMIX_OK) {
        status = emix_score(model, dataset, (int)settings->n_threads, &log_likelihood, &error);
    }
    const CliExit exit_status = status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
    if (status == EMIX_OK) print_score(dataset, log_likelihood, settings->is_json);
    emix_dataset_destroy(dataset);
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    ScoreSettings settings;
    const char *operands[CLI_MAX_OPERANDS];
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_score, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = cli_read_model(operands[0], &model);
    if (exit_status == CLI_EXIT_OK) exit_status = score(&settings, model, operands[1]);
    emix_model_destroy(model);
    return exit_status;
}

const CliCommand cli_command_score = {
    .name = "score",
    .usage = "MODEL.json DATA [options]",
    .summary = "print the log-likelihood of a model on a table",
    .details = "Prints the log-likelihood of the rows of DATA under a model: the total, and the "
               "mean per unit of row weight; natural logarithms.\n\n" CLI_DATA_HELP,
    .operands = {"MODEL.json", "DATA"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
