/* Fitting by expectation-maximisation. */
#ifndef EMIX_FIT_H
#define EMIX_FIT_H

#include <emix/context.h>
#include <emix/data.h>
#include <emix/model.h>
#include <emix/options.h>
#include <emix/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How starting points are made: enumerator, command-line spelling, meaning. */
#define EMIX_INIT_METHOD_LIST(X)                                                                   \
    X(EMIX_INIT_TOURNAMENT, "tournament",                                                          \
      "mixed starts in short EM bursts, the better half kept each round")                          \
    X(EMIX_INIT_KMEANSPP, "kmeans++", "k-means++ seeds on standardised columns")                   \
    X(EMIX_INIT_RANDOM_ROWS, "random-rows", "random rows as means, a common covariance")           \
    X(EMIX_INIT_RANDOM_RESPONSIBILITIES, "random-responsibilities",                                \
      "random responsibilities, then an M-step")

/* Moves beyond EM: enumerator, spelling, meaning. */
#define EMIX_SEARCH_LIST(X)                                                                        \
    X(EMIX_SEARCH_SWAPS, "swaps",                                                                  \
      "split one component and merge two others where the lower bound rises")                      \
    X(EMIX_SEARCH_NONE, "none", "EM from the starts alone")

/* Which quantity the tolerance is compared with: enumerator, spelling, meaning. */
#define EMIX_STOP_RULE_LIST(X)                                                                     \
    X(EMIX_STOP_ON_GAP, "gap", "predicted remaining gain in log-likelihood, nats")                 \
    X(EMIX_STOP_ON_LOGLIK, "loglik", "gain in log-likelihood of the last iteration, nats")         \
    X(EMIX_STOP_ON_Q, "q", "gain in Q(theta|theta_old) of the last iteration, nats")               \
    X(EMIX_STOP_ON_PARAMS, "params", "Euclidean length of the last step of the parameters")        \
    X(EMIX_STOP_ON_NONE, "none", "never: exactly max_iterations iterations are made")

/* Arithmetic of the passes: enumerator, spelling, meaning. */
#define EMIX_PRECISION_LIST(X)                                                                     \
    X(EMIX_PRECISION_DOUBLE, "double", "double precision throughout")                              \
    X(EMIX_PRECISION_MIXED, "mixed",                                                               \
      "single precision in early passes, added up in double; double at the end")

/* Acceleration of EM: enumerator, spelling, meaning. */
#define EMIX_ACCELERATION_LIST(X)                                                                  \
    X(EMIX_ACCELERATION_NONE, "none", "plain EM")                                                  \
    X(EMIX_ACCELERATION_SQUAREM, "squarem",                                                        \
      "squared extrapolation of EM steps; never lowers the objective")

/* What the responsibilities are at the beginning of a run: enumerator, spelling, meaning. */
#define EMIX_E_STEP_LIST(X)                                                                        \
    X(EMIX_E_STEP_BATCH, "batch", "the posterior of all rows, throughout")                         \
    X(EMIX_E_STEP_INCREMENTAL, "incremental", "that of one block of rows at a time")               \
    X(EMIX_E_STEP_HARD, "hard", "one-hot, at the most probable component: classification EM")      \
    X(EMIX_E_STEP_ANNEALED, "annealed", "flattened, less and less: deterministic annealing")

/* What a pass was made for: enumerator, name in traces, meaning. */
#define EMIX_STEP_LIST(X)                                                                          \
    X(EMIX_STEP_START, "start", "the first pass of a run")                                         \
    X(EMIX_STEP_EM, "em", "an M-step")                                                             \
    X(EMIX_STEP_SQUAREM, "squarem", "an extrapolation, accepted")                                  \
    X(EMIX_STEP_REJECTED, "rejected", "an extrapolation, not taken: the run goes on without it")   \
    X(EMIX_STEP_INCREMENTAL, "incremental", "an M-step, and the E-step of one block of rows")      \
    X(EMIX_STEP_HARD, "hard", "an M-step, and a hard E-step")                                      \
    X(EMIX_STEP_ANNEALED, "annealed", "an M-step, and an annealed E-step")

