/* Structures of the covariances of Gaussian components (Celeux, Govaert (1995). Gaussian
 * parsimonious clustering models. Pattern Recognition 28(5), 781-793). */
#ifndef EMIX_FAMILIES_GAUSSIAN_STRUCTURE_H
#define EMIX_FAMILIES_GAUSSIAN_STRUCTURE_H

#include "families/gaussian/gaussian.h"
#include "families/gaussian/parts.h"

/** One row a structure. */
typedef struct EmixStructure {
    EmixCovariance covariance;
    const EmixFamily *family;
    const EmixGaussianDensity *density;
    EmixFamilyParts parts;
    /* of a diagonal density: which variances are one */
    bool pool_features;
    bool pool_components;
} EmixStructure;

/** NULL for an enumerator without one. */
const EmixStructure *emix_structure_of(EmixCovariance covariance);

extern const EmixFamily emix_gaussian_full;
extern const EmixFamily emix_gaussian_tied;
extern const EmixFamily emix_gaussian_diagonal;
extern const EmixGaussianDensity emix_full_density;
extern const EmixGaussianDensity emix_tied_density;
extern const EmixGaussianDensity emix_diagonal_density;

#endif
