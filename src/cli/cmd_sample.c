/* emix sample: random rows from a model. */
#include <stdlib.h>

#include "cli/args.h"

typedef struct SampleSettings {
    emix_index n_rows;
    uint64_t seed;
    const char *output;
} SampleSettings;

static void set_defaults(void *settings)
{
    *(SampleSettings *)settings = (SampleSettings){.output = "-"};
}

static const CliOption options[] = {
    {.name = "rows",
     .letter = 'n',
     .kind = CLI_INTEGER,
     .offset = offsetof(SampleSettings, n_rows),
     .value = "N",
     .required = true,
     .minimum = 1,
     .maximum = INT64_C(1000000000000),
     .help = "number of rows"},
    {.name = "seed",
     .kind = CLI_SEED,
     .offset = offsetof(SampleSettings, seed),
     .value = "S",
     .help = "64-bit seed; the same seed gives the same rows"},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(SampleSettings, output),
     .value = "FILE",
     .help = "where to write, by extension .csv, .tsv or .npy; - is CSV on standard output"},
    CLI_HELP_OPTION,
    {0},
};

typedef struct SampleContext {
    const EmixModel *model;
    uint64_t seed;
} SampleContext;

static EmixStatus fill(void *context, emix_index first_row, emix_index n_rows, void *rows,
                       EmixError *error)
{
    const SampleContext *sample = context;
    return emix_sample(sample->model, sample->seed, first_row, n_rows, rows, NULL, error);
}

/* The model's feature names, or x1 ... xn; a block for free(), NULL = out of memory. */
static const char **column_names(const EmixModel *model)
{
    const emix_index n_features = emix_model_n_features(model);
    if (emix_model_feature_name(model, 0) == NULL) return cli_numbered_names("x", 1, n_features);
    const char **names = calloc((size_t)n_features, sizeof *names);
    for (emix_index j = 0; names != NULL && j < n_features; ++j) {
        names[j] = emix_model_feature_name(model, j);
    }
    return names;
}

static CliExit sample(const SampleSettings *settings, const EmixModel *model)
{
    const EmixError no_detail = {{0}};
    SampleContext context = {.model = model, .seed = settings->seed};
    const char **names = column_names(model);
    if (names == NULL) return cli_fail(EMIX_ERR_NOMEM, &no_detail);
    const CliTable table = {.path = settings->output,
                            .n_rows = settings->n_rows,
                            .n_columns = emix_model_n_features(model),
                            .names = names,
                            .type = EMIX_COLUMN_NUMBER,
                            .fill = fill,
                            .context = &context};
    const CliExit exit_status = cli_write_table(&table);
    free(names);
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    SampleSettings settings;
    const char *operands[CLI_MAX_OPERANDS];
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_sample, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = cli_check_output(settings.output, operands, 1);
    if (exit_status == CLI_EXIT_OK) exit_status = cli_read_model(operands[0], &model);
    if (exit_status == CLI_EXIT_OK) exit_status = sample(&settings, model);
    emix_model_destroy(model);
    return exit_status;
}

const CliCommand cli_command_sample = {
    .name = "sample",
    .usage = "MODEL.json -n N [--seed S] [-o OUT]",
    .summary = "draw random rows from a model",
    .details = "Draws rows from a model and writes them with the model's feature names as header, "
               "x1, x2, ... when it has none. The first N rows of a seed are the same for every "
               "larger N.",
    .operands = {"MODEL.json"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
