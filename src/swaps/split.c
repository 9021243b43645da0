/* The search for the best split of a component. */
#include "swaps/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "seeds/metric.h"
#include "seeds/scan.h"

/* EM passes of a split from one beginning. */
enum { SPLIT_PASSES = 14 };

/* Passes that follow without shrinkage: what it alone held up collapses, if slowly. Of few rows, whose
 * halves are in more danger, more of them are made. */
enum { BARE_PASSES = 5, PATIENT_PASSES = 30, FEW_ROWS = 500 };
/* Rows shaped like the parent that are added to each half, as a part of the parent's rows: they keep
 * a half from collapsing onto a few rows. */
static const double shrinkage_share = 0.01;
/* A climb ends when a pass gains less than this, nats a row. */
static const double tolerance_per_row = 1e-6;
enum { POWER_ITERATIONS = 12 };

/* A split in the making. */
typedef struct Search {
    const EmixLocalProblem *problem;
    EmixLocalRows *rows;
    EmixDataSummary summary; /* of the rows */
    EmixMoments moments;     /* the same */
    EmixParts parent;        /* one component */
    EmixParts halves;        /* two, both the parent */
    EmixParts found;         /* two */
    EmixLocalFit two;
    double of_one; /* log-likelihood of the best single component */
    EmixRng *rng;
    double *x;      /* [n x D] coordinates in which the rows have unit variances */
    double *axes;   /* [2 x D] */
    double *score;  /* [n] what rows are cut by */
    double *sorted; /* [n] */
    int *half;      /* [n] */
} Search;

static EmixStatus allocate(Search *s, const EmixParts *parts, emix_index k, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = parts->n_features;
    const emix_index n = s->rows->n;
    EMIX_TRY(emix_parts_lay_out(parts->family, 1, d, &s->parent, error));
    EMIX_TRY(emix_parts_lay_out(parts->family, 2, d, &s->halves, error));
    s->found = s->halves;
    EMIX_TRY_ALLOC(s->parent.values, s->parent.n_values);
    EMIX_TRY_ALLOC(s->halves.values, s->halves.n_values);
    EMIX_TRY_ALLOC(s->x, n * d);
    EMIX_TRY_ALLOC(s->axes, 2 * d);
    EMIX_TRY_ALLOC(s->score, n);
    EMIX_TRY_ALLOC(s->sorted, n);
    EMIX_TRY_ALLOC(s->half, n);
    emix_parts_copy_component(parts, k, &s->parent, 0);
    emix_parts_copy_component(parts, k, &s->halves, 0);
    emix_parts_copy_component(parts, k, &s->halves, 1);
cleanup:
    return status;
}

static void clear(Search *s)
{
    emix_local_fit_clear(&s->two);
    emix_scan_clear(&s->summary);
    emix_free(s->parent.values);
    emix_free(s->halves.values);
    emix_free(s->x);
    emix_free(s->axes);
    emix_free(s->score);
    emix_free(s->sorted);
    emix_free(s->half);
}

/* The best single component for the rows: its log-likelihood, and in `score` the log density of
 * each row. */
static EmixStatus fit_one(Search *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixLocalFit one = {0};
    EMIX_TRY(emix_local_fit_init(s->problem, 1, &s->moments, s->rows, &one, error));
    EMIX_TRY(emix_local_fit_load(&one, &s->parent, error));
    EMIX_TRY(emix_local_fit_assign(&one, s->half, 0.0, error)); /* all rows to component 0 */
    EMIX_TRY(emix_local_fit_climb(&one, 1, 0.0, 0.0, error));
    s->of_one = one.log_likelihood;
    const emix_index d = s->rows->data.n_features;
    const emix_index most = one.mixture->shape.n_rows;
    for (emix_index first = 0; first < s->rows->n; first += most) {
        const EmixShard shard = {.x = s->rows->x + first * d,
                                 .n_rows = s->rows->n - first < most ? s->rows->n - first : most,
                                 .ldx = d,
                                 .first_row = first};
        const EmixPosterior out = {.log_density = s->score + first};
        emix_mixture_posterior(one.mixture, one.engine->current.derived, &shard,
                               emix_engine_scratch(one.engine, 0), &out);
    }
cleanup:
    emix_local_fit_clear(&one);
    return status;
}

