/* emix info: what a model file holds. */
#include <stdio.h>

#include "cli/args.h"
#include "cli/summary.h"

typedef struct InfoSettings {
    bool is_json;
} InfoSettings;

static const CliOption options[] = {
    {.name = "json",
     .kind = CLI_FLAG,
     .offset = offsetof(InfoSettings, is_json),
     .help = "one emix.model/1 JSON document on standard output instead of text: all parameters, "
             "the report of the fit, effective counts and flags"},
    CLI_HELP_OPTION,
    {0},
};

static EmixStatus print_document(const EmixModel *model, EmixError *error)
{
    char *text = NULL;
    const EmixStatus status = emix_model_document(model, &text, error);
    if (status == EMIX_OK) puts(text);
    emix_text_destroy(text);
    return status;
}

static CliExit run(int argc, char **argv)
{
    const char *operands[CLI_MAX_OPERANDS];
    InfoSettings settings = {0};
    EmixError error = {{0}};
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_info, argc, argv, &settings, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = cli_read_model(operands[0], &model);
    if (exit_status != CLI_EXIT_OK) return exit_status;
    const CliSummary summary = {.with_deviations = true};
    const EmixStatus status = settings.is_json ? print_document(model, &error)
                                               : cli_print_summary(model, &summary);
    emix_model_destroy(model);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &error);
}

const CliCommand cli_command_info = {
    .name = "info",
    .usage = "MODEL.json [--json]",
    .summary = "tell what a model file holds",
    .details = "Prints the components of a model by falling weight, with means and standard "
               "deviations of the first features, and the report of the fit that made it. "
               "Components are numbered from 0 in the order of the file.",
    .operands = {"MODEL.json"},
    .options = options,
    .run = run,
};
