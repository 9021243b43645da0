/* --help, printed from the same tables that are parsed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"

enum {
    WIDTH = 79,         /* columns of a help text           */
    HELP_COLUMN = 30,   /* where the meanings begin         */
    CHOICE_COLUMN = 32, /* where the names of choices begin */
};

void cli_print_wrapped(const char *text, int column, int indent)
{
    bool line_is_empty = true;
    while (*text != '\0') {
        const int length = (int)strcspn(text, " \n");
        if (!line_is_empty && column + 1 + length > WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
            line_is_empty = true;
        }
        column += printf("%s%.*s", line_is_empty ? "" : " ", length, text);
        line_is_empty = false;
        text += length;
        if (*text == '\n') {
            printf("\n%*s", text[1] == '\n' ? 0 : indent, "");
            column = indent;
            line_is_empty = true;
        }
        text += *text != '\0';
    }
    putchar('\n');
}

static void describe_library_default(const CliOption *option, char *text, size_t size)
{
    char value[64];
    emix_option_default(option->library, value, sizeof value);
    if (value[0] != '\0' && option->kind != CLI_FLAG && option->kind != CLI_SET &&
        option->letter != 'k') { /* the number of components has none here */
        snprintf(text, size, " (default %s)", value);
    }
}

void cli_describe_default(const CliOption *option, const void *defaults, char *text, size_t size)
{
    const void *member = (const char *)defaults + option->offset;
    text[0] = '\0';
    if (option->library != NULL) {
        describe_library_default(option, text, size);
        return;
    }
    switch (option->kind) {
    case CLI_HELP:
    case CLI_FLAG:
    case CLI_SET: break;
    case CLI_TEXT: {
        const char *value = *(const char *const *)member;
        if (value != NULL) snprintf(text, size, " (default %s)", value);
        break;
    }
    case CLI_BYTES:
    case CLI_INTEGER: {
        const emix_index value = *(const emix_index *)member;
        if (value >= option->minimum) snprintf(text, size, " (default %" PRId64 ")", value);
        break;
    }
    case CLI_SEED: snprintf(text, size, " (default %" PRIu64 ")", *(const uint64_t *)member); break;
    case CLI_REAL:
        if (isfinite(*(const double *)member)) {
            snprintf(text, size, " (default %g)", *(const double *)member);
        }
        break;
    case CLI_CHOICE:
        for (const CliChoice *choice = option->choices; choice->name != NULL; ++choice) {
            if (choice->value == *(const int *)member && choice->meaning != NULL) {
                snprintf(text, size, " (default %s)", choice->name);
            }
        }
        break;
    }
}

void cli_describe_choice(const CliChoice *choice, char *text, size_t size)
{
    text[0] = '\0';
    for (const CliChoice *other = choice + 1; other->name != NULL; ++other) {
        const bool same = other->value == choice->value && other->meaning == NULL;
        if (same && strcmp(other->name, choice->name) != 0) {
            snprintf(text, size, "or %s, ", other->name);
        }
    }
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", choice->meaning);
}

static void print_option(const CliOption *option, const void *defaults)
{
    char value[64];
    char text[512];
    char meaning[256];
    int column = option->letter ? printf("  -%c, --%s", option->letter, option->name)
                                : printf("      --%s", option->name);
    if (option->value != NULL) column += printf(" %s", option->value);
    if (column >= HELP_COLUMN) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", HELP_COLUMN - column, "");
    cli_describe_default(option, defaults, value, sizeof value);
    snprintf(text, sizeof text, "%s%s%s", option->help, option->required ? " (required)" : "",
             value);
    cli_print_wrapped(text, HELP_COLUMN, HELP_COLUMN);
    for (const CliChoice *choice = option->choices; choice != NULL && choice->name; ++choice) {
        if (choice->meaning == NULL) continue;
        cli_describe_choice(choice, meaning, sizeof meaning);
        snprintf(text, sizeof text, "%s: %s", choice->name, meaning);
        printf("%*s", CHOICE_COLUMN, "");
        cli_print_wrapped(text, CHOICE_COLUMN, CHOICE_COLUMN + 2);
    }
}

static bool as_man_page;

void cli_use_man_pages(void)
{
    as_man_page = true;
}

void cli_print_help(const CliCommand *command, const void *defaults)
{
    if (as_man_page) {
        cli_print_man(command, defaults);
        return;
    }
    printf("Usage: emix %s %s\n\n", command->name, command->usage);
    cli_print_wrapped(command->details, 0, 0);
    printf("\nOptions:\n");
    for (const CliOption *option = command->options; option->name != NULL; ++option) {
        print_option(option, defaults);
    }
}
