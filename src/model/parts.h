/* Parameters as users see them: named arrays, of shapes that the family states. Documents, errors,
 * the bootstrap and tables are loops over them. */
#ifndef EMIX_MODEL_PARTS_H
#define EMIX_MODEL_PARTS_H

#include <stdbool.h>

#include <emix/model.h>

#include "core/status_internal.h"

enum { EMIX_MAX_PARTS = 8, EMIX_MAX_RANK = 3 };

/** Name and shape of a part; see EmixPart. */
typedef struct EmixPartShape {
    const char *name;
    const char *axes; /* K counts components, D features; 1 is a single one */
    int rank;
    emix_index shape[EMIX_MAX_RANK]; /* 1 beyond the rank */
} EmixPartShape;

/** What a family states of one of its parts. */
typedef struct EmixPartRow {
    const char *name;
    const char *axes;
    const char *wide_axes; /* of a larger form in which callers and files may give it; or NULL */
} EmixPartRow;

/** How an interval is made about an estimate: of a normal distribution on this scale. */
typedef enum EmixPartScale {
    EMIX_SCALE_PLAIN,
    EMIX_SCALE_LOG,  /* positive numbers */
    EMIX_SCALE_LOGIT /* numbers between 0 and 1 */
} EmixPartScale;

/** All parts of a mixture, one behind the other: the mixture's weights, then the family's. */
typedef struct EmixParts {
    const struct EmixFamilyParts *family; /* static */
    emix_index n_components;
    emix_index n_features;
    int n;
    EmixPartShape shapes[EMIX_MAX_PARTS];
    emix_index lengths[EMIX_MAX_PARTS]; /* values of each part */
    emix_index offsets[EMIX_MAX_PARTS]; /* where they begin */
    emix_index n_values;                /* of all */
    double *values;                     /* [n_values], owned by who has the struct; or NULL */
} EmixParts;

enum { EMIX_WEIGHTS_PART = 0, EMIX_FIRST_FAMILY_PART = 1 };

/** What a family says of its parameters without an instance; one table a covariance structure.
 * Functions are handed the whole of the parts. */
typedef struct EmixFamilyParts {
    const char *family;
    EmixCovariance covariance;
    int n_rows;
    EmixPartRow rows[EMIX_MAX_PARTS - 1]; /* its parts; the axes of the first begin with K, D */

    /** Free parameters of its parts, those of fixed ones (EmixFixedPart bits) left out. */
    emix_index (*n_free)(const struct EmixFamilyParts *self, emix_index n_components,
                         emix_index n_features, unsigned fixed);

    /** Checks the values of its parts, and makes exact what they need be only up to rounding, such
     * as symmetry.
     * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NONFINITE, EMIX_ERR_DEGENERATE,
     *         EMIX_ERR_NOMEM. */
    EmixStatus (*check)(EmixParts *parts, EmixError *error);

    /** Whether a part in its wide form is one in its usual form too. */
    EmixStatus (*check_wide)(const EmixParts *parts, int part, const double *wide,
                             EmixError *error);

    /** Takes a part, or the errors of one, from its wide form. values [lengths[part]] */
    void (*narrow)(const EmixParts *parts, int part, const double *wide, double *values);

    /** Fills the family's values of `to`, whose table this is, from those of another structure of
     * the family; weights of `from` where an average is to be taken. */
    EmixStatus (*convert)(const EmixParts *from, EmixParts *to, EmixError *error);

    /** The scale of the interval for value i of a part. */
    EmixPartScale (*scale)(const EmixParts *parts, int part, emix_index i);

    /** Mean and variance of one feature in one component. */
    double (*mean)(const EmixParts *parts, emix_index component, emix_index feature);
    double (*variance)(const EmixParts *parts, emix_index component, emix_index feature);

    /** matrix [D x D] */
    void (*covariance_matrix)(const EmixParts *parts, emix_index component, double *matrix);
} EmixFamilyParts;

/** Finds the table of a family and a structure, by either name of it; NULL = not known. */
typedef const EmixFamilyParts *(*EmixFindParts)(const char *family, const char *covariance);

/** Shapes, lengths and offsets, without values.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT (a size out of range; the message says so). */
EmixStatus emix_parts_lay_out(const EmixFamilyParts *family, emix_index n_components,
                              emix_index n_features, EmixParts *parts, EmixError *error);

/** The shape of a part in its wide form; rank 0 when it has none. */
EmixPartShape emix_parts_wide_shape(const EmixParts *parts, int part);

/** Numbers of an array of that shape. Shapes of parts are known to fit; wide ones may not:
 * false. */
bool emix_part_shape_length(const EmixPartShape *shape, emix_index *length);

/** Index of the part of a name; -1 when there is none. */
int emix_parts_find(const EmixParts *parts, const char *name);

/** Values of a part. */
static inline double *emix_parts_values(const EmixParts *parts, int part)
{
    return parts->values + parts->offsets[part];
}

/** Whether components share a part: none of its axes counts them. */
static inline bool emix_part_is_shared(const EmixPartShape *shape)
{
    return shape->axes[0] != 'K';
}

/** Copies component k, its weight included, over component q of parts of the same table and number
 * of features. What components share is copied with q = 0. */
void emix_parts_copy_component(const EmixParts *from, emix_index k, EmixParts *to, emix_index q);

/** What users see of a part; errors are left NULL. */
EmixPart emix_parts_view(const EmixParts *parts, int part);

#endif
