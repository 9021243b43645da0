/* Where a fit begins when its caller says so: at a model, or at responsibilities. */
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "fit/fitter_internal.h"

EmixStatus emix_fitter_check_initial_model(const EmixFitter *f, const EmixModel *initial,
                                           EmixError *error)
{
    const emix_index d = f->data->n_features;
    if (initial->n_features != d || initial->n_components != f->spec.n_components) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "the initial model has %lld components and %lld features, the fit has "
                         "%lld and %lld",
                         (long long)initial->n_components, (long long)initial->n_features,
                         (long long)f->spec.n_components, (long long)d);
    }
    for (emix_index k = 0; initial->component_names != NULL && k < f->data->n_labels; ++k) {
        const char *label = emix_dataset_label_name(f->data, k);
        const char *name = initial->component_names[k];
        if (label != NULL && name != NULL && strcmp(label, name) != 0) {
            return emix_fail(error, EMIX_ERR_ARGUMENT,
                             "component %lld of the initial model is '%.80s', where the labels of "
                             "the data have '%.80s'",
                             (long long)k, name, label);
        }
    }
    return EMIX_OK;
}

EmixStatus emix_fitter_begin_at_model(EmixFitter *f, const EmixModel *initial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixParts parts = {0}; /* the initial model's in the structure of the fit */
    const EmixFamilyParts *family = f->result->parts.family;
    const emix_index d = f->data->n_features;
    EMIX_TRY(emix_competition_create_initial(&f->competition, error));
    EMIX_TRY(emix_parts_lay_out(family, initial->n_components, d, &parts, error));
    EMIX_TRY_ALLOC(parts.values, parts.n_values);
    EMIX_TRY(family->convert(&initial->parts, &parts, error));
    double *params = f->competition.initial_params;
    for (emix_index k = 0; k < initial->n_components; ++k) {
        params[k] = f->spec.equal_weights ? 1.0 / (double)initial->n_components
                                          : initial->weights[k];
    }
    emix_mixture_import(f->mixture, &parts, params);
cleanup:
    emix_free(parts.values);
    return status;
}

/* ---- responsibilities ---- */

enum { CHECK_ROWS = 256 }; /* looked at at a time */
static const double sum_tolerance = 1e-6;

/* The caller's responsibilities and what workers need to hand them out. */
typedef struct Given {
    const EmixDataset *q;
    emix_index n_components;
    emix_index max_rows; /* of a shard */
    double *r;           /* [n_workers x K x max_rows] */
    double *rows;        /* [n_workers x max_rows x columns of q] */
} Given;

EmixStatus emix_fitter_check_responsibilities(const EmixFitter *f, const EmixDataset *q,
                                              EmixError *error)
{
    const emix_index n_components = f->spec.n_components;
    if (q->n_rows != f->data->n_rows || (q->n_features != n_components && q->n_features != 1)) {
        return emix_fail(error, EMIX_ERR_SHAPE,
                         "%s%sthe initial responsibilities are %lld rows x %lld columns, must be "
                         "%lld rows of the data x %lld components, or x 1 column of components",
                         q->source ? q->source : "", q->source ? ": " : "", (long long)q->n_rows,
                         (long long)q->n_features, (long long)f->data->n_rows,
                         (long long)n_components);
    }
    return EMIX_OK;
}

/* A row of one component's number, or of K responsibilities. */
static EmixStatus check_row(const EmixDataset *q, emix_index n_components, emix_index row,
                            const double *values, EmixError *error)
{
    char where[64];
    const char *source = q->source ? q->source : "initial responsibilities";
    double sum = 0.0;
    if (q->n_features == 1) {
        const double k = values[0];
        const bool certain = n_components == 1 && k == 1.0; /* a responsibility */
        return certain || (k >= 0.0 && k < (double)n_components && k == floor(k))
                   ? EMIX_OK
                   : emix_fail(error, EMIX_ERR_NONFINITE,
                               "%s, %s: %.17g is not the number of a component, 0 ... %lld", source,
                               emix_data_describe_row(q, row, where, sizeof where), k,
                               (long long)n_components - 1);
    }
    for (emix_index k = 0; k < n_components; ++k) {
        if (!(values[k] >= 0.0) || isinf(values[k])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "%s, %s, column %lld: the responsibility %g is not a number >= 0",
                             source, emix_data_describe_row(q, row, where, sizeof where),
                             (long long)k + 1, values[k]);
        }
        sum += values[k];
    }
    return fabs(sum - 1.0) <= sum_tolerance
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_NONFINITE,
                           "%s, %s: the responsibilities sum to %.12g, must be 1 within %g", source,
                           emix_data_describe_row(q, row, where, sizeof where), sum, sum_tolerance);
}

