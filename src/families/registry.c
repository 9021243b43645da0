/* One line a family. */
#include "families/registry.h"

#include <stddef.h>

const EmixComponentOps *const emix_components[] = {
    &emix_gaussian_full_ops,
    &emix_gaussian_tied_ops,
    &emix_gaussian_diag_ops,
    &emix_gaussian_spherical_ops,
    NULL,
};

const EmixComponentOps *emix_component_find(EmixCovariance covariance)
{
    for (const EmixComponentOps *const *c = emix_components; *c != NULL; ++c) {
        if ((*c)->covariance == covariance) {
            return *c;
        }
    }
    return NULL;
}
