/* emix score: the log-likelihood of a model on a table. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"

typedef struct ScoreSettings {
    const char *weights;
    const char *labels;
    const char *responsibilities;
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
    {.name = "responsibilities",
     .kind = CLI_TEXT,
     .offset = offsetof(ScoreSettings, responsibilities),
     .value = "FILE",
     .help = "table of one row a row of DATA and one column a component, as predict --proba writes "
             "it: also print the bound on the log-likelihood that these give"},
    {.name = "labels",
     .kind = CLI_TEXT,
     .offset = offsetof(ScoreSettings, labels),
     .value = "COLUMN",
     .help =
         "column, by name or 1-based number, of known components that is no feature and is left "
         "out"},
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

/* Prints a line, or a member, with a name and an exact number. */
static void print_number(const char *name, double value, bool is_json)
{
    char text[32];
    printf(is_json ? ",\"%s\":%s" : "%-22s  %s\n", name, cli_format_exact(value, text));
}

static void print_score(const EmixDataset *dataset, const EmixElbo *score, bool with_elbo,
                        bool is_json)
{
    const double total_weight = emix_dataset_total_weight(dataset);
    printf(is_json ? "{\"schema\":\"emix.score/1\",\"n_rows\":%" PRId64
                   : "n_rows                  %" PRId64 "\n",
           emix_dataset_n_rows(dataset));
    print_number("total_weight", total_weight, is_json);
    print_number("log_likelihood", score->log_likelihood, is_json);
    print_number("log_likelihood_per_row", score->log_likelihood / total_weight, is_json);
    if (with_elbo) {
        print_number("elbo", score->elbo, is_json);
        print_number("kl", score->kl, is_json);
        print_number("entropy", score->entropy, is_json);
        print_number("expected_log_joint", score->expected_log_joint, is_json);
    }
    printf(is_json ? "}\n" : "");
}

/* Computes the bound at the responsibilities in a file. */
static CliExit score_bound(const EmixContext *context, const ScoreSettings *settings,
                           const EmixModel *model, const EmixDataset *dataset, EmixElbo *score)
{
    EmixError error = {{0}};
    EmixDataset *responsibilities = NULL;
    EmixStatus status = emix_dataset_read(context, settings->responsibilities, NULL,
                                          &responsibilities, &error);
    if (status == EMIX_OK) {
        status = emix_elbo(context, model, dataset, responsibilities, score, &error);
    }
    emix_dataset_destroy(responsibilities);
    if (status != EMIX_OK) return cli_fail(status, &error);
    if (!isfinite(score->elbo)) {
        cli_message("%s: a responsibility is positive where the component's density is 0: the "
                    "elbo is minus infinity",
                    settings->responsibilities);
        return CLI_EXIT_DATA;
    }
    return CLI_EXIT_OK;
}

static CliExit score_rows(const EmixContext *context, const ScoreSettings *settings,
                          const EmixModel *model, const EmixDataset *dataset, EmixElbo *score)
{
    EmixError error = {{0}};
    if (settings->responsibilities != NULL)
        return score_bound(context, settings, model, dataset, score);
    const EmixStatus status = emix_score(context, model, dataset, &score->log_likelihood, &error);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}

static CliExit score_file(const EmixContext *context, const ScoreSettings *settings,
                          const EmixModel *model, const char *data_path)
{
    EmixError error = {{0}};
    EmixDataset *dataset = NULL;
    EmixElbo score = {0};
    const EmixReadOptions read_options = {.weights_column = settings->weights,
                                          .labels_column = settings->labels,
                                          .features = emix_model_feature_names(model),
                                          .n_features = emix_model_n_features(model)};
    const EmixStatus status = emix_dataset_read(context, data_path, &read_options, &dataset,
                                                &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    const CliExit exit_status = score_rows(context, settings, model, dataset, &score);
    if (exit_status == CLI_EXIT_OK) {
        print_score(dataset, &score, settings->responsibilities != NULL, settings->is_json);
    }
    emix_dataset_destroy(dataset);
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    ScoreSettings settings;
    const char *operands[CLI_MAX_OPERANDS];
    EmixContext *context = NULL;
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_score, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    if (settings.responsibilities != NULL && strcmp(settings.responsibilities, "-") == 0 &&
        strcmp(operands[1], "-") == 0) {
        cli_message("DATA and --responsibilities cannot both be read from standard input");
        return CLI_EXIT_USAGE;
    }
    exit_status = cli_make_context(settings.n_threads, 0, &context);
    if (exit_status == CLI_EXIT_OK) exit_status = cli_read_model(operands[0], &model);
    if (exit_status == CLI_EXIT_OK)
        exit_status = score_file(context, &settings, model, operands[1]);
    emix_model_destroy(model);
    emix_context_destroy(context);
    return exit_status;
}

const CliCommand cli_command_score = {
    .name = "score",
    .usage = "MODEL.json DATA [options]",
    .summary = "print the log-likelihood of a model on a table",
    .details = "Prints the log-likelihood of the rows of DATA under a model: the total, and the "
               "mean per unit of row weight; natural logarithms. With --responsibilities also what "
               "EM splits it into at any distribution q over the components: the lower bound elbo "
               "= expected_log_joint + entropy, and kl, the divergence of q from the model's own "
               "responsibilities; log_likelihood = elbo + kl.\n\n" CLI_MODEL_DATA_HELP,
    .operands = {"MODEL.json", "DATA"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
