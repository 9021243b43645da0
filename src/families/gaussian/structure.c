/* One row a structure. */
#include "families/gaussian/structure.h"

#include <stddef.h>

#include "families/gaussian/parts.h"

static const EmixStructure structures[] = {
    {EMIX_COVARIANCE_FULL, &emix_gaussian_full, &emix_full_density, &emix_gaussian_full_parts,
     false, false},
    {EMIX_COVARIANCE_TIED, &emix_gaussian_tied, &emix_tied_density, &emix_gaussian_tied_parts,
     false, false},
    {EMIX_COVARIANCE_DIAG, &emix_gaussian_diagonal, &emix_diagonal_density,
     &emix_gaussian_diag_parts, false, false},
    {EMIX_COVARIANCE_SPHERICAL, &emix_gaussian_diagonal, &emix_diagonal_density,
     &emix_gaussian_spherical_parts, true, false},
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
    return emix_structure_of(spec->covariance)->parts;
}
