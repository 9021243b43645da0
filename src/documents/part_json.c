/* Nested arrays of numbers, written and read. */
#include "documents/part_json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "core/alloc.h"

/* Numbers behind one entry of an axis. */
static emix_index stride_of(const EmixPartShape *shape, int axis)
{
    emix_index stride = 1;
    for (int inner = axis + 1; inner < shape->rank; ++inner) {
        stride *= shape->shape[inner];
    }
    return stride;
}

static void write_axis(EmixJsonText *json, const EmixPartShape *shape, int axis,
                       const double *values, int indent)
{
    if (axis == shape->rank - 1) {
        emix_io_json_numbers(json, shape->shape[axis], values);
        return;
    }
    emix_io_json_open(json, '[');
    for (emix_index i = 0; i < shape->shape[axis]; ++i) {
        if (indent > 0) {
            emix_io_json_line(json, indent);
        }
        write_axis(json, shape, axis + 1, values + i * stride_of(shape, axis),
                   indent > 0 ? indent + 1 : 0);
    }
    emix_io_json_close(json, ']');
}

void emix_io_part_json_write(EmixJsonText *json, const EmixPartShape *shape, const double *values,
                             int indent)
{
    write_axis(json, shape, 0, values, indent);
}

void emix_io_part_json_member(EmixJsonText *json, const EmixPartShape *shape, const double *values)
{
    emix_io_json_key(json, shape->name);
    write_axis(json, shape, 0, values, 0);
}

EmixStatus emix_io_json_check_array(const json_t *value, const char *path, emix_index length,
                                    const EmixJsonPlace *place)
{
    if (value == NULL) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: there is no \"%s\"", place->name,
                         path);
    }
    if (!json_is_array(value)) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s is not an array", place->name,
                         path);
    }
    const emix_index found = (emix_index)json_array_size(value);
    if (found != length) {
        return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s has %lld entries, not %lld",
                         place->name, path, (long long)found, (long long)length);
    }
    return EMIX_OK;
}

static EmixPartShape shape_in_file(const EmixParts *parts, int part, const json_t *array)
{
    const EmixPartShape wide = emix_parts_wide_shape(parts, part);
    int depth = 0;
    for (; json_is_array(array) && depth <= EMIX_MAX_RANK; ++depth) {
        array = json_array_get(array, 0);
    }
    return wide.rank > 0 && depth == wide.rank ? wide : parts->shapes[part];
}

/* How a message calls entry at[0], at[1], ... of an array. */
static void name_entry(const char *path, const emix_index *at, int n, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", path);
    for (int axis = 0; axis < n && used < size; ++axis) {
        used += (size_t)snprintf(text + used, size - used, "[%lld]", (long long)at[axis]);
    }
}

/* The innermost array at `at`, [rank - 1], every array on the way being as long as it must. */
static EmixStatus find_row(const json_t *array, const char *path, const EmixPartShape *shape,
                           const emix_index *at, const json_t **row, const EmixJsonPlace *place)
{
    for (int axis = 0; axis < shape->rank; ++axis) {
        if (!json_is_array(array) || (emix_index)json_array_size(array) != shape->shape[axis]) {
            char text[160];
            name_entry(path, at, axis, text, sizeof text);
            return emix_io_json_check_array(array, text, shape->shape[axis], place);
        }
        if (axis < shape->rank - 1) {
            array = json_array_get(array, (size_t)at[axis]);
        }
    }
    *row = array;
    return EMIX_OK;
}

static EmixStatus read_row(const json_t *row, const char *path, const EmixPartShape *shape,
                           const emix_index *at, bool nulls, double *values,
                           const EmixJsonPlace *place)
{
    for (emix_index i = 0; i < shape->shape[shape->rank - 1]; ++i) {
        const json_t *value = json_array_get(row, (size_t)i);
        if (json_is_number(value)) {
            values[i] = json_number_value(value);
        } else if (nulls && json_is_null(value)) {
            values[i] = (double)NAN;
        } else {
            char text[160];
            name_entry(path, at, shape->rank - 1, text, sizeof text);
            return emix_fail(place->error, EMIX_ERR_FORMAT, "%s: %s[%lld] is not a number%s",
                             place->name, text, (long long)i, nulls ? " or null" : "");
        }
    }
    return EMIX_OK;
}

/* Row after row. */
static EmixStatus read_rows(const json_t *array, const char *path, const EmixPartShape *shape,
                            emix_index length, bool nulls, double *values,
                            const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    const emix_index n = shape->shape[shape->rank - 1];
    for (emix_index first = 0; first < length; first += n) {
        const json_t *inner = NULL;
        emix_index at[EMIX_MAX_RANK] = {0};
        emix_index row = first / n;
        for (int axis = shape->rank - 2; axis >= 0; --axis) {
            at[axis] = row % shape->shape[axis];
            row /= shape->shape[axis];
        }
        EMIX_TRY(find_row(array, path, shape, at, &inner, place));
        EMIX_TRY(read_row(inner, path, shape, at, nulls, values + first, place));
    }
cleanup:
    return status;
}

EmixStatus emix_io_part_json_read(const EmixParts *parts, int part, const json_t *array,
                                  const char *path, bool nulls, EmixPartShape *shape,
                                  double **values, const EmixJsonPlace *place)
{
    EmixStatus status = EMIX_OK;
    EmixError *error = place->error;
    emix_index length = 0;
    *shape = shape_in_file(parts, part, array);
    if (!emix_part_shape_length(shape, &length)) {
        return emix_fail_nomem(error, INT64_MAX, sizeof **values);
    }
    EMIX_TRY_ALLOC(*values, length);
    EMIX_TRY(read_rows(array, path, shape, length, nulls, *values, place));
cleanup:
    return status;
}
