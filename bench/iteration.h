/* The time of one EM iteration: the pass (E-step, statistics and reduction), then the M-step, which
 * also prepares the densities of the next pass. */
#ifndef BENCH_ITERATION_H
#define BENCH_ITERATION_H

#include <stdbool.h>

#include "bench.h"
#include "problem.h"
#include "rates.h"

/** A kind of model to measure; one row of the table in iteration.c. */
typedef struct BenchModel {
    const char *name; /* as on the command line of the program */
    EmixCovariance covariance;
    double (*useful_flops)(const BenchShape *shape); /* of one iteration, by formula */
    bool has_rho_limit;                              /* the shape's limit holds for this model */
    bool single; /* passes in single precision over float32 data, against sgemm */
} BenchModel;

/** The models; NULL marks the end. */
const BenchModel *bench_model(int i);

typedef struct BenchSetup {
    const BenchModel *model;
    const char *isa; /* NULL = the best kernels of this machine */
    int n_threads;
    double budget_s; /* for the samples of one problem */
    const BenchGemm *gemm;
} BenchSetup;

/** Seconds of an iteration on some number of threads. */
typedef struct BenchTimes {
    int n_samples;
    double min_s;
    double median_s;
    double pass_s;   /* minimum of all samples */
    double reduce_s; /* the part of pass_s for adding lanes; minimum of all samples */
    double m_step_s; /* minimum of all samples */
} BenchTimes;

typedef struct BenchIteration {
    BenchTimes one; /* on one thread   */
    BenchTimes all; /* on all threads  */
    const char *kernels;
    double useful_flops;
    double gemm_rate;    /* flops per second of all threads, sampled between the iterations */
    double rho_limit;    /* largest acceptable rho; 0 = none set                            */
    double rho;          /* all.min_s over the time of the useful flops at gemm_rate        */
    double speed_up;     /* one.min_s / all.min_s                                           */
    double serial_share; /* of one.min_s, after Amdahl; NaN on one thread                   */
    double log_likelihood;
    double checksum;   /* log-likelihood and parameters after the iteration               */
    bool reproducible; /* every sample, on any number of threads, had this checksum       */
} BenchIteration;

/** Measures one problem: on one thread and on all threads in turn. After a few iterations from the
 * start, every sample is the same iteration.
 * @return EMIX_OK, also if a checksum differs. */
EmixStatus bench_iteration_measure(const BenchProblem *problem, const BenchSetup *setup,
                                   BenchIteration *result, EmixError *error);

#endif
