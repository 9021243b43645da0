/* Mixtures: p(x) = sum_k weights_k f_k(x) for any family f (Bishop (2006), PRML, 9.2-9.3).
 *
 * params  : weights[K] | the family's
 * derived : the family's (log weights are folded into its log normalisers)
 * stats   : header | the family's
 * scratch : a[K x max rows] | packed shard | the family's | spare[K x max rows]
 *
 * The latent variable of a row is its component; the E-step is
 *     r_ik = weights_k f_k(x_i) / sum_j weights_j f_j(x_i)                          eq. 9.23
 * and the M-step for the weights is weights_k = n_k / sum_i w_i                     eq. 9.26. */
#include "models/mixture.h"

#include <emix/fit.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "models/eigenvalue_ratio.h"
#include "models/gather.h"
#include "models/model_stats.h"
#include "models/prior.h"
#include "models/weights_chart.h"

bool emix_keep_fixed(const EmixModelSpec *spec, unsigned part, emix_index n, const double *from,
                     double *to)
{
    if ((spec->fixed & part) == 0) {
        return false;
    }
    memcpy(to, from, (size_t)n * sizeof *to);
    return true;
}

static EmixComponentSizes family_sizes(const EmixModelSpec *spec)
{
    EmixComponentSizes sizes = {0};
    spec->component->measure(spec, &sizes);
    return sizes;
}

static emix_index pad_rows(const EmixModelSpec *spec, emix_index n_rows)
{
    const emix_index group = spec->kernels->row_group;
    return (n_rows + group - 1) / group * group;
}

/* The regions of a worker's scratch memory while it works on a shard. */
typedef struct Scratch {
    double *a; /* [K x lda] log densities, then responsibilities */
    emix_index lda;
    double *block;  /* the packed shard */
    double *family; /* for accumulate */
    double *spare;  /* like a */
} Scratch;

static Scratch view_scratch(const EmixModelSpec *spec, double *scratch)
{
    const emix_index lda = emix_align_doubles(pad_rows(spec, spec->kernel_shape.n_rows));
    const EmixComponentSizes sizes = family_sizes(spec);
    double *block = scratch + spec->kernel_shape.n_components * lda;
    double *family = block + emix_align_doubles(sizes.block);
    return (Scratch){.a = scratch,
                     .lda = lda,
                     .block = block,
                     .family = family,
                     .spare = family + emix_align_doubles(sizes.block_scratch)};
}

static EmixStatus measure(const EmixModelSpec *spec, EmixModelSizes *sizes, EmixError *error)
{
    (void)error;
    const EmixComponentSizes family = family_sizes(spec);
    const emix_index n_components = spec->kernel_shape.n_components;
    const emix_index lda = emix_align_doubles(pad_rows(spec, spec->kernel_shape.n_rows));
    const emix_index in_double = 2 * n_components * lda + emix_align_doubles(family.block) +
                                 emix_align_doubles(family.block_scratch);
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
    const bool shared = family_sizes(spec).shared;
    return (EmixComponentRange){.first = shared ? 0 : task,
                                .end = shared ? spec->kernel_shape.n_components : task + 1};
}

static EmixStatus prepare(const EmixModelSpec *spec, int task, const double *params,
                          double *derived, double *scratch, EmixError *error)
{
    return spec->component->prepare(spec, task_range(spec, task), params,
                                    family_params(spec, params), derived, scratch, error);
}

/* A row of known component z has no other: its joint density with them is 0. What is left makes
 * its responsibilities one-hot and its share of the log-likelihood log weights_z f_z(x), the
 * complete data's. */
static void rule_out_components(const EmixModelSpec *spec, const EmixShard *shard, double *a,
                                emix_index lda)
{
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            if (shard->labels[i] >= 0 && shard->labels[i] != k) {
                a[k * lda + i] = -(double)INFINITY;
            }
        }
    }
}

/* The component that a row of density 0 goes to: its own where that is known, else the nearest. */
static emix_index nearest_component(const EmixModelSpec *spec, const double *derived,
                                    const EmixShard *shard, emix_index i)
{
    if (shard->labels != NULL && shard->labels[i] >= 0) {
        return shard->labels[i];
    }
    emix_index nearest = 0;
    long double least = INFINITY;
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        const long double distance = spec->component->distance(spec, k, derived,
                                                               shard->x + i * shard->ldx);
        if (distance < least) {
            least = distance;
            nearest = k;
        }
    }
    return nearest;
}

/* The responsibilities of a row whose density underflows under every component, even in logs, are
 * all 0, and the row would be lost to the M-step. */
