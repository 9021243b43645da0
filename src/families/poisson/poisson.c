/* Components of independent Poisson counts: log f_k(x) = sum_j (x_j log rate_kj - rate_kj - log x_j!).
 *
 * params  : K x rates[D]
 * derived : log_norms[K] | log_rates[K x D]
 *           log_norm = log weight - sum_j rate_j
 * block   : counts[D x rows] | log_factorials[rows], sums of log x_j! over the features
 * sums    : K x [ n_k | sum_log_factorial | sum_x[D] ]
 * stats   : K x [ sum_log_factorial | sum_x[D] ]
 *
 * The M-step is rate = sum_x / n_k. Under a prior, rate ~ Gamma(1 + kappa m, kappa): kappa rows that
 * were seen at the centre m beforehand; flat for kappa = 0.
 *
 * What models of counts answer by their rates alone is in families/poisson/query.c.
 *
 * References: Hasselblad (1969). Estimation of finite mixtures of distributions from the
 * exponential family. J. Am. Stat. Assoc. 64(328), 1459-1471. Gelman et al. (2013). Bayesian Data
 * Analysis, section 2.6, for the prior. */
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "families/poisson/poisson.h"

/* log x! of counts below this is looked up. */
enum { TABLE_SIZE = 1024 };

typedef struct Poisson {
    emix_index n_components;
    emix_index n_features;
    emix_index shard_rows;  /* of the largest shard, padded */
    double *means;          /* [D] of all rows: what components are shrunk to */
    double *prior_means;    /* [D] m */
    double kappa;           /* 0 = no prior, or a flat one */
    double *log_factorials; /* [TABLE_SIZE] */
} Poisson;

/* Places in a component's sums. */
enum { SUM_COUNT, SUM_LOG_FACTORIAL, SUM_X };

static emix_index sums_stride(const Poisson *p)
{
    return emix_align_doubles(SUM_X + p->n_features);
}

static emix_index stats_stride(const Poisson *p)
{
    return emix_align_doubles(1 + p->n_features);
}

static emix_index log_rates_at(const Poisson *p)
{
    return emix_align_doubles(p->n_components);
}

static bool is_count(double value)
{
    return value >= 0.0 && value == floor(value);
}

static double log_factorial(const Poisson *p, double x)
{
    int sign = 0;
    if (!is_count(x)) {
        return INFINITY; /* what is no count has density 0 */
    }
    return x < TABLE_SIZE ? p->log_factorials[(int)x] : lgamma_r(x + 1.0, &sign);
}

/* ---- life cycle ---- */

static void destroy(void *self)
{
    Poisson *p = self;
    if (p != NULL) {
        emix_free(p->log_factorials);
        emix_free(p->prior_means);
        emix_free(p->means);
        emix_free(p);
    }
}

static EmixStatus set_prior(Poisson *p, const EmixSpec *spec, EmixError *error)
{
    const EmixNumbers *given = &spec->prior_mean;
    p->kappa = spec->prior_shrinkage;
    if (given->n > 0 && (given->values == NULL || given->n != p->n_features)) {
        return emix_fail(
            error, EMIX_ERR_ARGUMENT, "prior-mean has %lld numbers%s, the data %lld features",
            (long long)given->n, given->values == NULL ? " that are not known any more" : "",
            (long long)p->n_features);
    }
    for (emix_index j = 0; j < p->n_features; ++j) {
        p->prior_means[j] = given->values != NULL ? given->values[j] : p->means[j];
        if (!(p->prior_means[j] >= 0.0) || !isfinite(p->prior_means[j])) {
            return emix_fail(error, EMIX_ERR_ARGUMENT,
                             "prior-mean of feature %lld is %g, must be finite and >= 0",
                             (long long)j, p->prior_means[j]);
        }
    }
    return EMIX_OK;
}

static EmixStatus create(const EmixSpec *spec, const EmixFacts *facts, void **self,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Poisson *p = NULL;
    const emix_index d = facts->shape.n_features;
    const emix_index group = facts->kernels->row_group;
    EMIX_TRY_ALLOC(p, 1);
    p->n_components = facts->shape.n_components;
    p->n_features = d;
    p->shard_rows = (facts->shape.n_rows + group - 1) / group * group;
    EMIX_TRY_ALLOC(p->means, d);
    EMIX_TRY_ALLOC(p->prior_means, d);
    EMIX_TRY_ALLOC(p->log_factorials, TABLE_SIZE);
    for (int x = 2; x < TABLE_SIZE; ++x) {
        p->log_factorials[x] = p->log_factorials[x - 1] + log(x);
    }
    if (facts->whole != NULL) {
        memcpy(p->means, facts->whole->mean, (size_t)d * sizeof *p->means);
        if (spec->prior != EMIX_PRIOR_NONE) {
            EMIX_TRY(set_prior(p, spec, error));
        }
    }
    *self = p;
    p = NULL;
cleanup:
    destroy(p);
    return status;
}

