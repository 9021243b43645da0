/* Starting points. */
#include "fit/starts.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "mixture/mixture.h"
#include "seeds/greedy.h"
#include "seeds/subsample.h"

struct EmixStarter {
    EmixEngine *engine; /* BORROWED */
    const EmixSeedSample *sample;
    EmixMetric metric;
    emix_index *chosen;  /* [K] rows of the sample */
    double *seeds;       /* [K x D] in the metric's coordinates */
    double *distance2;   /* [rows of a pool] to the nearest seed so far, times weight */
    double *assignments; /* [n_workers x K x shard rows] */
    double *row;         /* [n_workers x D] a row in the metric's coordinates */
    uint64_t seed;       /* of the present start, for random responsibilities */
    emix_index stream;   /* of the present start: its number, and how often it was drawn */
};

static const EmixMixture *mixture_of(const EmixStarter *starter)
{
    return starter->engine->self;
}

/* ---- seeds ---- */

static double squared_distance(emix_index d, const double *a, const double *b)
{
    double sum = 0.0;
    for (emix_index j = 0; j < d; ++j) {
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
}

/* Draws a row that is known to come from component k. */
static emix_index draw_of_label(const EmixSeedSample *sample, emix_index k, EmixRng *rng)
{
    return sample->label_first[k] + emix_rng_below(rng, emix_seed_sample_n_of_label(sample, k));
}

static void choose_kmeanspp(EmixStarter *starter, EmixRng *rng)
{
    const EmixSeedSample *sample = starter->sample;
    const emix_index d = sample->n_features;
    const EmixSeedPool pool = sample->pools[starter->metric];
    const double *rows = sample->coordinates[starter->metric];
    double *distance2 = starter->distance2;
    memcpy(distance2, sample->weights + pool.first, (size_t)pool.n_rows * sizeof *distance2);
    for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
        const emix_index row = emix_seed_sample_n_of_label(sample, k) > 0
                                   ? draw_of_label(sample, k, rng)
                                   : pool.first +
                                         emix_rng_proportional(rng, pool.n_rows, distance2);
        starter->chosen[k] = row;
        for (emix_index i = 0; i < pool.n_rows; ++i) {
            const emix_index other = pool.first + i;
            const double nearer = sample->weights[other] *
                                  squared_distance(d, rows + other * d, rows + row * d);
            if (k == 0 || nearer < distance2[i]) {
                distance2[i] = nearer;
            }
        }
    }
}

/* Draws K different rows, each set with equal probability: Floyd's algorithm (Bentley & Floyd
 * 1987). Components with rows of known origin then get one of those instead. */
static void choose_random_rows(EmixStarter *starter, EmixRng *rng)
{
    const EmixSeedSample *sample = starter->sample;
    const emix_index n_components = mixture_of(starter)->shape.n_components;
    for (emix_index k = 0; k < n_components; ++k) {
        const emix_index last = sample->n_rows - n_components + k;
        emix_index row = emix_rng_below(rng, last + 1);
        for (emix_index seen = 0; seen < k; ++seen) {
            row = starter->chosen[seen] == row ? last : row;
        }
        starter->chosen[k] = row;
    }
    for (emix_index k = 0; k < n_components; ++k) {
        if (emix_seed_sample_n_of_label(sample, k) > 0) {
            starter->chosen[k] = draw_of_label(sample, k, rng);
        }
    }
}

/* ---- from seeds to parameters ---- */

/* (a): the rows are the means. */
static EmixStatus place_at_rows(EmixStarter *starter, EmixError *error)
{
    EmixEngine *e = starter->engine;
    const EmixMixture *m = e->self;
    const emix_index n_components = m->shape.n_components;
    const emix_index d = m->shape.n_features;
    double *params = e->current.params;
    for (emix_index k = 0; k < n_components; ++k) {
        params[k] = 1.0 / (double)n_components;
    }
    for (emix_index k = 0; k < n_components; ++k) {
        emix_mixture_place(m, k, starter->sample->rows + starter->chosen[k] * d, params);
    }
    return emix_engine_prepare(e, error);
}

static double *worker_assignments(EmixStarter *starter, int worker, emix_index *ld)
{
    const EmixKernelShape *shape = &mixture_of(starter)->shape;
    *ld = shape->n_rows;
    double *r = starter->assignments + (emix_index)worker * shape->n_components * shape->n_rows;
    memset(r, 0, (size_t)(shape->n_components * shape->n_rows) * sizeof *r);
    return r;
}

/* The known component of a row, -1 = unknown. */
static int label_of(const EmixShard *shard, emix_index i)
{
    return shard->labels != NULL ? shard->labels[i] : -1;
}