static EmixStatus check_rows(const Given *given, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const EmixDataset *q = given->q;
    double *buffer = NULL;
    EMIX_TRY_ALLOC(buffer, CHECK_ROWS * q->n_features);
    for (emix_index first = 0; first < q->n_rows; first += CHECK_ROWS) {
        const emix_index n = q->n_rows - first < CHECK_ROWS ? q->n_rows - first : CHECK_ROWS;
        emix_index ld = 0;
        const double *rows = emix_data_view_rows(q, first, n, buffer, &ld);
        for (emix_index i = 0; i < n; ++i) {
            EMIX_TRY(check_row(q, given->n_components, first + i, rows + i * ld, error));
        }
    }
cleanup:
    emix_free(buffer);
    return status;
}

/* EmixAssign: rows of known component keep it, the others get what is given. */
static double *assign_given(void *context, const EmixShard *shard, int worker, emix_index *ld)
{
    const Given *given = context;
    const emix_index n_components = given->n_components;
    double *r = given->r + (emix_index)worker * n_components * given->max_rows;
    emix_index ldq = 0;
    const double *q = emix_data_view_rows(
        given->q, shard->first_row, shard->n_rows,
        given->rows + (emix_index)worker * given->max_rows * given->q->n_features, &ldq);
    *ld = given->max_rows;
    for (emix_index i = 0; i < shard->n_rows; ++i) {
        const int known = shard->labels != NULL ? shard->labels[i] : -1;
        const bool one_hot = known >= 0 || given->q->n_features == 1;
        const emix_index only = n_components == 1 ? 0 : known >= 0 ? known : (emix_index)q[i * ldq];
        for (emix_index k = 0; k < n_components; ++k) {
            r[k * *ld + i] = one_hot ? (double)(k == only) : q[i * ldq + k];
        }
    }
    return r;
}

/* What an M-step leaves as it is, where the responsibilities do not determine it. */
static EmixStatus place_at_centre(EmixFitter *f, EmixError *error)
{
    EmixEngine *e = f->competition.engine;
    const emix_index n_components = f->spec.n_components;
    for (emix_index k = 0; k < n_components; ++k) {
        e->current.params[k] = 1.0 / (double)n_components;
    }
    for (emix_index k = 0; k < n_components; ++k) {
        emix_mixture_place(f->mixture, k, f->summary.mean, e->current.params);
    }
    return emix_engine_prepare(e, error);
}

static EmixStatus check_counts(const EmixFitter *f, EmixError *error)
{
    const double *counts = emix_mixture_counts(emix_engine_stats(f->competition.engine));
    for (emix_index k = 0; k < f->spec.n_components; ++k) {
        if (!(counts[k] > 0.0)) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "the initial responsibilities give no row to component %lld",
                             (long long)k);
        }
    }
    return EMIX_OK;
}

EmixStatus emix_fitter_begin_at_responsibilities(EmixFitter *f, const EmixDataset *q,
                                                 EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = f->competition.engine;
    Given given = {
        .q = q, .n_components = f->spec.n_components, .max_rows = f->mixture->shape.n_rows};
    EMIX_TRY(check_rows(&given, error));
    EMIX_TRY_ALLOC(given.r, e->n_workers * given.n_components * given.max_rows);
    EMIX_TRY_ALLOC(given.rows, e->n_workers * given.max_rows * q->n_features);
    EMIX_TRY(emix_competition_create_initial(&f->competition, error));
    EMIX_TRY(place_at_centre(f, error));
    EMIX_TRY(emix_engine_given_pass(e, assign_given, &given, error));
    EMIX_TRY(check_counts(f, error));
    EMIX_TRY(emix_engine_m_step(e, NULL, error));
    memcpy(f->competition.initial_params, e->next.params,
           (size_t)e->sizes.params * sizeof *e->next.params);
cleanup:
    emix_free(given.rows);
    emix_free(given.r);
    return status;
}