static void measure(const void *self, EmixFamilySizes *sizes)
{
    const Poisson *p = self;
    const emix_index k = p->n_components;
    *sizes = (EmixFamilySizes){
        .slice = emix_align_doubles(p->n_features),
        .params = k * emix_align_doubles(p->n_features),
        .derived = log_rates_at(p) + k * p->n_features,
        .sums = k * sums_stride(p),
        .stats = k * stats_stride(p),
        .block = (p->n_features + 1) * p->shard_rows,
        .min_rows = 1,
        .row_flops = 2.0 * (double)(k * p->n_features),
        .task_flops = (double)p->n_features,
        .n_phases = 1,
    };
}

static double *rates_of(const Poisson *p, emix_index k, double *params)
{
    return params + k * emix_align_doubles(p->n_features);
}

static const double *view_rates(const Poisson *p, emix_index k, const double *params)
{
    return params + k * emix_align_doubles(p->n_features);
}

/* Half way from the centre of the data: a count of 0 must not make others impossible. */
static void place(const void *self, emix_index k, const double *x, double *params)
{
    const Poisson *p = self;
    double *rates = rates_of(p, k, params);
    for (emix_index j = 0; j < p->n_features; ++j) {
        rates[j] = 0.5 * (x[j] + p->means[j]);
    }
}

/* ---- passes ---- */

static EmixStatus prepare(const void *self, EmixComponentRange range, const double *weights,
                          const double *params, double *derived, double *scratch, EmixError *error)
{
    (void)scratch;
    const Poisson *p = self;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *rates = view_rates(p, k, params);
        double *log_rates = derived + log_rates_at(p) + k * p->n_features;
        double sum = 0.0;
        for (emix_index j = 0; j < p->n_features; ++j) {
            if (!(rates[j] >= 0.0) || !isfinite(rates[j])) {
                return emix_fail(error, EMIX_ERR_NONFINITE,
                                 "component %lld: its rate of feature %lld is %g", (long long)k,
                                 (long long)j, rates[j]);
            }
            log_rates[j] = log(rates[j]);
            sum += rates[j];
        }
        derived[k] = log(weights[k]) - sum;
    }
    return EMIX_OK;
}

static void load(const void *self, const EmixShard *shard, emix_index padded_rows, double *block)
{
    const Poisson *p = self;
    double *log_factorials = block + p->n_features * p->shard_rows;
    memset(log_factorials, 0, (size_t)padded_rows * sizeof *log_factorials);
    for (emix_index j = 0; j < p->n_features; ++j) {
        double *counts = block + j * p->shard_rows;
        for (emix_index i = 0; i < shard->n_rows; ++i) {
            counts[i] = shard->x[i * shard->ldx + j];
            log_factorials[i] += log_factorial(p, counts[i]);
        }
        for (emix_index i = shard->n_rows; i < padded_rows; ++i) {
            counts[i] = 0.0;
        }
    }
}

/* A count of 0 has density exp(-rate), also where the rate is 0 and its logarithm -inf. */
static void log_densities(const void *self, const double *derived, const double *block,
                          emix_index padded_rows, double *a, emix_index lda)
{
    const Poisson *p = self;
    const double *log_factorials = block + p->n_features * p->shard_rows;
    for (emix_index k = 0; k < p->n_components; ++k) {
        const double *log_rates = derived + log_rates_at(p) + k * p->n_features;
        double *own = a + k * lda;
        for (emix_index i = 0; i < padded_rows; ++i) {
            own[i] = derived[k] - log_factorials[i];
        }
        for (emix_index j = 0; j < p->n_features; ++j) {
            const double *counts = block + j * p->shard_rows;
            const double log_rate = log_rates[j];
            for (emix_index i = 0; i < padded_rows; ++i) {
                own[i] += counts[i] > 0.0 ? counts[i] * log_rate : 0.0;
            }
        }
    }
}

/* Squared distance from the rates, recovered from their logarithms; every component is finitely far
 * unless it is empty. */
