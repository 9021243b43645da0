/* Parameters of Gaussian components as users see them: means and covariances. */
#ifndef EMIX_FAMILIES_GAUSSIAN_PARTS_H
#define EMIX_FAMILIES_GAUSSIAN_PARTS_H

#include "model/parts.h"

/** Places of the parts in EmixParts. */
enum { EMIX_MEANS_PART = EMIX_FIRST_FAMILY_PART, EMIX_COVARIANCES_PART };

extern const EmixFamilyParts emix_gaussian_full_parts;
extern const EmixFamilyParts emix_gaussian_tied_parts;
extern const EmixFamilyParts emix_gaussian_diag_parts;
extern const EmixFamilyParts emix_gaussian_spherical_parts;

/** What one covariance is held as. */
typedef enum EmixCovarianceForm {
    EMIX_FORM_MATRIX,   /* [D x D], symmetric */
    EMIX_FORM_DIAGONAL, /* [D] */
    EMIX_FORM_SCALAR    /* one variance */
} EmixCovarianceForm;

EmixCovarianceForm emix_gaussian_form(const EmixParts *parts);

/** Whether all components have one covariance. */
bool emix_gaussian_is_shared(const EmixParts *parts);

/** Mean of a component, [D]. */
const double *emix_gaussian_mean(const EmixParts *parts, emix_index component);

/** Covariance of a component, in its form. */
const double *emix_gaussian_covariance(const EmixParts *parts, emix_index component);

/** Writes component k's mean and covariance, which begins as its form does; a shared one with
 * component 0. */
void emix_gaussian_export(EmixParts *to, emix_index k, const double *mean,
                          const double *covariance);

#endif
