/* A user's own latent-variable models, fitted by expectation-maximisation.
 *
 * A model is a table of functions: one draws a start, one runs the E-step on a block of rows, one
 * runs the M-step on the sums. libemix turns them into a whole fit: a competition among starts,
 * threads, convergence rules that predict the gain that is left, acceleration, standard errors. The
 * rows are independent given the parameters theta; z are the unobserved variables:
 *
 *     L(theta)          = sum_i w_i log p(x_i | theta)                            observed data
 *     Q(theta'| theta)  = sum_i w_i E[ log p(x_i, z_i | theta') | x_i, theta ]    complete data
 *     E-step: sufficient statistics of Q(. | theta), and L(theta)
 *     M-step: a theta' that maximises Q(. | theta) + log prior, or at least does not lower it
 *
 * Dempster, Laird & Rubin (1977), J. R. Stat. Soc. B 39, 1-38; generalised EM: section 2 there. */
#ifndef EMIX_LATENT_H
#define EMIX_LATENT_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/fit.h>
#include <emix/uncertainty.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A stream of random numbers, handed to EmixLatentModel.start; opaque. Its numbers
 * depend only on the seed and the number of the start. */
typedef struct EmixRandom EmixRandom;

/** Uniform in [0, 1), 53 bits. */
EMIX_API double emix_random_uniform(EmixRandom *random);

/** Standard normal. */
EMIX_API double emix_random_normal(EmixRandom *random);

/** Uniform among 0 ... n - 1, for n >= 1. */
EMIX_API emix_index emix_random_below(EmixRandom *random, emix_index n);

/** Consecutive rows of a data set; everything is BORROWED for the call. Values are passed as
 * they are in the data, NaN and infinities included: the model decides what they mean. Everything
 * that a model knows about a row must be in the row, because early rounds of a competition may use
 * only a sample of the rows. */
typedef struct EmixLatentRows {
    const double *x;           /**< [n_rows x n_features], row i at x + i * row_stride          */
    const double *row_weights; /**< [n_rows], never NULL: weight of each row, >= 0              */
    emix_index n_rows;         /**< at least 1                                                  */
    emix_index n_features;     /**< of the data set                                             */
    emix_index row_stride;     /**< doubles from one row to the next                            */
} EmixLatentRows;

/** A latent-variable model. Zero it, then set the members it has; optional ones may stay NULL or 0.
 *
 * Functions are called from several threads at once with the same context. They may read it, but
 * write only to their arguments (lgamma(), for example, writes a global variable). Results are the
 * same bits on any number of threads only if the functions are pure: equal arguments, equal
 * results. A status other than EMIX_OK ends the start in which it happens; the function may say why
 * in error->message (error is never NULL). A NaN or an infinity among parameters, statistics or
 * log-likelihood is an error too, whose message names model and function. Output vectors hold NaN
 * before the call, so that a slot left unset is detected. */
