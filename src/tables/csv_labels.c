/* The labels column of a text: the known component of each row. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/names.h"
#include "tables/csv.h"
#include "io/number_text.h"

/* A label, as the field of the first row that has it. */
typedef struct Label {
    EmixCsvField field;
    char *name;
    bool is_integer;
    long long integer;
    int found; /* number in the order in which labels appear */
} Label;

/* A hash table of labels with open addressing: a power of two of slots, at most half of them
 * used. */
typedef struct LabelSet {
    Label *labels; /* [n_places]; the name of a free slot is NULL */
    emix_index n_places;
    int n_labels;
} LabelSet;

/* FNV-1a hash of the bytes of a field, with "" inside quotes taken as one quote. */
static uint64_t hash_field(const EmixCsvField *field)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *p = field->begin; p < field->end; ++p) {
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
        p += field->quoted && *p == '"';
    }
    return hash;
}

static bool field_is(const EmixCsvField *field, const char *name)
{
    const char *p = field->begin;
    for (; p < field->end && *name != '\0' && *p == *name; ++p, ++name) {
        p += field->quoted && *p == '"';
    }
    return p >= field->end && *name == '\0';
}

/* The slot of a field's label, or the free slot where it belongs. */
static Label *find_place(const LabelSet *set, const EmixCsvField *field)
{
    emix_index place = (emix_index)(hash_field(field) % (uint64_t)set->n_places);
    while (set->labels[place].name != NULL && !field_is(field, set->labels[place].name)) {
        place = (place + 1) % set->n_places;
    }
    return &set->labels[place];
}

static EmixStatus grow(LabelSet *set, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    LabelSet larger = {.n_places = set->n_places > 0 ? 2 * set->n_places : 64,
                       .n_labels = set->n_labels};
    EMIX_TRY_ALLOC(larger.labels, larger.n_places);
    for (emix_index i = 0; i < set->n_places; ++i) {
        if (set->labels[i].name != NULL) {
            *find_place(&larger, &set->labels[i].field) = set->labels[i];
        }
    }
    emix_free(set->labels);
    *set = larger;
cleanup:
    return status;
}

/* Returns the number of a field's label; a label seen for the first time gets a new number. */
static EmixStatus take_label(LabelSet *set, const EmixCsvField *field, int *found, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (2 * (emix_index)set->n_labels >= set->n_places) {
        EMIX_TRY(grow(set, error));
    }
    Label *label = find_place(set, field);
    if (label->name == NULL) {
        char *name = emix_io_csv_copy_field(field);
        if (name == NULL) {
            return emix_fail_nomem(error, (emix_index)(field->end - field->begin) + 1, 1);
        }
        const char *digits = name + (*name == '-' || *name == '+');
        const size_t n_digits = strspn(digits, "0123456789");
        *label = (Label){.field = *field, .name = name, .found = set->n_labels++};
        /* 18 digits always fit; a longer string is a name, even if it is all digits */
        label->is_integer = n_digits > 0 && n_digits <= 18 && digits[n_digits] == '\0';
        label->integer = label->is_integer ? strtoll(name, NULL, 10) : 0;
    }
    *found = label->found;
cleanup:
    return status;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const Label *)a)->name, ((const Label *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    const long long x = ((const Label *)a)->integer;
    const long long y = ((const Label *)b)->integer;
    return x != y ? (x < y ? -1 : 1) : by_bytes(a, b);
}

/* Moves the labels to the front, in order. */
static void sort_labels(LabelSet *set)
{
    bool all_integers = true;
    int n = 0;
    for (emix_index i = 0; i < set->n_places; ++i) {
        if (set->labels[i].name != NULL) {
            const Label label = set->labels[i];
            set->labels[i].name = NULL;
            set->labels[n++] = label;
            all_integers &= label.is_integer;
        }
    }
    qsort(set->labels, (size_t)n, sizeof *set->labels, all_integers ? by_number : by_bytes);
}

/* Renumbers the labels from the order of their appearance to their sorted order. */
static EmixStatus number_labels(EmixCsvTable *table, LabelSet *set, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    int *order = NULL;
    sort_labels(set);
    EMIX_TRY_ALLOC(order, set->n_labels);
    EMIX_TRY_ALLOC(table->label_names, set->n_labels);
    for (int l = 0; l < set->n_labels; ++l) {
        order[set->labels[l].found] = l;
        table->label_names[l] = set->labels[l].name;
        set->labels[l].name = NULL;
    }
    table->n_labels = set->n_labels;
    for (emix_index i = 0; i < table->n_rows; ++i) {
        table->labels[i] = table->labels[i] >= 0 ? order[table->labels[i]] : -1;
    }
cleanup:
    emix_free(order);
    return status;
}

EmixStatus emix_io_csv_read_labels(EmixCsvTable *table, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    LabelSet set = {0};
    if (table->labels_column < 0) {
        return EMIX_OK;
    }
    EMIX_TRY_ALLOC(table->labels, table->n_rows);
    for (emix_index i = 0; i < table->n_rows; ++i) {
        double value = 0.0;
        const EmixCsvField field = emix_io_csv_field(table->data + table->label_fields[i],
                                                     table->end, table->separator);
        table->labels[i] = -1;
        if (emix_io_classify_field(field.begin, field.end, &value) != EMIX_FIELD_MISSING) {
            EMIX_TRY(take_label(&set, &field, &table->labels[i], error));
        }
    }
    if (set.n_labels == 0) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_ARGUMENT, "%s: column %lld holds no label at all",
                           table->name, (long long)table->labels_column + 1));
    }
    EMIX_TRY(number_labels(table, &set, error));
cleanup:
    for (emix_index i = 0; i < set.n_places; ++i) {
        emix_free(set.labels[i].name);
    }
    emix_free(set.labels);
    return status;
}
