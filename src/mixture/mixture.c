/* A mixture as an EM model:
 *
 * params  : weights[K] | each group's
 * derived : each group's (log weights are folded into the families' log normalisers)
 * sums    : header | each group's
 * stats   : header | counts[K] | each group's
 *
 * The latent variable of a row is its component. The E-step is mixture/e_step.c; the M-step for the
 * weights is weights_k = n_k / sum_i w_i                                            eq. 9.26. */
#include "mixture/mixture.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "mixture/mixture_internal.h"
#include "mixture/weights_chart.h"

/* ---- life cycle ---- */

/* Where a group's regions are; they follow those of the groups before it. */
static void place_regions(EmixMixture *m)
{
    const emix_index n = m->shape.n_components;
    emix_index params = emix_align_doubles(n);
    emix_index derived = 0;
    emix_index sums = EMIX_STAT_HEADER;
    emix_index stats = EMIX_STAT_HEADER + emix_align_doubles(n);
    int task = 0;
    for (int g = 0; g < m->n_groups; ++g) {
        EmixGroup *group = &m->groups[g];
        group->params = params;
        group->derived = derived;
        group->sums = sums;
        group->stats = stats;
        group->first_task = task;
        params += emix_align_doubles(group->sizes.params);
        derived += emix_align_doubles(group->sizes.derived);
        sums += emix_align_doubles(group->sizes.sums);
        stats += emix_align_doubles(group->sizes.stats);
        task += group->sizes.shared ? 1 : (int)group->n_components;
    }
}

static void set_prior(EmixMixture *m, const EmixSpec *spec)
{
    const double n = (double)m->shape.n_components;
    m->has_prior = spec->prior != EMIX_PRIOR_NONE;
    m->concentration = m->has_prior ? spec->prior_weights : 1.0;
    m->weights_log_norm = m->has_prior ? lgamma(n * m->concentration) - n * lgamma(m->concentration)
                                       : 0.0;
}

static EmixStatus create_group(const EmixGroupRequest *request, emix_index first,
                               const EmixSpec *spec, const EmixFacts *facts, EmixGroup *group,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixFacts own = *facts;
    own.shape.n_components = request->n_components;
    own.n_components = facts->shape.n_components;
    *group = (EmixGroup){
        .family = request->family, .first = first, .n_components = request->n_components};
    EMIX_TRY(request->family->create(spec, &own, &group->self, error));
    group->family->measure(group->self, &group->sizes);
cleanup:
    return status;
}

EmixStatus emix_mixture_create(int n_groups, const EmixGroupRequest *groups, const EmixSpec *spec,
                               const EmixFacts *facts, EmixMixture **mixture, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixMixture *m = NULL;
    emix_index first = 0;
    EMIX_TRY_ALLOC(m, 1);
    m->kernels = facts->kernels;
    m->shape = facts->shape;
    m->fixed_weights = spec->equal_weights || (spec->fixed & EMIX_PART_WEIGHTS) != 0;
    set_prior(m, spec);
    EMIX_TRY_ALLOC(m->groups, n_groups);
    for (int g = 0; g < n_groups; ++g) {
        m->n_groups = g + 1;
        EMIX_TRY(create_group(&groups[g], first, spec, facts, &m->groups[g], error));
        first += groups[g].n_components;
    }
    place_regions(m);
    emix_mixture_place_scratch(m);
    *mixture = m;
    m = NULL;
cleanup:
    emix_mixture_destroy(m);
    return status;
}

void emix_mixture_destroy(EmixMixture *mixture)
{
    if (mixture == NULL) {
        return;
    }
    for (int g = 0; g < mixture->n_groups; ++g) {
        if (mixture->groups[g].self != NULL) {
            mixture->groups[g].family->destroy(mixture->groups[g].self);
        }
    }
    emix_free(mixture->groups);
    emix_free(mixture);
}

/* ---- sizes and tasks ---- */

static int n_tasks_of(const EmixGroup *group, int phase)
{
    const bool whole = phase < 0 ? group->sizes.shared : group->sizes.phase_is_whole[phase];
    if (phase >= group->sizes.n_phases) {
        return 0;
    }
    return whole ? 1 : (int)group->n_components;
}

