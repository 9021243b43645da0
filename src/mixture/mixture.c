/* Mixtures: p(x) = sum_k weights_k f_k(x) for any family f (Bishop (2006), PRML, 9.2-9.3).
 *
 * params  : weights[K] | the family's
 * derived : the family's (log weights are folded into its log normalisers)
 * stats   : header | the family's
 *
 * The latent variable of a row is its component. The E-step is mixture/e_step.c; the M-step
 * for the weights is weights_k = n_k / sum_i w_i                                    eq. 9.26. */
#include "mixture/mixture.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/eigenvalue_ratio.h"
#include "mixture/mixture_internal.h"
#include "families/gaussian/prior.h"
#include "mixture/weights_chart.h"

bool emix_keep_fixed(const EmixModelSpec *spec, unsigned part, emix_index n, const double *from,
                     double *to)
{
    if ((spec->fixed & part) == 0) {
        return false;
    }
    memcpy(to, from, (size_t)n * sizeof *to);
    return true;
}

EmixComponentSizes emix_mixture_family_sizes(const EmixModelSpec *spec)
{
    EmixComponentSizes sizes = {0};
    spec->component->measure(spec, &sizes);
    return sizes;
}

static EmixStatus measure(const EmixModelSpec *spec, EmixModelSizes *sizes, EmixError *error)
{
    (void)error;
    const EmixComponentSizes family = emix_mixture_family_sizes(spec);
    const emix_index n_components = spec->kernel_shape.n_components;
    const emix_index in_double = emix_mixture_scratch_size(spec);
    const emix_index pass = in_double > family.single_scratch ? in_double : family.single_scratch;
    const emix_index tasks = family.task_scratch + emix_eigenvalue_ratio_scratch_size(spec);
    *sizes = (EmixModelSizes){
        .params = emix_align_doubles(n_components) + family.params,
        .derived = family.derived,
        .stats = EMIX_STAT_HEADER + emix_align_doubles(family.stats),
        .scratch = pass > tasks ? pass : tasks,
        .n_tasks = family.shared ? 1 : (int)n_components,
        .row_flops = (double)n_components * (double)spec->kernel_shape.n_features *
                     (double)(spec->kernel_shape.n_features + 1),
    };
    return EMIX_OK;
}

double *emix_mixture_component_params(const EmixModelSpec *spec, double *params)
{
    return params + emix_align_doubles(spec->kernel_shape.n_components);
}

static const double *family_params(const EmixModelSpec *spec, const double *params)
{
    return params + emix_align_doubles(spec->kernel_shape.n_components);
}

/* The components of a task: one, or all where they share parameters. */
static EmixComponentRange task_range(const EmixModelSpec *spec, int task)
{
    const bool shared = emix_mixture_family_sizes(spec).shared;
    return (EmixComponentRange){.first = shared ? 0 : task,
                                .end = shared ? spec->kernel_shape.n_components : task + 1};
}

static EmixStatus prepare(const EmixModelSpec *spec, int task, const double *params,
                          double *derived, double *scratch, EmixError *error)
{
    return spec->component->prepare(spec, task_range(spec, task), params,
                                    family_params(spec, params), derived, scratch, error);
}

double emix_mixture_count(const EmixModelSpec *spec, emix_index k, const double *stats,
                          double *scratch)
{
    return spec->component->count(spec, k, stats, scratch);
}

/* Rows that the prior of the weights has seen, evenly spread over the components. */
static double seen_rows(const EmixModelSpec *spec)
{
    return spec->prior != NULL
               ? (spec->prior->concentration - 1.0) * (double)spec->kernel_shape.n_components
               : 0.0;
}

/* What counts are divided by to become weights. Responsibilities rounded to floats do not sum to
 * the row weights exactly, and weights must sum to 1, or the log-likelihood is off by N times what
 * is missing. */
static double total_count(const EmixModelSpec *spec, const double *stats, double *scratch)
{
    if (stats[EMIX_STAT_SINGLE] == 0.0) {
        return stats[EMIX_STAT_ROW_WEIGHT];
    }
    double sum = 0.0;
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        sum += spec->component->count(spec, k, stats, scratch);
    }
    return sum;
}

static EmixStatus m_step(const EmixModelSpec *spec, int task, const EmixMStep *step,
                         double *scratch, EmixError *error)
{
    const EmixComponentRange range = task_range(spec, task);
    EmixMStep own = *step;
    own.params = emix_mixture_component_params(spec, step->params);
    own.old_params = family_params(spec, step->old_params);
    const double total = total_count(spec, step->stats, scratch);
    const double seen = seen_rows(spec) / (double)spec->kernel_shape.n_components;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double count = spec->component->count(spec, k, step->stats, scratch);
        const bool empty = emix_is_empty(count, step->stats);
        if (!isfinite(count / total)) {
            return emix_fail(error, EMIX_ERR_NONFINITE, "component %lld: its count is not finite",
                             (long long)k + 1);
        }
        step->params[k] = (spec->fixed & EMIX_PART_WEIGHTS) != 0
                              ? step->old_params[k]
                              : ((empty ? 0.0 : count) + seen) / (total + seen_rows(spec));
    }
    return spec->component->m_step(spec, range, step->params, &own, scratch, error);
}

