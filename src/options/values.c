/* The values of options: from text, to text, and within bounds. */
#include "options/options.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "io/number_text.h"

enum { LIST_BYTES = 320, MAX_WORD = 63 };

/* ---- bounds ---- */

static bool is_in_range(const EmixOption *o, double value)
{
    return value >= o->minimum && value <= o->maximum && !(o->above_minimum && value == o->minimum);
}

static bool is_choice(const EmixOption *o, int value)
{
    for (const EmixChoice *choice = o->choices; choice->name != NULL; ++choice) {
        if (choice->value == value) {
            return true;
        }
    }
    return false;
}

static EmixStatus refuse_integer(const EmixOption *o, const char *name, emix_index value,
                                 EmixError *error)
{
    return o->maximum >= (double)INT32_MAX
               ? emix_fail(error, EMIX_ERR_ARGUMENT, "%s is %lld, must be at least %.0f", name,
                           (long long)value, o->minimum)
               : emix_fail(error, EMIX_ERR_ARGUMENT, "%s is %lld, not in %.0f ... %.0f", name,
                           (long long)value, o->minimum, o->maximum);
}

static EmixStatus refuse_real(const EmixOption *o, const char *name, double value, EmixError *error)
{
    const char *above = o->above_minimum ? "above" : "at least";
    return isfinite(o->maximum)
               ? emix_fail(error, EMIX_ERR_ARGUMENT, "%s is %g, must be %s %g, at most %g", name,
                           value, above, o->minimum, o->maximum)
               : emix_fail(error, EMIX_ERR_ARGUMENT, "%s is %g, must be finite and %s %g", name,
                           value, above, o->minimum);
}

/* Numbers that stand for "none": NaN and infinity. A whole number has none but a default out of its
 * range. */
static bool is_unset(double value)
{
    return isnan(value) || value == (double)INFINITY;
}

static EmixStatus check_row(const EmixOptionRow *row, const void *object, EmixError *error)
{
    const EmixOption *o = &row->option;
    const void *member = (const char *)object + row->offset;
    const bool is_spec = o->scope == EMIX_OPTION_OF_SPEC;
    const void *defaults = is_spec ? (const void *)&emix_spec_default : &emix_fit_options_defaults;
    switch (o->kind) {
    case EMIX_OPTION_INTEGER:
        return is_in_range(o, *(const int *)member) ||
                       *(const int *)member == *(const int *)((const char *)defaults + row->offset)
                   ? EMIX_OK
                   : refuse_integer(o, o->member, *(const int *)member, error);
    case EMIX_OPTION_INDEX:
        return is_in_range(o, (double)*(const emix_index *)member)
                   ? EMIX_OK
                   : refuse_integer(o, o->member, *(const emix_index *)member, error);
    case EMIX_OPTION_REAL: {
        const double value = *(const double *)member;
        const bool may_be_unset = is_unset(*(const double *)((const char *)defaults + row->offset));
        return (may_be_unset && is_unset(value)) || (is_in_range(o, value) && isfinite(value))
                   ? EMIX_OK
                   : refuse_real(o, o->member, value, error);
    }
    case EMIX_OPTION_CHOICE:
        return is_choice(o, *(const int *)member)
                   ? EMIX_OK
                   : emix_fail(error, EMIX_ERR_ARGUMENT, "%s %d is unknown", o->member,
                               *(const int *)member);
    case EMIX_OPTION_FILE:
        return *(const char *const *)member == NULL || **(const char *const *)member != '\0'
                   ? EMIX_OK
                   : emix_fail(error, EMIX_ERR_ARGUMENT, "%s is an empty text", o->member);
    case EMIX_OPTION_SEED:
    case EMIX_OPTION_SET:
    case EMIX_OPTION_FLAG:
    case EMIX_OPTION_NUMBERS:
    case EMIX_OPTION_FAMILY: break;
    }
    return EMIX_OK;
}

EmixStatus emix_options_check(EmixOptionScope scope, const void *object, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (int i = 0; status == EMIX_OK && i < emix_n_option_rows; ++i) {
        if (emix_option_rows[i].option.scope == scope) {
            status = check_row(&emix_option_rows[i], object, error);
        }
    }
    return status;
}

/* ---- from text ---- */

static EmixStatus refuse(const EmixOption *o, const char *what, const char *text, EmixError *error)
{
    return emix_fail(error, EMIX_ERR_ARGUMENT, "%s needs %s, not '%.80s'", o->name, what, text);
}

/* A whole number of decimal digits, with a sign if it may be negative. */
static bool read_whole(const char *text, emix_index *value)
{
    const bool is_negative = text[0] == '-';
    emix_index sum = 0;
    text += is_negative || text[0] == '+';
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, *text - '0', &sum)) {
            return false;
        }
    }
    *value = is_negative ? -sum : sum;
    return true;
}