typedef struct EmixLatentModel {
    const char *name; /**< for messages; required. BORROWED until the fit is destroyed         */
    void *context;    /**< passed to every function; BORROWED until the fit is destroyed       */

    emix_index n_params;      /**< length of the parameter vector theta, at least 1            */
    emix_index n_free_params; /**< free parameters among them, for BIC and AIC; 0 = n_params   */
    emix_index n_coordinates; /**< length of what to_coordinates writes, at most n_params;
                                   0 = n_params                                                */
    emix_index n_stats;       /**< sufficient statistics, doubles, at least 1                  */
    emix_index n_derived;     /**< doubles that prepare computes from theta                    */
    emix_index n_scratch;     /**< working memory of e_step, m_step and score, doubles         */
    double row_cost;          /**< approximate multiplications of e_step per row; decides how work
                                   is shared, never a result; 0 = 20 n_stats                   */

    /** Draws start number `start` of a fit; required, unless initial parameters are given.
     * @param dataset      The data set to fit.
     * @param[out] params  [n_params]. */
    EmixStatus (*start)(void *context, const EmixDataset *dataset, int start, EmixRandom *random,
                        double *params, EmixError *error);

    /** Computes from params, once for many rows, what e_step and score need, and refuses params
     * outside the model's domain; optional.
     * @param[out] derived  [n_derived]. */
    EmixStatus (*prepare)(void *context, const double *params, double *derived, EmixError *error);

    /** The E-step on a block of rows; required. The result for a row must not depend on the block
     * that it is in, because the statistics of blocks are added.
     * @param scratch  [n_scratch], contents undefined.
     * @param stats    [n_stats]: ADD to it the rows' expected statistics at params, times their
     *                 weights.
     * @param[out] log_likelihood  sum_i w_i log p(x_i | params) of these rows, nats. */
    EmixStatus (*e_step)(void *context, const double *params, const double *derived,
                         const EmixLatentRows *rows, double *scratch, double *stats,
                         double *log_likelihood, EmixError *error);

    /** The M-step; required. It may stop short of the maximum of Q + log_prior (generalised EM);
     * with expected_log_joint given, a step that lowers Q(. | old_params) + log_prior is an error.
     * @param stats        [n_stats] of all rows, made at old_params.
     * @param scratch      [n_scratch], contents undefined.
     * @param[out] params  [n_params]. */
    EmixStatus (*m_step)(void *context, const double *stats, const double *old_params,
                         double *scratch, double *params, EmixError *error);

    /** Q(params | the parameters of the statistics), nats, up to terms without params. Optional,
     * but without it there are no convergence rules `gap` and `q` and no certificate. It gives the
     * squared length delta2 of a step d in the complete-data information: the slope of Q +
     * log_prior along d, found by finite differences in coordinates. That equals d' I_c d if the
     * M-step reached the maximum, and predicts the gap correctly even if a generalised M-step
     * stopped short of it. May be NaN outside the model's domain. */
    double (*expected_log_joint)(void *context, const double *stats, const double *params);

    /** log p(params) up to a constant; optional, NULL = no prior: maximum likelihood. */
    double (*log_prior)(void *context, const double *params);

    /** Coordinates in which any real vector is a valid theta, such as square roots or logarithms of
     * rates; optional, both functions or neither: NULL = params themselves. Steps are extrapolated
     * in them, each scaled by its own complete-data information. They work best if that
     * information varies little with theta.
     * @param[out] coordinates  [n_coordinates]. */
    void (*to_coordinates)(void *context, const double *params, double *coordinates);
    /** The inverse of to_coordinates. @param[out] params  [n_params]. */
    void (*from_coordinates)(void *context, const double *coordinates, double *params);

    /** Decides if fitted parameters are a usable model. A degenerate one loses to any usable one.
     * Optional.
     * @return EMIX_OK or EMIX_ERR_DEGENERATE. */
    EmixStatus (*judge)(void *context, const double *stats, const double *params, EmixError *error);

    /** The gradient of each row's log density; optional, needed only for standard errors.
     * @param[out] scores  [n_rows x n_params], C order: d log p(x_i | params) / d params[j], not
     *                     multiplied by row weights. */
    EmixStatus (*score)(void *context, const double *params, const double *derived,
                        const EmixLatentRows *rows, double *scratch, double *scores,
                        EmixError *error);
} EmixLatentModel;

/** One latent-variable model being fitted; opaque. Distinct fits may be used from different
 * threads. */
typedef struct EmixLatentFit EmixLatentFit;

/** Creates a fit of a latent-variable model.
 *
 * All memory the fit will ever use is taken here; emix_latent_fit_run() allocates nothing.
 *
 * @param context  Who works; BORROWED until emix_latent_fit_destroy(). NULL = the defaults.
 * @param model    Copied; its name and context are BORROWED until emix_latent_fit_destroy().
 * @param dataset  Without labels. BORROWED until emix_latent_fit_destroy(); must not change
 *                 meanwhile.
 * @param options  Copied. NULL means the defaults. Those that only mixtures have, starts.initial and
 *                 precision, must be at their defaults, and starts.method is the tournament.
 * @param initial  [n_params] to start from, copied: no starts are drawn. NULL = starts.
 * @param[out] fit Release with emix_latent_fit_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT (an option or a member of the model is out of range, or a
 *         rule needs expected_log_joint); EMIX_ERR_UNSUPPORTED (hard or annealed E-steps: q is the
 *         model's own; incremental ones are allowed); EMIX_ERR_NONFINITE (initial); the status of
 *         prepare at the initial parameters; EMIX_ERR_NOMEM.
 *
 * Cost: O(1), besides memory. From a data set more than twice as long as the early rounds of the
 * tournament need, O(n_params) rows are copied. */
