/* The families that a mixture can be made of. */
#ifndef EMIX_FAMILIES_REGISTRY_H
#define EMIX_FAMILIES_REGISTRY_H

#include "mixture/family.h"

/** A family and, of Gaussian ones, the structure of its covariances: what there is to fit. */
typedef struct EmixFamilyKind {
    const char *name;
    EmixCovariance covariance;
} EmixFamilyKind;

/** All of them, ended by a NULL name. The conformance suite runs over them. */
extern const EmixFamilyKind emix_family_kinds[];

/** The family of this name, of the kind that the spec asks for; NULL when there is none. */
const EmixFamily *emix_family_find(const char *name, const EmixSpec *spec);

/** Parameters of a family, by either name of the structure if it has any; an EmixFindParts. */
const EmixFamilyParts *emix_family_parts_find(const char *family, const char *covariance);

/** The family that has these parameters. */
const EmixFamily *emix_family_of(const EmixFamilyParts *parts);

#endif
