/* The inside of a fitter, shared by the files that make it. */
#ifndef EMIX_ENGINE_FITTER_INTERNAL_H
#define EMIX_ENGINE_FITTER_INTERNAL_H

#include <stdatomic.h>

#include "engine/candidates.h"
#include "engine/fitter.h"
#include "engine/starts.h"

/* Engines that work on the same data, each with a starter: one with all workers, or one a worker.
 */
typedef struct EngineTeam {
    int n_engines;
    EmixEngine **engines;
    EmixStarter **starters;
} EngineTeam;

struct EmixFitter {
    EmixFitOptions options;
    const EmixDataset *data; /* BORROWED */
    EmixDataSummary summary;
    EmixModelSpec spec;
    EmixEngine *engine; /* all data, all workers: the final run */
    EmixSeedSample sample;
    EmixDataset *subsample; /* for early rounds; NULL = they use all data */
    double *subsample_storage;
    EmixDataSummary subsample_summary;
    EngineTeam early; /* runs starts; on the subsample when there is one */
    EmixCandidates candidates;
    double *initial_params; /* of the initial model; NULL = starts are drawn */
    EmixModel *result;
    bool has_run;

    /* the run under way */
    double began_s;
    int starts_done;
    atomic_bool cancelled;
};

/** Runs from the initial model or from starts, to the end: the engine's current point is the
 * result, its statistics belong to it, and it is sound.
 * @return EMIX_OK, also when interrupted; EMIX_ERR_DEGENERATE, naming a component. */
EmixStatus emix_fitter_compete(EmixFitter *fitter, EmixEmOutcome *outcome, EmixError *error);

/** Writes the engine's current point and its report into fitter->result. */
EmixStatus emix_fitter_write_result(EmixFitter *fitter, const EmixEmOutcome *outcome, double init_s,
                                    EmixError *error);

#endif
