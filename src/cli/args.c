/* Command lines into settings, with strict numbers and the nearest name for every slip. */
#include "cli/args.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG_ONLY = 256,      /* getopt value of the first option without a letter; letters lie below */
    MAX_WORD = 63,        /* longer words are compared by their beginning                         */
    MAX_LIST_BYTES = 256, /* names in a message                                                   */
};

int cli_edit_distance(const char *a, const char *b)
{
    int rows[3][MAX_WORD + 2];
    const int n_a = (int)strnlen(a, MAX_WORD);
    const int n_b = (int)strnlen(b, MAX_WORD);
    for (int j = 0; j <= n_b; ++j) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= n_a; ++i) {
        const int *before_last = rows[(i + 1) % 3];
        const int *last = rows[(i - 1) % 3];
        int *row = rows[i % 3];
        row[0] = i;
        for (int j = 1; j <= n_b; ++j) {
            int best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before_last[j - 2] + 1 < best) {
                best = before_last[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    return rows[n_a % 3][n_b];
}

static int code_of(const CliOption *options, int index)
{
    return options[index].letter ? options[index].letter : LONG_ONLY + index;
}

static const CliOption *option_of(const CliOption *options, int code)
{
    for (int i = 0; options[i].name != NULL; ++i) {
        if (code_of(options, i) == code) return &options[i];
    }
    return NULL;
}

/* Arrays for getopt_long() from the table of options. */
static void fill_getopt(const CliOption *options, char *letters, struct option *long_options)
{
    *letters++ = ':'; /* tell a missing value from an unknown option */
    int i = 0;
    for (; options[i].name != NULL; ++i) {
        const bool has_value = options[i].value != NULL;
        long_options[i] = (struct option){.name = options[i].name,
                                          .has_arg = has_value ? required_argument : no_argument,
                                          .val = code_of(options, i)};
        if (options[i].letter) {
            *letters++ = options[i].letter;
            if (has_value) *letters++ = ':';
        }
    }
    long_options[i] = (struct option){0};
    *letters = '\0';
}

static bool all_in(const char *text, const char *characters)
{
    return text[0] != '\0' && strspn(text, characters) == strlen(text);
}

static bool set_integer(const CliOption *option, const char *text, void *member)
{
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (!all_in(text, "+-0123456789") || *end != '\0' || errno != 0 || value < option->minimum ||
        value > option->maximum) {
        cli_message("--%s needs a whole number in %" PRId64 " ... %" PRId64 ", not '%s'",
                    option->name, option->minimum, option->maximum, text);
        return false;
    }
    *(emix_index *)member = value;
    return true;
}

/* 500M, 2G: units are powers of 1024. */
static bool set_bytes(const CliOption *option, const char *text, void *member)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    const int shift = unit != NULL ? 10 * (int)(unit - units + 1) : 0;
    emix_index value = 0;
    const bool is_bytes = end != text && text[0] != '-' && errno == 0 &&
                          (*end == '\0' || (unit != NULL && end[1] == '\0')) &&
                          !__builtin_mul_overflow(number, (emix_index)1 << shift, &value);
    if (!is_bytes || value < option->minimum || value > option->maximum) {
        cli_message("--%s needs a number of bytes of at least %" PRId64
                    ", with K, M, G or T behind it for powers of 1024, not '%s'",
                    option->name, option->minimum, text);
        return false;
    }
    *(emix_index *)member = value;
    return true;
}

static bool set_seed(const CliOption *option, const char *text, void *member)
{
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (!all_in(text, "0123456789") || errno != 0) {
        cli_message("--%s needs a whole number in 0 ... %" PRIu64 ", not '%s'", option->name,
                    UINT64_MAX, text);
        return false;
    }
    *(uint64_t *)member = value;
    return true;
}

/* The number that text[0 ... length - 1] is, and nothing else. */
static bool read_real(const char *text, size_t length, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return length > 0 && strspn(text, "+-.eE0123456789") >= length && end == text + length &&
           isfinite(*value);
}

static bool set_real(const CliOption *option, const char *text, void *member)
{
    double value = 0.0;
    if (!read_real(text, strlen(text), &value) || value < (double)option->minimum) {
        cli_message("--%s needs a finite number >= %" PRId64 ", not '%s'", option->name,
                    option->minimum, text);
        return false;
    }
    *(double *)member = value;
    return true;
}

/* The choice that a text names; NULL after a message. */
static const CliChoice *find_choice(const CliOption *option, const char *text)
{
    char names[MAX_LIST_BYTES] = "";
    const CliChoice *nearest = option->choices;
    int nearest_distance = cli_edit_distance(text, nearest->name);
    for (const CliChoice *choice = option->choices; choice->name != NULL; ++choice) {
        const int distance = cli_edit_distance(text, choice->name);
        if (distance == 0) return choice;
        if (distance < nearest_distance) {
            nearest = choice;
            nearest_distance = distance;
        }
        if (choice->meaning == NULL) continue; /* another name of a value */
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", choice->name);
    }
    cli_message("--%s needs %s of %s, not '%s'; the nearest is '%s'", option->name,
                option->kind == CLI_SET ? "some" : "one", names, text, nearest->name);
    return NULL;
}

static bool set_choice(const CliOption *option, const char *text, void *member)
{
    const CliChoice *choice = find_choice(option, text);
    if (choice != NULL) *(int *)member = choice->value;
    return choice != NULL;
}

static bool set_set(const CliOption *option, const char *text, void *member)
{
    unsigned values = 0;
    for (const char *field = text; field != NULL; field = strchr(field, ',')) {
        char name[MAX_WORD + 1];
        field += field != text; /* the comma */
        const size_t length = strcspn(field, ",");
        if (length > MAX_WORD) return false;
        memcpy(name, field, length);
        name[length] = '\0';
        const CliChoice *choice = find_choice(option, name);
        if (choice == NULL) return false;
        values |= (unsigned)choice->value;
    }
    *(unsigned *)member = values;
    return true;
}

/* A value as the kind of an option has it. */
static bool set_member(const CliOption *option, const char *text, void *member)
{
    switch (option->kind) {
    case CLI_HELP: break;
    case CLI_FLAG: *(bool *)member = true; break;
    case CLI_TEXT:
        if (text[0] == '\0') {
            cli_message("--%s needs a %s, not an empty text", option->name, option->value);
            return false;
        }
        *(const char **)member = text;
        break;
    case CLI_INTEGER: return set_integer(option, text, member);
    case CLI_BYTES: return set_bytes(option, text, member);
    case CLI_SEED: return set_seed(option, text, member);
    case CLI_REAL: return set_real(option, text, member);
    case CLI_CHOICE: return set_choice(option, text, member);
    case CLI_SET: return set_set(option, text, member);
    }
    return true;
}

/* The value is read twice: here, for a message in the words of the command line, and by the
 * library, which stores it. */
static bool set_library_value(const CliOption *option, const char *text, CliModelling *modelling)
{
    union {
        emix_index index;
        uint64_t seed;
        double real;
        unsigned set;
        bool flag;
        const char *text;
    } checked;
    EmixError error = {{0}};
    const char *value = text != NULL ? text : "yes";
    if (!set_member(option, value, &checked)) return false;
    const EmixStatus status = option->library->scope == EMIX_OPTION_OF_SPEC
                                  ? emix_spec_set(modelling->spec, option->name, value, &error)
                                  : emix_options_set(&modelling->fit, option->name, value, &error);
    if (status != EMIX_OK) cli_message("--%s", error.message);
    if (strcmp(option->name, "components") == 0) modelling->has_components = true;
    return status == EMIX_OK;
}

static bool set_value(const CliOption *option, const char *text, void *settings)
{
    void *member = (char *)settings + option->offset;
    return option->library != NULL ? set_library_value(option, text, member)
                                   : set_member(option, text, member);
}

CliOption cli_option_of(const EmixOption *library, size_t offset)
{
    static const CliKind kinds[] = {
        [EMIX_OPTION_INTEGER] = CLI_INTEGER, [EMIX_OPTION_INDEX] = CLI_INTEGER,
        [EMIX_OPTION_REAL] = CLI_REAL,       [EMIX_OPTION_SEED] = CLI_SEED,
        [EMIX_OPTION_CHOICE] = CLI_CHOICE,   [EMIX_OPTION_SET] = CLI_SET,
        [EMIX_OPTION_FLAG] = CLI_FLAG,       [EMIX_OPTION_NUMBERS] = CLI_TEXT,
        [EMIX_OPTION_FAMILY] = CLI_CHOICE,   [EMIX_OPTION_FILE] = CLI_TEXT};
    const bool is_whole = library->kind == EMIX_OPTION_INTEGER ||
                          library->kind == EMIX_OPTION_INDEX;
    return (CliOption){.name = library->name,
                       .value = library->value_name,
                       .help = library->help,
                       .choices = library->choices,
                       .library = library,
                       .offset = offset,
                       .minimum = (emix_index)library->minimum,
                       .maximum = is_whole ? (emix_index)library->maximum : 0,
                       .kind = kinds[library->kind]};
}

void cli_complete_options(CliOption *options)
{
    for (CliOption *option = options; option->name != NULL; ++option) {
        if (!option->is_library_row) continue;
        CliOption row = cli_option_of(emix_option_find(option->name), option->offset);
        if (option->help != NULL) row.help = option->help;
        if (option->minimum > row.minimum) row.minimum = option->minimum;
        *option = row;
    }
}

/* The value of an option of the library, "" where it does not fit. */
static void get_library_value(const CliModelling *modelling, const char *name, char *text,
                              size_t size)
{
    const EmixOption *option = emix_option_find(name);
    const EmixStatus status = option->scope == EMIX_OPTION_OF_SPEC
                                  ? emix_spec_get(modelling->spec, name, text, size, NULL)
                                  : emix_options_get(&modelling->fit, name, text, size, NULL);
    if (status != EMIX_OK) snprintf(text, size, "?"); /* longer than any default */
}

bool cli_is_set(const CliModelling *modelling, const char *name)
{
    char value[MAX_LIST_BYTES];
    char usual[MAX_LIST_BYTES];
    get_library_value(modelling, name, value, sizeof value);
    emix_option_default(emix_option_find(name), usual, sizeof usual);
    return strcmp(value, usual) != 0;
}

bool cli_has_word(const CliModelling *modelling, const char *name, const char *word)
{
    char value[MAX_LIST_BYTES];
    get_library_value(modelling, name, value, sizeof value);
    return strstr(value, word) != NULL;
}

/* The option with the letter in the other case, or whose name begins with it; else --help. */
static const CliOption *nearest_to_letter(const CliOption *options, char letter)
{
    const CliOption *option = options;
    const char word[] = {letter, '\0'};
    const char *ours = emix_option_synonym(word);
    for (; ours != NULL && option->name != NULL; ++option) {
        if (strcmp(option->name, ours) == 0) return option;
    }
    for (option = options; option->name != NULL; ++option) {
        if (option->letter && ((option->letter ^ letter) == ('a' ^ 'A'))) return option;
    }
    for (option = options; option->name != NULL; ++option) {
        if (option->name[0] == letter) return option;
    }
    return option_of(options, 'h');
}

static const CliOption *nearest_to_name(const CliOption *options, const char *name)
{
    const CliOption *nearest = options;
    for (const CliOption *option = options; option->name != NULL; ++option) {
        if (cli_edit_distance(name, option->name) < cli_edit_distance(name, nearest->name)) {
            nearest = option;
        }
    }
    return nearest;
}

static bool has_option(const CliOption *options, const char *name)
{
    for (; options->name != NULL; ++options) {
        if (strcmp(options->name, name) == 0) return true;
    }
    return false;
}

/* Says what is wrong with a long option that getopt did not take: "--name" or "--name=value". */
static void refuse_long_option(const CliCommand *command, const char *argument)
{
    char name[MAX_WORD + 1];
    const size_t length = strcspn(argument + 2, "=");
    snprintf(name, sizeof name, "%.*s", (int)(length < MAX_WORD ? length : MAX_WORD), argument + 2);

    char matches[MAX_LIST_BYTES] = "";
    for (const CliOption *option = command->options; option->name != NULL; ++option) {
        if (strncmp(option->name, name, strlen(name)) == 0) {
            const size_t used = strlen(matches);
            snprintf(matches + used, sizeof matches - used, "%s--%s", used ? ", " : "",
                     option->name);
        }
    }
    const char *ours = emix_option_synonym(name);
    if (matches[0] != '\0') {
        cli_message("option --%s is ambiguous: %s", name, matches);
    } else if (ours != NULL && has_option(command->options, ours)) {
        cli_message("unknown option --%s; the nearest is --%s ('emix %s --help' lists all)", name,
                    ours, command->name);
    } else {
        cli_message("unknown option --%s; the nearest is --%s ('emix %s --help' lists all)", name,
                    nearest_to_name(command->options, name)->name, command->name);
    }
}

/* Says what is wrong when getopt returned ':' or '?'; `argument` is the element it last read. */
static void refuse_option(const CliCommand *command, int result, const char *argument)
{
    const CliOption *option = option_of(command->options, optopt);
    if (result == ':' && option != NULL) {
        cli_message("option --%s needs a value (%s)", option->name, option->value);
    } else if (option != NULL) {
        cli_message("option --%s takes no value", option->name);
    } else if (optopt == 0) {
        refuse_long_option(command, argument);
    } else {
        cli_message("unknown option -%c; the nearest is --%s ('emix %s --help' lists all)", optopt,
                    nearest_to_letter(command->options, (char)optopt)->name, command->name);
    }
}

static bool check_required(const CliCommand *command, uint64_t given)
{
    for (int i = 0; command->options[i].name != NULL; ++i) {
        if (command->options[i].required && !(given >> i & 1u)) {
            cli_message("--%s is required; usage: emix %s %s", command->options[i].name,
                        command->name, command->usage);
            return false;
        }
    }
    return true;
}

static bool take_operands(const CliCommand *command, int argc, char **argv, const char **operands)
{
    int n_operands = 0;
    for (; command->operands[n_operands] != NULL; ++n_operands) {
        if (optind >= argc) {
            cli_message("%s is missing; usage: emix %s %s", command->operands[n_operands],
                        command->name, command->usage);
            return false;
        }
        if (argv[optind][0] == '\0') {
            cli_message("%s is an empty text", command->operands[n_operands]);
            return false;
        }
        operands[n_operands] = argv[optind++];
    }
    if (optind < argc) {
        cli_message("unexpected argument '%s'; usage: emix %s %s", argv[optind], command->name,
                    command->usage);
        return false;
    }
    return true;
}

bool cli_parse(const CliCommand *command, int argc, char **argv, void *settings,
               const char **operands, CliExit *exit_status)
{
    struct option long_options[CLI_MAX_OPTIONS + 1];
    char letters[2 * CLI_MAX_OPTIONS + 2];
    uint64_t given = 0;
    int code = 0;

    *exit_status = CLI_EXIT_USAGE;
    if (command->set_defaults != NULL) command->set_defaults(settings);
    fill_getopt(command->options, letters, long_options);
    opterr = 0; /* messages are written here */
    while ((code = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const CliOption *option = option_of(command->options, code);
        if (option == NULL) {
            refuse_option(command, code, argv[optind - 1]);
            return false;
        }
        if (option->kind == CLI_HELP) {
            if (command->set_defaults != NULL) command->set_defaults(settings);
            cli_print_help(command, settings);
            *exit_status = CLI_EXIT_OK;
            return false;
        }
        if (!set_value(option, optarg, settings)) return false;
        given |= (uint64_t)1 << (option - command->options);
    }
    if (!take_operands(command, argc, argv, operands) || !check_required(command, given)) {
        return false;
    }
    *exit_status = CLI_EXIT_OK;
    return true;
}
