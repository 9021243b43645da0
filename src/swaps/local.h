/* Local fits: EM for a few components on the rows that they answer for, each row weighted by the
 * part of it that is theirs. With the responsibilities of all other components held, what such a
 * fit gains is gained by the lower bound F(theta, q) of the whole mixture, and so by its
 * log-likelihood at least (Neal & Hinton (1998), A view of the EM algorithm that justifies
 * incremental, sparse, and other variants). */
#ifndef EMIX_SWAPS_LOCAL_H
#define EMIX_SWAPS_LOCAL_H

#include "em/engine.h"
#include "mixture/mixture.h"
#include "swaps/ownership.h"

/** Components of a local fit at most. */
enum { EMIX_LOCAL_COMPONENTS = 8 };

/** What all local fits of a search have in common; everything BORROWED. */
typedef struct EmixLocalProblem {
    const EmixDataset *data; /* where rows are taken from */
    const EmixMixture *mixture;
    const EmixFamily *family;
    const EmixSpec *spec;       /* with what all components share held fixed */
    const EmixMoments *moments; /* of the data */
    double unit;                /* weight of a row in the mean: nats are counted in it */
    double least_eigenvalue;    /* of a covariance, columns scaled by the deviations of the data:
                                   what is gained by one that nears singularity is no gain */
} EmixLocalProblem;

/** Rows and the part of each that is fitted; memory grows as needed. Zeroed = none. */
typedef struct EmixLocalRows {
    emix_index n;
    emix_index capacity;
    emix_index *numbers; /* [n] in the data, ascending */
    double *shares;      /* [n] the part of the row, 0 ... 1 */
    double *x;           /* [n x D] */
    double *weights;     /* [n] row weight times share */
    double scale;        /* weight of the rows that these were drawn from, over theirs: >= 1 */
    EmixDataset data;    /* a view of x and weights */
} EmixLocalRows;

void emix_local_rows_clear(EmixLocalRows *rows);

/** Takes the rows that any of the components owns, at most `most` of them, drawn without
 * replacement.
 * @param components  [n_components], different.
 * @param rng         Where the draw comes from. */
EmixStatus emix_local_rows_take(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                                int n_components, const emix_index *components, emix_index most,
                                EmixRng *rng, EmixLocalRows *rows, EmixError *error);

/** Whole params from parts of all components, their weights normalised; and back. */
void emix_local_parts_to_params(const EmixMixture *mixture, const EmixParts *parts, double *params);
void emix_local_params_to_parts(const EmixMixture *mixture, const double *params, EmixParts *parts);

/** A mixture of a few components on local rows; one thread. Zeroed = none. */
typedef struct EmixLocalFit {
    EmixMixture *mixture;
    EmixEngine *engine;
    emix_index n_components;
    double unit;
    double least_eigenvalue;
    double log_likelihood; /* of the last pass, nats */
    double rise;           /* from the one before */
    int n_passes;
} EmixLocalFit;

/** @param moments  The scale of the problem, on which floors and shrinkage depend: those of the
 *                  data, or of the rows. BORROWED, as the rows are, until emix_local_fit_clear(). */
EmixStatus emix_local_fit_init(const EmixLocalProblem *problem, emix_index n_components,
                               const EmixMoments *moments, const EmixLocalRows *rows,
                               EmixLocalFit *fit, EmixError *error);
void emix_local_fit_clear(EmixLocalFit *fit);

/** Begins at the parameters of parts of n_components; their weights are normalised. */
EmixStatus emix_local_fit_load(EmixLocalFit *fit, const EmixParts *parts, EmixError *error);

/** Writes the current parameters into such parts. */
void emix_local_fit_store(const EmixLocalFit *fit, EmixParts *parts);

/** Begins at the M-step from a component for each row.
 * @param assignments  [n rows]
 * @param shrinkage    Rows that are added to each component, as in EmixShrinkage; 0 = none. */
EmixStatus emix_local_fit_assign(EmixLocalFit *fit, const int *assignments, double shrinkage,
                                 EmixError *error);

/** Makes EM passes until the log-likelihood rises by less than `tolerance`, at most `most`; the
 * last is at the current parameters. */
EmixStatus emix_local_fit_climb(EmixLocalFit *fit, int most, double tolerance, double shrinkage,
                                EmixError *error);

/** Whether every component is sound by itself: of rows enough, and not close to a singular
 * covariance. The statistics are of the last pass. */
bool emix_local_fit_is_sound(const EmixLocalFit *fit);

#endif
