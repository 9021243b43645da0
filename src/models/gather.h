/* The rows of a shard that one component answers for.
 *
 * Where components are well apart, most responsibilities are negligible, and moments of the rows
 * that matter to a component cost a fraction of moments of all. Taken about the component's own
 * mean they also keep the digits that a common centre far away would cost: about the centre, the
 * relative error of a variance grows like (distance / sd)^2 eps. */
#ifndef EMIX_MODELS_GATHER_H
#define EMIX_MODELS_GATHER_H

#include "models/model_ops.h"

/** A responsibility at most this large is negligible: leaving it out changes an effective count of
 * n rows by no more than n times this. */
#define EMIX_NEGLIGIBLE_RESPONSIBILITY 1e-16

/** A component's rows, side by side, ready for the kernels with a shape of one component. */
typedef struct EmixGathered {
    EmixKernelShape shape;
    emix_index padded_rows; /* 0 = no rows at all */
    double *panel;
    double *r;       /* [padded_rows] */
    double *scratch; /* behind them, for the kernel */
} EmixGathered;

/** Doubles of scratch memory, of which kernel_scratch are left to the kernel. */
emix_index emix_gather_scratch_size(const EmixModelSpec *spec, emix_index kernel_scratch);

/** Packs the rows whose responsibility matters, less `mean` [D].
 * @param r  [n_rows] responsibilities of the component times row weights. */
EmixGathered emix_gather_rows(const EmixModelSpec *spec, const EmixShard *shard, const double *r,
                              const double *mean, double *scratch);

/** Whether components lie apart: of the responsibilities looked at, per row, fewer than a quarter
 * of the components' matter. stats: a whole vector, its header first. */
bool emix_gather_pays(const EmixModelSpec *spec, const double *stats);

/** Whether a mean is so far from the centre that moments about that lose more than half of their
 * digits less some: (mean_j - centre_j)^2 / variance_j above 1e6 for some feature.
 * @param stride  From one variance to the next. */
bool emix_is_far(const EmixModelSpec *spec, const double *mean, const double *variances,
                 emix_index stride);

#endif
