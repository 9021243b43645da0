/* One line a family. */
#include "models/registry.h"

#include <stddef.h>

const EmixComponentOps *const emix_components[] = {
    &emix_gaussian_full_ops,
    NULL,
};
