/* Local fits. */
#include "swaps/local.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

/* A component that a local fit ends with has this many times the rows that determine it: with fewer
 * its likelihood is that of a few rows close together, which is spurious. */
static const double rows_to_spare = 2.0;

/* ---- rows ---- */

void emix_local_rows_clear(EmixLocalRows *rows)
{
    emix_free(rows->numbers);
    emix_free(rows->shares);
    emix_free(rows->x);
    emix_free(rows->weights);
    *rows = (EmixLocalRows){0};
}

static EmixStatus reserve(const EmixLocalProblem *problem, emix_index n, EmixLocalRows *rows,
                          EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (n <= rows->capacity) {
        return EMIX_OK;
    }
    emix_local_rows_clear(rows);
    EMIX_TRY_ALLOC(rows->numbers, n);
    EMIX_TRY_ALLOC(rows->shares, n);
    EMIX_TRY_ALLOC(rows->weights, n);
    EMIX_TRY_ALLOC(rows->x, n * problem->data->n_features);
    rows->capacity = n;
cleanup:
    return status;
}

/* The lists of several components as one ascending sequence. */
typedef struct Union {
    const EmixOwnership *ownership;
    int n_components;
    const emix_index *components;
    emix_index at[EMIX_LOCAL_COMPONENTS]; /* next entry of each */
} Union;

static Union begin_union(const EmixOwnership *ownership, int n_components,
                         const emix_index *components)
{
    Union u = {.ownership = ownership, .n_components = n_components, .components = components};
    for (int c = 0; c < n_components; ++c) {
        u.at[c] = ownership->first[components[c]];
    }
    return u;
}

/* The next row, and the part of it that is theirs; false at the end. */
static bool next_of_union(Union *u, emix_index *row, double *share)
{
    const EmixOwnership *o = u->ownership;
    emix_index least = -1;
    for (int c = 0; c < u->n_components; ++c) {
        if (u->at[c] < o->first[u->components[c] + 1] && (least < 0 || o->rows[u->at[c]] < least)) {
            least = o->rows[u->at[c]];
        }
    }
    *row = least;
    *share = 0.0;
    for (int c = 0; c < u->n_components && least >= 0; ++c) {
        if (u->at[c] < o->first[u->components[c] + 1] && o->rows[u->at[c]] == least) {
            *share += o->responsibilities[u->at[c]++];
        }
    }
    return least >= 0;
}

/* Copies the rows that were chosen, and makes the view. */
static EmixStatus fill_rows(const EmixLocalProblem *problem, EmixLocalRows *rows, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = problem->data->n_features;
    double total = 0.0;
    for (emix_index i = 0; i < rows->n; ++i) {
        EMIX_TRY(
            emix_dataset_copy_rows(problem->data, rows->numbers[i], 1, rows->x + i * d, error));
        rows->weights[i] = emix_data_row_weight(problem->data, rows->numbers[i]) * rows->shares[i];
        total += rows->weights[i];
    }
    rows->data = (EmixDataset){
        .x = rows->x,
        .dtype = EMIX_FLOAT64,
        .n_rows = rows->n,
        .n_weighted = rows->n,
        .n_features = d,
        .row_stride = d,
        .feature_stride = 1,
        .row_weights = rows->weights,
        .total_weight = total,
    };
cleanup:
    return status;
}

EmixStatus emix_local_rows_take(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                                int n_components, const emix_index *components, emix_index most,
                                EmixRng *rng, EmixLocalRows *rows, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index row = 0;
    double share = 0.0;
    emix_index n = 0;
    double of_all = 0.0;
    Union u = begin_union(ownership, n_components, components);
    while (next_of_union(&u, &row, &share)) {
        ++n;
        of_all += emix_data_row_weight(problem->data, row) * share;
    }
    const emix_index wanted = n < most ? n : most;
    EMIX_TRY(reserve(problem, wanted, rows, error));
    rows->n = 0;
    u = begin_union(ownership, n_components, components);
    for (emix_index i = 0; rows->n < wanted && next_of_union(&u, &row, &share); ++i) {
        const double still = (double)(wanted - rows->n);
        if (wanted == n || emix_rng_uniform(rng) * (double)(n - i) < still) {
            rows->numbers[rows->n] = row;
            rows->shares[rows->n++] = share;
        }
    }
    EMIX_TRY(fill_rows(problem, rows, error));
    rows->scale = rows->data.total_weight > 0.0 ? of_all / rows->data.total_weight : 1.0;
cleanup:
    return status;
}

/* ---- fits ---- */

EmixStatus emix_local_fit_init(const EmixLocalProblem *problem, emix_index n_components,
                               const EmixMoments *moments, const EmixLocalRows *rows,
                               EmixLocalFit *fit, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = problem->data->n_features;
    const EmixFacts facts = {
        .kernels = problem->mixture->kernels,
        .shape = {.n_rows = emix_kernels_block_rows(d, rows->n),
                  .n_features = d,
                  .n_components = n_components},
        .centre = moments->mean,
        .moments = moments,
        .whole = moments,
    };
    const EmixGroupRequest group = {.family = problem->family, .n_components = n_components};
    *fit = (EmixLocalFit){.n_components = n_components,
                          .unit = problem->unit,
                          .least_eigenvalue = problem->least_eigenvalue};
    EMIX_TRY(emix_mixture_create(1, &group, problem->spec, &facts, &fit->mixture, error));
    EMIX_TRY(
        emix_engine_create(&emix_mixture_ops, fit->mixture, &rows->data, 1, &fit->engine, error));
cleanup:
    if (status != EMIX_OK) {
        emix_local_fit_clear(fit);
    }
    return status;
}

