/* Log-likelihood, expected log joint density, entropy and divergence of one shard. */
#include "mixture/bound.h"

#include <float.h>
#include <math.h>

/* q log(q / r) - q + r >= 0. If q and r both sum to 1, its sum over components equals that of q
 * log(q / r). Near r it is of second order, and as accurate as q - r. log_r is used if r
 * underflows. */
static double divergence(double q, double r, double log_r)
{
    if (q == 0.0) {
        return r;
    }
    if (r < DBL_MIN) {
        return q * (log(q) - log_r) - (q - r);
    }
    const double away = (q - r) / r;
    const double log_ratio = fabs(away) < 0.5 ? log1p(away) : log(q / r);
    return fmax(0.0, q * log_ratio - (q - r));
}

/* Adds one row of weight w; q is not yet divided by its sum. */
static void add_row(emix_index n_components, const EmixJoint *joint, emix_index row, double w,
                    const double *q, EmixBoundSums *sums)
{
    const double log_density = joint->log_density[row];
    double q_sum = 0.0;
    double kl = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        q_sum += q[k];
    }
    const bool is_lost = isinf(log_density);
    sums->lost_row |= is_lost;
    if (!is_lost) {
        emix_sum_add(&sums->log_likelihood, w * log_density);
    }
    for (emix_index k = 0; k < n_components; ++k) {
        const emix_index at = k * joint->ld + row;
        const double log_joint = joint->log_joint[at];
        const double share = q[k] / q_sum;
        const bool is_possible = share == 0.0 || !isinf(log_joint);
        sums->impossible |= !is_possible;
        if (share > 0.0) {
            emix_sum_add(&sums->entropy, -w * share * log(share));
        }
        if (share > 0.0 && is_possible) {
            emix_sum_add(&sums->expected_log_joint, w * share * log_joint);
        }
        if (!is_lost && is_possible) {
            kl += divergence(share, joint->responsibilities[at], log_joint - log_density);
        }
    }
    emix_sum_add(&sums->kl, w * kl);
}

void emix_bound_add(emix_index n_components, const EmixShard *shard, const EmixJoint *joint,
                    const double *q, emix_index ldq, EmixBoundSums *sums)
{
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        const double w = shard->row_weights ? shard->row_weights[i] : 1.0;
        if (w > 0.0) {
            add_row(n_components, joint, i, w, q + i * ldq, sums);
        }
    }
}

void emix_bound_merge(EmixBoundSums *sums, const EmixBoundSums *other)
{
    emix_sum_merge(&sums->log_likelihood, &other->log_likelihood);
    emix_sum_merge(&sums->expected_log_joint, &other->expected_log_joint);
    emix_sum_merge(&sums->entropy, &other->entropy);
    emix_sum_merge(&sums->kl, &other->kl);
    sums->lost_row |= other->lost_row;
    sums->impossible |= other->impossible;
}
