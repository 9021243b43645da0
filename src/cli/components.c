/* The components of a model as a table for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/summary.h"

enum {
    MAX_WIDTH = 100,       /* columns of a line                           */
    MAX_FEATURES = 6,      /* features shown                              */
    MAX_COMPONENTS = 40,   /* components shown                            */
    MAX_NAME_COLUMNS = 16, /* columns of a feature's name                 */
    NUMBER_BYTES = 64,     /* of a printed number                         */
    LEAD_COLUMNS = 31,     /* component, weight and count                 */
    MORE_COLUMNS = 5,      /* "  ..." at the end of a line                */
    PLACE_PART = 1,        /* behind the weights: means, rates, ...       */
};

/* How the numbers of one feature are printed. */
typedef struct Column {
    char name[4 * MAX_NAME_COLUMNS + 1]; /* UTF-8, cut to MAX_NAME_COLUMNS characters  */
    int name_columns;                    /* of the name                                */
    int width;                           /* of the widest text, the name included      */
    int decimals;                        /* after the point; -1 = the numbers need %g  */
} Column;

/* What is shown of a model. */
typedef struct View {
    const EmixModel *model;
    const emix_index *order; /* [n_shown] components          */
    emix_index n_shown;      /* components shown             */
    int n_columns;           /* features shown               */
    int names_width;         /* of the names of components; 0 = they have none */
    Column columns[MAX_FEATURES];
} View;

/* A component and what it is sorted by. */
typedef struct Rank {
    double weight;
    emix_index component;
} Rank;

static int by_falling_weight(const void *a, const void *b)
{
    const Rank *x = a;
    const Rank *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return x->component < y->component ? -1 : x->component > y->component;
}

static int by_number(const void *a, const void *b)
{
    const Rank *x = a;
    const Rank *y = b;
    return x->component < y->component ? -1 : x->component > y->component;
}

/* The MAX_COMPONENTS components of most weight, or all, in the order of their numbers, which are
 * those of the model file and of labels; to be released with free(), NULL = out of memory. */
static emix_index *shown_components(const EmixModel *model)
{
    const emix_index n = emix_model_n_components(model);
    const emix_index n_shown = n < MAX_COMPONENTS ? n : MAX_COMPONENTS;
    const double *weights = emix_model_weights(model);
    Rank *ranks = calloc((size_t)n, sizeof *ranks);
    emix_index *order = calloc((size_t)n, sizeof *order);
    if (ranks != NULL && order != NULL) {
        for (emix_index k = 0; k < n; ++k) {
            ranks[k] = (Rank){.weight = weights[k], .component = k};
        }
        qsort(ranks, (size_t)n, sizeof *ranks, by_falling_weight);
        qsort(ranks, (size_t)n_shown, sizeof *ranks, by_number);
        for (emix_index i = 0; i < n_shown; ++i) {
            order[i] = ranks[i].component;
        }
    } else {
        free(order);
        order = NULL;
    }
    free(ranks);
    return order;
}

/* Copies at most max_characters characters of a name, without control characters. Returns how many
 * they are; text holds four bytes for each, and the terminator. */
static int copy_name(const char *name, int max_characters, char *text)
{
    int used = 0;
    int n_characters = 0;
    for (; *name != '\0' && used < 4 * max_characters; ++name) {
        const unsigned char c = (unsigned char)*name;
        const bool begins_character = (c & 0xc0u) != 0x80u; /* others continue one, in UTF-8 */
        if (begins_character && n_characters == max_characters) break;
        n_characters += begins_character;
        text[used++] = *name;
        if (c < ' ' || c == 0x7f) text[used - 1] = '?';
    }
    text[used] = '\0';
    return n_characters;
}

int cli_copy_feature_name(const EmixModel *model, emix_index feature, int max_characters,
                          char *text)
{
    char numbered[32];
    const char *name = emix_model_feature_name(model, feature);
    if (name == NULL) {
        snprintf(numbered, sizeof numbered, "x%" PRId64, feature + 1);
        name = numbered;
    }
    return copy_name(name, max_characters, text);
}

/* What the family's first part says of a feature of a component. */
static double place_of(const EmixModel *model, emix_index k, emix_index feature)
{
    return emix_model_part(model, PLACE_PART).values[k * emix_model_n_features(model) + feature];
}

static double deviation_of(const EmixModel *model, emix_index k, emix_index feature)
{
    return sqrt(emix_model_variance(model, k, feature));
}

static int format_number(double value, int decimals, char *text)
{
    return decimals < 0 ? snprintf(text, NUMBER_BYTES, "%.9g", value)
                        : snprintf(text, NUMBER_BYTES, "%.*f", decimals, value);
}

/* Three significant digits of the smallest deviation decide the decimals of a feature, so that
 * means can be told apart however large they are. */
