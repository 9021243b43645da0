/* One look at all the data before a fit: are they finite, where is their centre, how do they
 * spread. */
#ifndef EMIX_SEEDS_SCAN_H
#define EMIX_SEEDS_SCAN_H

#include "data/sweep.h"
#include "kernels/kernels.h"

/** First and second moments of a data set; owned. */
typedef struct EmixDataSummary {
    double *mean;          /* [D] */
    double *covariance;    /* [D x D], symmetric, divided by the total weight */
    double *sds;           /* [D] square roots of its diagonal */
    double *whitener;      /* [D x D] inverse of its Cholesky factor, lower triangle */
    double max_eigenvalue; /* largest eigenvalue of the correlation matrix */
} EmixDataSummary;

/** How much of the second moments is wanted. */
typedef enum EmixScanKind {
    EMIX_SCAN_FULL,     /* the covariance matrix, which must not be singular               */
    EMIX_SCAN_DIAGONAL, /* variances: off-diagonal entries are taken as 0                  */
    EMIX_SCAN_LOOSE     /* the same; they may be 0, and the deviation is 1 then            */
} EmixScanKind;

/** The finite values that a model is a density of. */
typedef struct EmixDomain {
    bool (*accepts)(double value);
    const char *noun; /* what those are, for messages: "a count" */
} EmixDomain;

/** Checks every value and computes the moments, in two parallel sweeps.
 *
 * @param watch         Told how far each sweep is; NULL = nobody.
 * @param[out] summary  Release with emix_scan_clear(); cleared on failure.
 * @return EMIX_OK; EMIX_ERR_NONFINITE, naming row and column; EMIX_ERR_DEGENERATE for a constant
 *         column or, of a full scan, linearly dependent ones;
 *         EMIX_ERR_INTERRUPTED by the watch; EMIX_ERR_NOMEM. */
EmixStatus emix_scan_run(const EmixDataset *data, EmixScanKind kind, const EmixKernels *kernels,
                         int n_workers, const EmixWatch *watch, EmixDataSummary *summary,
                         EmixError *error);

/** The same for data that must lie in a domain; NULL: any finite values do.
 * @return EMIX_ERR_FORMAT for a value outside, naming row and column; otherwise the same. */
EmixStatus emix_scan_run_within(const EmixDataset *data, EmixScanKind kind,
                                const EmixDomain *domain, const EmixKernels *kernels, int n_workers,
                                const EmixWatch *watch, EmixDataSummary *summary, EmixError *error);

/** Releases what a summary holds. */
void emix_scan_clear(EmixDataSummary *summary);

#endif