static long double distance(const void *self, emix_index k, const double *derived, const double *x)
{
    const Poisson *p = self;
    const double *log_rates = derived + log_rates_at(p) + k * p->n_features;
    if (isinf(derived[k])) {
        return INFINITY;
    }
    long double sum = 0.0L;
    for (emix_index j = 0; j < p->n_features; ++j) {
        const long double away = (long double)x[j] - exp(log_rates[j]);
        sum += away * away;
    }
    return sum;
}

static void accumulate(const void *self, const double *block, emix_index padded_rows,
                       const double *r, emix_index ldr, double *scratch, double *sums)
{
    (void)scratch;
    const Poisson *p = self;
    const double *log_factorials = block + p->n_features * p->shard_rows;
    for (emix_index k = 0; k < p->n_components; ++k) {
        const double *own_r = r + k * ldr;
        double *own = sums + k * sums_stride(p);
        double count = 0.0;
        double of_factorials = 0.0;
        for (emix_index i = 0; i < padded_rows; ++i) {
            count += own_r[i];
            of_factorials += own_r[i] * log_factorials[i];
        }
        own[SUM_COUNT] += count;
        own[SUM_LOG_FACTORIAL] += of_factorials;
        for (emix_index j = 0; j < p->n_features; ++j) {
            const double *counts = block + j * p->shard_rows;
            double sum = 0.0;
            for (emix_index i = 0; i < padded_rows; ++i) {
                sum += own_r[i] * counts[i];
            }
            own[SUM_X + j] += sum;
        }
    }
}

static void collect(const void *self, emix_index k, const double *header, const double *sums,
                    double *count, double *stats)
{
    (void)header;
    const Poisson *p = self;
    const double *own = sums + k * sums_stride(p);
    *count = own[SUM_COUNT];
    memcpy(stats + k * stats_stride(p), own + SUM_LOG_FACTORIAL,
           (size_t)(1 + p->n_features) * sizeof *stats);
}

static const double *view_sum_x(const Poisson *p, emix_index k, const EmixGroupStats *stats)
{
    return stats->own + k * stats_stride(p) + 1;
}

/* ---- between passes ---- */

static EmixStatus m_step(const void *self, int phase, EmixComponentRange range,
                         const EmixGroupStep *step, double *scratch, EmixError *error)
{
    (void)phase;
    const Poisson *p = self;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *sum_x = view_sum_x(p, k, &step->stats);
        const double *old_rates = view_rates(p, k, step->old_params);
        const double n = step->stats.counts[k];
        const double count = n + step->shrinkage + p->kappa;
        const bool keep = (emix_is_empty(n, step->stats.header) && p->kappa == 0.0);
        double *rates = rates_of(p, k, step->params);
        for (emix_index j = 0; j < p->n_features; ++j) {
            const double added = step->shrinkage * p->means[j] + p->kappa * p->prior_means[j];
            rates[j] = keep ? old_rates[j] : (sum_x[j] + added) / count;
        }
    }
    return prepare(self, range, step->weights, step->params, step->derived, scratch, error);
}

static double step_length2(const void *self, EmixComponentRange range, double total,
                           const double *weights, const double *params, const double *derived,
                           const double *new_params, double *scratch)
{
    (void)derived, (void)scratch;
    const Poisson *p = self;
    double sum = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *old_rates = view_rates(p, k, params);
        const double *new_rates = view_rates(p, k, new_params);
        for (emix_index j = 0; j < p->n_features; ++j) {
            const double step = new_rates[j] - old_rates[j];
            if (old_rates[j] > 0.0) {
                sum += (weights[k] + p->kappa / total) * (step * step / old_rates[j]);
            }
        }
    }
    return sum;
}

static double log_prior(const void *self, EmixComponentRange range, const double *params,
                        const double *derived, double *scratch)
{
    (void)derived, (void)scratch;
    const Poisson *p = self;
    double sum = 0.0;
    for (emix_index k = range.first; k < range.end && p->kappa > 0.0; ++k) {
        const double *rates = view_rates(p, k, params);
        for (emix_index j = 0; j < p->n_features; ++j) {
            int sign = 0;
            const double seen = p->kappa * p->prior_means[j];
            sum += (1.0 + seen) * log(p->kappa) - lgamma_r(1.0 + seen, &sign) -
                   p->kappa * rates[j] + (seen > 0.0 ? seen * log(rates[j]) : 0.0);
        }
    }
    return sum;
}

