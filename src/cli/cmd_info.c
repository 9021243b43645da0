/* emix info: what a model file holds. */
#include "cli/args.h"
#include "cli/summary.h"

static const CliOption options[] = {CLI_HELP_OPTION, {0}};

static CliExit run(int argc, char **argv)
{
    const char *operands[CLI_MAX_OPERANDS];
    const EmixError no_detail = {{0}};
    EmixModel *model = NULL;
    CliExit exit_status = CLI_EXIT_OK;
    if (!cli_parse(&cli_command_info, argc, argv, NULL, operands, &exit_status)) {
        return exit_status;
    }
    exit_status = cli_read_model(operands[0], &model);
    if (exit_status != CLI_EXIT_OK) return exit_status;
    const CliSummary summary = {.with_deviations = true};
    const EmixStatus status = cli_print_summary(model, &summary);
    emix_model_destroy(model);
    return status == EMIX_OK ? CLI_EXIT_OK : cli_fail(status, &no_detail);
}

const CliCommand cli_command_info = {
    .name = "info",
    .usage = "MODEL.json",
    .summary = "tell what a model file holds",
    .details = "Prints the components of a model by falling weight, with means and standard "
               "deviations of the first features, and the report of the fit that made it. "
               "Components are numbered from 0 in the order of the file.",
    .operands = {"MODEL.json"},
    .options = options,
    .run = run,
};
