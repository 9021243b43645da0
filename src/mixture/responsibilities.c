/* Responsibilities of a shard's rows,
 *
 *     r_ik = weights_k f_k(x_i) / sum_j weights_j f_j(x_i)
 *
 * (Bishop (2006), PRML, eq. 9.23), times their row weights in a pass.
 *
 * scratch : a[K x max rows] | each group's block and scratch | spare[K x max rows] */
#include "mixture/mixture_internal.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

emix_index emix_mixture_pad_rows(const EmixMixture *m, emix_index n_rows)
{
    const emix_index group = m->kernels->row_group;
    return (n_rows + group - 1) / group * group;
}

/* Row stride of `a`: the number of rows of the largest shard. */
static emix_index leading_dimension(const EmixMixture *m)
{
    return emix_align_doubles(emix_mixture_pad_rows(m, m->shape.n_rows));
}

static emix_index groups_scratch(const EmixMixture *m)
{
    const EmixGroup *last = &m->groups[m->n_groups - 1];
    return last->block_scratch + emix_align_doubles(last->sizes.block_scratch);
}

void emix_mixture_place_scratch(EmixMixture *m)
{
    emix_index at = 0;
    for (int g = 0; g < m->n_groups; ++g) {
        EmixGroup *group = &m->groups[g];
        group->block = at;
        group->block_scratch = at + emix_align_doubles(group->sizes.block);
        at = group->block_scratch + emix_align_doubles(group->sizes.block_scratch);
    }
}

emix_index emix_mixture_scratch_size(const EmixMixture *m)
{
    return 2 * m->shape.n_components * leading_dimension(m) + groups_scratch(m);
}

EmixMixtureScratch emix_mixture_view_scratch(const EmixMixture *m, double *scratch)
{
    const emix_index lda = leading_dimension(m);
    double *groups = scratch + m->shape.n_components * lda;
    return (EmixMixtureScratch){
        .a = scratch, .lda = lda, .groups = groups, .spare = groups + groups_scratch(m)};
}

/* For a row of known component z, sets the joint density with all other components to 0. Then the
 * responsibilities are one-hot, and the row adds log weights_z f_z(x) to the log-likelihood, as in
 * complete data. */
static void rule_out_components(const EmixMixture *m, const EmixShard *shard, double *a,
                                emix_index lda)
{
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            if (shard->labels[i] >= 0 && shard->labels[i] != k) {
                a[k * lda + i] = -(double)INFINITY;
            }
        }
    }
}

static long double distance_to(const EmixMixture *m, emix_index k, const double *derived,
                               const double *x)
{
    const EmixGroup *group = m->groups;
    while (k >= group->first + group->n_components) {
        ++group;
    }
    return group->family->distance(group->self, k - group->first, derived + group->derived, x);
}

/* The component that a row of density 0 goes to: its known one, else the nearest. */
static emix_index nearest_component(const EmixMixture *m, const double *derived,
                                    const EmixShard *shard, emix_index i)
{
    if (shard->labels != NULL && shard->labels[i] >= 0) {
        return shard->labels[i];
    }
    emix_index nearest = 0;
    long double least = INFINITY;
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        const long double distance = distance_to(m, k, derived, shard->x + i * shard->ldx);
        if (distance < least) {
            least = distance;
            nearest = k;
        }
    }
    return nearest;
}

/* A row whose density underflows under every component, even as a logarithm, has responsibilities 0
 * and would be lost to the M-step. Assigns such rows to a component. */
static void assign_lost_rows(const EmixMixture *m, const double *derived, const EmixShard *shard,
                             double *a, emix_index lda)
{
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        double mass = 0.0;
        for (emix_index k = 0; k < m->shape.n_components; ++k) {
            mass += a[k * lda + i];
        }
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (mass == 0.0 && w > 0.0) {
            a[nearest_component(m, derived, shard, i) * lda + i] = w;
        }
    }
}

/* Loads a shard and leaves log weight_k + log f_k(x_i) in scratch.a. */
static void log_joint(const EmixMixture *m, const double *derived, const EmixShard *shard,
                      const EmixMixtureScratch *s)
{
    const emix_index padded_rows = emix_mixture_pad_rows(m, shard->n_rows);
    for (int g = 0; g < m->n_groups; ++g) {
        const EmixGroup *group = &m->groups[g];
        const EmixFamily *family = group->family;
        double *block = s->groups + group->block;
        family->load(group->self, shard, padded_rows, block);
        if (family->transform != NULL) {
            family->transform(group->self, derived + group->derived, padded_rows, block);
        }
        family->log_densities(group->self, derived + group->derived, block, padded_rows,
                              s->a + group->first * s->lda, s->lda);
    }
    if (shard->labels != NULL) {
        rule_out_components(m, shard, s->a, s->lda);
    }
}

static EmixSoftmaxSums softmax(const EmixMixture *m, const EmixShard *shard, double *a,
                               emix_index lda, double *lse)
{
    return m->kernels->softmax(&m->shape, shard->n_rows, emix_mixture_pad_rows(m, shard->n_rows), a,
                               lda, shard->row_weights, lse);
}