static void assign_lost_rows(const EmixModelSpec *spec, const double *derived,
                             const EmixShard *shard, double *a, emix_index lda)
{
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        double mass = 0.0;
        for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
            mass += a[k * lda + i];
        }
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (mass == 0.0 && w > 0.0) {
            a[nearest_component(spec, derived, shard, i) * lda + i] = w;
        }
    }
}

static void pack(const EmixModelSpec *spec, const EmixShard *shard, emix_index padded_rows,
                 double *block)
{
    spec->kernels->pack(&spec->kernel_shape, shard->n_rows, padded_rows, shard->x, shard->ldx,
                        spec->centre, block);
}

/* Packs a shard and leaves log weight_k + log f_k(x_i) in scratch.a. */
static void log_joint(const EmixModelSpec *spec, const double *derived, const EmixShard *shard,
                      const Scratch *s)
{
    const emix_index padded_rows = pad_rows(spec, shard->n_rows);
    pack(spec, shard, padded_rows, s->block);
    if (spec->component->transform != NULL) {
        spec->component->transform(spec, derived, padded_rows, s->block);
    }
    spec->component->log_densities(spec, derived, s->block, padded_rows, s->a, s->lda);
    if (shard->labels != NULL) {
        rule_out_components(spec, shard, s->a, s->lda);
    }
}

static EmixSoftmaxSums softmax(const EmixModelSpec *spec, const EmixShard *shard, double *a,
                               emix_index lda, double *lse)
{
    return spec->kernels->softmax(&spec->kernel_shape, shard->n_rows, pad_rows(spec, shard->n_rows),
                                  a, lda, shard->row_weights, lse);
}

/* The same, then to w r. */
static EmixSoftmaxSums responsibilities(const EmixModelSpec *spec, const double *derived,
                                        const EmixShard *shard, const Scratch *s, double *lse)
{
    log_joint(spec, derived, shard, s);
    const EmixSoftmaxSums sums = softmax(spec, shard, s->a, s->lda, lse);
    if (sums.n_lost_rows > 0) {
        assign_lost_rows(spec, derived, shard, s->a, s->lda);
    }
    return sums;
}

/* The same, and the entropy from it: H(q) = log p(x) - E_q log p(x, z), without a logarithm. */
static EmixSoftmaxSums entropic_responsibilities(const EmixModelSpec *spec, const double *derived,
                                                 const EmixShard *shard, const Scratch *s,
                                                 double *stats)
{
    const emix_index n_components = spec->kernel_shape.n_components;
    double *log_joint_of = s->spare;
    log_joint(spec, derived, shard, s);
    memcpy(log_joint_of, s->a, (size_t)(n_components * s->lda) * sizeof *log_joint_of);
    const EmixSoftmaxSums sums = softmax(spec, shard, s->a, s->lda, NULL);
    double *expected = log_joint_of; /* [n_rows] in place of the first component's */
    for (emix_index k = 0; k < n_components; ++k) {
        const double *wr = s->a + k * s->lda;
        const double *own = log_joint_of + k * s->lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            const double term = wr[i] > 0.0 ? wr[i] * own[i] : 0.0;
            expected[i] = k == 0 ? term : expected[i] + term;
        }
    }
    double sum = 0.0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        sum += expected[i];
    }
    stats[EMIX_STAT_ENTROPY] += sums.log_likelihood + sums.log_likelihood_tail - sum;
    if (sums.n_lost_rows > 0) {
        assign_lost_rows(spec, derived, shard, s->a, s->lda);
    }
    return sums;
}

static bool is_tempered(const EmixShard *shard)
{
    const double b = shard->inverse_temperature;
    return b > 0.0 && b != 1.0 && isfinite(b);
}

/* Tempered ones: w q in scratch.a, q_ik proportional to (weights_k f_k(x_i))^b (Ueda & Nakano
 * (1998), Neural Networks 11(2), 271-282). The log-likelihood takes a softmax of its own. */
static EmixSoftmaxSums tempered_responsibilities(const EmixModelSpec *spec, const double *derived,
                                                 const EmixShard *shard, const Scratch *s,
                                                 double *stats)
{
    const emix_index n = spec->kernel_shape.n_components * s->lda;
    log_joint(spec, derived, shard, s);
    for (emix_index i = 0; i < n; ++i) {
        s->spare[i] = s->a[i];
        s->a[i] *= shard->inverse_temperature;
    }
    const EmixSoftmaxSums sums = softmax(spec, shard, s->spare, s->lda, NULL);
    const EmixSoftmaxSums tempered = softmax(spec, shard, s->a, s->lda, NULL);
    if (tempered.n_lost_rows > 0) {
        assign_lost_rows(spec, derived, shard, s->a, s->lda);
    }
    stats[EMIX_STAT_TEMPERED] += tempered.log_likelihood + tempered.log_likelihood_tail;
    return sums;
}

