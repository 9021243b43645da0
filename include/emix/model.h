/* Models: the parameters of a mixture, made by a fit, read from a file or given by the caller. */
#ifndef EMIX_MODEL_H
#define EMIX_MODEL_H

#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A mixture with its parameters; opaque. Parameters are immutable after creation. */
typedef struct EmixModel EmixModel;

/* Covariance structures: enumerator, spelling on the command line, the three letters of Celeux &
 * Govaert (1995), meaning, number of covariance parameters for K components of D features. */
#define EMIX_COVARIANCE_LIST(X)                                                                    \
    X(EMIX_COVARIANCE_FULL, "full", "VVV", "one of its own for every component",                   \
      K *D *(D + 1) / 2)                                                                           \
    X(EMIX_COVARIANCE_TIED, "tied", "EEE", "one that all components share", D *(D + 1) / 2)        \
    X(EMIX_COVARIANCE_DIAG, "diag", "VVI", "variances of its own, no correlations", K *D)          \
    X(EMIX_COVARIANCE_SPHERICAL, "spherical", "VII", "one variance of its own", K)

#define EMIX_COVARIANCE_AS_ENUM(name, text, letters, meaning, n_parameters) name,
/** Structure of the components' covariances. */
typedef enum EmixCovariance {
    EMIX_COVARIANCE_LIST(EMIX_COVARIANCE_AS_ENUM) EMIX_N_COVARIANCES
} EmixCovariance;
#undef EMIX_COVARIANCE_AS_ENUM

/** Makes a Gaussian mixture from given parameters.
 *
 *     p(x) = sum_k weights[k] N(x | means[k], covariances[k])       Bishop (2006), eq. 9.7
 *
 * @param covariance    Structure that the covariances have.
 * @param n_components  At least 1.
 * @param n_features    At least 1.
 * @param weights       [n_components], each >= 0, summing to 1 within 1e-6; copied, and
 *                      divided by their sum when that differs from 1 by more than rounding.
 * @param means         [n_components x n_features], finite, in the units of the data; copied.
 * @param covariances   [n_components x n_features x n_features], symmetric to 1e-9 of the
 *                      variances, positive definite and of the structure said; copied, the
 *                      lower triangle counts.
 * @param[out] model    Release with emix_model_destroy(). Untouched on failure.
 * @param[out] error    May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NONFINITE, EMIX_ERR_DEGENERATE (a covariance
 *         that is not positive definite; the message names the component), EMIX_ERR_NOMEM.
 *
 * Cost: O(n_components * n_features^3). */
EMIX_API EmixStatus emix_model_create_gaussian(EmixCovariance covariance, emix_index n_components,
                                               emix_index n_features, const double *weights,
                                               const double *means, const double *covariances,
                                               EmixModel **model, EmixError *error);

/** Number of components. */
EMIX_API emix_index emix_model_n_components(const EmixModel *model);

/** Number of features. */
EMIX_API emix_index emix_model_n_features(const EmixModel *model);

/** Number of free parameters: K - 1 + KD and those of the covariance structure, less those that the
 * fit which made the model kept fixed. */
EMIX_API emix_index emix_model_n_parameters(const EmixModel *model);

/** Family, such as "gaussian"; static storage. */
EMIX_API const char *emix_model_family(const EmixModel *model);

/** Structure of the covariances. */
EMIX_API EmixCovariance emix_model_covariance(const EmixModel *model);

/** Three letters of a covariance structure, such as "VVV"; static storage. */
EMIX_API const char *emix_covariance_letters(EmixCovariance covariance);

/** Name of a covariance structure, such as "full"; static storage. */
EMIX_API const char *emix_covariance_name(EmixCovariance covariance);

/** Mixing weights, [n_components], summing to 1. BORROWED until emix_model_destroy(). */
EMIX_API const double *emix_model_weights(const EmixModel *model);

/** Means, [n_components x n_features], units of the data. BORROWED until emix_model_destroy(). */
EMIX_API const double *emix_model_means(const EmixModel *model);

/** Covariances, [n_components x n_features x n_features], symmetric, squared units of the data.
 * BORROWED until emix_model_destroy(). */
EMIX_API const double *emix_model_covariances(const EmixModel *model);

/** Name of a feature, BORROWED until emix_model_destroy(); NULL when the data had no names. */
EMIX_API const char *emix_model_feature_name(const EmixModel *model, emix_index feature);

/** Names of the features, [n_features], NULL for one without.
 * @return BORROWED until emix_model_destroy(); NULL when the data had no names. */
EMIX_API const char *const *emix_model_feature_names(const EmixModel *model);

/** Names of the components, [n_components]: the labels of a fit to rows of known component, NULL
 * for components that none stands for.
 * @return BORROWED until emix_model_destroy(); NULL when no component has a name. */
EMIX_API const char *const *emix_model_component_names(const EmixModel *model);

/** Releases a model. NULL is allowed. */
EMIX_API void emix_model_destroy(EmixModel *model);

#ifdef __cplusplus
}
#endif
#endif
