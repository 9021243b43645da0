/* One row a structure. */
#include "families/gaussian/structure.h"

#include <stddef.h>

#include "families/gaussian/parts.h"

static const EmixStructure structures[] = {
    {.covariance = EMIX_COVARIANCE_FULL,
     .family = &emix_gaussian_full,
     .density = &emix_full_density,
     .parts = EMIX_GAUSSIAN_PARTS(EMIX_COVARIANCE_FULL, "KDD", NULL)},
    {.covariance = EMIX_COVARIANCE_TIED,
     .family = &emix_gaussian_tied,
     .density = &emix_tied_density,
     .parts = EMIX_GAUSSIAN_PARTS(EMIX_COVARIANCE_TIED, "DD", "KDD")},
    {.covariance = EMIX_COVARIANCE_DIAG,
     .family = &emix_gaussian_diagonal,
     .density = &emix_diagonal_density,
     .parts = EMIX_GAUSSIAN_PARTS(EMIX_COVARIANCE_DIAG, "KD", "KDD")},
    {.covariance = EMIX_COVARIANCE_SPHERICAL,
     .family = &emix_gaussian_diagonal,
     .density = &emix_diagonal_density,
     .parts = EMIX_GAUSSIAN_PARTS(EMIX_COVARIANCE_SPHERICAL, "K", "KDD"),
     .pool_features = true},
    {.covariance = EMIX_COVARIANCE_EII,
     .family = &emix_gaussian_diagonal,
     .density = &emix_diagonal_density,
     .parts = EMIX_GAUSSIAN_PARTS(EMIX_COVARIANCE_EII, "1", "KDD"),
     .pool_features = true,
     .pool_components = true},
};

const EmixStructure *emix_structure_of(EmixCovariance covariance)
{
    for (size_t i = 0; i < sizeof structures / sizeof structures[0]; ++i) {
        if (structures[i].covariance == covariance) {
            return &structures[i];
        }
    }
    return NULL;
}

const EmixFamilyParts *emix_gaussian_parts_of(const EmixSpec *spec)
{
    return &emix_structure_of(spec->covariance)->parts;
}