/* What came of a start: enumerator, name in documents, meaning. */
#define EMIX_START_STATE_LIST(X)                                                                   \
    X(EMIX_START_NOT_DRAWN, "not_drawn", "the fit was interrupted before it was drawn")            \
    X(EMIX_START_DRAWN, "drawn", "under way when the fit was interrupted")                         \
    X(EMIX_START_LOST, "lost", "dropped after a round of the tournament")                          \
    X(EMIX_START_FINISHED, "finished", "run to the end, to a usable model")                        \
    X(EMIX_START_DEGENERATE, "degenerate", "its last run or burst led to no usable model")         \
    X(EMIX_START_FAILED, "failed", "its last run or burst ended in an error")

/* Why a fit ended: enumerator, name in reports. */
#define EMIX_STOP_LIST(X)                                                                          \
    X(EMIX_STOP_CONVERGED, "converged")                                                            \
    X(EMIX_STOP_ITERATION_LIMIT, "iteration_limit")                                                \
    X(EMIX_STOP_INTERRUPTED, "interrupted")

#define EMIX_FIT_AS_ENUM2(name, text) name,
#define EMIX_FIT_AS_ENUM3(name, text, meaning) name,
/** How starting points are made; ignored when an initial model is given. */
typedef enum EmixInitMethod {
    EMIX_INIT_METHOD_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_INIT_METHODS
} EmixInitMethod;
/** Moves beyond EM. */
typedef enum EmixSearch { EMIX_SEARCH_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_SEARCHES } EmixSearch;
/** Convergence rule that the tolerance feeds. */
typedef enum EmixStopRule { EMIX_STOP_RULE_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_STOP_RULES } EmixStopRule;
/** Arithmetic of the passes. Mixed precision is for full covariances: densities and the sums of a
 * block of rows are floats until steps are too short for them; the last passes, the convergence
 * rule and the reported log-likelihood are double's. */
typedef enum EmixPrecision {
    EMIX_PRECISION_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_PRECISIONS
} EmixPrecision;
/** Whether and how EM is accelerated. SQUAREM, scheme S3: Varadhan & Roland (2008), Scand. J. Stat.
 * 35(2), 335-353, in coordinates whose norm is the complete-data Fisher metric. */
typedef enum EmixAcceleration {
    EMIX_ACCELERATION_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_ACCELERATIONS
} EmixAcceleration;
/** How a run begins: with E-steps other than the posterior, each an ascent on the same lower bound
 *
 *     F(theta, q) = sum_i w_i E_q log p(x_i, z_i) + temperature * H(q)
 *
 * (plus the log prior), until little is to be gained. Passes of EM then lead on to the maximum of
 * the log-likelihood: result, stopping rule, certificate and report mean the same for all. The
 * tournament's bursts are passes of EM; its survivors' runs to the end begin like this.
 *
 * Incremental: Neal & Hinton (1998). The rows are cut into n_blocks blocks, whose statistics are
 * kept; an M-step follows the E-step of every block, n_blocks times a sweep, until a sweep gains
 * less than 1e-9 nats per unit of row weight, or 1e-5 where EM is accelerated. A sweep counts as
 * one pass and one iteration. Worth while for large data that plain EM climbs slowly. Memory: twice
 * the statistics for each block, at most 1 GiB; moments are about the centre of the data
 * throughout.
 *
 * Hard: Celeux & Govaert (1992). q is one-hot and F the classification likelihood (temperature 0),
 * until no row moves. A component may lose its rows; the fit then ends as degenerate.
 *
 * Annealed: Ueda & Nakano (1998). q is proportional to (weight_k f_k)^b, F has temperature 1 / b;
 * b rises from `annealing` to 1 by factors of 1.2, each time an iteration gains less than 1e-4 nats
 * per unit of row weight. Parameters then take a small random step aside (of 0.01, in the
 * complete-data Fisher metric per unit of row weight), or components that have merged could not
 * part. F rises at each b and falls when b rises. The result depends little on the start. A run
 * that ends before b = 1 has the parameters of that b. An annealed pass takes the exponentials
 * twice. */