static void measure(const void *self, EmixModelSizes *sizes)
{
    const EmixMixture *m = self;
    const EmixGroup *last = &m->groups[m->n_groups - 1];
    *sizes = (EmixModelSizes){
        .shard_rows = m->shape.n_rows,
        .n_features = m->shape.n_features,
        .params = last->params + emix_align_doubles(last->sizes.params),
        .derived = last->derived + emix_align_doubles(last->sizes.derived),
        .sums = last->sums + emix_align_doubles(last->sizes.sums),
        .stats = last->stats + emix_align_doubles(last->sizes.stats),
        .scratch = emix_mixture_scratch_size(m),
        .single = true,
        .settled = m->fixed_weights,
    };
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        const EmixFamilySizes *own = &group->sizes;
        const emix_index most = own->single_scratch > own->task_scratch ? own->single_scratch
                                                                        : own->task_scratch;
        sizes->scratch = sizes->scratch > most ? sizes->scratch : most;
        sizes->n_tasks += n_tasks_of(group, -1);
        sizes->n_phases = sizes->n_phases > own->n_phases ? sizes->n_phases : own->n_phases;
        for (int phase = 0; phase < EMIX_MAX_PHASES; ++phase) {
            sizes->phase_tasks[phase] += n_tasks_of(group, phase);
        }
        sizes->row_flops += own->row_flops;
        sizes->task_flops = fmax(sizes->task_flops, own->task_flops);
        sizes->single = sizes->single && m->n_groups == 1 && own->single_scratch > 0;
        sizes->projects = sizes->projects || own->projects;
        sizes->settled = sizes->settled && own->settled;
    }
}

/* What a task works on. */
typedef struct Part {
    const EmixGroup *group;
    EmixComponentRange range; /* within the group */
} Part;

static Part part_of(const EmixMixture *m, int phase, int task)
{
    const EmixGroup *group = m->groups;
    while (task >= n_tasks_of(group, phase)) {
        task -= n_tasks_of(group, phase);
        ++group;
    }
    const bool whole = n_tasks_of(group, phase) == 1;
    return (Part){
        .group = group,
        .range = {.first = whole ? 0 : task, .end = whole ? group->n_components : task + 1}};
}

static const EmixGroup *group_of(const EmixMixture *m, emix_index k)
{
    const EmixGroup *group = m->groups;
    while (k >= group->first + group->n_components) {
        ++group;
    }
    return group;
}

static EmixGroupStats group_stats(const EmixGroup *group, const double *stats)
{
    return (EmixGroupStats){.header = stats,
                            .counts = stats + EMIX_STAT_HEADER + group->first,
                            .own = stats + group->stats};
}

const double *emix_mixture_counts(const double *stats)
{
    return stats + EMIX_STAT_HEADER;
}

/* ---- between passes ---- */

static EmixStatus prepare(const void *self, int task, const double *params, double *derived,
                          double *scratch, EmixError *error)
{
    const Part part = part_of(self, -1, task);
    const EmixGroup *group = part.group;
    return group->family->prepare(group->self, part.range, params + group->first,
                                  params + group->params, derived + group->derived, scratch, error);
}

static void collect(const void *self, int task, const double *sums, const double *params,
                    double *stats)
{
    (void)params;
    const Part part = part_of(self, -1, task);
    const EmixGroup *group = part.group;
    double *counts = stats + EMIX_STAT_HEADER + group->first;
    for (emix_index k = part.range.first; k < part.range.end; ++k) {
        group->family->collect(group->self, k, sums, sums + group->sums, &counts[k],
                               stats + group->stats);
    }
}

/* Rows that the prior of the weights has seen, evenly spread over the components. */
static double seen_rows(const EmixMixture *m)
{
    return (m->concentration - 1.0) * (double)m->shape.n_components;
}

/* What counts are divided by to become weights. Responsibilities rounded to floats do not sum to
 * the row weights exactly, and weights must sum to 1, or the log-likelihood is off by N times what
 * is missing. */
static double total_count(const EmixMixture *m, const double *stats)
{
    if (stats[EMIX_STAT_SINGLE] == 0.0) {
        return stats[EMIX_STAT_ROW_WEIGHT];
    }
    double sum = 0.0;
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        sum += emix_mixture_counts(stats)[k];
    }
    return sum;
}

static EmixStatus update_weights(const EmixMixture *m, const EmixGroup *group,
                                 EmixComponentRange range, const EmixMStep *step, EmixError *error)
{
    const double total = total_count(m, step->stats);
    const double seen = seen_rows(m) / (double)m->shape.n_components;
    for (emix_index k = group->first + range.first; k < group->first + range.end; ++k) {
        const double count = emix_mixture_counts(step->stats)[k];
        const bool empty = emix_is_empty(count, step->stats);
        if (!isfinite(count / total)) {
            return emix_fail(error, EMIX_ERR_NONFINITE, "component %lld: its count is not finite",
                             (long long)k);
        }
        step->params[k] = m->fixed_weights
                              ? step->old_params[k]
                              : ((empty ? 0.0 : count) + seen) / (total + seen_rows(m));
    }
    return EMIX_OK;
}