/* ---- beginnings ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Halves by the median of the scores. */
static void cut(Search *s)
{
    const emix_index n = s->rows->n;
    memcpy(s->sorted, s->score, (size_t)n * sizeof *s->sorted);
    qsort(s->sorted, (size_t)n, sizeof *s->sorted, ascending);
    const double median = s->sorted[(n - 1) / 2];
    for (emix_index i = 0; i < n; ++i) {
        s->half[i] = s->score[i] > median;
    }
}

static void project(Search *s, const double *axis)
{
    const emix_index d = s->rows->data.n_features;
    for (emix_index i = 0; i < s->rows->n; ++i) {
        double sum = 0.0;
        for (emix_index j = 0; j < d; ++j) {
            sum += axis[j] * s->x[i * d + j];
        }
        s->score[i] = sum;
    }
}

/* Removes `from` from the axis and makes its length 1; false if nothing is left. */
static bool normalise(emix_index d, const double *from, double *axis)
{
    double product = 0.0;
    double length2 = 0.0;
    for (emix_index j = 0; j < d && from != NULL; ++j) {
        product += from[j] * axis[j];
    }
    for (emix_index j = 0; j < d; ++j) {
        axis[j] -= from != NULL ? product * from[j] : 0.0;
        length2 += axis[j] * axis[j];
    }
    for (emix_index j = 0; j < d && length2 > 0.0; ++j) {
        axis[j] /= sqrt(length2);
    }
    return length2 > 0.0;
}

/* The direction of largest variance, or the largest at right angles to `other`, by the power
 * method; the scores are the projections. */
static void find_axis(Search *s, const double *other, double *axis)
{
    const emix_index d = s->rows->data.n_features;
    for (emix_index j = 0; j < d; ++j) {
        axis[j] = emix_rng_normal(s->rng);
    }
    normalise(d, other, axis);
    for (int iteration = 0; iteration < POWER_ITERATIONS; ++iteration) {
        project(s, axis);
        memset(axis, 0, (size_t)d * sizeof *axis);
        for (emix_index i = 0; i < s->rows->n; ++i) {
            const double pull = s->rows->weights[i] * s->score[i];
            for (emix_index j = 0; j < d; ++j) {
                axis[j] += pull * s->x[i * d + j];
            }
        }
        if (!normalise(d, other, axis)) {
            break;
        }
    }
    project(s, axis);
}

/* Rows by which of two random ones is nearer. */
static void cut_by_rows(Search *s)
{
    const emix_index d = s->rows->data.n_features;
    const double *a = s->x + emix_rng_proportional(s->rng, s->rows->n, s->rows->weights) * d;
    const double *b = s->x + emix_rng_proportional(s->rng, s->rows->n, s->rows->weights) * d;
    for (emix_index i = 0; i < s->rows->n; ++i) {
        const double *x = s->x + i * d;
        double nearer = 0.0;
        for (emix_index j = 0; j < d; ++j) {
            nearer += (x[j] - b[j]) * (x[j] - b[j]) - (x[j] - a[j]) * (x[j] - a[j]);
        }
        s->half[i] = nearer < 0.0;
    }
}

typedef enum Beginning { FIRST_AXIS, RADIUS, RANDOM_ROWS, SECOND_AXIS, N_BEGINNINGS } Beginning;

/* fit_one() has left the log densities in the scores, for RADIUS, which therefore comes first. */
static const Beginning order_of_beginnings[N_BEGINNINGS] = {RADIUS, FIRST_AXIS, RANDOM_ROWS,
                                                            SECOND_AXIS};