typedef enum EmixEStep { EMIX_E_STEP_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_E_STEPS } EmixEStep;
/** What a pass was made for. */
typedef enum EmixStep { EMIX_STEP_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_STEPS } EmixStep;
/** What came of a start. */
typedef enum EmixStartState {
    EMIX_START_STATE_LIST(EMIX_FIT_AS_ENUM3) EMIX_N_START_STATES
} EmixStartState;
/** Why the loop ended. Reaching the iteration limit is an outcome, not an error. */
typedef enum EmixStop { EMIX_STOP_LIST(EMIX_FIT_AS_ENUM2) EMIX_N_STOPS } EmixStop;
#undef EMIX_FIT_AS_ENUM2
#undef EMIX_FIT_AS_ENUM3

/** What a fit is at. */
typedef enum EmixFitPhase {
    EMIX_PHASE_MOMENTS, /**< two sweeps over the data: are they finite, how do they spread      */
    EMIX_PHASE_SEEDS,   /**< sweeps that draw seeds of starts, or that a checkpoint needs       */
    EMIX_PHASE_STARTS,  /**< starts, or bursts of them                                          */
    EMIX_PHASE_EM       /**< the iterations of one run                                          */
} EmixFitPhase;

/** What a progress callback is told: about ten times a second while the data are read, and after
 * every pass of the main run and every start. */
typedef struct EmixProgress {
    EmixFitPhase phase;    /**< what the fit is at                                            */
    double fraction;       /**< of the phase that is done, 0 ... 1; NaN while unknown, as in EM */
    int n_starts;          /**< starts in all; 0 with an initial model                        */
    int starts_done;       /**< starts (or tournament bursts) finished                        */
    int n_iterations;      /**< EM iterations done in the run now under way                   */
    double log_likelihood; /**< nats, at the parameters before the latest M-step; of incremental
                                passes, which do not yield it, the lower bound; NaN before
                                there are parameters                                         */
    double gap;            /**< predicted remaining gain, nats; NaN while unknown             */
    double elapsed_s;      /**< seconds since emix_fit_run() began                            */
} EmixProgress;

/** Called from the thread that called emix_fit_run(), never from two threads at once.
 * @return 0 to go on; anything else ends the fit after the current pass, with the best
 *         parameters so far (EMIX_STOP_INTERRUPTED). */
typedef int (*EmixProgressCallback)(void *context, const EmixProgress *progress);

/** One pass of a run as the theory sees it. With q_t the responsibilities after the pass at theta_t
 * (the E-step), F(theta, q) the ELBO and L the log-likelihood:
 *
 *     L(theta_t) = F(theta_t, q_{t-1}) + kl_before        before the E-step
 *     L(theta_t) = F(theta_t, q_t) + kl,  kl = 0          after it, up to rounding
 *
 * and F(theta_t, q_t) <= F(theta_{t+1}, q_t) <= F(theta_{t+1}, q_{t+1}) after EM steps: the climb.
 * In single-precision passes the entropy, and what needs it, is NaN. Neal & Hinton (1998).
 *
 * Under other E-steps (EmixEStep) q_t is not the posterior, so kl > 0; what climbs is the
 * objective. Each partial pass of incremental ones has a record: q_t is that of the latest E-step
 * of every block, L is not known, it and what needs it are NaN, and all records of a sweep have its
 * number. */
typedef struct EmixPassRecord {
    int pass;              /**< 1, 2, ... of the run that makes the returned model              */
    int iteration;         /**< EM iterations before it                                         */
    EmixStep step;         /**< what led to the parameters of this pass                         */
    double log_likelihood; /**< L at its parameters, nats                                       */
    double objective;      /**< what climbs: L, or under other E-steps expected_log_joint +
                                temperature * entropy, plus log prior density                  */
    double elbo;           /**< F after its E-step: expected_log_joint + entropy                */
    double entropy;        /**< sum_i w_i H(q_i)                                                */
    double expected_log_joint; /**< Q: sum_i w_i E_q log p(x_i, z_i) */
    double kl_before;   /**< KL(q || posterior) before the E-step; NaN for the first pass    */
    double kl;          /**< after it                                                        */
    double delta2;      /**< squared length of the last EM step, complete-data Fisher metric;
                             NaN for the first pass                                          */
    double temperature; /**< 1; of hard E-steps 0, of annealed ones above 1                  */
    double elapsed_s;   /**< seconds since the run began                                     */
} EmixPassRecord;