static double expected_log_density(const void *self, EmixComponentRange range,
                                   const EmixGroupStats *stats, const double *stats_params,
                                   const double *params, const double *derived, double *scratch)
{
    (void)stats_params, (void)scratch;
    const Poisson *p = self;
    double sum = 0.0;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *rates = view_rates(p, k, params);
        const double *log_rates = derived + log_rates_at(p) + k * p->n_features;
        const double *sum_x = view_sum_x(p, k, stats);
        if (!(stats->counts[k] > 0.0) || isinf(derived[k])) {
            continue;
        }
        sum -= sum_x[-1]; /* of log x! */
        for (emix_index j = 0; j < p->n_features; ++j) {
            sum += (sum_x[j] > 0.0 ? sum_x[j] * log_rates[j] : 0.0) - stats->counts[k] * rates[j];
        }
    }
    return sum;
}

/* u_j = s sqrt(rate0_j) log(rate_j / rate0_j), s = sqrt(weight0); a rate of 0 at the anchor stays. */
static void encode(const void *self, EmixComponentRange range, const double *anchor_weights,
                   const double *anchor_params, const double *anchor_derived, const double *params,
                   double *coordinates, double *scratch)
{
    (void)anchor_derived, (void)scratch;
    const Poisson *p = self;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *anchor = view_rates(p, k, anchor_params);
        const double *rates = view_rates(p, k, params);
        double *out = rates_of(p, k, coordinates);
        for (emix_index j = 0; j < p->n_features && anchor_weights[k] > 0.0; ++j) {
            out[j] = anchor[j] > 0.0
                         ? sqrt(anchor_weights[k] * anchor[j]) * log(rates[j] / anchor[j])
                         : 0.0;
        }
    }
}

static EmixStatus decode(const void *self, EmixComponentRange range, const double *anchor_weights,
                         const double *anchor_params, const double *anchor_derived,
                         const double *coordinates, double *params, double *scratch)
{
    (void)anchor_derived, (void)scratch;
    const Poisson *p = self;
    for (emix_index k = range.first; k < range.end; ++k) {
        const double *anchor = view_rates(p, k, anchor_params);
        const double *own = view_rates(p, k, coordinates);
        double *rates = rates_of(p, k, params);
        for (emix_index j = 0; j < p->n_features && anchor_weights[k] > 0.0; ++j) {
            rates[j] = anchor[j];
            if (anchor[j] > 0.0) {
                rates[j] = anchor[j] * exp(own[j] / sqrt(anchor_weights[k] * anchor[j]));
                if (!isnormal(rates[j])) {
                    return EMIX_ERR_NONFINITE;
                }
            }
            if (!isfinite(own[j])) {
                return EMIX_ERR_NONFINITE;
            }
        }
    }
    return EMIX_OK;
}

/* The likelihood is bounded: a component is unusable only when it is empty. */
static unsigned state(const void *self, emix_index k, const double *params, const double *derived,
                      double *scratch, double *min_eigenvalue)
{
    (void)self, (void)k, (void)params, (void)derived, (void)scratch, (void)min_eigenvalue;
    return 0;
}

static const char *explain(const void *self, unsigned flags)
{
    (void)self, (void)flags;
    return "no row is left to it";
}

/* ---- from and to parts ---- */

static void import(const void *self, emix_index k, const EmixParts *from, double *params)
{
    const Poisson *p = self;
    memcpy(rates_of(p, k, params), emix_poisson_rates(from, k),
           (size_t)p->n_features * sizeof *params);
}

static void export(const void *self, emix_index k, const double *params, EmixParts *to)
{
    const Poisson *p = self;
    memcpy(emix_parts_values(to, EMIX_RATES_PART) + k * p->n_features, view_rates(p, k, params),
           (size_t)p->n_features * sizeof *params);
}

const EmixFamily emix_poisson = {
    .name = "poisson",
    .moments = EMIX_MOMENTS_LOOSE,
    .accepts = is_count,
    .domain = "a count (an integer >= 0)",
    .query = &emix_poisson_query,
    .scores = &emix_poisson_scores,
    .parts = emix_poisson_parts_of,
    .create = create,
    .destroy = destroy,
    .measure = measure,
    .place = place,
    .import = import,
    .export = export,
    .prepare = prepare,
    .load = load,
    .log_densities = log_densities,
    .distance = distance,
    .accumulate = accumulate,
    .collect = collect,
    .m_step = m_step,
    .step_length2 = step_length2,
    .log_prior = log_prior,
    .expected_log_density = expected_log_density,
    .encode = encode,
    .decode = decode,
    .state = state,
    .explain = explain,
};
