/* Command lines: one table of options a command, from which getopt, --help and the search for
 * the nearest name are driven alike. */
#ifndef EMIX_CLI_ARGS_H
#define EMIX_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/** What an option's value is, and so the type of the settings member that it fills. */
typedef enum CliKind {
    CLI_HELP,    /**< no value: print the help and leave      */
    CLI_FLAG,    /**< no value: bool                          */
    CLI_TEXT,    /**< const char *                            */
    CLI_INTEGER, /**< emix_index in minimum ... maximum       */
    CLI_BYTES,   /**< emix_index, with a unit behind: K, M, G, T */
    CLI_SEED,    /**< uint64_t                                */
    CLI_REAL,    /**< double, finite and >= minimum           */
    CLI_CHOICE,  /**< int: value of one of the choices        */
    CLI_SET      /**< unsigned: values of choices, or-ed; names with commas between */
} CliKind;

/** One of the names an option accepts; one without a meaning is hidden from --help. */
typedef EmixChoice CliChoice;

/** What the options of the library fill. */
typedef struct CliModelling {
    EmixSpec *spec;      /**< what is fitted; owned by the settings */
    EmixFitOptions fit;  /**< how                                   */
    bool has_components; /**< their number was given               */
} CliModelling;

/** One option. Defaults are what the command's set_defaults() leaves in the settings. */
typedef struct CliOption {
    const char *name;          /**< long name, without dashes; NULL ends the list          */
    const char *value;         /**< what --help calls the value; NULL without one          */
    const char *help;          /**< meaning                                                */
    const CliChoice *choices;  /**< CLI_CHOICE, CLI_SET: the names                         */
    const EmixOption *library; /**< row of the library's table; NULL = the program's own  */
    size_t offset;             /**< of the member in the command's settings; of the
                                   library's options: of the CliModelling              */
    emix_index minimum;        /**< CLI_INTEGER, CLI_BYTES, CLI_REAL: smallest value       */
    emix_index maximum;        /**< CLI_INTEGER, CLI_BYTES: largest value                  */
    CliKind kind;              /**< kind of value                                          */
    char letter;               /**< short name, or 0                                       */
    bool required;             /**< must be given                                          */
    bool is_library_row;       /**< the rest is the row of that name in the library's table, but
                                   for what is said here: a help, a larger minimum        */
} CliOption;

/** The row that every command's options end with, before the terminating one. */
#define CLI_HELP_OPTION                                                                            \
    {                                                                                              \
        .name = "help", .letter = 'h', .kind = CLI_HELP, .help = "print this help and exit"        \
    }

enum { CLI_MAX_OPERANDS = 2, CLI_MAX_OPTIONS = 48 };

/** A command of the program. */
typedef struct CliCommand {
    const char *name;                           /**< as typed                                 */
    const char *usage;                          /**< after "emix NAME "                       */
    const char *summary;                        /**< one line for `emix --help`               */
    const char *details;                        /**< paragraphs for `emix NAME --help`        */
    const char *operands[CLI_MAX_OPERANDS + 1]; /**< names, NULL after the last; all required */
    const CliOption *options;                   /**< ended by a row without a name            */
    void (*set_defaults)(void *settings);       /**< NULL = the command has no settings       */
    CliExit (*run)(int argc, char **argv);      /**< argv[0] is the command                   */
} CliCommand;

/** Reads a command line into `settings` and `operands`.
 * @return true to go on; false when the command is over, with its status in *exit_status. */
bool cli_parse(const CliCommand *command, int argc, char **argv, void *settings,
               const char **operands, CliExit *exit_status);

/** The option of the program that an option of the library is.
 * @param offset  Of the CliModelling in the command's settings. */
CliOption cli_option_of(const EmixOption *library, size_t offset);

/** Completes the options that are marked as rows of the library's table. */
void cli_complete_options(CliOption *options);

/** Whether an option of the library has another value than its default. */
bool cli_is_set(const CliModelling *modelling, const char *name);

/** Whether an option of the library has a word among the names of its value. */
bool cli_has_word(const CliModelling *modelling, const char *name, const char *word);

/** Prints the help of a command; `defaults` are its settings as set_defaults() leaves them. */
void cli_print_help(const CliCommand *command, const void *defaults);

/** " (default V)", or nothing when the default is "none". */
void cli_describe_default(const CliOption *option, const void *defaults, char *text, size_t size);

/** What a choice means, behind the other names that those after it in the list give its value:
 * "or VVV, ...". */
void cli_describe_choice(const CliChoice *choice, char *text, size_t size);

/** From now on help is printed as a manual page, in the man macros of roff. */
void cli_use_man_pages(void);

/** Prints the manual page of a command, or of the program with its commands. */
void cli_print_man(const CliCommand *command, const void *defaults);
void cli_print_man_overview(const CliCommand *const *commands, int n_commands,
                            const char *exit_statuses);

/** Prints `text` wrapped to 79 columns; the cursor stands at `column`, later lines begin at
 * `indent`. A newline in the text begins a new line. Ends the line. */
void cli_print_wrapped(const char *text, int column, int indent);

/** Number of slips (a letter missing, extra, wrong, or two swapped) between two words. */
int cli_edit_distance(const char *a, const char *b);

extern const CliCommand cli_command_fit;
extern const CliCommand cli_command_predict;
extern const CliCommand cli_command_score;
extern const CliCommand cli_command_sample;
extern const CliCommand cli_command_bootstrap;
extern const CliCommand cli_command_info;
extern const CliCommand cli_command_convert;

#endif
