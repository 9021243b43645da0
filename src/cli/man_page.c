/* Manual pages, printed from the same tables as --help: `emix help --man COMMAND` when emix is
 * built. The macros are those of man(7). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"

/* Prints text for roff: dashes as typed, and no line that looks like a request. */
static void print_text(const char *text)
{
    bool line_is_empty = true;
    for (; *text != '\0'; ++text) {
        if (line_is_empty && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        if (*text == '\n' && text[1] == '\n') {
            fputs("\n.PP", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else if (*text == '\\') {
            fputs("\\e", stdout);
        } else {
            putchar(*text);
        }
        line_is_empty = *text == '\n';
    }
}

static void print_line(const char *text)
{
    print_text(text);
    putchar('\n');
}

static void print_head(const char *command, const char *summary)
{
    char name[32];
    snprintf(name, sizeof name, "%s%s", command != NULL ? "emix\\-" : "emix",
             command != NULL ? command : "");
    printf(".TH ");
    for (const char *p = name; *p != '\0'; ++p) {
        putchar(toupper((unsigned char)*p));
    }
    printf(" 1 \"\" \"emix %s\" \"User Commands\"\n.SH NAME\n%s \\- ", emix_version(), name);
    print_line(summary);
}

static void print_choices(const CliChoice *choice)
{
    char meaning[256];
    printf(".RS\n");
    for (; choice->name != NULL; ++choice) {
        if (choice->meaning == NULL) continue;
        printf(".TP\n.B ");
        print_line(choice->name);
        cli_describe_choice(choice, meaning, sizeof meaning);
        print_line(meaning);
    }
    printf(".RE\n");
}

static void print_option(const CliOption *option, const void *defaults)
{
    char value[64];
    printf(".TP\n");
    if (option->letter != 0) printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    print_text(option->name);
    printf("\\fR");
    if (option->value != NULL) printf(" \\fI%s\\fR", option->value);
    cli_describe_default(option, defaults, value, sizeof value);
    putchar('\n');
    print_text(option->help);
    print_text(option->required ? " (required)" : "");
    print_line(value);
    if (option->choices != NULL) print_choices(option->choices);
}

void cli_print_man(const CliCommand *command, const void *defaults)
{
    print_head(command->name, command->summary);
    printf(".SH SYNOPSIS\n\\fBemix %s\\fR ", command->name);
    print_line(command->usage);
    printf(".SH DESCRIPTION\n");
    print_line(command->details);
    printf(".SH OPTIONS\n");
    for (const CliOption *option = command->options; option->name != NULL; ++option) {
        print_option(option, defaults);
    }
    printf(".SH SEE ALSO\n.BR emix (1)\n");
}

void cli_print_man_overview(const CliCommand *const *commands, int n_commands,
                            const char *exit_statuses)
{
    print_head(NULL, "fit mixture models by expectation-maximisation and put them to use");
    printf(".SH SYNOPSIS\n\\fBemix\\fR \\fICOMMAND\\fR [arguments]\n.SH COMMANDS\n");
    for (int i = 0; i < n_commands; ++i) {
        printf(".TP\n.BR emix\\-%s (1)\n", commands[i]->name);
        print_line(commands[i]->summary);
    }
    printf(".SH EXIT STATUS\n");
    print_line(exit_statuses);
}
