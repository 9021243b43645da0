/* The families that components can be of, by name: options list them, families/registry.c makes
 * them. */
#ifndef EMIX_MODEL_FAMILIES_H
#define EMIX_MODEL_FAMILIES_H

/* Name, meaning. */
#define EMIX_FAMILY_LIST(X)                                                                        \
    X(gaussian, "multivariate normal components")                                                  \
    X(poisson, "independent Poisson counts")

#endif
