/* First and second moments of a data set: what families of components are told of their data. */
#ifndef EMIX_DATA_MOMENTS_H
#define EMIX_DATA_MOMENTS_H

#include "core/status_internal.h"

/** Which second moments are wanted. Only the full ones take memory and time in D^2. */
typedef enum EmixMomentsKind {
    EMIX_MOMENTS_LOOSE,    /* variances, which may be 0: the standard deviation is 1 then */
    EMIX_MOMENTS_DIAGONAL, /* variances, all above 0                                      */
    EMIX_MOMENTS_FULL      /* the covariance matrix too, which must not be singular       */
} EmixMomentsKind;

/** Moments, divided by the total weight. All arrays BORROWED. */
typedef struct EmixMoments {
    double total_weight;
    const double *mean;       /* [D] */
    const double *variances;  /* [D] */
    const double *sds;        /* [D] their square roots */
    const double *covariance; /* [D x D] of full moments; NULL otherwise */
    double max_eigenvalue;    /* largest eigenvalue of the correlation matrix; 1 without one */
} EmixMoments;

#endif
