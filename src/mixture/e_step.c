/* The E-step of a mixture: responsibilities of a shard, and the sums of its rows. */
#include "mixture/mixture_internal.h"

#include <math.h>
#include <stddef.h>

#include "model/model_stats.h"

/* sum_i w_i log max_k r_ik, the term of ICL, computed from w r. */
static double classification_log(const EmixMixture *m, const EmixShard *shard,
                                 const EmixMixtureScratch *s)
{
    double sum = 0.0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        double largest = 0.0;
        for (emix_index k = 0; k < m->shape.n_components; ++k) {
            largest = fmax(largest, s->a[k * s->lda + i]);
        }
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (w > 0.0) {
            sum += w * log(fmin(1.0, largest / w));
        }
    }
    return sum;
}

/* Smaller responsibilities add less to the entropy than its rounding. */
static const double least_entropic = 1e-30;

/* -sum_i w_i sum_k r_ik log r_ik, computed from w r. */
static double entropy(const EmixMixture *m, const EmixShard *shard, const EmixMixtureScratch *s)
{
    double sum = 0.0;
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
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

static void count_active(const EmixMixture *m, const EmixShard *shard, const EmixMixtureScratch *s,
                         double *sums)
{
    emix_index n_active = 0;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        for (emix_index k = 0; k < m->shape.n_components; ++k) {
            n_active += s->a[k * s->lda + i] > EMIX_NEGLIGIBLE_RESPONSIBILITY * w;
        }
    }
    sums[EMIX_STAT_SAMPLED_ROWS] += (double)shard->n_rows;
    sums[EMIX_STAT_ACTIVE] += (double)n_active;
}

/* True if a pass at this point gathers the moments of the groups that can. All such groups agree,
 * because the header records it only once. */
static bool is_separated(const EmixMixture *m, const double *derived)
{
    bool separated = false;
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        separated = separated ||
                    (group->family->is_separated != NULL &&
                     group->family->is_separated(group->self, derived + group->derived));
    }
    return separated;
}

void emix_mixture_begin_lane(const void *self, const double *derived, double *scratch)
{
    const EmixMixture *m = self;
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    const bool separated = is_separated(m, derived);
    for (int g = 0; g < m->n_groups && separated; ++g) {
        const EmixGroup *group = &m->groups[g];
        if (group->family->begin_separated != NULL) {
            group->family->begin_separated(group->self, derived + group->derived,
                                           s.groups + group->block_scratch);
        }
    }
}

void emix_mixture_end_lane(const void *self, const double *derived, double *scratch, double *sums)
{
    const EmixMixture *m = self;
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    const bool separated = sums[EMIX_STAT_SEPARATED] > 0.0;
    for (int g = 0; g < m->n_groups && separated; ++g) {
        const EmixGroup *group = &m->groups[g];
        if (group->family->end_separated != NULL) {
            group->family->end_separated(group->self, derived + group->derived,
                                         s.groups + group->block_scratch, sums + group->sums);
        }
    }
}

static void accumulate(const EmixMixture *m, const double *derived, const EmixShard *shard,
                       const EmixMixtureScratch *s, double *sums)
{
    const emix_index padded_rows = emix_mixture_pad_rows(m, shard->n_rows);
    const bool separated = !shard->partial && is_separated(m, derived);
    sums[EMIX_STAT_SEPARATED] += separated ? 1.0 : 0.0;
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        const double *r = s->a + group->first * s->lda;
        double *scratch = s->groups + group->block_scratch;
        if (separated && group->family->accumulate_separated != NULL) {
            group->family->accumulate_separated(group->self, derived + group->derived, shard, r,
                                                s->lda, scratch, sums + group->sums);
        } else {
            group->family->accumulate(group->self, s->groups + group->block, padded_rows, r, s->lda,
                                      scratch, sums + group->sums);
        }
    }
}

EmixStatus emix_mixture_e_step(const void *self, const double *derived, const EmixShard *shard,
                               double *scratch, double *sums)
{
    const EmixMixture *m = self;
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    EmixSoftmaxSums found;
    if (shard->single) {
        const EmixGroup *only = m->groups;
        sums[EMIX_STAT_SINGLE] += 1.0;
        found = only->family->single_step(only->self, derived, shard, scratch, sums + only->sums);
    } else {
        found = emix_mixture_responsibilities(m, derived, shard, &s, sums);
    }
    emix_stats_add_log_likelihood(sums, found.log_likelihood);
    sums[EMIX_STAT_LOG_LIKELIHOOD_TAIL] += found.log_likelihood_tail;
    sums[EMIX_STAT_ROW_WEIGHT] += emix_shard_row_weight(shard);
    sums[EMIX_STAT_LOST_ROWS] += (double)found.n_lost_rows;
    if (!isfinite(found.log_likelihood)) {
        return emix_fail(shard->error, EMIX_ERR_NONFINITE,
                         "the log-likelihood is not finite: some row is out of every component's "
                         "range of densities");
    }
    if (shard->single) {
        return EMIX_OK;
    }
    if (shard->assess) {
        sums[EMIX_STAT_CLASSIFICATION] += classification_log(m, shard, &s);
        sums[EMIX_STAT_ENTROPY] += entropy(m, shard, &s);
    }
    if (shard->sample) {
        count_active(m, shard, &s, sums);
    }
    if (!shard->likelihood_only) {
        accumulate(m, derived, shard, &s, sums);
    }
    return EMIX_OK;
}

void emix_mixture_given_step(const void *self, const EmixShard *shard, double *r, emix_index ld,
                             double *scratch, double *sums)
{
    const EmixMixture *m = self;
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    const emix_index padded_rows = emix_mixture_pad_rows(m, shard->n_rows);
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        double *a = s.a + k * s.lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            a[i] = r[k * ld + i] * (shard->row_weights ? shard->row_weights[i] : 1.0);
        }
        for (emix_index i = shard->n_rows; i < padded_rows; ++i) {
            a[i] = 0.0;
        }
    }
    sums[EMIX_STAT_ROW_WEIGHT] += emix_shard_row_weight(shard);
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        double *block = s.groups + group->block;
        group->family->load(group->self, shard, padded_rows, block);
        group->family->accumulate(group->self, block, padded_rows, s.a + group->first * s.lda,
                                  s.lda, s.groups + group->block_scratch, sums + group->sums);
    }
}
