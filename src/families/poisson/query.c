/* What components of Poisson counts answer by their rates alone: parts, rows drawn, distances, and
 * scores for standard errors. */
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/poisson/poisson.h"

/* ---- parameters as users see them ---- */

const double *emix_poisson_rates(const EmixParts *parts, emix_index k)
{
    return emix_parts_values(parts, EMIX_RATES_PART) + k * parts->n_features;
}

static emix_index n_free(const EmixFamilyParts *self, emix_index n_components,
                         emix_index n_features, unsigned fixed)
{
    (void)self, (void)fixed;
    return n_components * n_features;
}

static EmixStatus check_parts(EmixParts *parts, EmixError *error)
{
    const emix_index d = parts->n_features;
    for (emix_index i = 0; i < parts->lengths[EMIX_RATES_PART]; ++i) {
        const double rate = emix_parts_values(parts, EMIX_RATES_PART)[i];
        if (!(rate >= 0.0) || !isfinite(rate)) {
            return emix_fail(error, isfinite(rate) ? EMIX_ERR_ARGUMENT : EMIX_ERR_NONFINITE,
                             "rate of component %lld, feature %lld is %g, must be finite and >= 0",
                             (long long)(i / d), (long long)(i % d), rate);
        }
    }
    return EMIX_OK;
}

static EmixStatus convert(const EmixParts *from, EmixParts *to, EmixError *error)
{
    (void)error;
    memcpy(emix_parts_values(to, EMIX_RATES_PART), emix_poisson_rates(from, 0),
           (size_t)to->lengths[EMIX_RATES_PART] * sizeof(double));
    return EMIX_OK;
}

static EmixPartScale scale(const EmixParts *parts, int part, emix_index i)
{
    (void)parts, (void)part, (void)i;
    return EMIX_SCALE_LOG;
}

static double rate(const EmixParts *parts, emix_index component, emix_index feature)
{
    return emix_poisson_rates(parts, component)[feature];
}

static void covariance_matrix(const EmixParts *parts, emix_index component, double *matrix)
{
    const emix_index d = parts->n_features;
    memset(matrix, 0, (size_t)(d * d) * sizeof *matrix);
    for (emix_index j = 0; j < d; ++j) {
        matrix[j * (d + 1)] = rate(parts, component, j);
    }
}

static const EmixFamilyParts poisson_parts = {
    .family = "poisson",
    .covariance = EMIX_N_COVARIANCES,
    .n_rows = 1,
    .rows = {{.name = "rates", .axes = "KD"}},
    .n_free = n_free,
    .check = check_parts,
    .convert = convert,
    .scale = scale,
    .mean = rate,
    .variance = rate,
    .covariance_matrix = covariance_matrix,
};

const EmixFamilyParts *emix_poisson_parts_of(const EmixSpec *spec)
{
    (void)spec;
    return &poisson_parts;
}

/* ---- rows drawn, distances ---- */

static emix_index no_memory(const EmixParts *parts)
{
    (void)parts;
    return 0;
}

static EmixStatus draw_init(const EmixParts *parts, double *memory, EmixError *error)
{
    (void)parts, (void)memory, (void)error;
    return EMIX_OK;
}

/* Counts arrivals within a time `rate`, the time between them exponential (Devroye (1986), Non-Uniform
 * Random Variate Generation, X.3): exact, at a cost of rate + 1 logarithms. */
static double draw_count(double rate, EmixRng *rng)
{
    double count = 0.0;
    double time = -log(1.0 - emix_rng_uniform(rng));
    while (time <= rate) {
        count += 1.0;
        time -= log(1.0 - emix_rng_uniform(rng));
    }
    return count;
}

static void draw(const EmixParts *parts, emix_index k, double *memory, EmixRng *rng, double *row)
{
    (void)memory;
    for (emix_index j = 0; j < parts->n_features; ++j) {
        row[j] = draw_count(rate(parts, k, j), rng);
    }
}

