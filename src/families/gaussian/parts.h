/* Parameters of Gaussian components as users see them: means and covariances. */
#ifndef EMIX_FAMILIES_GAUSSIAN_PARTS_H
#define EMIX_FAMILIES_GAUSSIAN_PARTS_H

#include "model/parts.h"

/** Places of the parts in EmixParts. */
enum { EMIX_MEANS_PART = EMIX_FIRST_FAMILY_PART, EMIX_COVARIANCES_PART };

/** Members of EmixFamilyParts, the same for all structures. */
emix_index emix_gaussian_n_free(const EmixFamilyParts *self, emix_index n_components,
                                emix_index n_features, unsigned fixed);
EmixStatus emix_gaussian_check(EmixParts *parts, EmixError *error);
EmixStatus emix_gaussian_check_wide(const EmixParts *parts, int part, const double *wide,
                                    EmixError *error);
void emix_gaussian_narrow(const EmixParts *parts, int part, const double *wide, double *values);
EmixStatus emix_gaussian_convert(const EmixParts *from, EmixParts *to, EmixError *error);
EmixPartScale emix_gaussian_scale(const EmixParts *parts, int part, emix_index i);
double emix_gaussian_feature_mean(const EmixParts *parts, emix_index component, emix_index feature);
double emix_gaussian_feature_variance(const EmixParts *parts, emix_index component,
                                      emix_index feature);
void emix_gaussian_covariance_matrix(const EmixParts *parts, emix_index component, double *matrix);

/** The parts of a structure whose covariances have these axes; wide_axes "KDD" where full matrices
 * are taken in too, else NULL. */
#define EMIX_GAUSSIAN_PARTS(structure, covariance_axes, covariance_wide_axes)                      \
    {                                                                                              \
        .family = "gaussian", .covariance = structure, .n_rows = 2,                                \
        .rows = {{"means", "KD", NULL}, {"covariances", covariance_axes, covariance_wide_axes}},   \
        .n_free = emix_gaussian_n_free, .check = emix_gaussian_check,                              \
        .check_wide = emix_gaussian_check_wide, .narrow = emix_gaussian_narrow,                    \
        .convert = emix_gaussian_convert, .scale = emix_gaussian_scale,                            \
        .mean = emix_gaussian_feature_mean, .variance = emix_gaussian_feature_variance,            \
        .covariance_matrix = emix_gaussian_covariance_matrix,                                      \
    }

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
