/* Samples, fits and bookkeeping of a bootstrap. */
#include "inference/replicates.h"

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/rng.h"
#include "data/columns.h"
#include "query/predictor.h"
#include "linalg/linalg.h"
#include "parallel/parallel.h"

/* Looks at all rows once, so that a value that is none is told with its place. */
static EmixStatus prepare_rows(EmixReplicates *r, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double sum = 0.0;
    EMIX_TRY(emix_predictor_score(r->who, r->model, r->data, &sum, error));
    if (r->data->row_weights == NULL) {
        return EMIX_OK;
    }
    sum = 0.0;
    EMIX_TRY_ALLOC(r->cumulative, r->data->n_rows);
    for (emix_index i = 0; i < r->data->n_rows; ++i) {
        sum += r->data->row_weights[i];
        r->cumulative[i] = sum;
    }
cleanup:
    return status;
}

/* A sample is fitted as the model was: under its prior, the mean of which is the sample's own unless it was given, with
 * its bound on eigenvalues, and with the parts fixed that were. */
static EmixStatus take_spec(EmixReplicates *r, EmixError *error)
{
    if (r->model->spec.prior_mean.n > 0 && r->model->spec.prior_mean.values == NULL) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "the model was fitted under a prior whose mean was given, which model "
                         "files do not keep: its fit cannot be repeated");
    }
    return emix_spec_assign(&r->model->spec, &r->spec, error);
}

EmixStatus emix_replicates_init(const EmixBootstrapTask *task, EmixResampling resampling,
                                EmixReplicates *r, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixModel *model = task->model;
    const EmixDataset *data = task->data;
    *r = (EmixReplicates){.model = model,
                          .data = data,
                          .options = task->options,
                          .fit_options = task->fit_options,
                          .resampling = resampling,
                          .who = task->who,
                          .serial = emix_context_serial(task->who),
                          .began_s = emix_clock_s()};
    if (data->n_features != model->n_features) {
        return emix_fail(error, EMIX_ERR_SHAPE, "%s%sthe data have %lld features, the model %lld",
                         data->source ? data->source : "", data->source ? ": " : "",
                         (long long)data->n_features, (long long)model->n_features);
    }
    if (data->labels != NULL && resampling == EMIX_RESAMPLE_PARAMETRIC) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "samples of a model have no rows of known component, the data have %lld; "
                         "resample rows instead",
                         (long long)data->n_labelled);
    }
    if (!(data->total_weight >= 0.5 && data->total_weight < 0x1p53)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a total row weight of %g is no number of rows to draw",
                         data->total_weight);
    }
    r->sample_rows = llround(data->total_weight);
    EMIX_TRY(take_spec(r, error));
    EMIX_TRY_ALLOC(r->states, task->options->n_replicates);
    EMIX_TRY_ALLOC(r->listeners, r->who->n_workers);
    for (int worker = 0; worker < r->who->n_workers; ++worker) {
        r->listeners[worker] = (EmixReplicateListener){r, worker};
    }
    if (resampling == EMIX_RESAMPLE_ROWS) {
        EMIX_TRY(prepare_rows(r, error));
    }
cleanup:
    if (status != EMIX_OK) {
        emix_replicates_clear(r);
    }
    return status;
}

void emix_replicates_clear(EmixReplicates *r)
{
    emix_spec_clear(&r->spec);
    emix_free(r->cumulative);
    emix_free(r->states);
    emix_free(r->listeners);
    r->cumulative = NULL;
    r->states = NULL;
    r->listeners = NULL;
}

/* ---- samples ---- */

