/* The inside of a fitter, shared by the files that make it. */
#ifndef EMIX_FIT_FITTER_INTERNAL_H
#define EMIX_FIT_FITTER_INTERNAL_H

#include "search/competition.h"
#include "fit/fitter.h"
#include "fit/starts.h"
#include "families/gaussian/prior.h"

struct EmixFitter {
    EmixCompetition competition;
    const EmixDataset *data; /* BORROWED */
    EmixDataSummary summary;
    EmixPrior prior; /* empty when there is none */
    bool prior_mean_given;
    EmixModelSpec spec;
    EmixSeedSample sample;
    EmixDataset *subsample; /* for early rounds; NULL = they use all data */
    EmixDataSummary subsample_summary;
    EmixStarter **starters; /* one for each of competition.early */
    EmixModel *result;
    double *min_eigenvalues; /* [K] of the result, columns scaled to unit variance */
    double *comparison;      /* [n_workers x D (2 D + 1)], of components; NULL = diagonal ones */
    bool has_run;
};

/** Writes the engine's current point and its report into fitter->result. */
EmixStatus emix_fitter_write_result(EmixFitter *fitter, const EmixEmOutcome *outcome,
                                    EmixError *error);

#endif
