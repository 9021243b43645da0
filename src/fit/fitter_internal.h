/* The inside of a fitter, shared by the files that make it. */
#ifndef EMIX_FIT_FITTER_INTERNAL_H
#define EMIX_FIT_FITTER_INTERNAL_H

#include "search/competition.h"
#include "fit/fitter.h"
#include "fit/starts.h"
#include "mixture/mixture.h"

struct EmixFitter {
    EmixCompetition competition;
    struct EmixSpec spec;    /* what is fitted; hyper-parameters resolved */
    const EmixDataset *data; /* BORROWED, or `matched` */
    EmixDataset *matched;    /* the features of the initial model, by name; NULL = all, in order */
    EmixDataSummary summary;
    EmixMoments moments; /* the same, as families are told */
    const EmixKernels *kernels;
    EmixMixture *mixture;
    EmixMixture *early_mixture; /* for the subsample; NULL without one */
    EmixSeedSample sample;
    EmixDataset *subsample; /* for early rounds; NULL = they use all data */
    EmixDataSummary subsample_summary;
    EmixMoments subsample_moments;
    EmixStarter **starters; /* one for each of competition.early */
    EmixModel *result;
    double *min_eigenvalues; /* [K] of the result, columns scaled to unit variance */
    double *comparison;      /* [n_workers x distance_size] of components with each other */
    bool has_run;
};

/** Lets the fit begin at the parameters of a model. */
EmixStatus emix_fitter_begin_at_model(EmixFitter *fitter, const EmixModel *initial,
                                      EmixError *error);

/** Lets the fit begin at the M-step from responsibilities, as in EmixFitOptions. */
EmixStatus emix_fitter_begin_at_responsibilities(EmixFitter *fitter, const EmixDataset *q,
                                                 EmixError *error);

/** Writes the engine's current point and its report into fitter->result. */
EmixStatus emix_fitter_write_result(EmixFitter *fitter, const EmixEmOutcome *outcome,
                                    EmixError *error);

#endif