/* A row, drawn with its weight as probability. */
static emix_index draw_row(const EmixReplicates *r, EmixRng *rng)
{
    if (r->cumulative == NULL) {
        return emix_rng_below(rng, r->data->n_rows);
    }
    emix_index first = 0;
    emix_index last = r->data->n_rows - 1;
    const double u = emix_rng_uniform(rng) * r->cumulative[last];
    while (first < last) { /* the first row whose cumulative weight exceeds u */
        const emix_index middle = (first + last) / 2;
        if (r->cumulative[middle] > u) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    return first;
}

/* The sample of a replicate; its values or its weights are in *storage. */
static EmixStatus draw_sample(const EmixReplicates *r, EmixRng *rng, double **storage,
                              EmixDataset **sample, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = r->data->n_features;
    emix_index n_values = 0;
    if (r->resampling == EMIX_RESAMPLE_ROWS) {
        EMIX_TRY_ALLOC(*storage, r->data->n_rows);
        for (emix_index i = 0; i < r->sample_rows; ++i) {
            (*storage)[draw_row(r, rng)] += 1.0;
        }
        EMIX_TRY(emix_data_reweight(r->data, *storage, sample, error));
        return r->data->labels == NULL ? EMIX_OK
                                       : emix_dataset_set_labels(*sample, r->data->labels,
                                                                 r->data->n_labels, NULL, error);
    }
    if (!emix_multiply(r->sample_rows, d, &n_values)) {
        return emix_fail_nomem(error, r->sample_rows, (size_t)d * sizeof(double));
    }
    EMIX_TRY_ALLOC(*storage, n_values);
    EMIX_TRY(emix_predictor_sample(r->model, emix_rng_bits(rng), 0, r->sample_rows, *storage, NULL,
                                   error));
    EMIX_TRY(emix_dataset_create(r->sample_rows, d, *storage, d, NULL, sample, error));
cleanup:
    return status;
}

/* ---- fits ---- */

static void report(EmixReplicates *r)
{
    const EmixBootstrapOptions *o = r->options;
    if (o->progress != NULL && !atomic_load(&r->cancelled) &&
        o->progress(o->progress_context, atomic_load(&r->n_done), o->n_replicates,
                    emix_clock_s() - r->began_s) != 0) {
        atomic_store(&r->cancelled, true);
    }
}

/* The callback of fits. */
static int listen(void *context, const EmixProgress *progress)
{
    (void)progress;
    const EmixReplicateListener *listener = context;
    if (listener->worker == 0) {
        report(listener->replicates);
    }
    return atomic_load(&listener->replicates->cancelled);
}

EmixStatus emix_replicates_fit(EmixReplicates *r, const EmixContext *who, const EmixDataset *data,
                               const EmixModel *initial, emix_index n_components, uint64_t seed,
                               int worker, EmixReplicateState *state, EmixModel **model,
                               EmixError *error)
{
    EmixFitter *fitter = NULL;
    struct EmixSpec spec = r->spec; /* shares what r->spec holds */
    EmixFitOptions options = r->fit_options;
    spec.n_components = n_components;
    options.starts.initial = initial;
    options.starts.seed = seed;
    options.progress = listen;
    options.progress_context = &r->listeners[worker];
    EmixStatus status = emix_fitter_create(who, data, &spec, &options, NULL, &fitter, error);
    if (status == EMIX_OK) {
        status = emix_fitter_run(fitter, error);
    }
    if (status == EMIX_ERR_INTERRUPTED) {
        *state = EMIX_REPLICATE_MISSING;
        status = EMIX_OK;
    } else if (status == EMIX_OK) {
        const EmixStop stop = emix_fitter_report(fitter)->stop;
        if (stop == EMIX_STOP_INTERRUPTED || atomic_load(&r->cancelled)) {
            *state = EMIX_REPLICATE_MISSING;
        } else {
            *state = stop == EMIX_STOP_CONVERGED ? *state : EMIX_REPLICATE_NOT_CONVERGED;
            status = emix_fitter_model(fitter, model, error);
        }
    }
    emix_fitter_destroy(fitter);
    return status;
}

/* ---- all of them ---- */

/* Whether a failure is the sample's own: another one could have been fitted. */
static bool is_of_the_sample(EmixStatus status)
{
    return status == EMIX_ERR_DEGENERATE || status == EMIX_ERR_NONFINITE;
}

static EmixStatus run_replicate(void *context, int index, int worker)
{
    EmixReplicates *r = context;
    EmixReplicateState state = EMIX_REPLICATE_OK;
    EmixDataset *sample = NULL;
    double *storage = NULL;
    if (atomic_load(&r->cancelled)) {
        return EMIX_OK;
    }
    EmixRng rng = emix_rng_init(r->options->seed, EMIX_RNG_BOOTSTRAP, index);
    const uint64_t seed = emix_rng_bits(&rng);
    EmixStatus status = draw_sample(r, &rng, &storage, &sample, NULL);
    if (status == EMIX_OK) {
        status = r->analyse(r, index, sample, seed, worker, &state);
    }
    emix_dataset_destroy(sample);
    emix_free(storage);
    if (is_of_the_sample(status)) {
        state = EMIX_REPLICATE_FAILED;
    } else if (status != EMIX_OK) {
        atomic_store(&r->cancelled, true); /* nothing will come of the others */
        return status;
    }
    r->states[index] = state;
    atomic_fetch_add(&r->n_done, state != EMIX_REPLICATE_MISSING);
    if (worker == 0) {
        report(r);
    }
    return EMIX_OK;
}

EmixStatus emix_replicates_run(EmixReplicates *r, EmixError *error)
{
    const EmixStatus status = emix_parallel_for(r->options->n_replicates, r->who->n_workers,
                                                run_replicate, r);
    return status == EMIX_OK
               ? EMIX_OK
               : emix_fail(error, status, "a replicate of %lld rows x %lld features: %s",
                           (long long)r->sample_rows, (long long)r->data->n_features,
                           emix_status_text(status));
}

EmixReplicateCounts emix_replicates_count(const EmixReplicates *r)
{
    EmixReplicateCounts counts = {.n_replicates = r->options->n_replicates};
    for (int i = 0; i < counts.n_replicates; ++i) {
        counts.n_done += r->states[i] != EMIX_REPLICATE_MISSING;
        counts.n_failed += r->states[i] == EMIX_REPLICATE_FAILED;
        counts.n_not_converged += r->states[i] == EMIX_REPLICATE_NOT_CONVERGED;
    }
    return counts;
}

bool emix_replicates_in_use(const EmixReplicates *r, int index)
{
    return r->states[index] == EMIX_REPLICATE_OK ||
           r->states[index] == EMIX_REPLICATE_NOT_CONVERGED;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void emix_sort_ascending(emix_index n, double *values)
{
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
}