/** Called after every pass of the run that makes the returned model, from the thread that called
 * emix_fit_run(). */
typedef void (*EmixTraceCallback)(void *context, const EmixPassRecord *record);

/** When EM stops. */
typedef struct EmixStopOptions {
    EmixStopRule rule;  /**< what tolerance is compared with;                  default gap       */
    double tolerance;   /**< finite, >= 0, in the rule's unit; nats are multiplied by the mean row
                             weight where that is below 1;                     default 1e-6      */
    int max_iterations; /**< E/M pairs at most, >= 0; a rejected extrapolation counts as one, and so
                             does a sweep over all blocks;                     default 1000      */
} EmixStopOptions;

/** Where EM starts. */
typedef struct EmixStartOptions {
    EmixInitMethod method;    /**< starting points;                            default tournament*/
    int n;                    /**< number of starts, 1 ... 1,000,000;          default 32        */
    uint64_t seed;            /**< of everything random;                       default 0         */
    const EmixModel *initial; /**< start here and draw no starts; its features are found by
                                   name, see <emix/predict.h>; copied;         default NULL      */
    const EmixDataset *responsibilities; /**< start at the M-step from these, and draw no starts:
                                   [n_rows x n_components], >= 0, rows summing to 1 within 1e-6;
                                   or [n_rows x 1] of components, 0-based: then each row begins
                                   in its component, and may leave it. Rows with a label keep
                                   that. BORROWED until emix_fit_destroy(); not together
                                   with `initial`;                            default NULL      */
} EmixStartOptions;

/** What a run begins with. */
typedef struct EmixEStepOptions {
    EmixEStep kind;   /**< E-steps that the runs begin with;                   default batch     */
    int n_blocks;     /**< of rows, for incremental E-steps alone, 1 ... n_rows; 0 = 16, or as many
                           as there are rows;                                  default 0         */
    double annealing; /**< initial inverse temperature of annealed E-steps, above 0, at most 1;
                                                                               default 0.5       */
} EmixEStepOptions;

/** Where the state of a fit is saved. */
typedef struct EmixCheckpointOptions {
    const char *path;  /**< file; copied; see emix_fit_run(); NULL = none;     default NULL      */
    double interval_s; /**< seconds between saves, finite, >= 0; 0 = as often as there is a state
                            to save;                                           default 60        */
} EmixCheckpointOptions;

/** What is done beyond EM from starts. */
typedef struct EmixSearchOptions {
    EmixSearch kind; /**< moves that EM does not make;                        default swaps     */
} EmixSearchOptions;

/** How to fit. Plain struct: copy it, print it, compare it. What is fitted says an EmixSpec, who
 * works an EmixContext.
 *
 * Always start from emix_fit_options_default(); a zeroed struct is not valid. Members are set
 * directly, or by name with emix_options_set(); those with a name are the rows of scope
 * EMIX_OPTION_OF_FIT in emix/options.h. Later versions append members at the end, so that a caller
 * compiled against this one keeps working. */
typedef struct EmixFitOptions {
    size_t size;                      /**< sizeof(EmixFitOptions), as the caller was compiled    */
    EmixStopOptions stop;             /**< when EM stops                                         */
    EmixStartOptions starts;          /**< where it starts                                       */
    EmixEStepOptions e_step;          /**< what a run begins with                                */
    EmixAcceleration acceleration;    /**< of EM;                              default squarem   */
    EmixPrecision precision;          /**< arithmetic of the passes;           default double    */
    EmixCheckpointOptions checkpoint; /**< where the state is saved                              */
    EmixProgressCallback progress;    /**< may be NULL                                           */
    void *progress_context;           /**< handed to progress as it is                           */
    EmixTraceCallback trace;  /**< may be NULL; with it, each pass computes the entropy too       */
    void *trace_context;      /**< handed to trace as it is                                       */
    double effective_rows;    /**< rows that the log n of BIC and ICL takes the data to have, above
                                  0; NaN = the total row weight;           default NaN       */
    EmixSearchOptions search; /**< moves beyond EM                                               */
} EmixFitOptions;

