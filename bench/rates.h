/* Limits of this machine, measured in the same process as what is compared with them. */
#ifndef BENCH_RATES_H
#define BENCH_RATES_H

#include "core/status_internal.h"

/** Matrix products of 768 x 768, one per thread: the reference for rho. */
typedef struct BenchGemm {
    int n_threads;
    double *matrices; /* [n_threads x 3 x 768 x 768]; owned */
    float *single;    /* the same as floats; owned */
} BenchGemm;

EmixStatus bench_gemm_init(int n_threads, BenchGemm *gemm, EmixError *error);
void bench_gemm_clear(BenchGemm *gemm);

/** Runs one product on each of n_threads threads at once.
 * @return Flops per second of all threads together. */
double bench_gemm_rate(const BenchGemm *gemm, int n_threads);

/** As bench_gemm_rate(), in single precision. */
double bench_single_gemm_rate(const BenchGemm *gemm, int n_threads);

/** The best of several, within about budget_s. */
double bench_gemm_best_rate(const BenchGemm *gemm, int n_threads, double budget_s);

typedef struct BenchRates {
    double gemm_one; /* flops per second on one thread  */
    double gemm_all; /* on all threads                  */
    double exp_s;    /* seconds for one exp, one thread */
    double read_all; /* bytes per second, all threads   */
} BenchRates;

/** Measures all rates, in about budget_s seconds each. */
EmixStatus bench_rates_measure(const BenchGemm *gemm, double budget_s, BenchRates *rates,
                               EmixError *error);

/** y[i] = exp(x[i]) for |x| < 700, n a multiple of 8, with the widest vectors of the machine. It is
 * never improved, so that its rate can be compared between versions. */
void bench_exp(int n, const double *x, double *y);

#endif