static void begin(Search *s, Beginning beginning)
{
    const emix_index d = s->rows->data.n_features;
    switch (beginning) {
    case RADIUS: cut(s); return;
    case FIRST_AXIS:
        find_axis(s, NULL, s->axes);
        cut(s);
        return;
    case SECOND_AXIS:
        find_axis(s, s->axes, s->axes + d);
        cut(s);
        return;
    default: cut_by_rows(s);
    }
}

/* ---- the search ---- */

/* Climbs from the halves, and keeps what it finds if it is the best and sound. */
static EmixStatus climb(Search *s, EmixSplit *split, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const double total = s->rows->data.total_weight;
    const double shrinkage = shrinkage_share * total;
    EMIX_TRY(emix_local_fit_load(&s->two, &s->halves, error));
    EMIX_TRY(emix_local_fit_assign(&s->two, s->half, shrinkage, error));
    EMIX_TRY(
        emix_local_fit_climb(&s->two, SPLIT_PASSES, tolerance_per_row * total, shrinkage, error));
    EMIX_TRY(emix_local_fit_climb(&s->two, s->rows->n < FEW_ROWS ? PATIENT_PASSES : BARE_PASSES,
                                  -INFINITY, 0.0, error));
    const double gain = (s->two.log_likelihood - s->of_one) * s->rows->scale;
    if (gain > split->gain && emix_local_fit_is_sound(&s->two)) {
        split->gain = gain;
        emix_local_fit_store(&s->two, &s->found);
    }
cleanup:
    return status;
}

/* A beginning that leads nowhere, to a singular covariance say, is no failure of the search. */
static bool is_serious(EmixStatus status)
{
    return status == EMIX_ERR_NOMEM;
}

static EmixStatus search(Search *s, const EmixSplitOptions *options, EmixSplit *split, double *cost,
                         EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = s->rows->data.n_features;
    EMIX_TRY(emix_scan_run(&s->rows->data, s->problem->family->moments,
                           s->problem->mixture->kernels, 1, NULL, &s->summary, error));
    s->moments = emix_scan_moments(&s->summary);
    for (emix_index i = 0; i < s->rows->n; ++i) {
        emix_metric_transform(&s->summary, d, EMIX_METRIC_SCALED, s->rows->x + i * d, s->x + i * d);
    }
    EMIX_TRY(fit_one(s, error));
    EMIX_TRY(emix_local_fit_init(s->problem, 2, &s->moments, s->rows, &s->two, error));
    for (int b = 0; b < options->n_beginnings && b < N_BEGINNINGS; ++b) {
        begin(s, order_of_beginnings[b]);
        status = climb(s, split, error);
        if (is_serious(status)) {
            goto cleanup;
        }
    }
    status = EMIX_OK;
    *cost += (double)s->rows->n * (1.0 + 2.0 * (double)s->two.n_passes);
cleanup:
    return status;
}

EmixStatus emix_split_find(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                           const EmixParts *parts, emix_index k, const EmixSplitOptions *options,
                           EmixRng *rng, EmixLocalRows *rows, EmixSplit *split, double *cost,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Search s = {.problem = problem, .rows = rows, .rng = rng};
    const double least = 2.0 * (double)problem->mixture->groups[0].sizes.min_rows + 1.0;
    split->gain = -INFINITY;
    EMIX_TRY(emix_local_rows_take(problem, ownership, 1, &k, options->most_rows, rng, rows, error));
    if (ownership->counts[k] < least * problem->unit || rows->n < 2) {
        return EMIX_OK;
    }
    EMIX_TRY(allocate(&s, parts, k, error));
    s.found.values = split->values;
    status = search(&s, options, split, cost, error);
    if (!is_serious(status)) {
        status = EMIX_OK;
    }
cleanup:
    clear(&s);
    return status;
}