/** Writes the documented defaults into an options struct.
 * @param options  Its `size` says how many bytes of it there are; the rest is written. */
EMIX_API void emix_fit_options_init(EmixFitOptions *options);

/** The documented defaults. */
static inline EmixFitOptions emix_fit_options_default(void)
{
    EmixFitOptions options;
    options.size = sizeof options;
    emix_fit_options_init(&options);
    return options;
}

/** Sets an option by name: emix_options_set(&options, "tolerance", "1e-8", &error).
 * @param name   As on the command line ("tol") or as in C ("tolerance", "stop.tolerance").
 * @param value  As on the command line; a file name is BORROWED until the fit is created. An empty
 *               text restores the default.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: no such option, or a value out of range; the message has the
 *         range or the names. */
EMIX_API EmixStatus emix_options_set(EmixFitOptions *options, const char *name, const char *value,
                                     EmixError *error);

/** The value of an option as text that emix_options_set() takes back to the same value.
 * @param[out] text  [size], terminated; "" where there is none.
 * @return EMIX_OK; EMIX_ERR_ARGUMENT: no such option, or more text than there is room for. */
EMIX_API EmixStatus emix_options_get(const EmixFitOptions *options, const char *name, char *text,
                                     size_t size, EmixError *error);

/** What is worth knowing about a component or a whole fit; bits of `flags`. */
#define EMIX_FLAG_LIST(X)                                                                          \
    X(EMIX_FLAG_FLOOR, 1u, "covariance_floor")                                                     \
    X(EMIX_FLAG_FEW_ROWS, 2u, "few_rows")                                                          \
    X(EMIX_FLAG_EMPTY, 4u, "empty")                                                                \
    X(EMIX_FLAG_DECREASE, 8u, "objective_decreased")                                               \
    X(EMIX_FLAG_COINCIDENT, 16u, "coincident_components")                                          \
    X(EMIX_FLAG_EIGENVALUE_RATIO, 32u, "eigenvalue_ratio")
#define EMIX_FLAG_AS_ENUM(name, value, text) name = (value),
/** covariance_floor: an eigenvalue was clipped at the floor; few_rows: effective count below
 * n_features + 1 (2 for diag and spherical, 1 for tied and EII); empty: no weight left;
 * objective_decreased: an iteration lost more than rounding explains, 64 ulps (never expected);
 * coincident_components: another component is within a tenth of a standard deviation, so that fewer
 * would fit as well: EM came to rest, or was stopped, at a saddle where they are one;
 * eigenvalue_ratio: an eigenvalue is at the bound that was asked for, which is no fault. */
typedef enum EmixFlag { EMIX_FLAG_LIST(EMIX_FLAG_AS_ENUM) } EmixFlag;
#undef EMIX_FLAG_AS_ENUM

/** What came of one start. */
typedef struct EmixStartReport {
    double
        log_likelihood;   /**< nats, at the end of its run or of its last burst; NaN when it failed,
                                was not drawn, or the burst was on a subsample of the rows        */
    EmixStartState state; /**< how far it came                                                   */
    int lost_in_round;    /**< 1, 2, ...: round of the tournament after which it was dropped; 0 =
                                it never was. One that was dropped is run to the end after all
                                where those before it lead to no usable model                     */
    int distinct;         /**< 1: finished, and its log-likelihood (of a model of one's own, its
                                objective) differs by more than 0.01 nats from those of the
                                finished starts ranked before it                                  */
} EmixStartReport;

/** What the search for higher maxima did (EmixSearchOptions). */
typedef struct EmixSearchReport {
    int n_rounds;           /**< rounds of swaps                                                  */
    int n_tried;            /**< swaps that were tried out                                        */
    int n_accepted;         /**< swaps that were made                                             */
    int n_respawned;        /**< components that lost their rows and were given another place     */
    emix_index n_looked_at; /**< swaps whose gain the last round predicted                        */
    double residual;        /**< certificate beside the gap: no swap that the last round looked at
                                 promises more than this, nats: as tried out, or of those not tried
                                 as predicted; NaN without a search                               */
    double passes;          /**< work before the returned run, in passes over all rows: bursts of
                                 starts, other runs, and local fits by rows x components          */
} EmixSearchReport;