/* EmixAssign: assigns each row to its known component, else to the nearest seed, the first of equal
 * ones. */
static double *assign_nearest(void *context, const EmixShard *shard, int worker, emix_index *ld)
{
    EmixStarter *starter = context;
    const EmixSeedSample *sample = starter->sample;
    const emix_index d = sample->n_features;
    double *r = worker_assignments(starter, worker, ld);
    double *z = starter->row + (emix_index)worker * d;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        if (label_of(shard, i) >= 0) {
            r[label_of(shard, i) * *ld + i] = 1.0;
            continue;
        }
        emix_metric_transform(sample->summary, d, starter->metric, shard->x + i * shard->ldx, z);
        emix_index nearest = 0;
        double least = INFINITY;
        for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
            const double distance2 = squared_distance(d, z, starter->seeds + k * d);
            if (distance2 < least) {
                least = distance2;
                nearest = k;
            }
        }
        r[nearest * *ld + i] = 1.0;
    }
    return r;
}

/* EmixAssign: responsibilities uniform on the simplex, from the row's own random stream, unless the
 * row's component is known. */
static double *assign_random(void *context, const EmixShard *shard, int worker, emix_index *ld)
{
    EmixStarter *starter = context;
    const EmixEngine *e = starter->engine;
    double *r = worker_assignments(starter, worker, ld);
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        if (label_of(shard, i) >= 0) {
            r[label_of(shard, i) * *ld + i] = 1.0;
            continue;
        }
        const emix_index stream = starter->stream * e->data->n_rows + shard->first_row + i;
        EmixRng rng = emix_rng_init(starter->seed, EMIX_RNG_RESPONSIBILITIES, stream);
        double sum = 0.0;
        for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
            r[k * *ld + i] = -log(1.0 - emix_rng_uniform(&rng));
            sum += r[k * *ld + i];
        }
        for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
            r[k * *ld + i] = sum > 0.0 ? r[k * *ld + i] / sum
                                       : 1.0 / (double)mixture_of(starter)->shape.n_components;
        }
    }
    return r;
}

/* Makes one M-step from given responsibilities. It adds D + 1 rows of the common covariance to each
 * component, so that a component with few rows has a density too. With complete data it adds
 * nothing, and the result is the maximum of the likelihood. */
static EmixStatus m_step_from(EmixStarter *starter, EmixAssign assign, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = starter->engine;
    const bool complete = emix_data_is_complete(e->data);
    const EmixShrinkage shrinkage = {
        .count = (double)(e->sizes.n_features + 1) * emix_data_mean_weight(e->data),
    };
    EMIX_TRY(emix_engine_given_pass(e, assign, starter, error));
    EMIX_TRY(emix_engine_m_step(e, complete ? NULL : &shrinkage, error));
    emix_engine_advance(e);
cleanup:
    return status;
}

/* ---- starts ---- */

typedef enum StartKind { ROWS, KMEANSPP_SCALED, KMEANSPP_SPHERED, ROWS_HARD, N_KINDS } StartKind;

/* Above the number of any start. */
static const emix_index most_starts = 1 << 20;

static StartKind kind_of(EmixInitMethod method, int start)
{
    return method == EMIX_INIT_KMEANSPP     ? KMEANSPP_SCALED
           : method == EMIX_INIT_TOURNAMENT ? (StartKind)(start % N_KINDS)
                                            : ROWS;
}

bool emix_starts_need_kmeanspp(EmixInitMethod method, int n_starts, EmixMetric metric)
{
    const StartKind wanted = metric == EMIX_METRIC_SPHERED ? KMEANSPP_SPHERED : KMEANSPP_SCALED;
    bool found = false;
    for (int start = 0; start < n_starts && start < N_KINDS; ++start) {
        found = found || kind_of(method, start) == wanted;
    }
    return found;
}

EmixStatus emix_starter_start(EmixStarter *starter, EmixInitMethod method, uint64_t seed, int start,
                              int n_redrawn, EmixError *error)
{
    const emix_index d = starter->sample->n_features;
    const emix_index stream = (emix_index)n_redrawn * most_starts + start;
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, stream);
    starter->seed = seed;
    starter->stream = stream;
    const StartKind kind = emix_data_is_complete(starter->engine->data)
                               ? ROWS_HARD
                               : kind_of(method, start + n_redrawn);
    starter->metric = kind == KMEANSPP_SPHERED ? EMIX_METRIC_SPHERED : EMIX_METRIC_SCALED;
    if (kind == KMEANSPP_SCALED || kind == KMEANSPP_SPHERED) {
        choose_kmeanspp(starter, &rng);
    } else {
        choose_random_rows(starter, &rng);
    }
    for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
        memcpy(starter->seeds + k * d,
               starter->sample->coordinates[starter->metric] + starter->chosen[k] * d,
               (size_t)d * sizeof(double));
    }
    /* A component that is empty in the first M-step keeps the position set here. */
    const EmixStatus status = place_at_rows(starter, error);
    if (status != EMIX_OK || (kind == ROWS && method != EMIX_INIT_RANDOM_RESPONSIBILITIES)) {
        return status;
    }
    return m_step_from(starter,
                       method == EMIX_INIT_RANDOM_RESPONSIBILITIES ? assign_random : assign_nearest,
                       error);
}

