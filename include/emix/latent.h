/* Latent-variable models of the user's own, fitted by expectation-maximisation.
 *
 * A model is a table of functions: how a start is drawn, what the E-step makes of a block of rows,
 * what the M-step makes of the sums. From these libemix makes a whole fit: starts in competition,
 * threads, convergence rules with a prediction of what is still to be gained, acceleration,
 * standard errors. The rows are independent given the parameters theta; z is what is not observed:
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

/** A stream of random numbers, handed to EmixLatentModel.start; opaque. Which numbers it yields
 * depends on the seed and the number of the start alone. */
typedef struct EmixRandom EmixRandom;

/** Uniform in [0, 1), 53 bits. */
EMIX_API double emix_random_uniform(EmixRandom *random);

/** Standard normal. */
EMIX_API double emix_random_normal(EmixRandom *random);

/** Uniform among 0 ... n - 1, for n >= 1. */
EMIX_API emix_index emix_random_below(EmixRandom *random, emix_index n);

/** Consecutive rows of a data set; everything is BORROWED for the call. Values are handed over as
 * they are in the data, NaN and infinities included: what they mean is up to the model. What a
 * model knows of a row must be in the row: early rounds of a competition may see a sample of the
 * rows. */
typedef struct EmixLatentRows {
    const double *x;           /**< [n_rows x n_features], row i at x + i * row_stride          */
    const double *row_weights; /**< [n_rows], never NULL: what each row counts for, >= 0        */
    emix_index n_rows;         /**< at least 1                                                  */
    emix_index n_features;     /**< of the data set                                             */
    emix_index row_stride;     /**< doubles from one row to the next                            */
} EmixLatentRows;

/** A latent-variable model. Zero it, then fill in what it has: optional members may stay NULL or 0.
 *
 * Functions are called from several threads at once with the same context: they may read it, and
 * write to their arguments alone (lgamma(), for one, writes a global variable). For the same bits
 * on any number of threads they must be pure: equal arguments, equal results. A status other than
 * EMIX_OK ends the start it happens in; the function may say why in error->message (never NULL). A
 * NaN or an infinity among parameters, statistics or log-likelihood is an error of its own, in
 * which the message names model and function. Vectors to be written hold NaN before the call, so
 * that a slot left out is found. */
