/* How well the data determine the parameters of a model: standard errors and intervals. */
#ifndef EMIX_UNCERTAINTY_H
#define EMIX_UNCERTAINTY_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Standard errors and intervals of all parameters of a model, part by part, each array laid out
 * like the values of the model's part. NaN where they are not available. Owned by the library. */
typedef struct EmixParameterErrors {
    emix_index n_components; /**< of the model                                                   */
    emix_index n_features;   /**< of the model                                                   */
    double level;            /**< coverage that the intervals aim at, such as 0.95               */
    int n_parts;             /**< of the model                                                   */
    const EmixPart *parts;   /**< [n_parts] in the order of the model's; their values are NULL   */
} EmixParameterErrors;

/** The part of a name, such as "means"; all zero when there is none. */
EMIX_API EmixPart emix_parameter_errors_part(const EmixParameterErrors *errors, const char *name);

/* What the covariance of the estimates is taken from: enumerator, spelling, meaning. */
#define EMIX_INFORMATION_LIST(X)                                                                   \
    X(EMIX_INFORMATION_AUTO, "auto",                                                               \
      "observed information up to 2000 parameters, the outer product of the scores beyond")        \
    X(EMIX_INFORMATION_OBSERVED, "observed",                                                       \
      "observed information, minus the second derivatives of the log-likelihood")                  \
    X(EMIX_INFORMATION_SCORE, "score",                                                             \
      "sum over the rows of the outer products of their scores, up to 5000 parameters")

/* What came of it: enumerator, name in documents, meaning. */
#define EMIX_INFORMATION_STATE_LIST(X)                                                             \
    X(EMIX_INFORMATION_OK, "ok", "positive definite")                                              \
    X(EMIX_INFORMATION_SADDLE, "saddle",                                                           \
      "not positive definite: the model is not at a maximum of the likelihood of these data")      \
    X(EMIX_INFORMATION_SINGULAR, "singular",                                                       \
      "singular: the data do not determine some direction of the parameters")                      \
    X(EMIX_INFORMATION_BOUNDARY, "boundary",                                                       \
      "on the boundary: a weight is 0 or a covariance is at its floor")

#define EMIX_INFORMATION_AS_ENUM(name, text, meaning) name,
/** What the covariance of the estimates is taken from. */
typedef enum EmixInformationKind {
    EMIX_INFORMATION_LIST(EMIX_INFORMATION_AS_ENUM) EMIX_N_INFORMATION_KINDS
} EmixInformationKind;
/** Whether standard errors could be computed. */
typedef enum EmixInformationState {
    EMIX_INFORMATION_STATE_LIST(EMIX_INFORMATION_AS_ENUM) EMIX_N_INFORMATION_STATES
} EmixInformationState;
#undef EMIX_INFORMATION_AS_ENUM

/** Name of a kind, such as "observed"; static storage. */
EMIX_API const char *emix_information_name(EmixInformationKind kind);

/** Name of a state, such as "saddle"; static storage. */
EMIX_API const char *emix_information_state_name(EmixInformationState state);

/** Meaning of a state, a phrase for messages; static storage. */
EMIX_API const char *emix_information_state_text(EmixInformationState state);

/** How to compute standard errors. Always start from emix_standard_error_options_default(); a zeroed
 * struct is not valid. Later versions append members. */
typedef struct EmixStandardErrorOptions {
    size_t size;              /**< sizeof(EmixStandardErrorOptions), as the caller was compiled  */
    EmixInformationKind kind; /**< default auto                                                  */
    double level;             /**< of the intervals, in (0, 1); default 0.95                     */
} EmixStandardErrorOptions;

/** Writes the documented defaults into an options struct.
 * @param options  Its `size` says how many bytes of it there are; the rest is written. */
EMIX_API void emix_standard_error_options_init(EmixStandardErrorOptions *options);

