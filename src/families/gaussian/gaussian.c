/* What Gaussian components of every structure have in common. */
#include "families/gaussian/gaussian.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/eigenvalue_ratio.h"
#include "families/gaussian/prior.h"
#include "families/gaussian/structure.h"

/* Eigenvalues of a covariance, columns scaled to unit variance, are kept above this fraction of
 * the largest one of the data's correlation matrix. */
static const double floor_ratio = 1e-10;
/* Eigenvalues up to this multiple of the floor are at the floor: one that was raised to it is found
 * there again with a relative error of about eps / floor_ratio. */
static const double near_floor = 1.01;

/* ---- life cycle ---- */

static EmixStatus make_share(EmixGaussian *g, const EmixFacts *facts, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = g->shape.n_features;
    const EmixMoments *data = facts->whole;
    const double volume = pow((double)facts->n_components, -2.0 / (double)d);
    const bool is_diagonal = g->structure->density->is_diagonal;
    EMIX_TRY_ALLOC(g->share, is_diagonal ? d : d * d);
    for (emix_index i = 0; i < d && is_diagonal; ++i) {
        g->share[i] = data->variances[i] * volume;
    }
    for (emix_index i = 0; i < d * d && !is_diagonal; ++i) {
        g->share[i] = data->covariance[i] * volume;
    }
cleanup:
    return status;
}

static EmixStatus make_prior(EmixGaussian *g, const EmixSpec *spec, const EmixFacts *facts,
                             EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixPrior *prior = NULL;
    EMIX_TRY_ALLOC(prior, 1);
    g->prior = prior;
    EMIX_TRY(emix_prior_init(spec, facts->whole, g->shape.n_features, prior, error));
cleanup:
    return status;
}

EmixStatus emix_gaussian_create(const EmixSpec *spec, const EmixFacts *facts, void **self,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixGaussian *g = NULL;
    EMIX_TRY_ALLOC(g, 1);
    g->structure = emix_structure_of(spec->covariance);
    g->kernels = facts->kernels;
    g->shape = facts->shape;
    g->shape.sums_only = g->structure->density->is_diagonal;
    g->mixed = facts->mixed;
    g->centre = facts->centre;
    g->moments = facts->moments;
    g->eigenvalue_ratio = isfinite(spec->eigenvalue_ratio) ? spec->eigenvalue_ratio : 0.0;
    g->fixed = spec->fixed;
    if (facts->moments != NULL) {
        g->column_sds = facts->moments->sds;
        g->eigenvalue_floor = floor_ratio * facts->moments->max_eigenvalue;
        EMIX_TRY(make_share(g, facts, error));
        if (spec->prior != EMIX_PRIOR_NONE) {
            EMIX_TRY(make_prior(g, spec, facts, error));
        }
    }
    *self = g;
    g = NULL;
cleanup:
    emix_gaussian_destroy(g);
    return status;
}

void emix_gaussian_destroy(void *self)
{
    EmixGaussian *g = self;
    if (g == NULL) {
        return;
    }
    if (g->prior != NULL) {
        EmixPrior *prior = (EmixPrior *)g->prior;
        emix_prior_clear(prior);
        emix_free(prior);
    }
    emix_free(g->share);
    emix_free(g);
}

void emix_gaussian_resolve(const void *self, EmixSpec *spec)
{
    const EmixGaussian *g = self;
    if (g->prior != NULL) {
        spec->prior_shrinkage = g->prior->shrinkage;
        spec->prior_dof = g->prior->dof;
    }
}

/* ---- sizes ---- */

/* Full and tied densities are counted as products of matrices. A diagonal one has, for each row,
 * component and feature, two multiplications in the exponent and two in its sums; its M-step has a
 * few divisions and a root for each feature. */
static void count_flops(const EmixGaussian *g, EmixFamilySizes *sizes)
{
    enum { DIAGONAL_ROW = 4, DIAGONAL_TASK = 20 };
    const double k = (double)g->shape.n_components;
    const double d = (double)g->shape.n_features;
    const bool diagonal = g->structure->density->is_diagonal;
    sizes->row_flops = diagonal ? DIAGONAL_ROW * k * d : k * d * (d + 1.0);
    sizes->task_flops = diagonal ? DIAGONAL_TASK * d : d * d * d;
}

