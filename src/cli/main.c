/* emix: mixture models on the command line. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"

static const CliCommand *const commands[] = {
    &cli_command_fit,       &cli_command_predict, &cli_command_score,   &cli_command_sample,
    &cli_command_bootstrap, &cli_command_info,    &cli_command_convert,
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static const char exit_statuses[] =
    "Exit status: 0 done (fit: converged), 1 usage, 2 data or file unreadable or malformed, "
    "3 degenerate (no usable model), 4 iteration limit reached (the model is written), 5 out of "
    "memory, 130 interrupted (the best model so far is written).";

/* If standard input, output or error is closed, the next file opened would get its number and
 * receive the stream's output. Opens a descriptor there that refuses everything. */
static void reserve_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) == -1) {
            const int wrong_way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
            if (open("/dev/null", wrong_way) != descriptor) _exit(CLI_EXIT_DATA);
        }
    }
}

static void print_overview(void)
{
    printf("Usage: emix COMMAND [arguments]\n\n"
           "Fits mixture models by expectation-maximisation and puts them to use.\n\nCommands:\n");
    for (int i = 0; i < N_COMMANDS; ++i) {
        printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    printf("\n'emix COMMAND --help' tells about a command, 'emix --version' the version.\n\n");
    cli_print_wrapped(exit_statuses, 0, 0);
}

/* The command of that name; else NULL, after a message with the nearest name. */
static const CliCommand *find_command(const char *name)
{
    const CliCommand *nearest = commands[0];
    for (int i = 0; i < N_COMMANDS; ++i) {
        const int distance = cli_edit_distance(name, commands[i]->name);
        if (distance == 0) return commands[i];
        if (distance < cli_edit_distance(name, nearest->name)) nearest = commands[i];
    }
    cli_message("unknown command '%s'; the nearest is '%s' ('emix --help' lists all)", name,
                nearest->name);
    return NULL;
}

static CliExit refuse_option(const char *option)
{
    const bool is_nearer_to_help = cli_edit_distance(option, "--help") <=
                                   cli_edit_distance(option, "--version");
    cli_message("unknown option '%s' before a command; the nearest is %s", option,
                is_nearer_to_help ? "--help" : "--version");
    return CLI_EXIT_USAGE;
}

static CliExit run_command(int argc, char **argv)
{
    const CliCommand *command = find_command(argv[0]);
    if (command == NULL) return CLI_EXIT_USAGE;
    cli_set_command_name(command->name);
    return command->run(argc, argv);
}

/* Prints the help; with --man first, for use by installers, as a manual page. */
static CliExit run_help(int argc, char **argv)
{
    static char help_option[] = "--help";
    const bool is_man = argc > 1 && strcmp(argv[1], "--man") == 0;
    if (is_man) {
        cli_use_man_pages();
        --argc;
        ++argv;
    }
    if (argc < 2) {
        if (is_man) {
            cli_print_man_overview(commands, N_COMMANDS, exit_statuses);
        } else {
            print_overview();
        }
        return CLI_EXIT_OK;
    }
    if (argc > 2) {
        cli_message("unexpected argument '%s'; usage: emix help [--man] [COMMAND]", argv[2]);
        return CLI_EXIT_USAGE;
    }
    char *arguments[] = {argv[1], help_option, NULL};
    return run_command(2, arguments);
}

static CliExit run(int argc, char **argv)
{
    if (argc < 2) {
        cli_message("a command is missing; 'emix --help' lists them");
        return CLI_EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        return run_help(argc - 1, argv + 1);
    }
    if (strcmp(word, "--version") == 0) {
        printf("emix %s\n", emix_version());
        return CLI_EXIT_OK;
    }
    return word[0] == '-' ? refuse_option(word) : run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    reserve_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a write error, with a message */
    return (int)cli_close_stdout(run(argc, argv));
}
