/* Scores of Gaussian components. With z = L^-1 (x - mean), at u = 0 and S = 0,
 *
 *     d log f   = z' du + (z' dS z - tr dS) / 2
 *     -d^2 log f = du' du + 2 z' dS du + tr(dS (z z' - I/2) dS)
 *
 * (Magnus & Neudecker (1988), Matrix Differential Calculus, 15.3-15.4, for the derivatives of a
 * normal log-likelihood). So the coordinates of S have the scores (z_a^2 - 1) / 2 on the diagonal,
 * z_a z_b beside it, and second derivatives need no more than sums of scores. */
#include "families/gaussian/scores.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/gaussian/covariance.h"
#include "families/gaussian/parts.h"
#include "linalg/linalg.h"

typedef struct GaussianScores {
    EmixScores scores; /* first: what others hold points here */
    EmixCovarianceForm form;
    double *l; /* [n_factors x D x D] Cholesky factors; other forms: [n_factors x D] */
    double *w; /* their inverses */
} GaussianScores;

/* Doubles of one factor: a triangle in a square, or its diagonal. */
static emix_index factor_length(const GaussianScores *s)
{
    const emix_index d = s->scores.parts->n_features;
    return s->form == EMIX_FORM_MATRIX ? d * d : d;
}

static emix_index factor_of(const GaussianScores *s, emix_index k)
{
    return s->scores.n_shared > 0 ? 0 : k * factor_length(s);
}

static EmixStatus factorise(GaussianScores *s, emix_index k, EmixError *error)
{
    const EmixParts *parts = s->scores.parts;
    const emix_index d = parts->n_features;
    double *l = s->l + factor_of(s, k);
    double *w = s->w + factor_of(s, k);
    const size_t bytes = (size_t)factor_length(s) * sizeof *l;
    if (s->form != EMIX_FORM_MATRIX) {
        for (emix_index j = 0; j < d; ++j) {
            l[j] = sqrt(parts->family->variance(parts, k, j));
            w[j] = 1.0 / l[j];
        }
        return EMIX_OK;
    }
    memcpy(l, emix_gaussian_covariance(parts, k), bytes);
    if (emix_linalg_cholesky(d, l) != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "covariance of component %lld is not positive definite", (long long)k);
    }
    memcpy(w, l, bytes);
    emix_linalg_invert_lower(d, w);
    return EMIX_OK;
}

static void destroy(EmixScores *scores)
{
    GaussianScores *s = (GaussianScores *)scores;
    if (s != NULL) {
        emix_free(s->l);
        emix_free(s->w);
        emix_free(s);
    }
}

static EmixStatus create(const EmixParts *parts, EmixScores **scores, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = parts->n_features;
    const bool shared = emix_gaussian_is_shared(parts);
    const EmixCovarianceForm form = emix_gaussian_form(parts);
    const emix_index n_s = form == EMIX_FORM_MATRIX   ? d * (d + 1) / 2
                           : form == EMIX_FORM_SCALAR ? 1
                                                      : d;
    const emix_index n_factors = shared ? 1 : parts->n_components;
    GaussianScores *s = NULL;
    EMIX_TRY_ALLOC(s, 1);
    s->scores = (EmixScores){
        .parts = parts, .n_own = d + (shared ? 0 : n_s), .n_shared = shared ? n_s : 0};
    s->form = form;
    EMIX_TRY_ALLOC(s->l, n_factors * factor_length(s));
    EMIX_TRY_ALLOC(s->w, n_factors * factor_length(s));
    for (emix_index k = 0; k < n_factors; ++k) {
        EMIX_TRY(factorise(s, k, error));
    }
    *scores = &s->scores;
    return EMIX_OK;
cleanup:
    destroy((EmixScores *)s); /* its first member; NULL stays NULL */
    return status;
}

static void of_row(const EmixScores *scores, emix_index k, const double *x, double *t)
{
    const GaussianScores *s = (const GaussianScores *)scores;
    const emix_index d = scores->parts->n_features;
    const double *mean = emix_gaussian_mean(scores->parts, k);
    const double *w = s->w + factor_of(s, k);
    double *difference = t + d; /* where S belongs: as long, or longer, unless S is a scalar */
    double *z = t;
    if (s->form == EMIX_FORM_MATRIX) {
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
    if (s->form == EMIX_FORM_SCALAR) {
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

static void add_information(const EmixScores *scores, emix_index k, double count,
                            const double *sums, EmixScorePlace place, double *information,
                            emix_index ld)
{
    (void)k;
    const EmixCovarianceForm form = ((const GaussianScores *)scores)->form;
    const emix_index d = scores->parts->n_features;
    const emix_index s_at = scores->n_shared > 0 ? place.shared : place.own + d;
    for (emix_index j = 0; j < d; ++j) {
        information[(place.own + j) * ld + place.own + j] += count;
    }
    if (form == EMIX_FORM_MATRIX) {
        add_matrix_information(d, count, sums, place, s_at, information, ld);
        return;
    }
    if (form == EMIX_FORM_SCALAR) {
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

/* Rounding may leave a variance of 0 a little below it. */
static double root(double variance)
{
    return sqrt(fmax(0.0, variance));
}

/* Row `feature` of the mean L u and of the covariance L S L'. */
static void matrix_errors(const GaussianScores *s, emix_index k, emix_index feature,
                          const double *u_block, const double *s_block, emix_index ld, double *mean,
                          double *covariance)
{
    const emix_index d = s->scores.parts->n_features;
    const double *l = s->l + factor_of(s, k);
    const double *row = l + feature * d;
    double variance = 0.0;
    for (emix_index a = 0; a <= feature; ++a) {
        for (emix_index b = 0; b <= feature; ++b) {
            variance += row[a] * row[b] * u_block[a * ld + b];
        }
    }
    mean[feature] = root(variance);
    for (emix_index j = 0; j <= feature && covariance != NULL; ++j) {
        covariance[feature * d + j] = root(covariance_variance(l, d, s_block, ld, feature, j));
        covariance[j * d + feature] = covariance[feature * d + j];
    }
}

static void standard_errors(const EmixScores *scores, emix_index k, emix_index feature,
                            const double *coordinates, emix_index ld, EmixScorePlace place,
                            double *errors)
{
    const GaussianScores *s = (const GaussianScores *)scores;
    const EmixParts *parts = scores->parts;
    const emix_index d = parts->n_features;
    const emix_index s_at = scores->n_shared > 0 ? place.shared : place.own + d;
    const double *u_block = coordinates + place.own * ld + place.own;
    const double *s_block = coordinates + s_at * ld + s_at;
    double *mean = errors + parts->offsets[EMIX_MEANS_PART] + k * d;
    double *covariance = errors + (emix_gaussian_covariance(parts, k) - parts->values);
    const bool own = k == 0 || scores->n_shared == 0;
    if (s->form == EMIX_FORM_MATRIX) {
        matrix_errors(s, k, feature, u_block, s_block, ld, mean, own ? covariance : NULL);
        return;
    }
    const double sd = s->l[factor_of(s, k) + feature];
    const double variance = sd * sd;
    mean[feature] = root(variance * u_block[feature * (ld + 1)]);
    if (s->form == EMIX_FORM_DIAGONAL && own) {
        covariance[feature] = root(variance * variance * s_block[feature * (ld + 1)]);
    } else if (feature == 0 && own) {
        covariance[0] = root(variance * variance * s_block[0]);
    }
}

const EmixScoreOps emix_gaussian_scores = {
    .create = create,
    .destroy = destroy,
    .of_row = of_row,
    .add_information = add_information,
    .standard_errors = standard_errors,
};
