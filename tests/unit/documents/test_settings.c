/* The settings of the fit document: no option of the table is forgotten. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <emix/emix.h>

#include "model_support.h"
#include "options/options.h"

/* A value other than the default, as text; `number` gets it where it is one. */
static const char *other_value(const EmixOption *o, double *number)
{
    static char text[64];
    switch (o->kind) {
    case EMIX_OPTION_INTEGER:
    case EMIX_OPTION_INDEX:
        *number = o->minimum + 3;
        snprintf(text, sizeof text, "%.0f", *number);
        return text;
    case EMIX_OPTION_REAL:
        *number = o->minimum + 0.375;
        snprintf(text, sizeof text, "%.17g", *number);
        return text;
    case EMIX_OPTION_SEED: *number = 77; return "77";
    case EMIX_OPTION_CHOICE:
    case EMIX_OPTION_SET: return o->choices[1].name;
    case EMIX_OPTION_FLAG: return "yes";
    case EMIX_OPTION_NUMBERS: return "1.5,2.5";
    case EMIX_OPTION_FILE: return "state.file";
    case EMIX_OPTION_FAMILY: break;
    }
    return NULL;
}

static void expect_value(const EmixOption *o, const json_t *value, const char *text, double number)
{
    switch (o->kind) {
    case EMIX_OPTION_INTEGER:
    case EMIX_OPTION_INDEX:
    case EMIX_OPTION_REAL:
    case EMIX_OPTION_SEED:
        cr_expect(eq(dbl, json_number_value(value), number), "%s", o->name);
        break;
    case EMIX_OPTION_SET:
        cr_expect(eq(sz, json_array_size(value), 1), "%s", o->name);
        value = json_array_get(value, 0);
        cr_expect(eq(str, (char *)json_string_value(value), (char *)text), "%s", o->name);
        break;
    case EMIX_OPTION_FLAG: cr_expect(eq(int, json_is_true(value), 1), "%s", o->name); break;
    case EMIX_OPTION_NUMBERS:
        cr_expect(eq(dbl, json_number_value(json_array_get(value, 1)), 2.5), "%s", o->name);
        break;
    case EMIX_OPTION_CHOICE:
    case EMIX_OPTION_FILE:
        cr_expect(eq(str, (char *)json_string_value(value), (char *)text), "%s", o->name);
        break;
    case EMIX_OPTION_FAMILY:
        cr_expect(eq(str, (char *)json_string_value(value), "gaussian"));
        break;
    }
}

static EmixModel *model_with_settings(void)
{
    EmixModel *model = random_model(2, 2, 1);
    model->has_report = true;
    model->has_all_options = true;
    model->options = emix_fit_options_default();
    model->report.n_starts = 1;
    return model;
}

static json_t *must_settings(const EmixModel *model, json_t **root)
{
    char *text = NULL;
    cr_assert(eq(int, emix_fit_document(model, NULL, &text, NULL), EMIX_OK));
    *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(ne(ptr, *root, NULL));
    emix_text_destroy(text);
    return json_object_get(*root, "settings");
}

Test(settings, have_every_option_of_the_table_as_it_was_used)
{
    for (int i = 0; i < emix_n_option_rows; ++i) {
        const EmixOptionRow *row = &emix_option_rows[i];
        EmixModel *model = model_with_settings();
        double number = 0.0;
        json_t *root = NULL;
        const char *text = other_value(&row->option, &number);
        void *object = row->option.scope == EMIX_OPTION_OF_SPEC ? (void *)&model->spec
                                                                : (void *)&model->options;
        if (text != NULL) {
            cr_assert(eq(int, emix_option_parse(row, text, object, NULL), EMIX_OK), "%s",
                      row->option.name);
        }
        const json_t *settings = must_settings(model, &root);
        cr_expect(eq(sz, json_object_size(settings), (size_t)emix_n_option_rows));
        expect_value(&row->option, json_object_get(settings, row->option.name), text, number);
        json_decref(root);
        emix_model_destroy(model);
    }
}

Test(settings, are_null_where_an_option_was_not_set_or_of_no_use)
{
    EmixModel *model = model_with_settings();
    json_t *root = NULL;
    json_t *settings = must_settings(model, &root);
    cr_expect(eq(int, json_is_null(json_object_get(settings, "eigenvalue-ratio")), 1));
    cr_expect(eq(int, json_is_null(json_object_get(settings, "blocks")), 1));
    cr_expect(eq(int, json_is_null(json_object_get(settings, "prior-mean")), 1));
    cr_expect(eq(int, json_is_null(json_object_get(settings, "checkpoint")), 1));
    cr_expect(eq(int, json_is_integer(json_object_get(settings, "starts")), 1));
    json_decref(root);
    model->report.n_starts = 0; /* an initial model */
    settings = must_settings(model, &root);
    cr_expect(eq(int, json_is_null(json_object_get(settings, "starts")), 1));
    json_decref(root);
    emix_model_destroy(model);
}

Test(settings, are_left_out_for_a_model_from_a_file_which_does_not_tell_all)
{
    EmixModel *model = model_with_settings();
    json_t *root = NULL;
    model->has_all_options = false;
    cr_expect(eq(ptr, must_settings(model, &root), NULL));
    json_decref(root);
    emix_model_destroy(model);
}
