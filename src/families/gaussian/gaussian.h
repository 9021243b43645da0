/* Gaussian components: an instance of the family, whatever the structure of its covariances.
 *
 * A structure (families/gaussian/structure.c) says what components share; a density says how rows
 * are whitened, which sums a pass makes and how parameters lie in memory: full.c, tied.c,
 * diagonal.c. */
#ifndef EMIX_FAMILIES_GAUSSIAN_GAUSSIAN_H
#define EMIX_FAMILIES_GAUSSIAN_GAUSSIAN_H

#include "mixture/family.h"

#define EMIX_LOG_2PI 1.8378770664093454836

typedef struct EmixGaussian {
    const struct EmixStructure *structure;
    const EmixKernels *kernels;
    EmixKernelShape shape; /* n_components: of the group */
    bool mixed;
    const double *centre;          /* [D] subtracted from every row before any product; BORROWED */
    const EmixMoments *moments;    /* of the rows that are swept; NULL without data; BORROWED */
    const double *column_sds;      /* [D] of moments; NULL without: no floor */
    double eigenvalue_floor;       /* least eigenvalue of a covariance whose columns were divided
                                      by column_sds */
    double *share;                 /* covariance of the data in a component's share of its volume,
                                      S / K^(2/D): [D x D], or [D] of a diagonal density; owned;
                                      NULL without data */
    const struct EmixPrior *prior; /* owned; NULL = maximum likelihood */
    double eigenvalue_ratio;       /* of any two eigenvalues of all covariances at most; 0 = any */
    unsigned fixed;                /* EmixFixedPart bits: an M-step leaves them as they are */
} EmixGaussian;

/** How a density of Gaussian components is computed: the functions that the phases of an M-step are
 * made of, beside the family's. */
typedef struct EmixGaussianDensity {
    bool is_diagonal; /* no entry off the diagonal is ever made */
    emix_index (*task_scratch)(const EmixGaussian *g);

    /** Maximises Q and the prior over the range, for want of a bound on the ratio of eigenvalues
     * prepared; with one, for `clip` to go on from. */
    EmixStatus (*maximise)(const EmixGaussian *g, EmixComponentRange range,
                           const EmixGroupStep *step, double *scratch, EmixError *error);

    /** Clips the eigenvalues of all covariances by g->eigenvalue_ratio, counts [K] being what their
     * scatters were divided by; values [K x D], out: the eigenvalues found. */
    EmixStatus (*clip)(const EmixGaussian *g, const double *counts, double *params, double *values,
                       double *scratch, EmixError *error);
} EmixGaussianDensity;

/** EmixFamily.parts, .create, .destroy, .m_step, .project, .flag_together, .load, .explain of every
 * density. */
EmixStatus emix_gaussian_create(const EmixSpec *spec, const EmixFacts *facts, void **self,
                                EmixError *error);
void emix_gaussian_destroy(void *self);
EmixStatus emix_gaussian_m_step(const void *self, int phase, EmixComponentRange range,
                                const EmixGroupStep *step, double *scratch, EmixError *error);
EmixStatus emix_gaussian_project(const void *self, const double *weights, double *params,
                                 double *scratch, EmixError *error);
EmixStatus emix_gaussian_flag_together(const void *self, const double *weights, double *params,
                                       double *scratch, unsigned *flags, EmixError *error);
void emix_gaussian_load(const void *self, const EmixShard *shard, emix_index padded_rows,
                        double *block);
const char *emix_gaussian_explain(const void *self, unsigned flags);
void emix_gaussian_resolve(const void *self, EmixSpec *spec);
const EmixFamilyParts *emix_gaussian_parts_of(const EmixSpec *spec);

/** Completes what a density says of its sizes by what all have in common. */
void emix_gaussian_complete_sizes(const EmixGaussian *g, EmixFamilySizes *sizes);

/** The part of EmixFamily.step_noise2 of a component whose moments have squares q about the centre, in
 * units of its own variances: errors of the mean and of the covariance. */
double emix_gaussian_noise2(double q);

/** Eigenvalue, with columns scaled to unit variance, up to which a covariance has collapsed: it lies
 * at the floor, within rounding. 0 where there is no floor: without data, or where covariances are
 * given. */
double emix_gaussian_collapse(const EmixGaussian *g);

/** Whether a part (an EmixFixedPart bit) is fixed; then its n numbers are copied. */
bool emix_gaussian_keep_fixed(const EmixGaussian *g, unsigned part, emix_index n,
                              const double *from, double *to);

#endif
