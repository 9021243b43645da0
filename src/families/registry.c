/* For each family of model/families.h a function that chooses its code, and its kinds. */
#include "families/registry.h"

#include <stddef.h>
#include <string.h>

#include "families/gaussian/structure.h"
#include "families/poisson/poisson.h"
#include "model/families.h"

typedef struct Entry {
    const char *name;
    const EmixFamily *(*choose)(const EmixSpec *spec);
} Entry;

static const EmixFamily *choose_gaussian(const EmixSpec *spec)
{
    const EmixStructure *structure = emix_structure_of(spec->covariance);
    return structure != NULL ? structure->family : NULL;
}

const EmixFamilyKind emix_family_kinds[] = {
#define STRUCTURE_AS_KIND(value, text, letters, meaning, n_parameters) {"gaussian", value},
    EMIX_COVARIANCE_LIST(STRUCTURE_AS_KIND)
#undef STRUCTURE_AS_KIND
        {"poisson", EMIX_N_COVARIANCES},
    {NULL, EMIX_N_COVARIANCES},
};

static const EmixFamily *choose_poisson(const EmixSpec *spec)
{
    (void)spec;
    return &emix_poisson;
}

#define FAMILY_AS_ENTRY(name, meaning) {#name, choose_##name},
static const Entry entries[] = {EMIX_FAMILY_LIST(FAMILY_AS_ENTRY)};
#undef FAMILY_AS_ENTRY
enum { N_FAMILIES = sizeof entries / sizeof entries[0] };

const EmixFamily *emix_family_find(const char *name, const EmixSpec *spec)
{
    for (int i = 0; i < N_FAMILIES; ++i) {
        if (strcmp(entries[i].name, name) == 0) {
            return entries[i].choose(spec);
        }
    }
    return NULL;
}

const EmixFamilyParts *emix_family_parts_find(const char *family, const char *covariance)
{
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        const EmixSpec spec = {.family = kind->name, .covariance = kind->covariance};
        const bool has_structure = kind->covariance != EMIX_N_COVARIANCES;
        if (strcmp(kind->name, family) == 0 &&
            (!has_structure || strcmp(emix_covariance_name(kind->covariance), covariance) == 0 ||
             strcmp(emix_covariance_letters(kind->covariance), covariance) == 0)) {
            return emix_family_find(family, &spec)->parts(&spec);
        }
    }
    return NULL;
}

const EmixFamily *emix_family_of(const EmixFamilyParts *parts)
{
    const EmixSpec spec = {.family = parts->family, .covariance = parts->covariance};
    return emix_family_find(parts->family, &spec);
}