static bool distance_init(const EmixParts *parts, emix_index k, double *memory)
{
    (void)parts, (void)k, (void)memory;
    return true;
}

static double distance2(const EmixParts *parts, emix_index k, emix_index j, double enough,
                        double *memory)
{
    (void)enough, (void)memory;
    double sum = 0.0;
    for (emix_index i = 0; i < parts->n_features; ++i) {
        const double own = rate(parts, k, i);
        const double away = rate(parts, j, i) - own;
        sum += away != 0.0 ? away * away / own : 0.0; /* INFINITY from a rate of 0 */
    }
    return sum;
}

static double x_log_x(double x)
{
    return x > 0.0 ? x * log(x) : 0.0;
}

/* The maximum of the expected log density is n sum_j (rate log rate - rate) but for factorials,
 * and n rate does not change when components are merged. */
static double merge(const EmixParts *parts, emix_index i, emix_index j, const double *counts,
                    double *memory, EmixParts *merged)
{
    (void)memory;
    const double n = counts[i] + counts[j];
    double fall = 0.0;
    for (emix_index e = 0; e < parts->n_features; ++e) {
        const double of_i = rate(parts, i, e);
        const double of_j = rate(parts, j, e);
        const double both = of_i + counts[j] / n * (of_j - of_i);
        fall += counts[i] * x_log_x(of_i) + counts[j] * x_log_x(of_j) - n * x_log_x(both);
        if (merged != NULL) {
            emix_parts_values(merged, EMIX_RATES_PART)[e] = both;
        }
    }
    return fall;
}

const EmixQueryOps emix_poisson_query = {
    .draw_size = no_memory,
    .draw_init = draw_init,
    .draw = draw,
    .distance_size = no_memory,
    .distance_init = distance_init,
    .distance2 = distance2,
    .merge_size = no_memory,
    .merge = merge,
};

/* ---- scores: rate = rate0 + sqrt(rate0) u, so that
 *
 *     d log f = (x - rate0) / sqrt(rate0) du,   -d^2 log f = x / rate0 du^2
 *
 * at u = 0, and the second is 1 + (d log f / du) / sqrt(rate0). A rate of 0 is on the boundary. */

static EmixStatus create_scores(const EmixParts *parts, EmixScores **scores, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixScores *s = NULL;
    EMIX_TRY_ALLOC(s, 1);
    *s = (EmixScores){.parts = parts, .n_own = parts->n_features};
    *scores = s;
cleanup:
    return status;
}

static void destroy_scores(EmixScores *scores)
{
    emix_free(scores);
}

static void score_row(const EmixScores *scores, emix_index k, const double *x, double *t)
{
    for (emix_index j = 0; j < scores->n_own; ++j) {
        const double own = rate(scores->parts, k, j);
        t[j] = own > 0.0 ? (x[j] - own) / sqrt(own) : 0.0;
    }
}

static void add_information(const EmixScores *scores, emix_index k, double count,
                            const double *sums, EmixScorePlace place, double *information,
                            emix_index ld)
{
    for (emix_index j = 0; j < scores->n_own; ++j) {
        const double own = rate(scores->parts, k, j);
        information[(place.own + j) * (ld + 1)] += own > 0.0 ? count + sums[j] / sqrt(own) : 0.0;
    }
}

static void standard_errors(const EmixScores *scores, emix_index k, emix_index feature,
                            const double *coordinates, emix_index ld, EmixScorePlace place,
                            double *errors)
{
    const EmixParts *parts = scores->parts;
    const emix_index at = parts->offsets[EMIX_RATES_PART] + k * parts->n_features + feature;
    errors[at] = sqrt(rate(parts, k, feature) * coordinates[(place.own + feature) * (ld + 1)]);
}

const EmixScoreOps emix_poisson_scores = {
    .create = create_scores,
    .destroy = destroy_scores,
    .of_row = score_row,
    .add_information = add_information,
    .standard_errors = standard_errors,
};
