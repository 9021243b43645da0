/* The inside of components of Poisson counts, shared by the files that make them. */
#ifndef EMIX_FAMILIES_POISSON_POISSON_H
#define EMIX_FAMILIES_POISSON_POISSON_H

#include "mixture/family.h"

extern const EmixFamily emix_poisson;

/** The family's one part: "rates" [K x D]. */
enum { EMIX_RATES_PART = EMIX_FIRST_FAMILY_PART };

/** Rates of a component, [D]. */
const double *emix_poisson_rates(const EmixParts *parts, emix_index component);

/** EmixFamily.parts, .query and .scores. */
const EmixFamilyParts *emix_poisson_parts_of(const EmixSpec *spec);
extern const EmixQueryOps emix_poisson_query;
extern const EmixScoreOps emix_poisson_scores;

#endif
