/* emix predict: components, responsibilities or densities of the rows of a table. */
#include <stdlib.h>

#include "cli/args.h"

typedef struct PredictSettings {
    bool wants_responsibilities;
    bool wants_log_density;
    const char *weights;
    const char *labels;
    emix_index n_threads;
    const char *output;
} PredictSettings;

static void set_defaults(void *settings)
{
    *(PredictSettings *)settings = (PredictSettings){.output = "-"};
}

static const CliOption options[] = {
    {.name = "proba",
     .kind = CLI_FLAG,
     .offset = offsetof(PredictSettings, wants_responsibilities),
     .help = "write the responsibilities, columns component_0 ... component_{K-1}, by their names "
             "where components have any"},
    {.name = "log-density",
     .kind = CLI_FLAG,
     .offset = offsetof(PredictSettings, wants_log_density),
     .help = "write log p(x), natural logarithm, column log_density"},
    {.name = "weights",
     .kind = CLI_TEXT,
     .offset = offsetof(PredictSettings, weights),
     .value = "COLUMN",
     .help = "column, by name or 1-based number, that is no feature and is left out"},
    {.name = "labels",
     .kind = CLI_TEXT,
     .offset = offsetof(PredictSettings, labels),
     .value = "COLUMN",
     .help =
         "column, by name or 1-based number, of known components that is no feature and is left "
         "out"},
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(PredictSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "worker threads; never changes a bit of the result (default all cores)"},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(PredictSettings, output),
     .value = "FILE",
     .help = "where to write, by extension .csv, .tsv or .npy; - is CSV on standard output"},
    CLI_HELP_OPTION,
    {0},
};

typedef struct PredictContext {
    const EmixContext *who;
    const PredictSettings *settings;
    const EmixModel *model;
    const EmixDataset *dataset;
} PredictContext;

static EmixStatus fill(void *context, emix_index first_row, emix_index n_rows, void *rows,
                       EmixError *error)
{
    const PredictContext *predict = context;
    EmixPrediction out = {0};
    if (predict->settings->wants_responsibilities) {
        out.responsibilities = rows;
    } else if (predict->settings->wants_log_density) {
        out.log_density = rows;
    } else {
        out.labels = rows;
    }
    return emix_predict(predict->who, predict->model, predict->dataset, first_row, n_rows, &out,
                        error);
}

/* The names of the components, component_k for those without; a block for free(), NULL = out of
 * memory. */
static const char **component_names_of(const EmixModel *model)
{
    const emix_index n = emix_model_n_components(model);
    const char *const *known = emix_model_component_names(model);
    const char **names = cli_numbered_names("component_", 0, n);
    for (emix_index k = 0; names != NULL && known != NULL && k < n; ++k) {
        if (known[k] != NULL) names[k] = known[k];
    }
    return names;
}

static CliExit write_predictions(PredictContext *context)
{
    static const char *const log_density_name[] = {"log_density"};
    static const char *const label_name[] = {"component"};
    const PredictSettings *settings = context->settings;
    const EmixError no_detail = {{0}};
    const char **component_names = component_names_of(context->model);
    if (component_names == NULL) return cli_fail(EMIX_ERR_NOMEM, &no_detail);
    CliTable table = {.path = settings->output,
                      .n_rows = emix_dataset_n_rows(context->dataset),
                      .n_columns = 1,
                      .names = settings->wants_log_density ? log_density_name : label_name,
                      .type = EMIX_COLUMN_NUMBER,
                      .fill = fill,
                      .context = context};
    if (settings->wants_responsibilities) {
        table.n_columns = emix_model_n_components(context->model);
        table.names = component_names;
    } else if (!settings->wants_log_density) {
        table.type = EMIX_COLUMN_INDEX;
        if (emix_model_component_names(context->model) != NULL) {
            table.n_index_names = emix_model_n_components(context->model);
            table.index_names = component_names;
        }
    }
    const CliExit exit_status = cli_write_table(&table);
    free(component_names);
    return exit_status;
}

static CliExit predict(const EmixContext *who, const PredictSettings *settings,
                       const EmixModel *model, const char *data_path)
{
    EmixError error = {{0}};
    EmixDataset *dataset = NULL;
    const EmixReadOptions read_options = {.weights_column = settings->weights,
                                          .labels_column = settings->labels,
                                          .features = emix_model_feature_names(model),
                                          .n_features = emix_model_n_features(model)};
    const EmixStatus status = emix_dataset_read(who, data_path, &read_options, &dataset, &error);
    if (status != EMIX_OK) return cli_fail(status, &error);
    PredictContext context = {.who = who, .settings = settings, .model = model, .dataset = dataset};
    const CliExit exit_status = write_predictions(&context);
    emix_dataset_destroy(dataset);
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    PredictSettings settings;
    const char *operands[CLI_MAX_OPERANDS];
    EmixContext *context = NULL;
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_predict, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    if (settings.wants_responsibilities && settings.wants_log_density) {
        cli_message("--proba and --log-density exclude each other");
        return CLI_EXIT_USAGE;
    }
    exit_status = cli_check_output(settings.output, operands, 2);
    if (exit_status == CLI_EXIT_OK) exit_status = cli_make_context(settings.n_threads, 0, &context);
    if (exit_status == CLI_EXIT_OK) exit_status = cli_read_model(operands[0], &model);
    if (exit_status == CLI_EXIT_OK) exit_status = predict(context, &settings, model, operands[1]);
    emix_model_destroy(model);
    emix_context_destroy(context);
    return exit_status;
}

const CliCommand cli_command_predict = {
    .name = "predict",
    .usage = "MODEL.json DATA [--proba | --log-density] [-o OUT]",
    .summary = "write the component, responsibilities or density of each row",
    .details = "Writes one line for each row of DATA: by default the component that most likely "
               "made it, as column component. Components are numbered from 0 in the order of the "
               "model file; where they have names, text shows those, and component_k for one "
               "without.\n\n" CLI_MODEL_DATA_HELP,
    .operands = {"MODEL.json", "DATA"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
