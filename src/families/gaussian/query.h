/* Rows drawn from Gaussian components, and distances between them. */
#ifndef EMIX_FAMILIES_GAUSSIAN_QUERY_H
#define EMIX_FAMILIES_GAUSSIAN_QUERY_H

#include "mixture/family_query.h"

extern const EmixQueryOps emix_gaussian_query;

#endif