/** The outcome of a fit: what came out. What was fitted says emix_model_spec(), how it was asked for
 * emix_model_options(). Made by the library alone. Later versions append members. */
typedef struct EmixFitReport {
    size_t size;                 /**< sizeof(EmixFitReport), as the library was compiled        */
    emix_index n_rows;           /**< rows of the data                                          */
    emix_index n_features;       /**< features of the data                                      */
    emix_index n_parameters;     /**< free parameters of the model                              */
    double total_weight;         /**< sum of the row weights                                    */
    EmixDtype dtype;             /**< element type of the data                                  */
    double log_likelihood;       /**< nats, total, at the returned parameters                   */
    double objective;            /**< what EM climbed: log_likelihood, plus log prior under MAP */
    double entropy;              /**< sum_i w_i H(r_i) >= 0, nats, at the returned parameters   */
    double classification_log;   /**< sum_i w_i log max_k r_ik <= 0, at the returned parameters */
    EmixStop stop;               /**< why the run ended                                         */
    int n_iterations;            /**< EM iterations of the run that made the returned model     */
    int n_passes;                /**< passes of that run, the final evaluation included         */
    int n_single_passes;         /**< those of them in single precision                         */
    int n_extrapolations;        /**< extrapolations accepted                                   */
    int n_rejected;              /**< extrapolations that cost a pass and were not taken        */
    double decrease_ulps;        /**< monotonicity audit: the largest loss of the objective between
                                      accepted passes, in units of 2^-52 |objective|; 0 = none  */
    double delta2;               /**< squared length of the last EM step in the complete-data
                                      Fisher metric, log-likelihood units; NaN if no step       */
    double rate;                 /**< linear convergence rate of EM, the largest of the last three
                                      seen; above 1 a saddle is being left; NaN while unknown   */
    double gap;                  /**< predicted remaining gain delta2 / (2 (1 - rate)), nats;
                                      NaN while unknown                                         */
    double min_eigenvalue_ratio; /**< smallest eigenvalue of a component's covariance over the
                                      largest of the data's, columns scaled to unit variance    */
    unsigned flags;              /**< EmixFlag bits, of any component                           */
    int n_starts;                /**< starts drawn; 0 with an initial model                     */
    int n_starts_finished;       /**< starts that were run to the end; under the tournament at
                                      most 4 that are sound, of a large problem 1             */
    int n_starts_reached_best;   /**< those of them that ended within 0.01 nats of the best; starts
                                      at the same parameters count as one                     */
    int n_starts_degenerate;     /**< starts that ended degenerate                              */
    int best_start;              /**< number of the start that made the returned model; -1 with an
                                      initial model, and where it is not known                  */
    const EmixStartReport
        *starts;             /**< [n_starts] by number of the start; BORROWED as the report is;
                                      NULL with an initial model, and for a model that was read
                                      from a file                                               */
    int n_workers;           /**< threads used                                              */
    double init_s;           /**< seconds before the returned run: scan and starts          */
    double em_s;             /**< seconds in that run's passes                              */
    int n_starts_redrawn;    /**< draws of starts that proved degenerate at once and were replaced:
                               up to three a start                                       */
    double effective_rows;   /**< n in the log n of BIC and ICL: as asked for, else total_weight */
    EmixSearchReport search; /**< moves beyond EM; zeros without                            */
    int at_rounding;         /**< 1: the last steps were rounding, so that double precision could
                                  gain no more: gap is the squared length of the last one. Not in
                                  files                                                       */
} EmixFitReport;

/** Bayesian information criterion in mclust's sign: 2 log_likelihood - n_parameters
 * log(effective_rows), larger is better. Schwarz (1978). */
EMIX_API double emix_report_bic(const EmixFitReport *report);

