/* One look at all the data before a fit: are they finite, where is their centre, how do they
 * spread. */
#ifndef EMIX_SEEDS_SCAN_H
#define EMIX_SEEDS_SCAN_H

#include "data/dataset.h"
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
    EMIX_SCAN_FULL,    /* the covariance matrix, which must not be singular               */
    EMIX_SCAN_DIAGONAL /* variances: off-diagonal entries are taken as 0                  */
} EmixScanKind;

/** Checks every value and computes the moments, in two parallel sweeps.
 *
 * @param[out] summary  Release with emix_scan_clear(); cleared on failure.
 * @return EMIX_OK; EMIX_ERR_NONFINITE, naming row and column; EMIX_ERR_DEGENERATE for a constant
 *         column or, of a full scan, linearly dependent ones; EMIX_ERR_NOMEM. */
EmixStatus emix_scan_run(const EmixDataset *data, EmixScanKind kind, const EmixKernels *kernels,
                         int n_workers, EmixDataSummary *summary, EmixError *error);

/** Releases what a summary holds. */
void emix_scan_clear(EmixDataSummary *summary);

/** Checks rows first_row ... first_row + n_rows - 1 of x [n_rows x D], stride ldx, for values
 * that are not finite or out of range.
 * @return EMIX_OK or EMIX_ERR_NONFINITE, naming row and column. */
EmixStatus emix_scan_check_rows(const EmixDataset *data, emix_index first_row, emix_index n_rows,
                                const double *x, emix_index ldx, EmixError *error);

#endif