static Column make_column(const View *view, emix_index feature)
{
    Column column = {.decimals = -1};
    char text[NUMBER_BYTES];
    double smallest = HUGE_VAL;
    double largest = 0.0;
    column.name_columns = cli_copy_feature_name(view->model, feature, MAX_NAME_COLUMNS,
                                                column.name);
    for (emix_index i = 0; i < view->n_shown; ++i) {
        const emix_index k = view->order[i];
        smallest = fmin(smallest, deviation_of(view->model, k, feature));
        largest = fmax(largest, fabs(place_of(view->model, k, feature)));
    }
    const double decimals = 2.0 - floor(log10(smallest));
    if (decimals <= 9.0 && largest < 1e9) column.decimals = decimals > 0.0 ? (int)decimals : 0;
    column.width = column.name_columns;
    for (emix_index i = 0; i < view->n_shown; ++i) {
        const emix_index k = view->order[i];
        const int place_width = format_number(place_of(view->model, k, feature), column.decimals,
                                              text);
        const int deviation_width = format_number(deviation_of(view->model, k, feature),
                                                  column.decimals, text);
        if (place_width > column.width) column.width = place_width;
        if (deviation_width > column.width) column.width = deviation_width;
    }
    return column;
}

/* A component's name, empty when it has none. */
static Column component_name(const View *view, emix_index k)
{
    const char *const *names = emix_model_component_names(view->model);
    Column column = {0};
    column.name_columns = copy_name(names != NULL && names[k] != NULL ? names[k] : "",
                                    MAX_NAME_COLUMNS, column.name);
    return column;
}

static View make_view(const EmixModel *model, const emix_index *order)
{
    const emix_index n_features = emix_model_n_features(model);
    const emix_index n_components = emix_model_n_components(model);
    View view = {.model = model,
                 .order = order,
                 .n_shown = n_components < MAX_COMPONENTS ? n_components : MAX_COMPONENTS};
    for (emix_index i = 0; i < view.n_shown; ++i) {
        const int columns = component_name(&view, order[i]).name_columns;
        if (columns > view.names_width) view.names_width = columns;
    }
    int width = LEAD_COLUMNS + MORE_COLUMNS + (view.names_width > 0 ? 2 + view.names_width : 0);
    for (emix_index j = 0; j < n_features && j < MAX_FEATURES; ++j) {
        view.columns[j] = make_column(&view, j);
        width += 2 + view.columns[j].width;
        if (width > MAX_WIDTH) break;
        view.n_columns = (int)j + 1;
    }
    return view;
}

static void print_heading(const View *view, const char *what, bool with_counts)
{
    printf("\n%s\n  component", what);
    if (view->names_width > 0) printf("  %*s", view->names_width, "");
    printf("    weight%s", with_counts ? "      count" : "");
    for (int j = 0; j < view->n_columns; ++j) {
        const Column *column = &view->columns[j];
        printf("  %*s%s", column->width - column->name_columns, "", column->name);
    }
    printf("%s\n", view->n_columns < emix_model_n_features(view->model) ? "  ..." : "");
}

static void print_rows(const View *view, const double *counts, bool is_deviation)
{
    char text[NUMBER_BYTES];
    for (emix_index i = 0; i < view->n_shown; ++i) {
        const emix_index k = view->order[i];
        printf("  %9" PRId64, k);
        if (view->names_width > 0) {
            const Column name = component_name(view, k);
            printf("  %s%*s", name.name, view->names_width - name.name_columns, "");
        }
        printf("  %8.6f", emix_model_weights(view->model)[k]);
        if (counts != NULL) printf(counts[k] < 1e7 ? "  %9.2f" : "  %9.4g", counts[k]);
        for (int j = 0; j < view->n_columns; ++j) {
            const double value = is_deviation ? deviation_of(view->model, k, j)
                                              : place_of(view->model, k, j);
            format_number(value, view->columns[j].decimals, text);
            printf("  %*s", view->columns[j].width, text);
        }
        printf("%s\n", view->n_columns < emix_model_n_features(view->model) ? "  ..." : "");
    }
    const emix_index n_hidden = emix_model_n_components(view->model) - view->n_shown;
    if (n_hidden > 0)
        printf("  ... %" PRId64 " more component%s, of less weight\n", n_hidden,
               n_hidden == 1 ? "" : "s");
}

static void print_flags(const View *view)
{
    const unsigned *flags = emix_model_component_flags(view->model);
    if (flags == NULL) return;
    for (emix_index i = 0; i < view->n_shown; ++i) {
        const emix_index k = view->order[i];
        if (flags[k] == 0) continue;
        printf("  component %" PRId64 ":", k);
        for (unsigned bit = 1u; bit != 0; bit <<= 1u) {
            if ((flags[k] & bit) && emix_flag_name(bit) != NULL) {
                printf(" %s", emix_flag_name(bit));
            }
        }
        putchar('\n');
    }
}

EmixStatus cli_print_components(const EmixModel *model, bool with_deviations)
{
    const double *counts = emix_model_effective_counts(model);
    emix_index *order = shown_components(model);
    if (order == NULL) return EMIX_ERR_NOMEM;
    const View view = make_view(model, order);
    print_heading(&view, emix_model_part(model, PLACE_PART).name, counts != NULL);
    print_rows(&view, counts, false);
    if (with_deviations) {
        print_heading(&view, "standard deviations", counts != NULL);
        print_rows(&view, counts, true);
    }
    print_flags(&view);
    free(order);
    return EMIX_OK;
}
