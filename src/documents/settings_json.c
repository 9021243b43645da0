/* The options of a fit, written. */
#include "documents/settings_json.h"

#include <math.h>
#include <string.h>

#include "documents/fit_document.h"
#include "options/options.h"

enum { TEXT_BYTES = 64 };

static void write_set(EmixJsonText *json, const EmixOption *option, unsigned bits)
{
    emix_io_json_open(json, '[');
    for (const EmixChoice *choice = option->choices; choice->name != NULL; ++choice) {
        if ((bits & (unsigned)choice->value) != 0) {
            emix_io_json_string(json, choice->name);
        }
    }
    emix_io_json_close(json, ']');
}

static void write_value(EmixJsonText *json, const EmixOptionRow *row, const void *object)
{
    const void *member = (const char *)object + row->offset;
    const EmixNumbers *numbers = member;
    char text[TEXT_BYTES] = "";
    switch (row->option.kind) {
    case EMIX_OPTION_INTEGER:
        emix_option_format(row, object, text, sizeof text);
        if (text[0] != '\0') {
            emix_io_json_index(json, *(const int *)member);
        } else {
            emix_io_json_string(json, NULL);
        }
        break;
    case EMIX_OPTION_INDEX: emix_io_json_index(json, *(const emix_index *)member); break;
    case EMIX_OPTION_REAL: emix_io_json_number(json, *(const double *)member); break;
    case EMIX_OPTION_SEED: emix_io_json_seed(json, *(const uint64_t *)member); break;
    case EMIX_OPTION_CHOICE:
        emix_option_format(row, object, text, sizeof text);
        emix_io_json_string(json, text);
        break;
    case EMIX_OPTION_SET: write_set(json, &row->option, *(const unsigned *)member); break;
    case EMIX_OPTION_FLAG: emix_io_json_bool(json, *(const int *)member != 0); break;
    case EMIX_OPTION_NUMBERS:
        if (numbers->values != NULL) {
            emix_io_json_numbers(json, numbers->n, numbers->values);
        } else {
            emix_io_json_string(json, NULL);
        }
        break;
    case EMIX_OPTION_FAMILY:
    case EMIX_OPTION_FILE: emix_io_json_string(json, *(const char *const *)member); break;
    }
}

void emix_io_settings_json_write(EmixJsonText *json, const EmixModel *model)
{
    const bool draws = model->report.n_starts > 0;
    emix_io_json_key(json, "settings");
    emix_io_json_open(json, '{');
    for (const EmixOptionRow *row = emix_option_rows; row < emix_option_rows + emix_n_option_rows;
         ++row) {
        const bool is_spec = row->option.scope == EMIX_OPTION_OF_SPEC;
        if (!emix_option_suits(row, emix_model_family(model))) {
            continue;
        }
        emix_io_json_key(json, row->option.name);
        if (row->option.of_starts && !draws) {
            emix_io_json_string(json, NULL);
        } else {
            write_value(json, row, is_spec ? (const void *)&model->spec : &model->options);
        }
    }
    emix_io_json_close(json, '}');
}
