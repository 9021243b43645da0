/* The component families that a mixture can be made of. */
#ifndef EMIX_FAMILIES_REGISTRY_H
#define EMIX_FAMILIES_REGISTRY_H

#include "mixture/family.h"

/** All families, NULL-terminated. The conformance suite runs over them. */
extern const EmixComponentOps *const emix_components[];

/** The Gaussian family with this covariance structure; NULL when there is none. */
const EmixComponentOps *emix_component_find(EmixCovariance covariance);

#endif