void emix_gaussian_complete_sizes(const EmixGaussian *g, EmixFamilySizes *sizes)
{
    const bool joined = g->eigenvalue_ratio > 0.0;
    /* a prior, a covariance that is given or the eigenvalues of others determine a component that
     * few rows are left to */
    const bool needs_rows = g->prior == NULL && !joined && (g->fixed & EMIX_PART_COVARIANCES) == 0;
    sizes->task_scratch = emix_align_doubles(g->structure->density->task_scratch(g)) +
                          emix_eigenvalue_ratio_scratch_size(g);
    sizes->fatal_flags = EMIX_FLAG_FLOOR | (needs_rows ? EMIX_FLAG_FEW_ROWS : 0u);
    count_flops(g, sizes);
    sizes->projects = joined;
    sizes->settled = (g->fixed & EMIX_PART_MEANS) != 0 && (g->fixed & EMIX_PART_COVARIANCES) != 0;
    sizes->n_phases = joined ? 3 : 1;
    sizes->phase_is_whole[0] = sizes->shared;
    sizes->phase_is_whole[1] = true;
    sizes->phase_is_whole[2] = sizes->shared;
}

/* ---- rows ---- */

void emix_gaussian_load(const void *self, const EmixShard *shard, emix_index padded_rows,
                        double *block)
{
    const EmixGaussian *g = self;
    g->kernels->pack(&g->shape, shard->n_rows, padded_rows, shard->x, shard->ldx, g->centre, block);
}

/* ---- the M-step ---- */

bool emix_gaussian_keep_fixed(const EmixGaussian *g, unsigned part, emix_index n,
                              const double *from, double *to)
{
    if ((g->fixed & part) == 0) {
        return false;
    }
    memcpy(to, from, (size_t)n * sizeof *to);
    return true;
}

/* With a bound on the ratio of eigenvalues, which joins all components: the covariances one by one,
 * the clipping of all, the factors one by one. */
EmixStatus emix_gaussian_m_step(const void *self, int phase, EmixComponentRange range,
                                const EmixGroupStep *step, double *scratch, EmixError *error)
{
    const EmixGaussian *g = self;
    switch (phase) {
    case 0: return g->structure->density->maximise(g, range, step, scratch, error);
    case 1:
        return emix_eigenvalue_ratio_constrain(g, step, step->weights, step->params, scratch,
                                               error);
    default:
        return g->structure->family->prepare(self, range, step->weights, step->params,
                                             step->derived, scratch, error);
    }
}

EmixStatus emix_gaussian_project(const void *self, const double *weights, double *params,
                                 double *scratch, EmixError *error)
{
    return emix_eigenvalue_ratio_constrain(self, NULL, weights, params, scratch, error);
}

/* ---- the state of components ---- */

double emix_gaussian_noise2(double q)
{
    return q + 0.5 * q * q;
}

double emix_gaussian_collapse(const EmixGaussian *g)
{
    const bool bounded = g->column_sds != NULL && (g->fixed & EMIX_PART_COVARIANCES) == 0;
    return bounded ? g->eigenvalue_floor * near_floor : 0.0;
}

EmixStatus emix_gaussian_flag_together(const void *self, const double *weights, double *params,
                                       double *scratch, unsigned *flags, EmixError *error)
{
    return emix_eigenvalue_ratio_flag(self, weights, params, scratch, flags, error);
}

const char *emix_gaussian_explain(const void *self, unsigned flags)
{
    static const char *const few_rows[] = {
#define FEW_ROWS(name, text, letters, meaning, n_parameters)                                       \
    [name] = "it holds too few rows for " text " covariances",
        EMIX_COVARIANCE_LIST(FEW_ROWS)
#undef FEW_ROWS
    };
    const EmixGaussian *g = self;
    return flags & EMIX_FLAG_FEW_ROWS ? few_rows[g->structure->covariance]
                                      : "its covariance has collapsed onto a lower dimension";
}