static EmixStatus m_step(const void *self, int phase, int task, const EmixMStep *step,
                         double *scratch, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const Part part = part_of(self, phase, task);
    const EmixGroup *group = part.group;
    const EmixGroupStep own = {
        .stats = group_stats(group, step->stats),
        .shrinkage = step->shrinkage != NULL ? step->shrinkage->count : 0.0,
        .weights = step->params + group->first,
        .old_params = step->old_params + group->params,
        .params = step->params + group->params,
        .derived = step->derived + group->derived,
    };
    if (phase == 0) {
        EMIX_TRY(update_weights(self, group, part.range, step, error));
    }
    EMIX_TRY(group->family->m_step(group->self, phase, part.range, &own, scratch, error));
cleanup:
    return status;
}

static EmixStatus project(const void *self, double *params, double *scratch, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixMixture *m = self;
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        if (group->sizes.projects) {
            EMIX_TRY(group->family->project(group->self, params + group->first,
                                            params + group->params, scratch, error));
        }
    }
cleanup:
    return status;
}

static double step_length2(const void *self, int task, const double *stats, const double *params,
                           const double *derived, const double *new_params, double *scratch)
{
    const EmixMixture *m = self;
    const Part part = part_of(m, -1, task);
    const EmixGroup *group = part.group;
    const double total = stats[EMIX_STAT_ROW_WEIGHT];
    double sum = group->family->step_length2(group->self, part.range, total, params + group->first,
                                             params + group->params, derived + group->derived,
                                             new_params + group->params, scratch);
    for (emix_index k = group->first + part.range.first; k < group->first + part.range.end; ++k) {
        if (params[k] > 0.0) {
            const double change = new_params[k] - params[k];
            sum += (1.0 + seen_rows(m) / total) * (change * change / params[k]);
        }
    }
    return total * sum;
}

static double step_noise2(const void *self, int task, const double *stats, const double *params,
                          const double *derived, double *scratch)
{
    const EmixMixture *m = self;
    const Part part = part_of(m, -1, task);
    const EmixGroup *group = part.group;
    double sum = 0.0;
    for (emix_index k = group->first + part.range.first; k < group->first + part.range.end; ++k) {
        sum += params[k]; /* a weight and its relative error */
    }
    if (group->family->step_noise2 != NULL) {
        sum += group->family->step_noise2(group->self, part.range, params + group->first,
                                          params + group->params, derived + group->derived,
                                          scratch);
    }
    return stats[EMIX_STAT_ROW_WEIGHT] * sum;
}

/* Of the weights first ... end - 1; the normalising constant is with the first. */
static double log_prior_of_weights(const EmixMixture *m, emix_index first, emix_index end,
                                   const double *weights)
{
    const double power = m->concentration - 1.0;
    double sum = first == 0 ? m->weights_log_norm : 0.0;
    for (emix_index k = first; k < end && power > 0.0; ++k) {
        sum += power * log(weights[k]);
    }
    return m->fixed_weights ? 0.0 : sum;
}

static double log_prior(const void *self, int task, const double *params, const double *derived,
                        double *scratch)
{
    const EmixMixture *m = self;
    const Part part = part_of(m, -1, task);
    const EmixGroup *group = part.group;
    if (!m->has_prior) {
        return 0.0;
    }
    const double of_weights = log_prior_of_weights(m, group->first + part.range.first,
                                                   group->first + part.range.end, params);
    return group->family->log_prior == NULL
               ? of_weights
               : of_weights + group->family->log_prior(group->self, part.range,
                                                       params + group->params,
                                                       derived + group->derived, scratch);
}

static double expected_log_joint(const void *self, int task, const double *stats,
                                 const double *stats_params, const double *params,
                                 const double *derived, double *scratch)
{
    const Part part = part_of(self, -1, task);
    const EmixGroup *group = part.group;
    const EmixGroupStats own = group_stats(group, stats);
    double sum = group->family->expected_log_density(
        group->self, part.range, &own, stats_params + group->params, params + group->params,
        derived + group->derived, scratch);
    for (emix_index k = part.range.first; k < part.range.end; ++k) {
        const double weight = params[group->first + k];
        if (own.counts[k] > 0.0 && weight > 0.0) {
            sum += own.counts[k] * log(weight);
        }
    }
    return sum;
}

static EmixComponentRange in_mixture(const Part *part)
{
    return (EmixComponentRange){.first = part->group->first + part->range.first,
                                .end = part->group->first + part->range.end};
}

