/* Poisson mixtures by EM: Hasselblad (1969), "Estimation of finite mixtures of distributions from
 * the exponential family", J. Am. Stat. Assoc. 64, 1459-1471.
 *
 * The latent variable of a row is its component. Statistics: for each component the expected
 * number of its rows, and the expected sum of their counts. */
#include "poisson_mixture.h"

#include <math.h>
#include <stddef.h>

enum { N_COMPONENTS = 2, N_STATS = 2 * N_COMPONENTS };

static EmixStatus prepare(void *context, const double *params, double *log_terms, EmixError *error)
{
    (void)context, (void)error;
    const double weight = params[POISSON_WEIGHT];
    if (!(weight > 0.0 && weight < 1.0 && params[POISSON_RATE_1] > 0.0 &&
          params[POISSON_RATE_2] > 0.0)) {
        return EMIX_ERR_ARGUMENT;
    }
    const double weights[N_COMPONENTS] = {weight, 1.0 - weight};
    for (int k = 0; k < N_COMPONENTS; ++k) {
        const double rate = params[POISSON_RATE_1 + k];
        log_terms[2 * k] = log(weights[k]) - rate;
        log_terms[2 * k + 1] = log(rate);
    }
    return EMIX_OK;
}

/* log x!, without lgamma(): that writes a global variable, and there are threads. */
static double log_factorial(double x)
{
    double sum = 0.0;
    for (int j = 2; j <= (int)x; ++j) {
        sum += log(j);
    }
    return sum;
}

/* log p(x), and the probability that a count comes from the first component. */
static double log_density(const double *log_terms, double x, double *first)
{
    const double a = log_terms[0] + x * log_terms[1];
    const double b = log_terms[2] + x * log_terms[3];
    const double peak = fmax(a, b);
    const double mass = exp(a - peak) + exp(b - peak);
    *first = exp(a - peak) / mass;
    return peak + log(mass) - log_factorial(x);
}

/* A count of weight w that is the first component's with probability r. */
static void add_count(double x, double w, double r, double *stats)
{
    stats[0] += w * r;
    stats[1] += w * r * x;
    stats[2] += w * (1.0 - r);
    stats[3] += w * (1.0 - r) * x;
}

static EmixStatus e_step(void *context, const double *params, const double *log_terms,
                         const EmixLatentRows *rows, double *scratch, double *stats,
                         double *log_likelihood, EmixError *error)
{
    (void)context, (void)params, (void)scratch, (void)error;
    double sum = 0.0;
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double x = rows->x[i * rows->row_stride];
        const double w = rows->row_weights[i];
        double r = 0.0;
        sum += w * log_density(log_terms, x, &r);
        add_count(x, w, r, stats);
    }
    *log_likelihood = sum;
    return EMIX_OK;
}

static EmixStatus m_step(void *context, const double *stats, const double *old_params,
                         double *scratch, double *params, EmixError *error)
{
    (void)context, (void)old_params, (void)scratch, (void)error;
    params[POISSON_WEIGHT] = stats[0] / (stats[0] + stats[2]);
    params[POISSON_RATE_1] = stats[1] / stats[0];
    params[POISSON_RATE_2] = stats[3] / stats[2];
    return EMIX_OK;
}

static double expected_log_joint(void *context, const double *stats, const double *params)
{
    (void)context;
    const double weight = params[POISSON_WEIGHT];
    return stats[0] * (log(weight) - params[POISSON_RATE_1]) +
           stats[1] * log(params[POISSON_RATE_1]) +
           stats[2] * (log1p(-weight) - params[POISSON_RATE_2]) +
           stats[3] * log(params[POISSON_RATE_2]);
}

static EmixStatus start(void *context, const EmixDataset *dataset, int number, EmixRandom *random,
                        double *params, EmixError *error)
{
    (void)number;
    const double *weights = emix_dataset_row_weights(dataset);
    double stats[N_STATS] = {0};
    for (emix_index i = 0; i < emix_dataset_n_rows(dataset); ++i) {
        double x = 0.0;
        const EmixStatus status = emix_dataset_copy_rows(dataset, i, 1, &x, error);
        if (status != EMIX_OK) {
            return status;
        }
        const double w = weights ? weights[i] : 1.0;
        const double r = emix_random_uniform(random);
        add_count(x, w, r, stats);
    }
    return m_step(context, stats, NULL, NULL, params, error);
}

/* Angles and square roots: information about them hardly depends on where they are. */
static void to_coordinates(void *context, const double *params, double *coordinates)
{
    (void)context;
    coordinates[POISSON_WEIGHT] = asin(sqrt(params[POISSON_WEIGHT]));
    coordinates[POISSON_RATE_1] = sqrt(params[POISSON_RATE_1]);
    coordinates[POISSON_RATE_2] = sqrt(params[POISSON_RATE_2]);
}

static void from_coordinates(void *context, const double *coordinates, double *params)
{
    (void)context;
    const double root = sin(coordinates[POISSON_WEIGHT]);
    params[POISSON_WEIGHT] = root * root;
    params[POISSON_RATE_1] = coordinates[POISSON_RATE_1] * coordinates[POISSON_RATE_1];
    params[POISSON_RATE_2] = coordinates[POISSON_RATE_2] * coordinates[POISSON_RATE_2];
}

/* d log p / d theta = E[ d log p(x, z) / d theta | x ]: Fisher's identity. */
static EmixStatus score(void *context, const double *params, const double *log_terms,
                        const EmixLatentRows *rows, double *scratch, double *scores,
                        EmixError *error)
{
    (void)context, (void)scratch, (void)error;
    const double weight = params[POISSON_WEIGHT];
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        const double x = rows->x[i * rows->row_stride];
        double *g = scores + i * POISSON_N_PARAMS;
        double r = 0.0;
        log_density(log_terms, x, &r);
        g[POISSON_WEIGHT] = r / weight - (1.0 - r) / (1.0 - weight);
        g[POISSON_RATE_1] = r * (x / params[POISSON_RATE_1] - 1.0);
        g[POISSON_RATE_2] = (1.0 - r) * (x / params[POISSON_RATE_2] - 1.0);
    }
    return EMIX_OK;
}

EmixLatentModel poisson_mixture(void)
{
    return (EmixLatentModel){
        .name = "poisson mixture",
        .n_params = POISSON_N_PARAMS,
        .n_stats = N_STATS,
        .n_derived = 2 * N_COMPONENTS,
        .row_cost = 100.0,
        .start = start,
        .prepare = prepare,
        .e_step = e_step,
        .m_step = m_step,
        .expected_log_joint = expected_log_joint,
        .to_coordinates = to_coordinates,
        .from_coordinates = from_coordinates,
        .score = score,
    };
}
