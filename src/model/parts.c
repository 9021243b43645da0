/* Shapes of parts and where their values lie. */
#include "model/parts.h"

#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"

static EmixPartShape make_shape(const char *name, const char *axes, emix_index n_components,
                                emix_index n_features)
{
    EmixPartShape shape = {.name = name, .axes = axes, .shape = {1, 1, 1}};
    for (; shape.axes[shape.rank] != '\0'; ++shape.rank) {
        const char axis = shape.axes[shape.rank];
        shape.shape[shape.rank] = axis == 'K' ? n_components : axis == 'D' ? n_features : 1;
    }
    return shape;
}

bool emix_part_shape_length(const EmixPartShape *shape, emix_index *length)
{
    *length = 1;
    for (int axis = 0; axis < shape->rank; ++axis) {
        if (!emix_multiply(*length, shape->shape[axis], length)) {
            return false;
        }
    }
    return true;
}

/* Adds a part behind the others; false when the numbers are too many. */
static bool add_part(EmixParts *parts, const char *name, const char *axes)
{
    const int p = parts->n++;
    parts->shapes[p] = make_shape(name, axes, parts->n_components, parts->n_features);
    parts->offsets[p] = parts->n_values;
    return emix_part_shape_length(&parts->shapes[p], &parts->lengths[p]) &&
           !__builtin_add_overflow(parts->n_values, parts->lengths[p], &parts->n_values);
}

EmixStatus emix_parts_lay_out(const EmixFamilyParts *family, emix_index n_components,
                              emix_index n_features, EmixParts *parts, EmixError *error)
{
    EmixParts p = {.family = family, .n_components = n_components, .n_features = n_features};
    bool fits = n_components >= 1 && n_features >= 1 && n_features <= EMIX_LINALG_MAX_DIMENSION &&
                add_part(&p, "weights", "K");
    for (int row = 0; fits && row < family->n_rows; ++row) {
        fits = add_part(&p, family->rows[row].name, family->rows[row].axes);
    }
    if (!fits) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a model of %lld components and %lld features (1 ... %d) cannot be made",
                         (long long)n_components, (long long)n_features, EMIX_LINALG_MAX_DIMENSION);
    }
    *parts = p;
    return EMIX_OK;
}

EmixPartShape emix_parts_wide_shape(const EmixParts *parts, int part)
{
    if (part < EMIX_FIRST_FAMILY_PART) {
        return (EmixPartShape){0};
    }
    const EmixPartRow *row = &parts->family->rows[part - EMIX_FIRST_FAMILY_PART];
    return row->wide_axes == NULL
               ? (EmixPartShape){0}
               : make_shape(row->name, row->wide_axes, parts->n_components, parts->n_features);
}

int emix_parts_find(const EmixParts *parts, const char *name)
{
    for (int p = 0; p < parts->n; ++p) {
        if (strcmp(parts->shapes[p].name, name) == 0) {
            return p;
        }
    }
    return -1;
}

void emix_parts_copy_component(const EmixParts *from, emix_index k, EmixParts *to, emix_index q)
{
    for (int p = 0; p < from->n; ++p) {
        const bool shared = emix_part_is_shared(&from->shapes[p]);
        const emix_index n = shared ? from->lengths[p] : from->lengths[p] / from->n_components;
        if (!shared || q == 0) {
            memcpy(emix_parts_values(to, p) + (shared ? 0 : q * n),
                   emix_parts_values(from, p) + (shared ? 0 : k * n), (size_t)n * sizeof(double));
        }
    }
}

EmixPart emix_parts_view(const EmixParts *parts, int part)
{
    const EmixPartShape *shape = &parts->shapes[part];
    EmixPart view = {.name = shape->name, .axes = shape->axes, .rank = shape->rank};
    memcpy(view.shape, shape->shape, sizeof view.shape);
    view.values = parts->values != NULL ? emix_parts_values(parts, part) : NULL;
    return view;
}
