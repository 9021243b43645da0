/* The bootstrap: repeats an analysis on other samples of the same size. Gives standard errors and
 * intervals without asymptotics, and a test of the number of components. */
#ifndef EMIX_BOOTSTRAP_H
#define EMIX_BOOTSTRAP_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/model.h>
#include <emix/uncertainty.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the samples come from: enumerator, spelling, meaning. */
#define EMIX_RESAMPLING_LIST(X)                                                                    \
    X(EMIX_RESAMPLE_PARAMETRIC, "parametric", "drawn from the model")                              \
    X(EMIX_RESAMPLE_ROWS, "rows", "drawn from the rows of the data, with replacement")

#define EMIX_BOOTSTRAP_AS_ENUM(name, text, meaning) name,
/** Where the samples come from. */
typedef enum EmixResampling {
    EMIX_RESAMPLING_LIST(EMIX_BOOTSTRAP_AS_ENUM) EMIX_N_RESAMPLINGS
} EmixResampling;
#undef EMIX_BOOTSTRAP_AS_ENUM

/** Name of a kind of resampling, such as "parametric"; static storage. */
EMIX_API const char *emix_resampling_name(EmixResampling resampling);

/** Called repeatedly from the thread that called the bootstrap.
 * @param n_done  Replicates finished so far, of n_replicates.
 * @return 0 to go on; anything else ends the bootstrap, with the replicates finished so far. */
typedef int (*EmixReplicateCallback)(void *context, int n_done, int n_replicates, double elapsed_s);

/** How to run a bootstrap. Always start from emix_bootstrap_options_default(); a zeroed struct is not
 * valid. Later versions append members. */
typedef struct EmixBootstrapOptions {
    size_t size;               /**< sizeof(EmixBootstrapOptions), as the caller was compiled      */
    int n_replicates;          /**< samples B, 1 ... 1,000,000;                default 200        */
    EmixResampling resampling; /**< ignored by the test of components;         default parametric */
    double level;              /**< of the intervals, in (0, 1);               default 0.95       */
    int n_starts;              /**< of the fits with one component more,
                                    1 ... 1,000,000;                           default 32         */
    double tolerance;          /**< of every fit: predicted remaining gain in
                                    log-likelihood, nats, >= 0;                default 1e-6       */
    int max_iterations;        /**< of every fit, >= 1;                        default 1000       */
    uint64_t seed;             /**< of the samples and of their starts;        default 0          */
    EmixReplicateCallback progress; /**< may be NULL                                              */
    void *progress_context;         /**< handed to progress as it is                              */
} EmixBootstrapOptions;

/** Writes the documented defaults into an options struct.
 * @param options  Its `size` says how many bytes of it there are; the rest is written. */
EMIX_API void emix_bootstrap_options_init(EmixBootstrapOptions *options);

/** The documented defaults. */
static inline EmixBootstrapOptions emix_bootstrap_options_default(void)
{
    EmixBootstrapOptions options;
    options.size = sizeof options;
    emix_bootstrap_options_init(&options);
    return options;
}

/** Counts of replicates by outcome. Results do not include those that failed. */
typedef struct EmixReplicateCounts {
    int n_replicates;    /**< asked for                                                          */
    int n_done;          /**< finished: fewer only after an interruption                         */
    int n_failed;        /**< of these, ended without a usable model: a component collapsed      */
    int n_not_converged; /**< of these, in use although a fit stopped at the iteration limit     */
} EmixReplicateCounts;

/** Standard errors and intervals from replicates. Owned by the library, read-only. */
typedef struct EmixBootstrap {
    EmixResampling resampling;      /**< as asked for                                            */
    uint64_t seed;                  /**< as asked for                                            */
    emix_index sample_rows;         /**< rows of a sample, each of weight 1                      */
    EmixReplicateCounts counts;     /**< of replicates                                           */
    EmixParameterErrors parameters; /**< standard deviations over the replicates, and quantiles
                                         (interpolated) at (1 -+ level) / 2; NaN from fewer than
                                         two                                                     */
} EmixBootstrap;