/** Akaike information criterion in the same sign: 2 log_likelihood - 2 n_parameters. */
EMIX_API double emix_report_aic(const EmixFitReport *report);

/** Integrated completed likelihood: bic + 2 sum_i w_i log max_k r_ik. Biernacki et al. (2000). */
EMIX_API double emix_report_icl(const EmixFitReport *report);

/** Name of an EmixFixedPart bit, such as "means"; NULL for a value that is no single part. */
EMIX_API const char *emix_part_name(unsigned part);

/** Name of a flag bit, such as "few_rows"; NULL for a value that is no single flag. */
EMIX_API const char *emix_flag_name(unsigned flag);

/** One model being fitted; opaque. Distinct fits may be used from different threads. After a fork()
 * of a process that has worked with several threads, the child works with one, to the same bits. */
typedef struct EmixFit EmixFit;

/** Fits a mixture to a data set: emix_fit_create(), emix_fit_run() and emix_fit_model() in one call.
 *
 * @param spec      What is fitted. NULL = one Gaussian component.
 * @param[out] model   Release with emix_model_destroy(). Untouched on failure.
 * @param[out] report  The model's; BORROWED until emix_model_destroy(). May be NULL.
 * Other parameters, status and cost are those of the three. */
EMIX_API EmixStatus emix_fit_mixture(const EmixContext *context, const EmixDataset *dataset,
                                     const EmixSpec *spec, const EmixFitOptions *options,
                                     EmixModel **model, const EmixFitReport **report,
                                     EmixError *error);

/** Creates a fit of a mixture to a data set. Options and shapes are checked; the rows are not looked
 * at before emix_fit_run().
 *
 * @param context   Who works; BORROWED until emix_fit_destroy(). NULL = the defaults.
 * @param dataset   BORROWED until emix_fit_destroy(); must not change meanwhile.
 * @param spec      What is fitted; copied. NULL = one Gaussian component.
 * @param options   Copied; the initial model is copied too. NULL means the defaults.
 * @param[out] fit  Release with emix_fit_destroy(). Untouched on failure.
 * @param[out] error May be NULL.
 * @return EMIX_OK;
 *         EMIX_ERR_ARGUMENT    an option or a hyper-parameter is out of range;
 *         EMIX_ERR_UNSUPPORTED mixed precision with other than full covariances, or with other
 *                              than batch E-steps;
 *         EMIX_ERR_SHAPE       the initial model has other features or components, or the initial
 *                              responsibilities other rows or columns;
 *         EMIX_ERR_DEGENERATE  fewer rows than components;
 *         EMIX_ERR_NOMEM.
 *
 * Cost: that of copying the initial model. */
EMIX_API EmixStatus emix_fit_create(const EmixContext *context, const EmixDataset *dataset,
                                    const EmixSpec *spec, const EmixFitOptions *options,
                                    EmixFit **fit, EmixError *error);