typedef struct EmixLatentModel {
    const char *name; /**< for messages; required. BORROWED until the fit is destroyed         */
    void *context;    /**< handed to every function; BORROWED until the fit is destroyed       */

    emix_index n_params;      /**< length of the parameter vector theta, at least 1            */
    emix_index n_free_params; /**< free ones among them, for BIC and AIC; 0 = n_params         */
    emix_index n_coordinates; /**< length of what to_coordinates writes, at most n_params;
                                   0 = n_params                                                */
    emix_index n_stats;       /**< sufficient statistics, doubles, at least 1                  */
    emix_index n_derived;     /**< what prepare makes of theta, doubles                        */
    emix_index n_scratch;     /**< working memory of e_step, m_step and score, doubles         */
    double row_cost;          /**< multiplications that e_step takes for one row, about: decides
                                   how work is shared, never a result; 0 = 20 n_stats          */

    /** Draws start number `start` of a fit; required, unless initial parameters are given.
     * @param dataset      That is being fitted.
     * @param[out] params  [n_params]. */
    EmixStatus (*start)(void *context, const EmixDataset *dataset, int start, EmixRandom *random,
                        double *params, EmixError *error);

    /** Makes of params, once for many rows, what e_step and score need, and refuses params
     * outside of the model's domain; optional.
     * @param[out] derived  [n_derived]. */
    EmixStatus (*prepare)(void *context, const double *params, double *derived, EmixError *error);

    /** The E-step on a block of rows; required. Must treat every row alike, whatever block it is
     * in: the statistics of two blocks are added up.
     * @param scratch  [n_scratch], contents undefined.
     * @param stats    [n_stats]: the rows' expected statistics at params, times their weights, are
     *                 to be ADDED to what is there.
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

    /** Q(params | the parameters that the statistics were made at), nats, up to terms without
     * params. Optional, but without it there are no convergence rules `gap` and `q` and no
     * certificate. The squared length delta2 of a step d in the complete-data information is the
     * slope of Q + log_prior along it, found by differences, in coordinates: equal to d' I_c d at
     * an M-step's maximum, and what the predicted gap follows from also where a generalised
     * M-step stops short of it. May be NaN outside of the model's domain. */
    double (*expected_log_joint)(void *context, const double *stats, const double *params);

    /** log p(params) up to a constant; optional, NULL = no prior: maximum likelihood. */
    double (*log_prior)(void *context, const double *params);

    /** Coordinates in which any real vector is a valid theta, such as square roots or logarithms of
     * rates; optional, both or neither: NULL = params themselves. Steps are extrapolated in them,
     * each scaled by its own complete-data information: the less that changes from place to place,
     * the better.
     * @param[out] coordinates  [n_coordinates]. */
    void (*to_coordinates)(void *context, const double *params, double *coordinates);
    /** The inverse. @param[out] params  [n_params]. */
    void (*from_coordinates)(void *context, const double *coordinates, double *params);

    /** Whether fitted parameters are a usable model and no degenerate one, which loses to any
     * usable one; optional.
     * @return EMIX_OK or EMIX_ERR_DEGENERATE. */
    EmixStatus (*judge)(void *context, const double *stats, const double *params, EmixError *error);

    /** The gradient of each row's log density, for standard errors alone; optional.
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
 * @param options  Copied. NULL means the defaults. Members that describe a Gaussian mixture
 *                 (n_components, covariance, initial, precision, prior) must be at their defaults,
 * and init_method is the tournament.
 * @param initial  [n_params] to start from, copied: no starts are drawn. NULL = starts.
 * @param[out] fit Release with emix_latent_fit_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT (an option or a member of the model is out of range, or a
 *         rule needs expected_log_joint); EMIX_ERR_UNSUPPORTED (hard or annealed E-steps: q is the
 *         model's own; incremental ones are fine); EMIX_ERR_NONFINITE (initial); what prepare says
 * of the initial parameters; EMIX_ERR_NOMEM.
 *
 * Cost: O(1), beside memory; O(n_params) rows are copied out of a data set more than twice as
 * long as the early rounds of the tournament need. */
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
 *                              model and the function that gave it up;
 *         from initial parameters, the status of what ended the run;
 *         EMIX_ERR_IO, EMIX_ERR_FORMAT  of a checkpoint, as emix_fit_run(). */
EMIX_API EmixStatus emix_latent_fit_run(EmixLatentFit *fit, EmixError *error);

/** Parameters that the last run ended at, [n_params].
 * @return BORROWED until the next emix_latent_fit_run() or emix_latent_fit_destroy(); NULL when
 *         the fit has not been run. */
EMIX_API const double *emix_latent_fit_params(const EmixLatentFit *fit);

/** The report of the last run. What only mixtures have is NaN: entropy, classification_log and
 * min_eigenvalue_ratio; so are delta2, rate and gap without expected_log_joint.
 * @return BORROWED until the next emix_latent_fit_run() or emix_latent_fit_destroy(); NULL when
 *         the fit has not been run. */
EMIX_API const EmixFitReport *emix_latent_fit_report(const EmixLatentFit *fit);

/** As emix_fit_checkpoint_status() and emix_fit_checkpoint_discard(). A checkpoint is told from
 * those of other fits by the model's name and the lengths of its vectors: what its functions do,
 * and what its context holds, must be the same when a fit goes on. */
EMIX_API EmixStatus emix_latent_fit_checkpoint_status(const EmixLatentFit *fit, EmixError *error);
EMIX_API EmixStatus emix_latent_fit_checkpoint_discard(EmixLatentFit *fit, EmixError *error);

/** Releases everything. NULL is allowed. */
EMIX_API void emix_latent_fit_destroy(EmixLatentFit *fit);

/** Most parameters that emix_latent_standard_errors() is for. */
enum { EMIX_LATENT_MAX_INFORMATION = 5000 };

/** Standard errors of maximum likelihood estimates, from the scores of the rows: square roots of
 * the diagonal of the inverse information. Row weights count as frequencies. A prior is left out.
 *
 * @param context Who works; NULL = the defaults.
 * @param model   With a score; parameters must be free of constraints among each other, or the
 *                information is singular.
 * @param params  [n_params], where the score sums to 0: what a fit ended at.
 * @param kind    EMIX_INFORMATION_OBSERVED and _AUTO: minus the derivatives of the sum of the
 *                scores, by central differences extrapolated twice, relative error about 1e-11;
 *                they are checked to be symmetric, as those of a gradient are.
 *                EMIX_INFORMATION_SCORE: sum_i w_i s_i s_i'.
 * @param[out] standard_errors  [n_params], in the units of the parameters; NULL = not wanted.
 * @param[out] covariance       [n_params x n_params] of the estimates; NULL = not wanted.
 * @param[out] error May be NULL.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT (no score, or one that is no gradient; parameters that
 *         prepare refuses); EMIX_ERR_DEGENERATE (the information is not positive definite);
 *         EMIX_ERR_NONFINITE; EMIX_ERR_UNSUPPORTED (too many parameters); EMIX_ERR_NOMEM.
 *         The outputs are untouched on failure.
 *
 * Cost: one sweep over the data with score, and 6 n_params more for the observed information. */
EMIX_API EmixStatus emix_latent_standard_errors(const EmixContext *context,
                                                const EmixLatentModel *model,
                                                const EmixDataset *dataset, const double *params,
                                                EmixInformationKind kind, double *standard_errors,
                                                double *covariance, EmixError *error);

#ifdef __cplusplus
}
#endif
#endif
