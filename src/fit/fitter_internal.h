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
    EmixModel *initial;      /* a copy; NULL = starts are drawn */
    const EmixDataset *responsibilities; /* BORROWED; to begin at, or NULL */
    EmixStore store;                     /* for checkpoints, until the competition takes it over */

    /* Made from the data when the fit is first run. */
    bool prepared;
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

    /* Progress of what is made from the data. */
    EmixWatch own_watch;
    const EmixWatch *watch; /* own_watch, or NULL: nobody wants to know */
    EmixFitPhase phase;
    int n_sweeps; /* of the phase, at most */
    int n_sweeps_begun;

    EmixModel *result;
    double *min_eigenvalues; /* [K] of the result, columns scaled to unit variance */
    double *comparison;      /* [n_workers x distance_size] of components with each other */
    bool has_run;
};

/** Checks an initial model against the shape of the fit. */
EmixStatus emix_fitter_check_initial_model(const EmixFitter *fitter, const EmixModel *initial,
                                           EmixError *error);

/** Lets the fit begin at the parameters of a model that has been checked. */
EmixStatus emix_fitter_begin_at_model(EmixFitter *fitter, const EmixModel *initial,
                                      EmixError *error);

/** Checks the shape of initial responsibilities. */
EmixStatus emix_fitter_check_responsibilities(const EmixFitter *fitter, const EmixDataset *q,
                                              EmixError *error);

/** Lets the fit begin at the M-step from responsibilities of that shape, as in EmixFitOptions. */
EmixStatus emix_fitter_begin_at_responsibilities(EmixFitter *fitter, const EmixDataset *q,
                                                 EmixError *error);

/** Looks at the data and takes all memory of the fit, unless that has been done.
 * @return As emix_fit_run(); what was made is released on failure, so that it may be tried again. */
EmixStatus emix_fitter_prepare(EmixFitter *fitter, EmixError *error);
void emix_fitter_unprepare(EmixFitter *fitter);

/** Chooses how the winner is found, when the engine is made. */
void emix_fitter_choose_contest(EmixFitter *fitter);

/** Checks the values of some rows of the data and takes their moments. */
EmixStatus emix_fitter_scan(const EmixFitter *fitter, const EmixDataset *rows,
                            EmixDataSummary *summary, EmixError *error);

/** Makes a mixture for some rows of the data and their moments; all rows have those of
 * fitter->moments. */
EmixStatus emix_fitter_create_mixture(const EmixFitter *fitter, const EmixDataset *rows,
                                      const EmixMoments *moments, EmixMixture **mixture,
                                      EmixError *error);

/** Writes the engine's current point and its report into fitter->result. */
EmixStatus emix_fitter_write_result(EmixFitter *fitter, const EmixEmOutcome *outcome,
                                    EmixError *error);

#endif
