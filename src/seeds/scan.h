/* One look at all the data before a fit: are they finite, where is their centre, how do they
 * spread. */
#ifndef EMIX_SEEDS_SCAN_H
#define EMIX_SEEDS_SCAN_H

#include "data/moments.h"
#include "data/sweep.h"
#include "kernels/kernels.h"

/** First and second moments of a data set, divided by the total weight; owned. */
typedef struct EmixDataSummary {
    double total_weight;
    double *mean;          /* [D] */
    double *variances;     /* [D] */
    double *sds;           /* [D] their square roots */
    double max_eigenvalue; /* largest eigenvalue of the correlation matrix; 1 without one */
    /* of full moments; NULL otherwise */
    double *covariance; /* [D x D], symmetric */
    double *whitener;   /* [D x D] inverse of its Cholesky factor, lower triangle */
} EmixDataSummary;

/** The finite values that a model is a density of. */
typedef struct EmixDomain {
    bool (*accepts)(double value);
    const char *noun; /* what those are, for messages: "a count" */
} EmixDomain;

/** Checks every value and computes the moments, in two parallel sweeps.
 *
 * @param kind          Which moments.
 * @param watch         Told how far each sweep is; NULL = nobody.
 * @param[out] summary  Release with emix_scan_clear(); cleared on failure.
 * @return EMIX_OK; EMIX_ERR_NONFINITE, naming row and column; EMIX_ERR_DEGENERATE for a constant
 *         column unless the moments are loose or, of full ones, for linearly dependent columns;
 *         EMIX_ERR_INTERRUPTED by the watch; EMIX_ERR_NOMEM.
 *
 * Cost: N D operations and memory in D; full moments, N D^2 + 9 D^3 and memory in D^2. */
EmixStatus emix_scan_run(const EmixDataset *data, EmixMomentsKind kind, const EmixKernels *kernels,
                         int n_workers, const EmixWatch *watch, EmixDataSummary *summary,
                         EmixError *error);

/** The same for data that must lie in a domain; NULL: any finite values do.
 * @return EMIX_ERR_FORMAT for a value outside, naming row and column; otherwise the same. */
EmixStatus emix_scan_run_within(const EmixDataset *data, EmixMomentsKind kind,
                                const EmixDomain *domain, const EmixKernels *kernels, int n_workers,
                                const EmixWatch *watch, EmixDataSummary *summary, EmixError *error);

/** The moments of a summary, which they borrow from. */
EmixMoments emix_scan_moments(const EmixDataSummary *summary);

/** Releases what a summary holds. */
void emix_scan_clear(EmixDataSummary *summary);

#endif