/* Their limit of no temperature: from w r to all of w on the largest, the first of equals. */
static void harden(const EmixModelSpec *spec, const EmixShard *shard, const Scratch *s)
{
    double *largest = s->spare;
    memcpy(largest, s->a, (size_t)shard->n_rows * sizeof *largest);
    for (emix_index k = 1; k < spec->kernel_shape.n_components; ++k) {
        const double *a = s->a + k * s->lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            largest[i] = a[i] > largest[i] ? a[i] : largest[i];
        }
    }
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        double *a = s->a + k * s->lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            const bool takes = a[i] == largest[i];
            a[i] = !takes ? 0.0 : shard->row_weights ? shard->row_weights[i] : 1.0;
            largest[i] = takes ? (double)INFINITY : largest[i];
        }
    }
}

/* sum_i w_i log max_k r_ik from w r, the term of ICL. */
static double classification_log(const EmixModelSpec *spec, const EmixShard *shard,
                                 const Scratch *s)
{
    double sum = 0.0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        double largest = 0.0;
        for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
            largest = fmax(largest, s->a[k * s->lda + i]);
        }
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (w > 0.0) {
            sum += w * log(fmin(1.0, largest / w));
        }
    }
    return sum;
}

/* Responsibilities below this add less than rounding to any entropy worth naming. */
static const double least_entropic = 1e-30;

/* -sum_i w_i sum_k r_ik log r_ik from w r. */
static double entropy(const EmixModelSpec *spec, const EmixShard *shard, const Scratch *s)
{
    double sum = 0.0;
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
            const double wr = s->a[k * s->lda + i];
            if (wr > least_entropic * w) {
                sum -= wr * log(fmin(1.0, wr / w));
            }
        }
    }
    return sum;
}

static void count_active(const EmixModelSpec *spec, const EmixShard *shard, const Scratch *s,
                         double *stats)
{
    emix_index n_active = 0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
            n_active += s->a[k * s->lda + i] > EMIX_NEGLIGIBLE_RESPONSIBILITY * w;
        }
    }
    stats[EMIX_STAT_SAMPLED_ROWS] += (double)shard->n_rows;
    stats[EMIX_STAT_ACTIVE] += (double)n_active;
}

static bool is_separated(const EmixModelSpec *spec, const double *derived)
{
    return spec->component->is_separated != NULL && spec->component->is_separated(spec, derived);
}

static void begin_lane(const EmixModelSpec *spec, const double *derived, double *scratch)
{
    if (is_separated(spec, derived)) {
        spec->component->begin_separated(spec, derived, view_scratch(spec, scratch).family);
    }
}

static void end_lane(const EmixModelSpec *spec, const double *derived, double *scratch,
                     double *stats)
{
    if (stats[EMIX_STAT_SEPARATED] > 0.0) {
        spec->component->end_separated(spec, derived, view_scratch(spec, scratch).family, stats);
    }
}

static void accumulate(const EmixModelSpec *spec, const double *derived, const EmixShard *shard,
                       const Scratch *s, double *stats)
{
    const EmixComponentOps *component = spec->component;
    if (!shard->partial && is_separated(spec, derived)) {
        stats[EMIX_STAT_SEPARATED] += 1.0;
        component->accumulate_separated(spec, derived, shard, s->a, s->lda, s->family, stats);
        return;
    }
    component->accumulate(spec, s->block, pad_rows(spec, shard->n_rows), s->a, s->lda, s->family,
                          stats);
}