static double step_length2(const EmixModelSpec *spec, int task, const double *stats,
                           const double *params, const double *derived, const double *new_params,
                           double *scratch)
{
    const EmixComponentRange range = task_range(spec, task);
    const double total = stats[EMIX_STAT_ROW_WEIGHT];
    double sum = spec->component->step_length2(spec, range, total, params,
                                               family_params(spec, params), derived,
                                               family_params(spec, new_params), scratch);
    for (emix_index k = range.first; k < range.end; ++k) {
        if (params[k] > 0.0) {
            const double change = new_params[k] - params[k];
            sum += (1.0 + seen_rows(spec) / total) * (change * change / params[k]);
        }
    }
    return total * sum;
}

static double log_prior(const EmixModelSpec *spec, int task, const double *params,
                        const double *derived, double *scratch)
{
    if (spec->prior == NULL) {
        return 0.0;
    }
    const EmixComponentRange range = task_range(spec, task);
    return emix_prior_log_weights(spec, range.first, range.end, params) +
           spec->component->log_prior(spec, range, family_params(spec, params), derived, scratch);
}

static double expected_log_joint(const EmixModelSpec *spec, int task, const double *stats,
                                 const double *stats_params, const double *params,
                                 const double *derived, double *scratch)
{
    const EmixComponentRange range = task_range(spec, task);
    double sum = spec->component->expected_log_density(
        spec, range, stats, family_params(spec, stats_params), family_params(spec, params), derived,
        scratch);
    for (emix_index k = range.first; k < range.end; ++k) {
        const double count = emix_mixture_count(spec, k, stats, scratch);
        if (count > 0.0 && params[k] > 0.0) {
            sum += count * log(params[k]);
        }
    }
    return sum;
}

static void encode(const EmixModelSpec *spec, int task, const double *stats,
                   const double *anchor_params, const double *anchor_derived, const double *params,
                   double *coordinates, double *scratch)
{
    (void)stats;
    const EmixComponentRange range = task_range(spec, task);
    emix_weights_encode(spec->kernel_shape.n_components, range, anchor_params, params, coordinates);
    spec->component->encode(spec, range, anchor_params, family_params(spec, anchor_params),
                            anchor_derived, family_params(spec, params),
                            emix_mixture_component_params(spec, coordinates), scratch);
}

static EmixStatus decode(const EmixModelSpec *spec, int task, const double *stats,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch)
{
    (void)stats;
    EmixStatus status = EMIX_OK;
    const EmixComponentRange range = task_range(spec, task);
    const emix_index slice = emix_mixture_family_sizes(spec).slice;
    const double *anchor_family = family_params(spec, anchor_params);
    double *family = emix_mixture_component_params(spec, params);
    EMIX_TRY(emix_weights_decode(spec->kernel_shape.n_components, range, anchor_params, coordinates,
                                 params));
    for (emix_index k = range.first; k < range.end; ++k) {
        emix_keep_fixed(spec, EMIX_PART_WEIGHTS, 1, anchor_params + k, params + k);
        if (anchor_params[k] == 0.0) {
            memcpy(family + k * slice, anchor_family + k * slice, (size_t)slice * sizeof(double));
        }
    }
    EMIX_TRY(spec->component->decode(spec, range, anchor_params, anchor_family, anchor_derived,
                                     family_params(spec, coordinates), family, scratch));
cleanup:
    return status;
}

unsigned emix_mixture_state(const EmixModelSpec *spec, emix_index k, const double *stats,
                            const double *params, const double *derived, double mean_row_weight,
                            double *scratch, double *min_eigenvalue)
{
    const double count = emix_mixture_count(spec, k, stats, scratch);
    if (params[k] == 0.0) {
        return EMIX_FLAG_EMPTY;
    }
    const bool joined = spec->eigenvalue_ratio > 0.0;
    double least = INFINITY;
    unsigned flags = spec->component->state(spec, k, family_params(spec, params), derived, scratch,
                                            joined || min_eigenvalue != NULL ? &least : NULL);
    if (joined && least <= spec->eigenvalue_floor * (1.0 + 1e-6)) {
        flags |= EMIX_FLAG_FLOOR; /* all have collapsed together */
    }
    if (min_eigenvalue != NULL && isfinite(least)) {
        *min_eigenvalue = least;
    }
    if (count < mean_row_weight * (double)emix_mixture_family_sizes(spec).min_rows) {
        flags |= EMIX_FLAG_FEW_ROWS;
    }
    return flags;
}

const EmixModelOps emix_mixture_ops = {
    .name = "mixture",
    .tempers = true,
    .measure = measure,
    .prepare = prepare,
    .e_step = emix_mixture_e_step,
    .begin_lane = emix_mixture_begin_lane,
    .end_lane = emix_mixture_end_lane,
    .given_step = emix_mixture_given_step,
    .m_step = m_step,
    .constrain = emix_eigenvalue_ratio_constrain,
    .step_length2 = step_length2,
    .expected_log_joint = expected_log_joint,
    .encode = encode,
    .decode = decode,
    .log_prior = log_prior,
};
