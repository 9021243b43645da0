/* The bootstrapped likelihood-ratio test of K against K + 1 components. */
#include <math.h>

#include "core/alloc.h"
#include "inference/bootstrap.h"
#include "linalg/linalg.h"

/* A test that owns its memory. */
typedef struct OwnedTest {
    EmixComponentTest test; /* first: what users hold points here */
    double *null_statistics;
} OwnedTest;

/* Fits of one data set under both hypotheses. */
typedef struct Comparison {
    double log_likelihood;
    double alternative_log_likelihood;
    EmixModel *null; /* the fit with K components */
} Comparison;

static double statistic_of(const Comparison *c)
{
    return fmax(0.0, 2.0 * (c->alternative_log_likelihood - c->log_likelihood));
}

static EmixStatus compare(EmixReplicates *r, const EmixContext *who, const EmixDataset *data,
                          const EmixModel *model, uint64_t seed, int worker,
                          EmixReplicateState *state, Comparison *c, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixModel *alternative = NULL;
    EMIX_TRY(emix_replicates_fit(r, who, data, model, model->n_components, seed, worker, state,
                                 &c->null, error));
    if (c->null != NULL) {
        EMIX_TRY(emix_replicates_fit(r, who, data, NULL, model->n_components + 1, seed, worker,
                                     state, &alternative, error));
    }
    if (alternative != NULL) {
        c->log_likelihood = c->null->report.log_likelihood;
        c->alternative_log_likelihood = alternative->report.log_likelihood;
    }
cleanup:
    emix_model_destroy(alternative);
    return status;
}

static EmixStatus compare_sample(EmixReplicates *r, int index, const EmixDataset *sample,
                                 uint64_t seed, int worker, EmixReplicateState *state)
{
    double *statistics = r->context;
    Comparison c = {0};
    const EmixStatus status = compare(r, &r->serial, sample, r->model, seed, worker, state, &c,
                                      NULL);
    statistics[index] = statistic_of(&c);
    emix_model_destroy(c.null);
    return status;
}

/* Both hypotheses on the data; replicates come from the null model after this. */
static EmixStatus compare_data(EmixReplicates *r, EmixModel **null, EmixComponentTest *test,
                               EmixError *error)
{
    Comparison c = {0};
    EmixReplicateState state = EMIX_REPLICATE_OK;
    EmixError detail = {{0}};
    EmixStatus status = compare(r, r->who, r->data, r->model, r->options->seed, 0, &state, &c,
                                &detail);
    *null = c.null;
    test->log_likelihood = c.log_likelihood;
    test->alternative_log_likelihood = c.alternative_log_likelihood;
    test->statistic = statistic_of(&c);
    if (status == EMIX_OK && state == EMIX_REPLICATE_MISSING) {
        test->statistic = (double)NAN;
    }
    if (status != EMIX_OK) {
        return emix_fail(error, status, "%lld components: %s",
                         (long long)r->model->n_components + (c.null != NULL), detail.message);
    }
    r->model = c.null != NULL ? c.null : r->model;
    return EMIX_OK;
}

static void conclude(const EmixReplicates *r, const double *statistics, OwnedTest *owned)
{
    EmixComponentTest *test = &owned->test;
    int n_as_large = 0;
    test->counts = emix_replicates_count(r);
    for (int b = 0; b < r->options->n_replicates; ++b) {
        if (emix_replicates_in_use(r, b)) {
            owned->null_statistics[test->n_null++] = statistics[b];
            n_as_large += statistics[b] >= test->statistic;
        }
    }
    emix_sort_ascending(test->n_null, owned->null_statistics);
    const double n = 1.0 + test->n_null;
    test->p_value = (1.0 + n_as_large) / n;
    test->p_value_error = sqrt(test->p_value * (1.0 - test->p_value) / n);
    if (test->n_null == 0) {
        test->p_value = (double)NAN;
        test->p_value_error = (double)NAN;
    }
}

EmixStatus emix_component_test_run(const EmixBootstrapTask *task, EmixComponentTest **test,
                                   EmixError *error)
{
    EmixStatus status = EMIX_OK;
    OwnedTest *owned = NULL;
    EmixModel *null = NULL;
    double *statistics = NULL;
    EmixReplicates replicates = {0};
    emix_blas_enter_serial();
    EMIX_TRY(emix_replicates_init(task, EMIX_RESAMPLE_PARAMETRIC, &replicates, error));
    const bool fixed = replicates.spec.fixed != 0 || replicates.spec.equal_weights;
    if (replicates.spec.prior != EMIX_PRIOR_NONE || fixed) {
        EMIX_TRY(
            emix_fail(error, EMIX_ERR_UNSUPPORTED,
                      "the likelihood ratio is of maximum likelihood estimates; this model was "
                      "fitted %s",
                      fixed ? "with some parts fixed" : "under a prior"));
    }
    EMIX_TRY_ALLOC(owned, 1);
    EMIX_TRY_ALLOC(owned->null_statistics, task->options->n_replicates);
    EMIX_TRY_ALLOC(statistics, task->options->n_replicates);
    replicates.analyse = compare_sample;
    replicates.context = statistics;
    EMIX_TRY(compare_data(&replicates, &null, &owned->test, error));
    EMIX_TRY(emix_replicates_run(&replicates, error));
    owned->test.n_components = task->model->n_components;
    owned->test.seed = task->options->seed;
    owned->test.sample_rows = replicates.sample_rows;
    owned->test.null_statistics = owned->null_statistics;
    conclude(&replicates, statistics, owned);
    *test = &owned->test;
    owned = NULL;
cleanup:
    emix_free(statistics);
    emix_model_destroy(null);
    emix_component_test_destroy(owned != NULL ? &owned->test : NULL);
    emix_replicates_clear(&replicates);
    emix_blas_leave_serial();
    return status;
}

void emix_component_test_destroy(EmixComponentTest *test)
{
    OwnedTest *owned = (OwnedTest *)test;
    if (owned != NULL) {
        emix_free(owned->null_statistics);
        emix_free(owned);
    }
}
