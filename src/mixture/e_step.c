/* The E-step of a mixture: what a shard's responsibilities add to the statistics. */
#include "mixture/mixture_internal.h"

#include <math.h>
#include <stddef.h>

#include "families/gaussian/gather.h"
#include "model/model_stats.h"

/* sum_i w_i log max_k r_ik from w r, the term of ICL. */
static double classification_log(const EmixModelSpec *spec, const EmixShard *shard,
                                 const EmixMixtureScratch *s)
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
static double entropy(const EmixModelSpec *spec, const EmixShard *shard,
                      const EmixMixtureScratch *s)
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

static void count_active(const EmixModelSpec *spec, const EmixShard *shard,
                         const EmixMixtureScratch *s, double *stats)
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

void emix_mixture_begin_lane(const EmixModelSpec *spec, const double *derived, double *scratch)
{
    if (is_separated(spec, derived)) {
        spec->component->begin_separated(spec, derived,
                                         emix_mixture_view_scratch(spec, scratch).family);
    }
}

void emix_mixture_end_lane(const EmixModelSpec *spec, const double *derived, double *scratch,
                           double *stats)
{
    if (stats[EMIX_STAT_SEPARATED] > 0.0) {
        spec->component->end_separated(spec, derived,
                                       emix_mixture_view_scratch(spec, scratch).family, stats);
    }
}

static void accumulate(const EmixModelSpec *spec, const double *derived, const EmixShard *shard,
                       const EmixMixtureScratch *s, double *stats)
{
    const EmixComponentOps *component = spec->component;
    if (!shard->partial && is_separated(spec, derived)) {
        stats[EMIX_STAT_SEPARATED] += 1.0;
        component->accumulate_separated(spec, derived, shard, s->a, s->lda, s->family, stats);
        return;
    }
    component->accumulate(spec, s->block, emix_mixture_pad_rows(spec, shard->n_rows), s->a, s->lda,
                          s->family, stats);
}

EmixStatus emix_mixture_e_step(const EmixModelSpec *spec, const double *derived,
                               const EmixShard *shard, double *scratch, double *stats)
{
    const EmixMixtureScratch s = emix_mixture_view_scratch(spec, scratch);
    EmixSoftmaxSums sums;
    if (shard->single) {
        stats[EMIX_STAT_SINGLE] += 1.0;
        sums = spec->component->single_step(spec, derived, shard, scratch, stats);
    } else {
        sums = emix_mixture_responsibilities(spec, derived, shard, &s, stats);
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

void emix_mixture_given_step(const EmixModelSpec *spec, const EmixShard *shard, double *r,
                             emix_index ld, double *scratch, double *stats)
{
    const EmixMixtureScratch s = emix_mixture_view_scratch(spec, scratch);
    const emix_index padded_rows = emix_mixture_pad_rows(spec, shard->n_rows);
    spec->kernels->pack(&spec->kernel_shape, shard->n_rows, padded_rows, shard->x, shard->ldx,
                        spec->centre, s.block);
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
