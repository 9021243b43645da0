/* The component families that a mixture can be made of. */
#ifndef EMIX_MODELS_REGISTRY_H
#define EMIX_MODELS_REGISTRY_H

#include "models/component_ops.h"

/** All families, NULL-terminated. The conformance suite runs over them. */
extern const EmixComponentOps *const emix_components[];

#endif
