/* Scores of Gaussian components. With z = L^-1 (x - mean), at u = 0 and S = 0,
 *
 *     d log f   = z' du + (z' dS z - tr dS) / 2
 *     -d^2 log f = du' du + 2 z' dS du + tr(dS (z z' - I/2) dS)
 *
 * (Magnus & Neudecker (1988), Matrix Differential Calculus, 15.3-15.4, for the derivatives of a
 * normal log-likelihood). So the coordinates of S have the scores (z_a^2 - 1) / 2 on the diagonal,
 * z_a z_b beside it, and second derivatives need no more than sums of scores. */
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "linalg/linalg.h"
#include "families/gaussian/covariance.h"
#include "families/gaussian/scores.h"

/* What S is. */
static bool is_matrix(const EmixModel *model)
{
    return model->covariance == EMIX_COVARIANCE_FULL || model->covariance == EMIX_COVARIANCE_TIED;
}

static bool is_scalar(const EmixModel *model)
{
    return model->covariance == EMIX_COVARIANCE_SPHERICAL;
}

/* Doubles of one factor: a triangle in a square, or its diagonal. */
static emix_index factor_length(const EmixModel *model)
{
    return is_matrix(model) ? model->n_features * model->n_features : model->n_features;
}

static emix_index factor_of(const EmixScores *s, emix_index k)
{
    return s->n_shared > 0 ? 0 : k * factor_length(s->model);
}

static EmixStatus factorise(EmixScores *s, emix_index k, EmixError *error)
{
    const EmixModel *model = s->model;
    const emix_index d = model->n_features;
    const double *covariance = model->covariances + k * d * d;
    double *l = s->l + factor_of(s, k);
    double *w = s->w + factor_of(s, k);
    const size_t bytes = (size_t)factor_length(model) * sizeof *l;
    if (!is_matrix(model)) {
        for (emix_index j = 0; j < d; ++j) {
            l[j] = sqrt(covariance[j * d + j]);
            w[j] = 1.0 / l[j];
        }
        return EMIX_OK;
    }
    memcpy(l, covariance, bytes);
    if (emix_linalg_cholesky(d, l) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "covariance of component %lld is not positive definite", (long long)k);
    }
    memcpy(w, l, bytes);
    emix_linalg_invert_lower(d, w);
    return EMIX_OK;
}

EmixStatus emix_scores_init(const EmixModel *model, EmixScores *scores, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = model->n_features;
    const bool shared = model->covariance == EMIX_COVARIANCE_TIED;
    const emix_index n_s = is_matrix(model) ? d * (d + 1) / 2 : is_scalar(model) ? 1 : d;
    const emix_index n_factors = shared ? 1 : model->n_components;
    EmixScores s = {.model = model, .n_own = d + (shared ? 0 : n_s), .n_shared = shared ? n_s : 0};
    EMIX_TRY_ALLOC(s.l, n_factors * factor_length(model));
    EMIX_TRY_ALLOC(s.w, n_factors * factor_length(model));
    for (emix_index k = 0; k < n_factors; ++k) {
        EMIX_TRY(factorise(&s, k, error));
    }
    *scores = s;
    return EMIX_OK;
cleanup:
    emix_scores_clear(&s);
    return status;
}

void emix_scores_clear(EmixScores *scores)
{
    emix_free(scores->l);
    emix_free(scores->w);
}

void emix_scores_of_row(const EmixScores *s, emix_index k, const double *x, double *t)
{
    const emix_index d = s->model->n_features;
    const double *mean = s->model->means + k * d;
    const double *w = s->w + factor_of(s, k);
    double *difference = t + d; /* where S belongs: as long, or longer, unless S is a scalar */
    double *z = t;
    if (is_matrix(s->model)) {
        for (emix_index j = 0; j < d; ++j) {
            difference[j] = x[j] - mean[j];
        }
        emix_multiply_lower(d, w, difference, z);
        for (emix_index a = 0, at = d; a < d; ++a) {
            for (emix_index b = 0; b < a; ++b) {
                t[at++] = z[a] * z[b];
            }
            t[at++] = 0.5 * (z[a] * z[a] - 1.0);
        }
        return;
    }
    double norm2 = 0.0;
    for (emix_index j = 0; j < d; ++j) {
        z[j] = w[j] * (x[j] - mean[j]);
        norm2 += z[j] * z[j];
    }
    if (is_scalar(s->model)) {
        t[d] = 0.5 * (norm2 - (double)d);
        return;
    }
    for (emix_index j = 0; j < d; ++j) {
        t[d + j] = 0.5 * (z[j] * z[j] - 1.0);
    }
}

/* An entry of sum_i c_i (z z' - I/2), from the sums of the scores of S. */
static double centred_moment(const double *s_sums, double count, emix_index a, emix_index b)
{
    const emix_index high = a > b ? a : b;
    const double sum = s_sums[high * (high + 1) / 2 + (a + b - high)];
    return a == b ? 0.5 * count + 2.0 * sum : sum;
}

