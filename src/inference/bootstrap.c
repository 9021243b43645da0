/* The spread of a model's parameters over samples. */
#include "inference/bootstrap.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"
#include "model/error_table.h"

/* A bootstrap that owns its memory. */
typedef struct OwnedBootstrap {
    EmixBootstrap bootstrap; /* first: what users hold points here */
    EmixErrorTable table;
} OwnedBootstrap;

/* The parameters of the replicates, laid out like the values of a model's parts. */
typedef struct Estimates {
    emix_index n_values; /* of one replicate */
    double *values;      /* [n_replicates x n_values] */
} Estimates;

static EmixStatus estimate(EmixReplicates *r, int index, const EmixDataset *sample, uint64_t seed,
                           int worker, EmixReplicateState *state)
{
    const Estimates *estimates = r->context;
    EmixModel *fitted = NULL;
    const EmixStatus status = emix_replicates_fit(r, &r->serial, sample, r->model,
                                                  r->model->n_components, seed, worker, state,
                                                  &fitted, NULL);
    if (fitted != NULL) {
        memcpy(estimates->values + index * estimates->n_values, fitted->parts.values,
               (size_t)estimates->n_values * sizeof *estimates->values);
    }
    emix_model_destroy(fitted);
    return status;
}

/* Hyndman & Fan (1996), Am. Stat. 50(4), definition 7. */
static double quantile(const double *sorted, emix_index n, double p)
{
    const double at = p * (double)(n - 1);
    const emix_index below = (emix_index)at;
    const emix_index above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static double standard_deviation(const double *values, emix_index n)
{
    double mean = 0.0;
    double sum = 0.0;
    for (emix_index i = 0; i < n; ++i) {
        mean += (values[i] - mean) / (double)(i + 1);
    }
    for (emix_index i = 0; i < n; ++i) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return sqrt(sum / (double)(n - 1));
}

/* Each parameter over the replicates. sorted [n_replicates] */
static void summarise(const EmixReplicates *r, const Estimates *estimates, double *sorted,
                      const EmixErrorTable *table)
{
    const double tail = 0.5 * (1.0 - table->level);
    for (emix_index i = 0; i < estimates->n_values; ++i) {
        emix_index n_used = 0;
        for (int b = 0; b < r->options->n_replicates; ++b) {
            if (emix_replicates_in_use(r, b)) {
                sorted[n_used++] = estimates->values[b * estimates->n_values + i];
            }
        }
        if (n_used < 2) {
            continue;
        }
        emix_sort_ascending(n_used, sorted);
        table->standard_errors[i] = standard_deviation(sorted, n_used);
        table->lower[i] = quantile(sorted, n_used, tail);
        table->upper[i] = quantile(sorted, n_used, 0.5 * (1.0 + table->level));
    }
}

EmixStatus emix_bootstrap_run(const EmixBootstrapTask *task, EmixBootstrap **bootstrap,
                              EmixError *error)
{
    EmixStatus status = EMIX_OK;
    OwnedBootstrap *owned = NULL;
    EmixReplicates replicates = {0};
    double *sorted = NULL;
    Estimates estimates = {.n_values = task->model->parts.n_values};
    emix_blas_enter_serial();
    EMIX_TRY(emix_replicates_init(task, task->options->resampling, &replicates, error));
    replicates.analyse = estimate;
    replicates.context = &estimates;
    EMIX_TRY_ALLOC(owned, 1);
    EMIX_TRY(
        emix_error_table_init(&task->model->parts, task->options->level, &owned->table, error));
    EMIX_TRY_ALLOC(sorted, task->options->n_replicates);
    EMIX_TRY_ALLOC(estimates.values, task->options->n_replicates * estimates.n_values);
    EMIX_TRY(emix_replicates_run(&replicates, error));
    summarise(&replicates, &estimates, sorted, &owned->table);
    owned->bootstrap.counts = emix_replicates_count(&replicates);
    owned->bootstrap.resampling = task->options->resampling;
    owned->bootstrap.seed = task->options->seed;
    owned->bootstrap.sample_rows = replicates.sample_rows;
    owned->bootstrap.parameters = emix_error_table_view(&owned->table);
    *bootstrap = &owned->bootstrap;
    owned = NULL;
cleanup:
    emix_free(estimates.values);
    emix_free(sorted);
    emix_bootstrap_destroy(owned != NULL ? &owned->bootstrap : NULL);
    emix_replicates_clear(&replicates);
    emix_blas_leave_serial();
    return status;
}

void emix_bootstrap_destroy(EmixBootstrap *bootstrap)
{
    OwnedBootstrap *owned = (OwnedBootstrap *)bootstrap;
    if (owned != NULL) {
        emix_error_table_clear(&owned->table);
        emix_free(owned);
    }
}