/** Bootstraps the parameters of a model: draws samples of the size of the data, fits each from the
 * model's own parameters, so that components keep their numbers, and summarises the distribution of
 * the results. Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 6, 13.
 *
 * A sample has as many rows as the total row weight, rounded: weights are frequencies. Parametric
 * samples are drawn from the model; then only the size of the data matters. Samples of rows are
 * row weights of the data. Samples are fitted as the model was: with its prior, with its bound on
 * eigenvalues, and with the same fixed parts. Fits run side by side, one per worker; replicate b is
 * the same for any number of replicates and workers.
 *
 * @param context    Threads and kernels; NULL = the defaults.
 * @param model      Its n_features must be the data set's.
 * @param dataset    BORROWED during the call.
 * @param options    NULL means the defaults.
 * @param[out] bootstrap Release with emix_bootstrap_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return EMIX_OK, also if interrupted or if replicates failed (see counts);
 *         EMIX_ERR_ARGUMENT, EMIX_ERR_SHAPE, EMIX_ERR_NONFINITE (data), EMIX_ERR_NOMEM,
 *         EMIX_ERR_UNSUPPORTED (a prior whose mean was given; parametric samples for data with
 *         labels).
 *
 * Cost: n_replicates fits of the data's size; memory for one sample and one fit per worker, and 8
 * bytes for each parameter of each replicate. */
EMIX_API EmixStatus emix_bootstrap_create(const EmixContext *context, const EmixModel *model,
                                          const EmixDataset *dataset,
                                          const EmixBootstrapOptions *options,
                                          EmixBootstrap **bootstrap, EmixError *error);

/** Frees a bootstrap. NULL is allowed. */
EMIX_API void emix_bootstrap_destroy(EmixBootstrap *bootstrap);

/** A likelihood-ratio test of K components against K + 1. Owned by the library, read-only. */
typedef struct EmixComponentTest {
    emix_index n_components;           /**< K                                                    */
    uint64_t seed;                     /**< as asked for                                         */
    emix_index sample_rows;            /**< rows of a sample                                     */
    EmixReplicateCounts counts;        /**< of replicates                                        */
    double log_likelihood;             /**< of K components on the data, nats                    */
    double alternative_log_likelihood; /**< of K + 1, nats                                       */
    double statistic;                  /**< twice their difference; 0 where that is negative     */
    double p_value;                    /**< (1 + replicates with a statistic at least as large) /
                                            (1 + replicates in use)                              */
    double p_value_error;              /**< Monte Carlo standard error of it                     */
    int n_null;                        /**< replicates in use                                    */
    const double *null_statistics;     /**< [n_null] theirs, ascending                           */
} EmixComponentTest;

/** Tests if the data need one component more than a model has.
 *
 * The likelihood ratio of mixtures does not have a chi-squared distribution, because K components
 * are on the boundary of K + 1. Its distribution under the null hypothesis is estimated from
 * samples of the model with K components, each fitted with K and with K + 1 components as the data
 * are. McLachlan (1987), Appl. Statist. 36(3), 318-324; the p-value is that of Davison & Hinkley
 * (1997), Bootstrap Methods and their Application, eq. 4.11.
 *
 * @param context    Threads and kernels; NULL = the defaults.
 * @param model      The null hypothesis; EM on the data continues from its parameters, and samples
 *                   are drawn from its result.
 * @param dataset    BORROWED during the call.
 * @param options    NULL means the defaults.
 * @param[out] test  Release with emix_component_test_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return As emix_bootstrap_create(); EMIX_ERR_UNSUPPORTED for a model that was fitted with a
 *         prior; EMIX_ERR_DEGENERATE if K or K + 1 components cannot be fitted to the data.
 *
 * Cost: n_replicates fits of K components, and as many of K + 1 from n_starts starts. */
EMIX_API EmixStatus emix_component_test_create(const EmixContext *context, const EmixModel *model,
                                               const EmixDataset *dataset,
                                               const EmixBootstrapOptions *options,
                                               EmixComponentTest **test, EmixError *error);

/** Frees a test. NULL is allowed. */
EMIX_API void emix_component_test_destroy(EmixComponentTest *test);

/** The `emix.bootstrap/1` document of a bootstrap, on one line.
 * @param[out] text Terminated; release with emix_text_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_bootstrap_document(const EmixBootstrap *bootstrap, char **text,
                                            EmixError *error);

/** The `emix.component_test/1` document of a test; otherwise as emix_bootstrap_document(). */
EMIX_API EmixStatus emix_component_test_document(const EmixComponentTest *test, char **text,
                                                 EmixError *error);

#ifdef __cplusplus
}
#endif
#endif