static EmixStatus e_step(const EmixModelSpec *spec, const double *derived, const EmixShard *shard,
                         double *scratch, double *stats)
{
    const Scratch s = view_scratch(spec, scratch);
    EmixSoftmaxSums sums;
    if (shard->single) {
        stats[EMIX_STAT_SINGLE] += 1.0;
        sums = spec->component->single_step(spec, derived, shard, scratch, stats);
    } else if (shard->partial) {
        sums = entropic_responsibilities(spec, derived, shard, &s, stats);
    } else if (is_tempered(shard)) {
        sums = tempered_responsibilities(spec, derived, shard, &s, stats);
    } else {
        sums = responsibilities(spec, derived, shard, &s, NULL);
        if (isinf(shard->inverse_temperature)) {
            harden(spec, shard, &s);
        }
    }
    emix_stats_add_log_likelihood(stats, sums.log_likelihood);
    stats[EMIX_STAT_LOG_LIKELIHOOD_TAIL] += sums.log_likelihood_tail;
    stats[EMIX_STAT_ROW_WEIGHT] += emix_shard_row_weight(shard);
    stats[EMIX_STAT_LOST_ROWS] += (double)sums.n_lost_rows;
    if (!isfinite(sums.log_likelihood)) {
        return emix_fail(shard->error, EMIX_ERR_NONFINITE,
                         "the log-likelihood is not finite: some row is out of every component's "
                         "range of densities");
    }
    if (shard->single) {
        return EMIX_OK;
    }
    if (shard->assess) {
        stats[EMIX_STAT_CLASSIFICATION] += classification_log(spec, shard, &s);
        stats[EMIX_STAT_ENTROPY] += entropy(spec, shard, &s);
    }
    if (shard->sample) {
        count_active(spec, shard, &s, stats);
    }
    if (!shard->likelihood_only) {
        accumulate(spec, derived, shard, &s, stats);
    }
    return EMIX_OK;
}

static void given_step(const EmixModelSpec *spec, const EmixShard *shard, double *r, emix_index ld,
                       double *scratch, double *stats)
{
    const Scratch s = view_scratch(spec, scratch);
    const emix_index padded_rows = pad_rows(spec, shard->n_rows);
    pack(spec, shard, padded_rows, s.block);
    for (emix_index k = 0; k < spec->kernel_shape.n_components; ++k) {
        double *a = s.a + k * s.lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            a[i] = r[k * ld + i] * (shard->row_weights ? shard->row_weights[i] : 1.0);
        }
        for (emix_index i = shard->n_rows; i < padded_rows; ++i) {
            a[i] = 0.0;
        }
    }
    stats[EMIX_STAT_ROW_WEIGHT] += emix_shard_row_weight(shard);
    spec->component->accumulate(spec, s.block, padded_rows, s.a, s.lda, s.family, stats);
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
    const emix_index slice = family_sizes(spec).slice;
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

void emix_mixture_posterior(const EmixModelSpec *spec, const double *derived,
                            const EmixShard *shard, double *scratch, const EmixPosterior *out)
{
    const emix_index n_components = spec->kernel_shape.n_components;
    const Scratch s = view_scratch(spec, scratch);
    EmixShard unweighted = *shard;
    unweighted.row_weights = NULL;
    responsibilities(spec, derived, &unweighted, &s, out->log_density);
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        emix_index best = 0;
        for (emix_index k = 0; k < n_components; ++k) {
            const double r = s.a[k * s.lda + i];
            if (out->responsibilities != NULL) {
                out->responsibilities[i * n_components + k] = r;
            }
            best = r > s.a[best * s.lda + i] ? k : best;
        }
        if (out->labels != NULL) {
            out->labels[i] = best;
        }
    }
}

emix_index emix_mixture_joint_size(const EmixModelSpec *spec)
{
    return (spec->kernel_shape.n_components + 1) * view_scratch(spec, NULL).lda;
}

EmixJoint emix_mixture_joint(const EmixModelSpec *spec, const double *derived,
                             const EmixShard *shard, double *scratch, double *buffer)
{
    const Scratch s = view_scratch(spec, scratch);
    const emix_index size = spec->kernel_shape.n_components * s.lda;
    log_joint(spec, derived, shard, &s);
    memcpy(buffer, s.a, (size_t)size * sizeof *buffer);
    spec->kernels->softmax(&spec->kernel_shape, shard->n_rows, pad_rows(spec, shard->n_rows), s.a,
                           s.lda, NULL, buffer + size);
    return (EmixJoint){
        .log_joint = buffer, .responsibilities = s.a, .log_density = buffer + size, .ld = s.lda};
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
    if (count < mean_row_weight * (double)family_sizes(spec).min_rows) {
        flags |= EMIX_FLAG_FEW_ROWS;
    }
    return flags;
}

const EmixModelOps emix_mixture_ops = {
    .name = "mixture",
    .tempers = true,
    .measure = measure,
    .prepare = prepare,
    .e_step = e_step,
    .begin_lane = begin_lane,
    .end_lane = end_lane,
    .given_step = given_step,
    .m_step = m_step,
    .constrain = emix_eigenvalue_ratio_constrain,
    .step_length2 = step_length2,
    .expected_log_joint = expected_log_joint,
    .encode = encode,
    .decode = decode,
    .log_prior = log_prior,
};
