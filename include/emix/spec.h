/* What is fitted: groups of components, each of a family with its hyper-parameters. */
#ifndef EMIX_SPEC_H
#define EMIX_SPEC_H

#include <stddef.h>

#include <emix/model.h>
#include <emix/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is fitted; opaque. A fit copies it; a fitted model carries a copy, emix_model_spec(). */
typedef struct EmixSpec EmixSpec;

/* What is maximised: enumerator, spelling, meaning. */
#define EMIX_PRIOR_LIST(X)                                                                         \
    X(EMIX_PRIOR_NONE, "none", "the likelihood alone")                                             \
    X(EMIX_PRIOR_CONJUGATE, "conjugate",                                                           \
      "the posterior density: normal-inverse-Wishart prior of means and covariances, Dirichlet "   \
      "prior of weights")

/* Parts of the parameters: enumerator, bit, spelling, meaning. */
#define EMIX_PART_LIST(X)                                                                          \
    X(EMIX_PART_WEIGHTS, 1u, "weights", "the mixing weights")                                      \
    X(EMIX_PART_MEANS, 2u, "means", "the means of all components")                                 \
    X(EMIX_PART_COVARIANCES, 4u, "covariances", "the covariances of all components")

#define EMIX_SPEC_AS_ENUM(name, text, meaning) name,
/** What is maximised. With EMIX_PRIOR_CONJUGATE EM climbs log_likelihood + log p(parameters)
 * (Fraley & Raftery (2007), J. Classif. 24(2), 155-181):
 *
 *     weights           ~ Dirichlet(alpha, ..., alpha)                    alpha = prior-weights
 *     mean | covariance ~ N(prior-mean, covariance / kappa)               kappa = prior-shrinkage
 *     covariance        ~ inverse Wishart(nu, Lambda), nu = prior-dof, Lambda = prior-scale times
 *                         S / K^(2/D), S the covariance of the data, divided by total weight - 1;
 *                         where features are correlated
 *     variance          ~ inverse gamma(nu / 2, varsigma / 2), varsigma = prior-scale times the
 *                         mean of the diagonal of S / K^(2/D); where they are not
 *
 * All normalising constants are part of the density; kappa = 0 leaves the improper flat prior of
 * the means out of it. Row weights then count observations. */
typedef enum EmixPriorKind { EMIX_PRIOR_LIST(EMIX_SPEC_AS_ENUM) EMIX_N_PRIORS } EmixPriorKind;
#undef EMIX_SPEC_AS_ENUM
#define EMIX_PART_AS_ENUM(name, value, text, meaning) name = (value),
/** Parts of the parameters; bits. */
typedef enum EmixFixedPart { EMIX_PART_LIST(EMIX_PART_AS_ENUM) EMIX_ALL_PARTS = 7u } EmixFixedPart;
#undef EMIX_PART_AS_ENUM

/** Makes a spec without components.
 * @param[out] spec  Release with emix_spec_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_spec_create(EmixSpec **spec, EmixError *error);

/** Makes a spec of Gaussian components: emix_spec_create(), emix_spec_add() and the covariance.
 * @param n_components  At least 1.
 * @param covariance    Structure of the covariances.
 * @param[out] spec     Release with emix_spec_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_spec_create_gaussian(emix_index n_components, EmixCovariance covariance,
                                              EmixSpec **spec, EmixError *error);

/** Copies a spec.
 * @param[out] copy  Release with emix_spec_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_spec_copy(const EmixSpec *spec, EmixSpec **copy, EmixError *error);

/** Releases a spec. NULL is allowed. */
EMIX_API void emix_spec_destroy(EmixSpec *spec);

/** Adds a group of components of one family.
 * @param family        A registered one, such as "gaussian"; the message of a refusal lists them.
 * @param n_components  At least 1.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT; EMIX_ERR_UNSUPPORTED: a second group. */
EMIX_API EmixStatus emix_spec_add(EmixSpec *spec, const char *family, emix_index n_components,
                                  EmixError *error);

/** Sets a hyper-parameter of the group added last, or of the whole mixture.
 *
 * Keys are the options of scope EMIX_OPTION_OF_SPEC (emix/options.h), the same as on the command
 * line: "covariance", "prior", "prior-shrinkage", "prior-dof", "prior-scale", "prior-mean",
 * "prior-weights", "eigenvalue-ratio", "fix", "equal-weights"; and "components" and "family" of the
 * group. An empty text restores the default.
 *
 * @param value  As on the command line: "full", "0.01", "means,weights", "yes".
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: no such key, a value out of range, or a hyper-parameter that
 *         the family does not have; EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_spec_set(EmixSpec *spec, const char *key, const char *value,
                                  EmixError *error);

/** Sets a hyper-parameter that is a list of numbers, without rounding: "prior-mean" [n_features].
 * @param values  [n] finite; copied. n = 0 restores the default.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_spec_set_numbers(EmixSpec *spec, const char *key, emix_index n,
                                          const double *values, EmixError *error);

/** The value of a key as text that emix_spec_set() takes back to the same value, "" for a default
 * that has no text.
 * @param[out] text  [size], terminated.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: no such key, more text than there is room for, or a mean of the
 *         prior that was given when the model was fitted, but is not in the file it was read from. */
EMIX_API EmixStatus emix_spec_get(const EmixSpec *spec, const char *key, char *text, size_t size,
                                  EmixError *error);

/** Number of components of all groups; 0 before the first is added. */
EMIX_API emix_index emix_spec_n_components(const EmixSpec *spec);

/** Family of the components; static storage. NULL before a group is added. */
EMIX_API const char *emix_spec_family(const EmixSpec *spec);

/** The spec of a model: of a fitted one what was fitted, hyper-parameters left to the data filled
 * in; of another one its components and covariances.
 * @return BORROWED until emix_model_destroy(). */
EMIX_API const EmixSpec *emix_model_spec(const EmixModel *model);

#ifdef __cplusplus
}
#endif
#endif