/* tr(E_ab M E_cd) for the coordinate directions E_ab = e_a e_b' + e_b e_a', E_aa = e_a e_a'. */
static double curvature(const double *s_sums, double count, const emix_index ab[2],
                        const emix_index cd[2])
{
    double sum = 0.0;
    for (int i = 0; i < (ab[0] == ab[1] ? 1 : 2); ++i) {
        for (int j = 0; j < (cd[0] == cd[1] ? 1 : 2); ++j) {
            if (ab[i] == cd[1 - j]) {
                sum += centred_moment(s_sums, count, ab[1 - i], cd[j]);
            }
        }
    }
    return sum;
}

static void add_matrix_information(emix_index d, double count, const double *sums,
                                   EmixScorePlace place, emix_index s_at, double *information,
                                   emix_index ld)
{
    for (emix_index a = 0, row = s_at; a < d; ++a) {
        for (emix_index b = 0; b <= a; ++b, ++row) {
            const emix_index ab[] = {a, b};
            double *to = information + row * ld;
            to[place.own + b] += sums[a];
            to[place.own + a] += a == b ? 0.0 : sums[b];
            for (emix_index c = 0, column = s_at; column <= row; ++c) {
                for (emix_index e = 0; e <= c && column <= row; ++e, ++column) {
                    const emix_index ce[] = {c, e};
                    to[column] += curvature(sums + d, count, ab, ce);
                }
            }
        }
    }
}

void emix_scores_add_information(const EmixScores *s, double count, const double *sums,
                                 EmixScorePlace place, double *information, emix_index ld)
{
    const emix_index d = s->model->n_features;
    const emix_index s_at = s->n_shared > 0 ? place.shared : place.own + d;
    for (emix_index j = 0; j < d; ++j) {
        information[(place.own + j) * ld + place.own + j] += count;
    }
    if (is_matrix(s->model)) {
        add_matrix_information(d, count, sums, place, s_at, information, ld);
        return;
    }
    if (is_scalar(s->model)) {
        double *to = information + s_at * ld;
        for (emix_index j = 0; j < d; ++j) {
            to[place.own + j] += sums[j];
        }
        to[s_at] += 0.5 * count * (double)d + 2.0 * sums[d];
        return;
    }
    for (emix_index j = 0; j < d; ++j) {
        double *to = information + (s_at + j) * ld;
        to[place.own + j] += sums[j];
        to[s_at + j] += 0.5 * count + 2.0 * sums[d + j];
    }
}

/* Variance of entry (i, j), j <= i, of L S L'. Its derivatives are L_ia L_jb + L_ib L_ja, and
 * L_ia L_ja on the diagonal; those with a > i vanish. */
static double covariance_variance(const double *l, emix_index d, const double *s_block,
                                  emix_index ld, emix_index i, emix_index j)
{
    double sum = 0.0;
    for (emix_index a = 0, row = 0; a <= i; ++a) {
        for (emix_index b = 0; b <= a; ++b, ++row) {
            const double slope = a == b ? l[i * d + a] * l[j * d + a]
                                        : l[i * d + a] * l[j * d + b] + l[i * d + b] * l[j * d + a];
            if (slope == 0.0) {
                continue;
            }
            double inner = 0.0;
            for (emix_index c = 0, column = 0; c <= i; ++c) {
                for (emix_index e = 0; e < c; ++e, ++column) {
                    inner += s_block[row * ld + column] *
                             (l[i * d + c] * l[j * d + e] + l[i * d + e] * l[j * d + c]);
                }
                inner += s_block[row * ld + column++] * l[i * d + c] * l[j * d + c];
            }
            sum += slope * inner;
        }
    }
    return sum;
}

void emix_scores_variances(const EmixScores *s, emix_index k, const double *coordinates,
                           emix_index ld, EmixScorePlace place, emix_index feature, double *mean,
                           double *covariance)
{
    const emix_index d = s->model->n_features;
    const emix_index s_at = s->n_shared > 0 ? place.shared : place.own + d;
    const double *l = s->l + factor_of(s, k);
    const double *u_block = coordinates + place.own * ld + place.own;
    const double *s_block = coordinates + s_at * ld + s_at;
    memset(covariance, 0, (size_t)(feature + 1) * sizeof *covariance);
    if (is_matrix(s->model)) {
        const double *row = l + feature * d;
        *mean = 0.0;
        for (emix_index a = 0; a <= feature; ++a) {
            for (emix_index b = 0; b <= feature; ++b) {
                *mean += row[a] * row[b] * u_block[a * ld + b];
            }
        }
        for (emix_index j = 0; j <= feature; ++j) {
            covariance[j] = covariance_variance(l, d, s_block, ld, feature, j);
        }
        return;
    }
    const double variance = l[feature] * l[feature];
    const emix_index at = is_scalar(s->model) ? 0 : feature;
    *mean = variance * u_block[feature * (ld + 1)];
    covariance[feature] = variance * variance * s_block[at * (ld + 1)];
}