static bool read_seed(const char *text, uint64_t *value)
{
    uint64_t sum = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; ++text) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum)) {
            return false;
        }
    }
    *value = sum;
    return true;
}

static bool read_real(const char *text, const char *end, double *value)
{
    return emix_io_classify_field(text, end, value) == EMIX_FIELD_NUMBER;
}

static EmixStatus parse_integer(const EmixOption *o, const char *text, void *member,
                                EmixError *error)
{
    emix_index value = 0;
    if (!read_whole(text, &value)) {
        return refuse(o, "a whole number", text, error);
    }
    if (!is_in_range(o, (double)value)) {
        return refuse_integer(o, o->name, value, error);
    }
    if (o->kind == EMIX_OPTION_INTEGER) {
        *(int *)member = (int)value;
    } else {
        *(emix_index *)member = value;
    }
    return EMIX_OK;
}

static EmixStatus parse_real(const EmixOption *o, const char *text, void *member, EmixError *error)
{
    double value = 0.0;
    if (!read_real(text, text + strlen(text), &value)) {
        return refuse(o, "a finite number", text, error);
    }
    if (!is_in_range(o, value)) {
        return refuse_real(o, o->name, value, error);
    }
    *(double *)member = value;
    return EMIX_OK;
}

/* The choice that text[0 ... length - 1] names; NULL after a message. */
static const EmixChoice *find_choice(const EmixOption *o, const char *text, size_t length,
                                     EmixError *error)
{
    char names[LIST_BYTES];
    for (const EmixChoice *choice = o->choices; choice->name != NULL; ++choice) {
        if (strlen(choice->name) == length && strncmp(choice->name, text, length) == 0) {
            return choice;
        }
    }
    emix_choices_list(o->choices, names, sizeof names);
    emix_error_format(error, "%s needs %s of %s, not '%.*s'", o->name,
                      o->kind == EMIX_OPTION_SET ? "some" : "one", names,
                      (int)(length < MAX_WORD ? length : MAX_WORD), text);
    return NULL;
}

static EmixStatus parse_choices(const EmixOption *o, const char *text, void *member,
                                EmixError *error)
{
    unsigned values = 0;
    if (o->kind == EMIX_OPTION_CHOICE) {
        const EmixChoice *choice = find_choice(o, text, strlen(text), error);
        if (choice == NULL) {
            return EMIX_ERR_ARGUMENT;
        }
        *(int *)member = choice->value;
        return EMIX_OK;
    }
    for (const char *field = text; *field != '\0';) {
        const size_t length = strcspn(field, ",");
        const EmixChoice *choice = find_choice(o, field, length, error);
        if (choice == NULL) {
            return EMIX_ERR_ARGUMENT;
        }
        values |= (unsigned)choice->value;
        field += length + (field[length] == ',');
    }
    *(unsigned *)member = values;
    return EMIX_OK;
}

