/* A small data set, and engines at a common start on it, for tests of every family. */
#ifndef EMIX_TESTS_SUPPORT_PROBLEM_H
#define EMIX_TESTS_SUPPORT_PROBLEM_H

#include "em/engine.h"
#include "seeds/scan.h"
#include "families/gaussian/prior.h"
#include "mixture/mixture.h"
#include "families/registry.h"

#include "support/fit_case.h"

enum { N_ROWS = 1499, K = 3, D = 4 }; /* 1499 is prime: no shard size divides it */

/** A data set with its summary, and a common start. */
typedef struct Problem {
    uint64_t seed; /* of the blobs that the rows come from */
    double *x;
    EmixDataset *data;
    EmixDataSummary summary;
    EmixMoments moments; /* the same */
    double *counts;      /* |2 x| rounded down, for families of counts; with the same weights */
    EmixDataset *count_data;
    EmixDataSummary count_summary;
    EmixMoments count_moments;
} Problem;

/** The letters of a structure, or the name of a family that has none. */
const char *kind_name(const EmixFamilyKind *kind);

static inline bool is_gaussian(const EmixFamilyKind *kind)
{
    return kind->covariance != EMIX_N_COVARIANCES;
}

/** An engine of a mixture of one group; release with engine_release(). `moments` BORROWED. */
EmixEngine *engine_of(const EmixDataset *data, const EmixFamilyKind *kind, const FitCase *options,
                      const EmixFacts *facts, int n_workers);

/** Releases an engine and the mixture that it was made for. */
void engine_release(EmixEngine *e);

/** The mixture of an engine. */
const EmixMixture *mixture_of(const EmixEngine *e);
const EmixGaussian *gaussian_of(const EmixEngine *e);

/** x [n_rows x D], taken over; weights [n_rows] BORROWED, NULL = all 1. Release: problem_clear().
 */
Problem problem_of(uint64_t seed, double *x, emix_index n_rows, const double *weights);
void problem_clear(Problem *p);

/** An engine at a start made from the first three rows of the blobs, whatever the order of rows in
 * the problem. */
EmixEngine *engine_at_start(const Problem *p, const EmixFamilyKind *component,
                            const EmixKernels *kernels, emix_index shard_rows, int n_workers);

/** As engine_at_start(), with a prior, fixed parts or a bound on eigenvalues as the options say. */
EmixEngine *engine_at_start_under(const Problem *p, const EmixFamilyKind *component,
                                  const EmixKernels *kernels, emix_index shard_rows, int n_workers,
                                  const FitCase *options);

/** One EM iteration. Returns the log-likelihood before it. */
double iterate(EmixEngine *e);

#define FOR_EACH_FAMILY_AND_TABLE(component, kernels)                                              \
    for (const EmixFamilyKind *component = emix_family_kinds; component->name; ++component)        \
        for (int table = 0; emix_kernels_available(table) != NULL; ++table)                        \
            for (const EmixKernels *kernels = emix_kernels_available(table); kernels != NULL;      \
                 kernels = NULL)

#endif
