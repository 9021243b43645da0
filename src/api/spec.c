/* What is fitted, as callers put it together. */
#include <emix/spec.h>

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "families/registry.h"
#include "options/options.h"

enum { LIST_BYTES = 256 };

EmixStatus emix_spec_create(EmixSpec **spec, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixSpec *created = NULL;
    if (spec == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec must not be NULL");
    }
    EMIX_TRY_ALLOC(created, 1);
    *created = emix_spec_default;
    *spec = created;
cleanup:
    return status;
}

EmixStatus emix_spec_create_gaussian(emix_index n_components, EmixCovariance covariance,
                                     EmixSpec **spec, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixSpec *created = NULL;
    const char *name = emix_enum_name(EMIX_ENUM_COVARIANCE, (int)covariance);
    if (spec == NULL || name == NULL) {
        return spec == NULL ? emix_fail(error, EMIX_ERR_ARGUMENT, "spec must not be NULL")
                            : emix_fail(error, EMIX_ERR_ARGUMENT, "covariance %d is unknown",
                                        (int)covariance);
    }
    EMIX_TRY(emix_spec_create(&created, error));
    EMIX_TRY(emix_spec_add(created, "gaussian", n_components, error));
    EMIX_TRY(emix_spec_set(created, "covariance", name, error));
    *spec = created;
    created = NULL;
cleanup:
    emix_spec_destroy(created);
    return status;
}

EmixStatus emix_spec_copy(const EmixSpec *spec, EmixSpec **copy, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixSpec *created = NULL;
    if (spec == NULL || copy == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec and copy must not be NULL");
    }
    EMIX_TRY_ALLOC(created, 1);
    EMIX_TRY(emix_spec_assign(spec, created, error));
    *copy = created;
    created = NULL;
cleanup:
    emix_spec_destroy(created);
    return status;
}

void emix_spec_destroy(EmixSpec *spec)
{
    if (spec != NULL) {
        emix_spec_clear(spec);
        emix_free(spec);
    }
}

/* The registry's own name of a family; NULL after a message that lists them. */
static const char *find_family(const char *name, EmixError *error)
{
    char names[LIST_BYTES] = "";
    const char *last = "";
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        if (strcmp(kind->name, name) == 0) {
            return kind->name;
        }
        if (strcmp(kind->name, last) != 0) {
            const size_t used = strlen(names);
            last = kind->name;
            snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", last);
        }
    }
    emix_error_format(error, "there is no family \"%.80s\"; there is %s", name, names);
    return NULL;
}

/* A hyper-parameter that a family does not have must be at its default. */
static EmixStatus check_family(const EmixSpec *spec, const char *family, EmixError *error)
{
    char value[LIST_BYTES];
    char usual[LIST_BYTES];
    for (const EmixOptionRow *row = emix_option_rows; row < emix_option_rows + emix_n_option_rows;
         ++row) {
        if (row->option.scope != EMIX_OPTION_OF_SPEC || emix_option_suits(row, family)) {
            continue;
        }
        emix_option_format(row, spec, value, sizeof value);
        emix_option_default(&row->option, usual, sizeof usual);
        if (strcmp(value, usual) != 0) {
            return emix_fail(error, EMIX_ERR_ARGUMENT, "%s is set, which family %s does not have",
                             row->option.name, family);
        }
    }
    return EMIX_OK;
}

static EmixStatus set_family(EmixSpec *spec, const char *name, EmixError *error)
{
    const char *family = find_family(name, error);
    if (family == NULL) {
        return EMIX_ERR_ARGUMENT;
    }
    const EmixStatus status = check_family(spec, family, error);
    if (status == EMIX_OK) {
        spec->family = family;
    }
    return status;
}

EmixStatus emix_spec_add(EmixSpec *spec, const char *family, emix_index n_components,
                         EmixError *error)
{
    if (spec == NULL || family == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec and family must not be NULL");
    }
    if (n_components < 1 || n_components > INT32_MAX) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "n_components is %lld, must be at least 1",
                         (long long)n_components);
    }
    if (spec->family != NULL) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "the spec has %lld %s components; a second group is not supported",
                         (long long)spec->n_components, spec->family);
    }
    const EmixStatus status = set_family(spec, family, error);
    if (status == EMIX_OK) {
        spec->n_components = n_components;
    }
    return status;
}

static EmixStatus find_row(const char *key, const EmixOptionRow **row, EmixError *error)
{
    *row = emix_option_row(EMIX_OPTION_OF_SPEC, key);
    const char *ours = *row == NULL ? emix_option_synonym(key) : NULL;
    return *row != NULL ? EMIX_OK
                        : emix_fail(error, EMIX_ERR_ARGUMENT, "a spec has no key \"%.80s\"%s%s",
                                    key, ours != NULL ? "; it is called " : "", ours ? ours : "");
}

/* The row of a key, if the family has it. */
static EmixStatus find_settable(const EmixSpec *spec, const char *key, const EmixOptionRow **row,
                                EmixError *error)
{
    const EmixStatus status = find_row(key, row, error);
    if (status != EMIX_OK || spec->family == NULL || emix_option_suits(*row, spec->family)) {
        return status;
    }
    return emix_fail(error, EMIX_ERR_ARGUMENT, "family %s has no %s", spec->family,
                     (*row)->option.name);
}

EmixStatus emix_spec_set(EmixSpec *spec, const char *key, const char *value, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixOptionRow *row = NULL;
    if (spec == NULL || key == NULL || value == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec, key and value must not be NULL");
    }
    EMIX_TRY(find_settable(spec, key, &row, error));
    EMIX_TRY(row->option.kind == EMIX_OPTION_FAMILY ? set_family(spec, value, error)
                                                    : emix_option_parse(row, value, spec, error));
cleanup:
    return status;
}

EmixStatus emix_spec_set_numbers(EmixSpec *spec, const char *key, emix_index n,
                                 const double *values, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixOptionRow *row = NULL;
    double *copy = NULL;
    if (spec == NULL || key == NULL || n < 0 || (n > 0 && values == NULL)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec, key and values must not be NULL");
    }
    EMIX_TRY(find_settable(spec, key, &row, error));
    if (row->option.kind != EMIX_OPTION_NUMBERS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "%s is no list of numbers", row->option.name);
    }
    if (n > 0) {
        EMIX_TRY_ALLOC(copy, n);
        memcpy(copy, values, (size_t)n * sizeof *copy);
    }
    EmixNumbers *numbers = (EmixNumbers *)((char *)spec + row->offset);
    emix_free(numbers->values);
    *numbers = (EmixNumbers){n, copy};
cleanup:
    return status;
}

EmixStatus emix_spec_get(const EmixSpec *spec, const char *key, char *text, size_t size,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixOptionRow *row = NULL;
    if (spec == NULL || key == NULL || text == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "spec, key and text must not be NULL");
    }
    EMIX_TRY(find_row(key, &row, error));
    const EmixNumbers *numbers = (const void *)((const char *)spec + row->offset);
    if (row->option.kind == EMIX_OPTION_NUMBERS && numbers->n > 0 && numbers->values == NULL) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_ARGUMENT,
                           "%s was given, but the model's file does not have its values",
                           row->option.name));
    }
    if (emix_option_format(row, spec, text, size) >= size) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_ARGUMENT, "%s does not fit %zu bytes", key, size));
    }
cleanup:
    return status;
}

emix_index emix_spec_n_components(const EmixSpec *spec)
{
    return spec->family != NULL ? spec->n_components : 0;
}

const char *emix_spec_family(const EmixSpec *spec)
{
    return spec->family;
}