static void encode(const void *self, int task, const double *stats, const double *anchor_params,
                   const double *anchor_derived, const double *params, double *coordinates,
                   double *scratch)
{
    (void)stats;
    const EmixMixture *m = self;
    const Part part = part_of(m, -1, task);
    const EmixGroup *group = part.group;
    emix_weights_encode(m->shape.n_components, in_mixture(&part), anchor_params, params,
                        coordinates);
    group->family->encode(group->self, part.range, anchor_params + group->first,
                          anchor_params + group->params, anchor_derived + group->derived,
                          params + group->params, coordinates + group->params, scratch);
}

static EmixStatus decode(const void *self, int task, const double *stats,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch)
{
    (void)stats;
    EmixStatus status = EMIX_OK;
    const EmixMixture *m = self;
    const Part part = part_of(m, -1, task);
    const EmixGroup *group = part.group;
    const emix_index slice = group->sizes.slice;
    EMIX_TRY(emix_weights_decode(m->shape.n_components, in_mixture(&part), anchor_params,
                                 coordinates, params));
    for (emix_index k = part.range.first; k < part.range.end; ++k) {
        const emix_index weight = group->first + k;
        const emix_index own = group->params + k * slice;
        if (m->fixed_weights) {
            params[weight] = anchor_params[weight];
        }
        if (anchor_params[weight] == 0.0) {
            memcpy(params + own, anchor_params + own, (size_t)slice * sizeof(double));
        }
    }
    EMIX_TRY(group->family->decode(group->self, part.range, anchor_params + group->first,
                                   anchor_params + group->params, anchor_derived + group->derived,
                                   coordinates + group->params, params + group->params, scratch));
cleanup:
    return status;
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
    .collect = collect,
    .m_step = m_step,
    .project = project,
    .step_length2 = step_length2,
    .step_noise2 = step_noise2,
    .expected_log_joint = expected_log_joint,
    .encode = encode,
    .decode = decode,
    .log_prior = log_prior,
};

/* ---- one component ---- */

void emix_mixture_import(const EmixMixture *m, const EmixParts *from, double *params)
{
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        const EmixGroup *group = group_of(m, k);
        group->family->import(group->self, k - group->first, &from[group - m->groups],
                              params + group->params);
    }
}

void emix_mixture_export(const EmixMixture *m, emix_index k, const double *params, EmixParts *to)
{
    const EmixGroup *group = group_of(m, k);
    group->family->export(group->self, k - group->first, params + group->params,
                          &to[group - m->groups]);
}

void emix_mixture_copy_params(const EmixMixture *m, emix_index k, const double *from, double *to)
{
    const EmixGroup *group = group_of(m, k);
    const emix_index slice = group->sizes.slice;
    const emix_index own = group->params + (k - group->first) * slice;
    to[k] = from[k];
    memcpy(to + own, from + own, (size_t)slice * sizeof *to);
}

void emix_mixture_place(const EmixMixture *m, emix_index k, const double *x, double *params)
{
    const EmixGroup *group = group_of(m, k);
    group->family->place(group->self, k - group->first, x, params + group->params);
}

unsigned emix_mixture_state(const EmixMixture *m, emix_index k, const double *stats,
                            const double *params, const double *derived, double mean_row_weight,
                            double *scratch, double *min_eigenvalue)
{
    const EmixGroup *group = group_of(m, k);
    const double count = emix_mixture_counts(stats)[k];
    if (params[k] == 0.0) {
        return EMIX_FLAG_EMPTY;
    }
    unsigned flags = group->family->state(group->self, k - group->first, params + group->params,
                                          derived + group->derived, scratch, min_eigenvalue);
    if (count < mean_row_weight * (double)group->sizes.min_rows) {
        flags |= EMIX_FLAG_FEW_ROWS;
    }
    return flags;
}

unsigned emix_mixture_fatal_flags(const EmixMixture *m, emix_index k)
{
    return group_of(m, k)->sizes.fatal_flags | (m->fixed_weights ? 0u : EMIX_FLAG_EMPTY);
}

const char *emix_mixture_explain(const EmixMixture *m, emix_index k, unsigned flags)
{
    const EmixGroup *group = group_of(m, k);
    return flags & EMIX_FLAG_EMPTY ? "no row is left to it"
                                   : group->family->explain(group->self, flags);
}

EmixStatus emix_mixture_flag_together(const EmixMixture *m, double *params, double *scratch,
                                      unsigned *flags, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        if (group->family->flag_together != NULL) {
            EMIX_TRY(group->family->flag_together(group->self, params + group->first,
                                                  params + group->params, scratch,
                                                  flags + group->first, error));
        }
    }
cleanup:
    return status;
}