EMIX_API EmixStatus emix_latent_fit_create(const EmixContext *context, const EmixLatentModel *model,
                                           const EmixDataset *dataset,
                                           const EmixFitOptions *options, const double *initial,
                                           EmixLatentFit **fit, EmixError *error);

/** Runs EM from the starts (or the initial parameters) until it stops. Calling it again runs the
 * same fit again, with the same result.
 *
 * @param[out] error May be NULL.
 * @return EMIX_OK (also at the iteration limit or when interrupted);
 *         EMIX_ERR_DEGENERATE  no start led to a usable model; the message names the start, the
 *                              model and the function that refused it;
 *         from initial parameters, the status that ended the run;
 *         EMIX_ERR_IO, EMIX_ERR_FORMAT  of a checkpoint, as emix_fit_run(). */
EMIX_API EmixStatus emix_latent_fit_run(EmixLatentFit *fit, EmixError *error);

/** The parameters at the end of the last run, [n_params].
 * @return BORROWED until the next emix_latent_fit_run() or emix_latent_fit_destroy(); NULL when
 *         the fit has not been run. */
EMIX_API const double *emix_latent_fit_params(const EmixLatentFit *fit);

/** The report of the last run. Members that only mixtures have are NaN: entropy,
 * classification_log and min_eigenvalue_ratio. Without expected_log_joint so are delta2, rate and
 * gap.
 * @return BORROWED until the next emix_latent_fit_run() or emix_latent_fit_destroy(); NULL when
 *         the fit has not been run. */
EMIX_API const EmixFitReport *emix_latent_fit_report(const EmixLatentFit *fit);

/** As emix_fit_checkpoint_status() and emix_fit_checkpoint_discard(). The model's name
 * and the lengths of its vectors identify the fit of a checkpoint. The caller must make sure that
 * its functions, and the contents of its context, are the same when a fit is resumed. */
EMIX_API EmixStatus emix_latent_fit_checkpoint_status(const EmixLatentFit *fit, EmixError *error);
EMIX_API EmixStatus emix_latent_fit_checkpoint_discard(EmixLatentFit *fit, EmixError *error);

/** Frees the fit. NULL is allowed. */
EMIX_API void emix_latent_fit_destroy(EmixLatentFit *fit);

/** Largest number of parameters that emix_latent_standard_errors() accepts. */
enum { EMIX_LATENT_MAX_INFORMATION = 5000 };

/** Standard errors of maximum likelihood estimates, from the scores of the rows: square roots of
 * the diagonal of the inverse information. Row weights count as frequencies. A prior is not
 * included.
 *
 * @param context Who works; NULL = the defaults.
 * @param model   With a score. There must be no constraints among its parameters, or the
 *                information is singular.
 * @param params  [n_params], where the scores sum to 0: the result of a fit.
 * @param kind    EMIX_INFORMATION_OBSERVED and _AUTO: minus the derivatives of the sum of the
 *                scores, by central differences extrapolated twice, relative error about 1e-11;
 *                their symmetry, which a gradient implies, is checked.
 *                EMIX_INFORMATION_SCORE: sum_i w_i s_i s_i'.
 * @param[out] standard_errors  [n_params], in the units of the parameters; NULL = not computed.
 * @param[out] covariance       [n_params x n_params] of the estimates; NULL = not computed.
 * @param[out] error May be NULL.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT (no score, or one that is not a gradient; parameters
 *         that prepare refuses); EMIX_ERR_DEGENERATE (the information is not positive definite);
 *         EMIX_ERR_NONFINITE; EMIX_ERR_UNSUPPORTED (too many parameters); EMIX_ERR_NOMEM.
 *         The outputs are untouched on failure.
 *
 * Cost: one sweep over the data with score, and 6 n_params more sweeps for the observed
 * information. */
EMIX_API EmixStatus emix_latent_standard_errors(const EmixContext *context,
                                                const EmixLatentModel *model,
                                                const EmixDataset *dataset, const double *params,
                                                EmixInformationKind kind, double *standard_errors,
                                                double *covariance, EmixError *error);

#ifdef __cplusplus
}
#endif
#endif