void emix_local_fit_clear(EmixLocalFit *fit)
{
    emix_engine_destroy(fit->engine);
    emix_mixture_destroy(fit->mixture);
    fit->engine = NULL;
    fit->mixture = NULL;
}

void emix_local_parts_to_params(const EmixMixture *m, const EmixParts *parts, double *params)
{
    const double *weights = emix_parts_values(parts, EMIX_WEIGHTS_PART);
    double sum = 0.0;
    for (emix_index k = 0; k < parts->n_components; ++k) {
        sum += weights[k];
    }
    for (emix_index k = 0; k < parts->n_components; ++k) {
        params[k] = weights[k] / sum;
    }
    emix_mixture_import(m, parts, params);
}

void emix_local_params_to_parts(const EmixMixture *m, const double *params, EmixParts *parts)
{
    for (emix_index k = 0; k < parts->n_components; ++k) {
        emix_parts_values(parts, EMIX_WEIGHTS_PART)[k] = params[k];
        emix_mixture_export(m, k, params, parts);
    }
}

EmixStatus emix_local_fit_load(EmixLocalFit *fit, const EmixParts *parts, EmixError *error)
{
    emix_local_parts_to_params(fit->mixture, parts, fit->engine->current.params);
    return emix_engine_prepare(fit->engine, error);
}

void emix_local_fit_store(const EmixLocalFit *fit, EmixParts *parts)
{
    emix_local_params_to_parts(fit->mixture, fit->engine->current.params, parts);
}

static EmixStatus step(EmixLocalFit *fit, double shrinkage, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixShrinkage rows = {.count = shrinkage};
    EMIX_TRY(emix_engine_m_step(fit->engine, shrinkage > 0.0 ? &rows : NULL, error));
    emix_engine_advance(fit->engine);
cleanup:
    return status;
}

/* Responsibilities from assignments. */
typedef struct Assigned {
    const int *assignments;
    emix_index n_components;
    emix_index ld;
    double *r; /* [n_components x ld] */
} Assigned;

static double *assign(void *context, const EmixShard *shard, int worker, emix_index *ld)
{
    (void)worker;
    const Assigned *assigned = context;
    *ld = assigned->ld;
    memset(assigned->r, 0, (size_t)(assigned->n_components * assigned->ld) * sizeof(double));
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        assigned->r[assigned->assignments[shard->first_row + i] * assigned->ld + i] = 1.0;
    }
    return assigned->r;
}

EmixStatus emix_local_fit_assign(EmixLocalFit *fit, const int *assignments, double shrinkage,
                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Assigned assigned = {.assignments = assignments,
                         .n_components = fit->n_components,
                         .ld = fit->mixture->shape.n_rows};
    EMIX_TRY_ALLOC(assigned.r, assigned.n_components * assigned.ld);
    EMIX_TRY(emix_engine_given_pass(fit->engine, assign, &assigned, error));
    EMIX_TRY(step(fit, shrinkage, error));
cleanup:
    emix_free(assigned.r);
    return status;
}

EmixStatus emix_local_fit_climb(EmixLocalFit *fit, int most, double tolerance, double shrinkage,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double before = -INFINITY;
    for (int pass = 1; pass <= most; ++pass) {
        EMIX_TRY(emix_engine_pass(fit->engine, EMIX_PASS_FULL, error));
        ++fit->n_passes;
        fit->log_likelihood = emix_engine_log_likelihood(fit->engine);
        if (!isfinite(fit->log_likelihood)) {
            return emix_fail(error, EMIX_ERR_NONFINITE, "a local log-likelihood is not finite");
        }
        fit->rise = fit->log_likelihood - before;
        if (pass == most || fit->rise < tolerance) {
            break;
        }
        before = fit->log_likelihood;
        EMIX_TRY(step(fit, shrinkage, error));
    }
cleanup:
    return status;
}

bool emix_local_fit_is_sound(const EmixLocalFit *fit)
{
    const EmixEngine *e = fit->engine;
    const double *stats = emix_engine_stats(e);
    const double least = rows_to_spare * (double)fit->mixture->groups[0].sizes.min_rows * fit->unit;
    for (emix_index k = 0; k < fit->n_components; ++k) {
        double eigenvalue = INFINITY;
        const unsigned flags = emix_mixture_state(fit->mixture, k, stats, e->current.params,
                                                  e->current.derived, fit->unit,
                                                  emix_engine_scratch(e, 0), &eigenvalue);
        if ((flags & emix_mixture_fatal_flags(fit->mixture, k)) != 0 ||
            emix_mixture_counts(stats)[k] < least || eigenvalue < fit->least_eigenvalue) {
            return false;
        }
    }
    return true;
}