/** Looks at the data, and runs EM from the starts (or the initial model) until it stops.
 *
 * All rows are read twice for their moments; and where k-means++ starts are to be drawn from more
 * than max(4096, 64 n_components) rows, in six sweeps more for each of the distances they use (one
 * with EMIX_INIT_KMEANSPP, two with EMIX_INIT_TOURNAMENT), which draw about 10 n_components
 * candidates for seeds by k-means||: Bahmani, Moseley, Vattani, Kumar, Vassilvitskii (2012), PVLDB
 * 5(7), 622-633. All memory of the fit is taken then, before the first start.
 *
 * Calling it again runs the same fit again, with the same result; the data are not read for their
 * moments and seeds again, and nothing is allocated.
 *
 * The progress callback may end it at any time, and is not called again after it did. Before there
 * is a model it then returns EMIX_ERR_INTERRUPTED, and may be called again; after that EMIX_OK, with
 * the best model so far.
 *
 * With checkpoint.path the state is saved when the run begins, every checkpoint.interval_s seconds
 * of it, and when the progress callback ends it. The file is replaced as a whole and on disk before
 * the old one goes. If it is there when a run begins, the run goes on from it: to the same bits as
 * without the interruption, with any number of workers, also after the process was killed, however
 * often. Times count from the first beginning; a trace begins with the first pass after the saved
 * one. The file stays until emix_fit_checkpoint_discard(). One fit may use it at a time.
 *
 * @param[out] error May be NULL.
 * @return EMIX_OK (also at the iteration limit or when interrupted),
 *         EMIX_ERR_INTERRUPTED before there was a model;
 *         EMIX_ERR_ARGUMENT    the prior or the blocks of incremental E-steps do not fit the data;
 *         EMIX_ERR_NONFINITE   a NaN, an infinity or |value| > 1e150 in the data, or initial
 *                              responsibilities that are none;
 *         EMIX_ERR_DEGENERATE  a constant column, columns that are linearly dependent, or no start
 *                              led to a usable model: the message names a component;
 *         EMIX_ERR_NOMEM;
 *         EMIX_ERR_FORMAT  the checkpoint is damaged, or that of a fit of other data or with other
 *                          options, of which the message names one;
 *         EMIX_ERR_IO      it cannot be read, or the first one cannot be written. Later saves that
 *                          fail do not end the run: emix_fit_checkpoint_status().
 *
 * Cost: O(n_rows * n_features * (n_features + n_components)), on all workers; the sweeps for seeds
 * take about as long as 4 passes of EM with 8 features and full covariances, for each distance, 7
 * with spherical ones. Memory for them: 12 bytes a row, where these are at most 256 MiB and an
 * eighth of a cap on memory; else none, and about twice the time.
 * Cost of one iteration: O(n_rows * n_components * n_features^2). */
EMIX_API EmixStatus emix_fit_run(EmixFit *fit, EmixError *error);

/** Whether the checkpoint on disk is up to date.
 * @return EMIX_OK, also without checkpoints; EMIX_ERR_IO: the last save failed, the file holds an
 *         older state. */
EMIX_API EmixStatus emix_fit_checkpoint_status(const EmixFit *fit, EmixError *error);

/** Removes the checkpoint's file: when the result is in safety.
 * @return EMIX_OK, also when there is none; EMIX_ERR_IO. */
EMIX_API EmixStatus emix_fit_checkpoint_discard(EmixFit *fit, EmixError *error);

/** The report of the last emix_fit_run().
 * @return BORROWED until the next emix_fit_run() or emix_fit_destroy(). */
EMIX_API const EmixFitReport *emix_fit_report(const EmixFit *fit);

/** Copies the fitted parameters into a model of its own, report included.
 *
 * @param[out] model  Release with emix_model_destroy(). Untouched on failure.
 * @return EMIX_OK, EMIX_ERR_ARGUMENT (the fit has not been run), EMIX_ERR_NOMEM. */
EMIX_API EmixStatus emix_fit_model(const EmixFit *fit, EmixModel **model, EmixError *error);

/** Releases everything. NULL is allowed. */
EMIX_API void emix_fit_destroy(EmixFit *fit);

/** The report a model carries.
 * @return BORROWED until emix_model_destroy(); NULL for a model that no fit made. */
EMIX_API const EmixFitReport *emix_model_report(const EmixModel *model);

/** How a model was fitted: the options as used, e_step.n_blocks filled in, but for what is the
 * caller's: initial model and responsibilities, callbacks and their contexts are NULL.
 *
 * Of a model that was read from a file those that the file tells: stop.rule, stop.tolerance (NaN if
 * it does not), starts.n, starts.seed, e_step.kind and acceleration; the others are the defaults.
 *
 * @return BORROWED until emix_model_destroy(); NULL for a model that no fit made. */
EMIX_API const EmixFitOptions *emix_model_options(const EmixModel *model);

/** Effective counts n_k = sum_i w_i r_ik at the returned parameters, [n_components].
 * @return BORROWED until emix_model_destroy(); NULL for a model that no fit made. */
EMIX_API const double *emix_model_effective_counts(const EmixModel *model);

/** EmixFlag bits of each component, [n_components].
 * @return BORROWED until emix_model_destroy(); NULL for a model that no fit made. */
EMIX_API const unsigned *emix_model_component_flags(const EmixModel *model);

#ifdef __cplusplus
}
#endif
#endif