static EmixStatus parse_flag(const EmixOption *o, const char *text, void *member, EmixError *error)
{
    static const char *const words[][2] = {{"no", "yes"}, {"0", "1"}, {"false", "true"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        for (int value = 0; value < 2; ++value) {
            if (strcmp(text, words[i][value]) == 0) {
                *(int *)member = value;
                return EMIX_OK;
            }
        }
    }
    return refuse(o, "yes or no", text, error);
}

static EmixStatus parse_numbers(const EmixOption *o, const char *text, void *member,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixNumbers *numbers = member;
    double *values = NULL;
    emix_index n = text[0] != '\0';
    for (const char *p = text; *p != '\0'; ++p) {
        n += *p == ',';
    }
    if (n > 0) {
        EMIX_TRY_ALLOC(values, n);
    }
    const char *field = text;
    for (emix_index i = 0; i < n; ++i) {
        const size_t length = strcspn(field, ",");
        if (!read_real(field, field + length, &values[i])) {
            EMIX_TRY(refuse(o, "finite numbers with commas between them", text, error));
        }
        field += length + 1;
    }
    emix_free(numbers->values);
    *numbers = (EmixNumbers){n, values};
    values = NULL;
cleanup:
    emix_free(values);
    return status;
}

/* An empty text is the default. */
static EmixStatus restore(const EmixOptionRow *row, void *object)
{
    const bool is_spec = row->option.scope == EMIX_OPTION_OF_SPEC;
    const char *defaults = is_spec ? (const char *)&emix_spec_default
                                   : (const char *)&emix_fit_options_defaults;
    static const size_t sizes[] = {[EMIX_OPTION_INTEGER] = sizeof(int),
                                   [EMIX_OPTION_INDEX] = sizeof(emix_index),
                                   [EMIX_OPTION_REAL] = sizeof(double),
                                   [EMIX_OPTION_SEED] = sizeof(uint64_t),
                                   [EMIX_OPTION_CHOICE] = sizeof(int),
                                   [EMIX_OPTION_SET] = sizeof(unsigned),
                                   [EMIX_OPTION_FLAG] = sizeof(int),
                                   [EMIX_OPTION_NUMBERS] = 0,
                                   [EMIX_OPTION_FAMILY] = sizeof(const char *),
                                   [EMIX_OPTION_FILE] = sizeof(const char *)};
    memcpy((char *)object + row->offset, defaults + row->offset, sizes[row->option.kind]);
    return EMIX_OK;
}

EmixStatus emix_option_parse(const EmixOptionRow *row, const char *text, void *object,
                             EmixError *error)
{
    const EmixOption *o = &row->option;
    void *member = (char *)object + row->offset;
    if (text[0] == '\0' && o->kind != EMIX_OPTION_NUMBERS) {
        return restore(row, object);
    }
    switch (o->kind) {
    case EMIX_OPTION_INTEGER:
    case EMIX_OPTION_INDEX: return parse_integer(o, text, member, error);
    case EMIX_OPTION_REAL: return parse_real(o, text, member, error);
    case EMIX_OPTION_SEED:
        return read_seed(text, member)
                   ? EMIX_OK
                   : refuse(o, "a whole number in 0 ... 18446744073709551615", text, error);
    case EMIX_OPTION_CHOICE:
    case EMIX_OPTION_SET: return parse_choices(o, text, member, error);
    case EMIX_OPTION_FLAG: return parse_flag(o, text, member, error);
    case EMIX_OPTION_NUMBERS: return parse_numbers(o, text, member, error);
    case EMIX_OPTION_FILE: *(const char **)member = text; break;
    case EMIX_OPTION_FAMILY: break;
    }
    return EMIX_OK;
}

/* ---- to text ---- */

/* Appends to a text of `size` bytes; returns the length as if all had fitted. */
static size_t append(char *text, size_t size, size_t used, const char *more)
{
    if (used < size) {
        snprintf(text + used, size - used, "%s", more);
    }
    return used + strlen(more);
}

static size_t format_names(const EmixOption *o, unsigned bits, char *text, size_t size)
{
    size_t used = append(text, size, 0, "");
    for (const EmixChoice *choice = o->choices; choice->name != NULL; ++choice) {
        if ((bits & (unsigned)choice->value) != 0) {
            used = append(text, size, used, used > 0 ? "," : "");
            used = append(text, size, used, choice->name);
        }
    }
    return used;
}

static size_t format_numbers(const EmixNumbers *numbers, char *text, size_t size)
{
    char number[EMIX_NUMBER_TEXT_BYTES];
    size_t used = append(text, size, 0, "");
    for (emix_index i = 0; numbers->values != NULL && i < numbers->n; ++i) {
        emix_io_format_number(numbers->values[i], number);
        used = append(text, size, used, i > 0 ? "," : "");
        used = append(text, size, used, number);
    }
    return used;
}

static const char *name_of(const EmixOption *o, int value)
{
    for (const EmixChoice *choice = o->choices; choice->name != NULL; ++choice) {
        if (choice->value == value) {
            return choice->name;
        }
    }
    return "";
}

size_t emix_option_format(const EmixOptionRow *row, const void *object, char *text, size_t size)
{
    const EmixOption *o = &row->option;
    const void *member = (const char *)object + row->offset;
    char number[EMIX_NUMBER_TEXT_BYTES] = "";
    const char *word = number;
    switch (o->kind) {
    case EMIX_OPTION_INTEGER:
        if (is_in_range(o, *(const int *)member)) {
            emix_io_format_index(*(const int *)member, number);
        }
        break;
    case EMIX_OPTION_INDEX: emix_io_format_index(*(const emix_index *)member, number); break;
    case EMIX_OPTION_REAL:
        if (!is_unset(*(const double *)member)) {
            emix_io_format_number(*(const double *)member, number);
        }
        break;
    case EMIX_OPTION_SEED:
        snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)member);
        break;
    case EMIX_OPTION_CHOICE: word = name_of(o, *(const int *)member); break;
    case EMIX_OPTION_SET: return format_names(o, *(const unsigned *)member, text, size);
    case EMIX_OPTION_FLAG: word = *(const int *)member ? "yes" : "no"; break;
    case EMIX_OPTION_NUMBERS: return format_numbers(member, text, size);
    case EMIX_OPTION_FAMILY:
    case EMIX_OPTION_FILE: word = *(const char *const *)member; break;
    }
    return append(text, size, 0, word != NULL ? word : "");
}
