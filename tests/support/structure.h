/* What a covariance structure allows, read off the library's table, for tests of all structures. */
#ifndef EMIX_TESTS_SUPPORT_STRUCTURE_H
#define EMIX_TESTS_SUPPORT_STRUCTURE_H

#include <stdbool.h>

#include <emix/model.h>

typedef struct Structure {
    const char *axes; /* of its covariances, as in EmixPart                   */
    bool shared;      /* all components have the same covariance              */
    bool diagonal;    /* there are no correlations                            */
    bool round;       /* all features of a component have the same variance   */
} Structure;

Structure structure_of(EmixCovariance covariance);

/** Gives full matrices [n_components x d x d] the structure: what it has for one is taken from the
 * first component or feature, correlations that it does not have become 0. */
void structure_impose(EmixCovariance covariance, emix_index n_components, emix_index d,
                      double *matrices);

#endif