/* Loads a shard and leaves w r in scratch.a, with r the posterior. */
static EmixSoftmaxSums posterior_responsibilities(const EmixMixture *m, const double *derived,
                                                  const EmixShard *shard,
                                                  const EmixMixtureScratch *s, double *lse)
{
    log_joint(m, derived, shard, s);
    const EmixSoftmaxSums found = softmax(m, shard, s->a, s->lda, lse);
    if (found.n_lost_rows > 0) {
        assign_lost_rows(m, derived, shard, s->a, s->lda);
    }
    return found;
}

/* As posterior_responsibilities(), and adds the entropy H(q) = log p(x) - E_q log p(x, z), without
 * taking logarithms. */
static EmixSoftmaxSums entropic_responsibilities(const EmixMixture *m, const double *derived,
                                                 const EmixShard *shard,
                                                 const EmixMixtureScratch *s, double *sums)
{
    const emix_index n_components = m->shape.n_components;
    double *log_joint_of = s->spare;
    log_joint(m, derived, shard, s);
    memcpy(log_joint_of, s->a, (size_t)(n_components * s->lda) * sizeof *log_joint_of);
    const EmixSoftmaxSums found = softmax(m, shard, s->a, s->lda, NULL);
    double *expected = log_joint_of; /* [n_rows], overwrites the values of the first component */
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
    sums[EMIX_STAT_ENTROPY] += found.log_likelihood + found.log_likelihood_tail - sum;
    if (found.n_lost_rows > 0) {
        assign_lost_rows(m, derived, shard, s->a, s->lda);
    }
    return found;
}

static bool is_tempered(const EmixShard *shard)
{
    const double b = shard->inverse_temperature;
    return b > 0.0 && b != 1.0 && isfinite(b);
}

/* Leaves w q in scratch.a, with q_ik proportional to (weights_k f_k(x_i))^b (Ueda & Nakano (1998),
 * Neural Networks 11(2), 271-282). The log-likelihood needs a separate softmax. */
static EmixSoftmaxSums tempered_responsibilities(const EmixMixture *m, const double *derived,
                                                 const EmixShard *shard,
                                                 const EmixMixtureScratch *s, double *sums)
{
    const emix_index n = m->shape.n_components * s->lda;
    log_joint(m, derived, shard, s);
    for (emix_index i = 0; i < n; ++i) {
        s->spare[i] = s->a[i];
        s->a[i] *= shard->inverse_temperature;
    }
    const EmixSoftmaxSums found = softmax(m, shard, s->spare, s->lda, NULL);
    const EmixSoftmaxSums tempered = softmax(m, shard, s->a, s->lda, NULL);
    if (tempered.n_lost_rows > 0) {
        assign_lost_rows(m, derived, shard, s->a, s->lda);
    }
    sums[EMIX_STAT_TEMPERED] += tempered.log_likelihood + tempered.log_likelihood_tail;
    return found;
}

/* The limit of infinite b: replaces w r by all of w on the largest r, the first of equal ones. */
static void harden(const EmixMixture *m, const EmixShard *shard, const EmixMixtureScratch *s)
{
    double *largest = s->spare;
    memcpy(largest, s->a, (size_t)shard->n_rows * sizeof *largest);
    for (emix_index k = 1; k < m->shape.n_components; ++k) {
        const double *a = s->a + k * s->lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            largest[i] = a[i] > largest[i] ? a[i] : largest[i];
        }
    }
    for (emix_index k = 0; k < m->shape.n_components; ++k) {
        double *a = s->a + k * s->lda;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            const bool takes = a[i] == largest[i];
            a[i] = !takes ? 0.0 : shard->row_weights ? shard->row_weights[i] : 1.0;
            largest[i] = takes ? (double)INFINITY : largest[i];
        }
    }
}

EmixSoftmaxSums emix_mixture_responsibilities(const EmixMixture *m, const double *derived,
                                              const EmixShard *shard, const EmixMixtureScratch *s,
                                              double *sums)
{
    if (shard->partial) {
        return entropic_responsibilities(m, derived, shard, s, sums);
    }
    if (is_tempered(shard)) {
        return tempered_responsibilities(m, derived, shard, s, sums);
    }
    const EmixSoftmaxSums found = posterior_responsibilities(m, derived, shard, s, NULL);
    if (isinf(shard->inverse_temperature)) {
        harden(m, shard, s);
    }
    return found;
}

void emix_mixture_posterior(const EmixMixture *m, const double *derived, const EmixShard *shard,
                            double *scratch, const EmixPosterior *out)
{
    const emix_index n_components = m->shape.n_components;
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    EmixShard unweighted = *shard;
    unweighted.row_weights = NULL;
    posterior_responsibilities(m, derived, &unweighted, &s, out->log_density);
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

emix_index emix_mixture_joint_size(const EmixMixture *m)
{
    return (m->shape.n_components + 1) * leading_dimension(m);
}

EmixJoint emix_mixture_joint(const EmixMixture *m, const double *derived, const EmixShard *shard,
                             double *scratch, double *buffer)
{
    const EmixMixtureScratch s = emix_mixture_view_scratch(m, scratch);
    const emix_index size = m->shape.n_components * s.lda;
    log_joint(m, derived, shard, &s);
    memcpy(buffer, s.a, (size_t)size * sizeof *buffer);
    m->kernels->softmax(&m->shape, shard->n_rows, emix_mixture_pad_rows(m, shard->n_rows), s.a,
                        s.lda, NULL, buffer + size);
    return (EmixJoint){
        .log_joint = buffer, .responsibilities = s.a, .log_density = buffer + size, .ld = s.lda};
}
