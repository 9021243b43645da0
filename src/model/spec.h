/* What is fitted, as the inside of the library sees it. */
#ifndef EMIX_MODEL_SPEC_H
#define EMIX_MODEL_SPEC_H

#include <emix/spec.h>

#include "core/status_internal.h"

/** Numbers of a list. */
typedef struct EmixNumbers {
    emix_index n;   /* 0 = none given */
    double *values; /* [n], owned by a spec; NULL = none, or not known any more */
} EmixNumbers;

/** One group of components so far. Meanings and bounds are those of the table of options
 * (options/table.c), defaults those of emix_spec_default. */
struct EmixSpec {
    const char *family; /* static; NULL = no group yet */
    emix_index n_components;
    EmixCovariance covariance;
    EmixPriorKind prior;
    double prior_shrinkage;
    double prior_dof; /* NaN = n_features + 2 */
    double prior_scale;
    EmixNumbers prior_mean; /* n = 0: the column means */
    double prior_weights;
    double eigenvalue_ratio; /* INFINITY = no bound */
    unsigned fixed;          /* EmixFixedPart bits */
    int equal_weights;
};

/** The defaults, without components. */
extern const struct EmixSpec emix_spec_default;

/** The defaults of one Gaussian component. */
extern const struct EmixSpec emix_spec_of_one_gaussian;

/** Copies a spec over one that is cleared or never was filled.
 * @return EMIX_OK, EMIX_ERR_NOMEM: `to` is cleared. */
EmixStatus emix_spec_assign(const struct EmixSpec *from, struct EmixSpec *to, EmixError *error);

/** EmixFixedPart bits of the parts that are not estimated: those that are fixed, and equal weights. */
unsigned emix_spec_fixed_parts(const struct EmixSpec *spec);

/** Releases what a spec holds, not the struct. */
void emix_spec_clear(struct EmixSpec *spec);

#endif
