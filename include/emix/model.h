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
    X(EMIX_COVARIANCE_SPHERICAL, "spherical", "VII", "one variance of its own", K)                 \
    X(EMIX_COVARIANCE_EII, "EII", "EII", "one variance that all components share", 1)

#define EMIX_COVARIANCE_AS_ENUM(name, text, letters, meaning, n_parameters) name,
/** Structure of the components' covariances. */
typedef enum EmixCovariance {
    EMIX_COVARIANCE_LIST(EMIX_COVARIANCE_AS_ENUM) EMIX_N_COVARIANCES
} EmixCovariance;
#undef EMIX_COVARIANCE_AS_ENUM

/** One part of the parameters: a named array.
 *
 * Every mixture has "weights" [K] as part 0; the family states the others. Those of a Gaussian are
 * "means" [K x D] and "covariances", in the shape that their structure has: full [K x D x D], tied
 * [D x D], diag [K x D], spherical [K], EII [1]. Matrices are symmetric and held in full. Values
 * are in the units of the data (means) or their squares (covariances), in C order. */
typedef struct EmixPart {
    const char *name;              /**< such as "means"; static storage                           */
    const char *axes;              /**< a letter an axis: K counts components, D features, 1
                                        is a single one; static storage                           */
    int rank;                      /**< number of axes, 1 ... 3                                   */
    emix_index shape[3];           /**< lengths of the axes; 1 beyond the rank                    */
    const double *values;          /**< NULL where errors alone are told                          */
    const double *standard_errors; /**< the same shape; NULL when there are none                  */
    const double *lower;           /**< lower ends of intervals; NULL with standard_errors        */
    const double *upper;           /**< upper ends                                                */
} EmixPart;

/** Makes a mixture from parts.
 *
 * @param family        Name of a family: "gaussian".
 * @param covariance    Name or letters of its covariance structure, such as "diag" or "VVI".
 * @param n_components  At least 1.
 * @param n_features    At least 1.
 * @param n_parts       All that the mixture has, in any order.
 * @param parts         [n_parts] name, rank, shape and values count; copied. Weights are >= 0 and
 *                      sum to 1 within 1e-6; they are divided by their sum when that differs from 1
 *                      by more than rounding. Values are finite; covariances positive definite,
 *                      matrices symmetric to 1e-9 of the variances (the lower triangle counts).
 *                      Covariances of any structure may also be given as full matrices
 *                      [K x D x D] that have the structure exactly.
 * @param[out] model    Release with emix_model_destroy(). Untouched on failure.
 * @param[out] error    May be NULL.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_SHAPE (a part is missing, unknown or of another
 *         shape), EMIX_ERR_NONFINITE, EMIX_ERR_DEGENERATE (a covariance that is not positive
 *         definite; the message names the component), EMIX_ERR_UNSUPPORTED (family or structure),
 *         EMIX_ERR_NOMEM.
 *
 * Cost: a Cholesky factorisation of every matrix. */
EMIX_API EmixStatus emix_model_create(const char *family, const char *covariance,
                                      emix_index n_components, emix_index n_features, int n_parts,
                                      const EmixPart *parts, EmixModel **model, EmixError *error);

/** Makes a Gaussian mixture from given parameters, covariances as full matrices.
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

/** Number of parts, "weights" included. */
EMIX_API int emix_model_n_parts(const EmixModel *model);

/** A part, with standard errors and intervals when the model carries them.
 *
 * @param index  0 ... emix_model_n_parts() - 1; part 0 is "weights".
 * @return Arrays are BORROWED until emix_model_destroy(), errors also until
 *         emix_model_set_standard_errors(). All zero for any other index. */
EMIX_API EmixPart emix_model_part(const EmixModel *model, int index);

/** The part of a name, such as "covariances"; all zero when the model has none. Otherwise like
 * emix_model_part(). */
EMIX_API EmixPart emix_model_part_named(const EmixModel *model, const char *name);

/** Values of the part "means", [n_components x n_features], units of the data; NULL for a family
 * without. BORROWED until emix_model_destroy(). */
EMIX_API const double *emix_model_means(const EmixModel *model);

/** Values of the part "covariances", squared units of the data, in the shape of the structure:
 * full [K x D x D], tied [D x D], diag [K x D], spherical [K], EII [1]; NULL without. BORROWED
 * until emix_model_destroy(). emix_model_covariance_matrix() gives matrices for every structure. */
EMIX_API const double *emix_model_covariances(const EmixModel *model);

/** Mean of one feature in one component, units of the data; NaN out of range. */
EMIX_API double emix_model_mean(const EmixModel *model, emix_index component, emix_index feature);

/** Variance of one feature in one component, squared units of the data; NaN out of range. */
EMIX_API double emix_model_variance(const EmixModel *model, emix_index component,
                                    emix_index feature);

/** Covariance of one component as a full matrix.
 *
 * @param component    0 ... n_components - 1.
 * @param[out] matrix  [n_features x n_features], symmetric, squared units of the data.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT. Cost: O(n_features^2). */
EMIX_API EmixStatus emix_model_covariance_matrix(const EmixModel *model, emix_index component,
                                                 double *matrix, EmixError *error);

/** Inverse of one component's covariance, and its factor: precision = U U' for the upper
 * triangular U = L^-T of covariance = L L', which is what scikit-learn calls precisions_cholesky_.
 *
 * @param component       0 ... n_components - 1.
 * @param[out] precision  [n_features x n_features], symmetric; NULL = not wanted.
 * @param[out] factor     [n_features x n_features] U, zero below its diagonal; NULL = not wanted.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. Cost: O(n_features^3). */
EMIX_API EmixStatus emix_model_precision(const EmixModel *model, emix_index component,
                                         double *precision, double *factor, EmixError *error);

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
