/* emix convert: a table from one format to another. */
#include <stdlib.h>

#include "cli/args.h"

typedef struct ConvertSettings {
    emix_index n_threads;
} ConvertSettings;

static void set_defaults(void *settings)
{
    *(ConvertSettings *)settings = (ConvertSettings){0};
}

static const CliOption options[] = {
    {.name = "threads",
     .kind = CLI_INTEGER,
     .offset = offsetof(ConvertSettings, n_threads),
     .value = "N",
     .minimum = 1,
     .maximum = CLI_MAX_THREADS,
     .help = "threads for reading text (default all cores)"},
    CLI_HELP_OPTION,
    {0},
};

static EmixStatus fill(void *context, emix_index first_row, emix_index n_rows, void *rows,
                       EmixError *error)
{
    return emix_dataset_copy_rows(context, first_row, n_rows, rows, error);
}

static CliExit convert(EmixDataset *dataset, const char *path)
{
    const EmixError no_detail = {{0}};
    const emix_index n_features = emix_dataset_n_features(dataset);
    const char **names = calloc((size_t)n_features, sizeof *names);
    if (names == NULL) return cli_fail(EMIX_ERR_NOMEM, &no_detail);
    for (emix_index j = 0; j < n_features; ++j) {
        names[j] = emix_dataset_feature_name(dataset, j);
    }
    const CliTable table = {.path = path,
                            .n_rows = emix_dataset_n_rows(dataset),
                            .n_columns = n_features,
                            .names = names[0] != NULL ? names : NULL,
                            .type = EMIX_COLUMN_NUMBER,
                            .fill = fill,
                            .context = dataset};
    const CliExit exit_status = cli_write_table(&table);
    free(names);
    return exit_status;
}

static CliExit run(int argc, char **argv)
{
    ConvertSettings settings;
    const char *operands[CLI_MAX_OPERANDS];
    EmixError error = {{0}};
    EmixContext *context = NULL;
    EmixDataset *dataset = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_convert, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = cli_check_output(operands[1], operands, 1);
    if (exit_status == CLI_EXIT_OK) exit_status = cli_make_context(settings.n_threads, 0, &context);
    if (exit_status != CLI_EXIT_OK) return exit_status;
    const EmixStatus status = emix_dataset_read(context, operands[0], NULL, &dataset, &error);
    emix_context_destroy(context);
    if (status != EMIX_OK) return cli_fail(status, &error);
    exit_status = convert(dataset, operands[1]);
    emix_dataset_destroy(dataset);
    return exit_status;
}

const CliCommand cli_command_convert = {
    .name = "convert",
    .usage = "IN OUT",
    .summary = "copy a table into another format",
    .details = "Copies the table IN to OUT, formats by extension: .csv, .tsv or .npy, and - for "
               "CSV on standard input or output. Values become float64 in .npy; text holds "
               "the shortest digits that read back as the same number.",
    .operands = {"IN", "OUT"},
    .options = options,
    .set_defaults = set_defaults,
    .run = run,
};