/** The documented defaults. */
static inline EmixStandardErrorOptions emix_standard_error_options_default(void)
{
    EmixStandardErrorOptions options;
    options.size = sizeof options;
    emix_standard_error_options_init(&options);
    return options;
}

/** Standard errors of a maximum likelihood estimate. Owned by the library, read-only. */
typedef struct EmixStandardErrors {
    EmixInformationKind kind;       /**< observed or score                                       */
    EmixInformationState state;     /**< unless ok, all standard errors and intervals are NaN    */
    emix_index n_parameters;        /**< free parameters                                         */
    double newton_gain;             /**< log-likelihood that a Newton step would gain, nats: half
                                         the score's square in the metric of the inverse
                                         information. Near 0 at the estimate for these data; NaN
                                         unless ok                                               */
    EmixParameterErrors parameters; /**< standard errors and intervals                           */
} EmixStandardErrors;

/** Standard errors of the parameters of a model, which is the maximum likelihood estimate for a
 * data set.
 *
 * They are square roots of the diagonal of the inverse of the observed information
 *
 *     I = sum_i w_i { sum_k r_ik [-H_ik] - sum_k r_ik s_ik s_ik' + s_i s_i' },   s_i = sum_k r_ik
 * s_ik
 *
 * (Louis (1982), J. R. Stat. Soc. B 44(2), 226-233; s_ik and H_ik are first and second derivatives
 * of log weight_k f_k(x_i)), or of sum_i w_i s_i s_i', which is the same in expectation (Berndt,
 * Hall, Hall & Hausman (1974)). Parameters are the weights but one, the means, and the distinct
 * entries of the covariances that the structure leaves free; the last weight's error follows from
 * the sum being 1. Row weights are frequencies: a row of weight 2 is two observations. Rows of
 * known component count as complete data.
 *
 * Intervals are those of a normal distribution about the estimate; of log variance for variances
 * and of the logit for weights, so that they stay in range. Off-diagonal covariances and means are
 * not transformed.
 *
 * @param context    Who works; NULL = the defaults.
 * @param model      Its n_features must be the data set's.
 * @param dataset    Read in one sweep.
 * @param options    NULL means the defaults.
 * @param[out] errors Release with emix_standard_errors_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return EMIX_OK, also when the information is not positive definite (see state);
 *         EMIX_ERR_ARGUMENT    an option is out of range;
 *         EMIX_ERR_UNSUPPORTED more than 2000 parameters (observed) or 5000 (score), or a model
 *                              that was fitted under a prior;
 *         EMIX_ERR_SHAPE, EMIX_ERR_NONFINITE, EMIX_ERR_NOMEM.
 *
 * Cost, with p parameters of which q_k belong to component k: O(n_rows (p^2 + sum_k q_k^2)) for the
 * sweep, O(p^3) after it; memory 16 p^2 bytes and 64 MiB for rows at work. */
EMIX_API EmixStatus emix_standard_errors_create(const EmixContext *context, const EmixModel *model,
                                                const EmixDataset *dataset,
                                                const EmixStandardErrorOptions *options,
                                                EmixStandardErrors **errors, EmixError *error);

/** Releases standard errors. NULL is allowed. */
EMIX_API void emix_standard_errors_destroy(EmixStandardErrors *errors);

/** Lets a model carry standard errors, so that emix_model_write(), emix_fit_document() and copies
 * of the model have them.
 *
 * @param model   Gives up those that it carries already.
 * @param errors  Copied; of a model of the same shape.
 * @return EMIX_OK, EMIX_ERR_SHAPE, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_model_set_standard_errors(EmixModel *model,
                                                   const EmixStandardErrors *errors,
                                                   EmixError *error);

/** The standard errors that a model carries.
 * @return BORROWED until they are replaced or emix_model_destroy(); NULL when there are none. */
EMIX_API const EmixStandardErrors *emix_model_standard_errors(const EmixModel *model);

#ifdef __cplusplus
}
#endif
#endif
