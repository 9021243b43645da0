/* A data set of Gaussian blobs and a start for EM on it, determined by a seed.
 *
 * The blobs: means about 4 standard deviations apart; covariances with random axes and a condition
 * number of up to 50, different in every component.
 *
 * The start: equal weights; the covariance of all data in every component; as means K different
 * rows whose Mahalanobis distance from the common mean is near the median. If means were arbitrary
 * rows, with many features some component would lose all its rows in the first iterations, and the
 * benchmark would time a different problem. */
#ifndef BENCH_PROBLEM_H
#define BENCH_PROBLEM_H

#include <emix/emix.h>

#include "shapes.h"

typedef struct BenchProblem {
    BenchShape shape;
    double *x;         /* [N x D]; owned */
    EmixDataset *data; /* over x; owned */
    EmixModel *start;  /* owned */
} BenchProblem;

/** Makes the problem of a shape and a seed. Release with bench_problem_clear(). */
EmixStatus bench_problem_init(const BenchShape *shape, uint64_t seed, int n_workers,
                              BenchProblem *problem, EmixError *error);

/** Frees what a problem owns. */
void bench_problem_clear(BenchProblem *problem);

#endif