/* Greedy seeds are chosen from this many rows a component, and at least so many. */
enum { GREEDY_ROWS_PER_COMPONENT = 20, GREEDY_ROWS = 2000 };

/* Places components at the rows of the pool nearest to the seeds: where one is empty, it stays
 * there. */
static EmixStatus place_near_seeds(EmixStarter *starter, EmixError *error)
{
    const EmixSeedSample *sample = starter->sample;
    const EmixSeedPool pool = sample->pools[starter->metric];
    const emix_index d = sample->n_features;
    for (emix_index k = 0; k < mixture_of(starter)->shape.n_components; ++k) {
        double least = INFINITY;
        for (emix_index i = pool.first; i < pool.first + pool.n_rows; ++i) {
            const double own = squared_distance(d, starter->seeds + k * d,
                                                sample->coordinates[starter->metric] + i * d);
            if (own < least) {
                least = own;
                starter->chosen[k] = i;
            }
        }
    }
    return place_at_rows(starter, error);
}

EmixStatus emix_starter_start_greedily(EmixStarter *starter, uint64_t seed, int start,
                                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixSeedSample *sample = starter->sample;
    const EmixSeedPool pool = sample->pools[EMIX_METRIC_SCALED];
    const emix_index d = sample->n_features;
    const emix_index n_components = mixture_of(starter)->shape.n_components;
    const emix_index enough = GREEDY_ROWS_PER_COMPONENT * n_components;
    emix_index n = enough > GREEDY_ROWS ? enough : GREEDY_ROWS;
    emix_index *chosen = NULL;
    double *rows = NULL;
    double *weights = NULL;
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, start);
    n = n < pool.n_rows ? n : pool.n_rows;
    starter->metric = EMIX_METRIC_SCALED;
    starter->seed = seed;
    starter->stream = start;
    EMIX_TRY_ALLOC(chosen, n);
    EMIX_TRY_ALLOC(rows, n * d);
    EMIX_TRY_ALLOC(weights, n);
    emix_subsample_choose(pool.n_rows, n, seed, EMIX_SUBSAMPLE_OF_GREEDY_SEEDS + start, chosen);
    for (emix_index i = 0; i < n; ++i) {
        const emix_index row = pool.first + chosen[i];
        memcpy(rows + i * d, sample->coordinates[EMIX_METRIC_SCALED] + row * d,
               (size_t)d * sizeof *rows);
        weights[i] = sample->weights[row];
    }
    EMIX_TRY(emix_greedy_seeds(n, d, rows, weights, n_components, &rng, starter->seeds, error));
    EMIX_TRY(place_near_seeds(starter, error));
    EMIX_TRY(m_step_from(starter, assign_nearest, error));
cleanup:
    emix_free(weights);
    emix_free(rows);
    emix_free(chosen);
    return status;
}

/* ---- life cycle ---- */

EmixStatus emix_starter_create(EmixEngine *engine, const EmixSeedSample *sample,
                               EmixStarter **starter, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixStarter *s = NULL;
    const EmixKernelShape *shape = &((const EmixMixture *)engine->self)->shape;
    const emix_index d = shape->n_features;
    EMIX_TRY_ALLOC(s, 1);
    s->engine = engine;
    s->sample = sample;
    EMIX_TRY_ALLOC(s->chosen, shape->n_components);
    EMIX_TRY_ALLOC(s->seeds, shape->n_components * d);
    EMIX_TRY_ALLOC(s->distance2, emix_seed_sample_largest_pool(sample));
    EMIX_TRY_ALLOC(s->assignments, engine->n_workers * shape->n_components * shape->n_rows);
    EMIX_TRY_ALLOC(s->row, engine->n_workers * d);
    *starter = s;
    s = NULL;
cleanup:
    emix_starter_destroy(s);
    return status;
}

void emix_starter_destroy(EmixStarter *starter)
{
    if (starter == NULL) {
        return;
    }
    emix_free(starter->row);
    emix_free(starter->assignments);
    emix_free(starter->distance2);
    emix_free(starter->seeds);
    emix_free(starter->chosen);
    emix_free(starter);
}
