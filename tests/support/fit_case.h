/* A fit as tests describe it: what is fitted and how in one flat struct, which is turned into a
 * spec and options. */
#ifndef EMIX_TESTS_FIT_CASE_H
#define EMIX_TESTS_FIT_CASE_H

#include <emix/emix.h>

typedef struct FitCase {
    /* what */
    const char *family; /* NULL = gaussian */
    emix_index n_components;
    EmixCovariance covariance;
    EmixPriorKind prior;
    double prior_shrinkage;
    double prior_dof;
    double prior_scale;
    const double *prior_mean; /* [n_features] */
    double prior_weights;
    double eigenvalue_ratio;
    unsigned fixed;
    int equal_weights;
    /* how */
    EmixSearch search;
    EmixInitMethod init_method;
    int n_starts;
    uint64_t seed;
    const EmixModel *initial;
    const EmixDataset *initial_responsibilities;
    EmixStopRule stop_rule;
    double tolerance;
    int max_iterations;
    EmixEStep e_step;
    int n_blocks;
    double annealing;
    EmixAcceleration acceleration;
    EmixPrecision precision;
    const char *checkpoint_path;
    double checkpoint_interval_s;
    EmixProgressCallback progress;
    void *progress_context;
    EmixTraceCallback trace;
    void *trace_context;
} FitCase;

/** The defaults of the library. */
FitCase fit_case_default(void);

/** How a case is fitted. */
EmixFitOptions fit_case_options(const FitCase *fit_case);

/** What a case fits to so many features; as emix_spec_create(). */
EmixStatus fit_case_spec(const FitCase *fit_case, emix_index n_features, EmixSpec **spec,
                         EmixError *error);

/** emix_fit_create() of a case; NULL = the defaults. */
EmixStatus fit_case_create(const EmixContext *context, const EmixDataset *data,
                           const FitCase *fit_case, EmixFit **fit, EmixError *error);

/** The model of a case; the test fails if there is none. Release with emix_model_destroy(). */
EmixModel *fit_case_model(const EmixContext *context, const EmixDataset *data,
                          const FitCase *fit_case);

/** emix_latent_fit_create() of a case; NULL = the defaults. */
EmixStatus fit_case_create_latent(const EmixContext *context, const EmixLatentModel *model,
                                  const EmixDataset *data, const FitCase *fit_case,
                                  const double *initial, EmixLatentFit **fit, EmixError *error);

#endif
