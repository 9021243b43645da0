/* Replicates of an analysis on other samples, side by side. */
#ifndef EMIX_INFERENCE_REPLICATES_H
#define EMIX_INFERENCE_REPLICATES_H

#include <emix/bootstrap.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "context/context.h"
#include "data/dataset.h"
#include "fit/fitter.h"

/** What a replicate came to. */
typedef enum EmixReplicateState {
    EMIX_REPLICATE_MISSING, /* interrupted before its end */
    EMIX_REPLICATE_FAILED,
    EMIX_REPLICATE_NOT_CONVERGED,
    EMIX_REPLICATE_OK
} EmixReplicateState;

struct EmixReplicates;

/** What the callback of a fit is told: on the calling thread, worker 0, it reports. */
typedef struct EmixReplicateListener {
    struct EmixReplicates *replicates;
    int worker;
} EmixReplicateListener;

/** Samples to be analysed; the analysis is the caller's. */
typedef struct EmixReplicates {
    const EmixModel *model;              /* that parametric samples come from; BORROWED */
    const EmixDataset *data;             /* BORROWED */
    const EmixBootstrapOptions *options; /* BORROWED */
    struct EmixSpec spec;                /* of every fit, but for the number of components */
    EmixFitOptions fit_options;          /* of every fit, but for what it starts from */
    EmixResampling resampling;
    const EmixContext *who; /* BORROWED */
    EmixContext serial;     /* the same, of one worker: for fits side by side */
    emix_index sample_rows; /* rows of a sample, each of weight 1 */
    /** Analyses replicate `index` on its sample.
     * @param seed        For whatever else is random about it.
     * @param[out] state  Begins as EMIX_REPLICATE_OK.
     * @return EMIX_OK; EMIX_ERR_DEGENERATE or _NONFINITE: the replicate failed; any other failure
     *         ends everything. */
    EmixStatus (*analyse)(struct EmixReplicates *replicates, int index, const EmixDataset *sample,
                          uint64_t seed, int worker, EmixReplicateState *state);
    void *context; /* of the analysis */

    double began_s;
    double *cumulative;         /* [n_rows] of the row weights, for resampling weighted rows */
    EmixReplicateState *states; /* [n_replicates] */
    EmixReplicateListener *listeners; /* [n_workers] */
    atomic_int n_done;
    atomic_bool cancelled;
} EmixReplicates;

/** What every bootstrap is told by the public functions, who have checked it. */
typedef struct EmixBootstrapTask {
    const EmixModel *model;
    const EmixDataset *data;
    const EmixBootstrapOptions *options;
    EmixFitOptions fit_options; /* of every fit, but for what it starts from */
    const EmixContext *who;     /* resolved */
} EmixBootstrapTask;

/** Fills the struct; release with emix_replicates_clear(). `task` is BORROWED. */
EmixStatus emix_replicates_init(const EmixBootstrapTask *task, EmixResampling resampling,
                                EmixReplicates *r, EmixError *error);
void emix_replicates_clear(EmixReplicates *r);

/** Draws samples and analyses them, until all are done or it is interrupted. */
EmixStatus emix_replicates_run(EmixReplicates *r, EmixError *error);

/** What became of them. */
EmixReplicateCounts emix_replicates_count(const EmixReplicates *r);

/** Whether replicate `index` has a result. */
bool emix_replicates_in_use(const EmixReplicates *r, int index);

/** Fits a model under the bootstrap's options.
 *
 * A fit that is cancelled is no failure of the call: `state` becomes MISSING and the model stays
 * NULL. At the iteration limit `state` becomes NOT_CONVERGED.
 *
 * @param initial     Starts from its parameters; NULL = from starts.
 * @param who         Works at the fit.
 * @param worker      On whose behalf: 0 is the calling thread.
 * @param[out] model  Release with emix_model_destroy(). */
EmixStatus emix_replicates_fit(EmixReplicates *r, const EmixContext *who, const EmixDataset *data,
                               const EmixModel *initial, emix_index n_components, uint64_t seed,
                               int worker, EmixReplicateState *state, EmixModel **model,
                               EmixError *error);

/** Sorts n numbers, none of them NaN. */
void emix_sort_ascending(emix_index n, double *values);

#endif
