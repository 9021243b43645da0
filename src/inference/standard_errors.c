/* Standard errors: the information matrix is inverted on the directions in which parameters are
 * free, and taken back to the parameters' own units. */
#include "inference/standard_errors.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "inference/information.h"
#include "linalg/linalg.h"
#include "parallel/parallel.h"

enum { MAX_OBSERVED_PARAMETERS = 2000, MAX_SCORE_PARAMETERS = 5000 };

/* Fails, or chooses the kind for a number of parameters. */
static EmixStatus choose_kind(EmixInformationKind asked, emix_index n_parameters,
                              EmixInformationKind *kind, EmixError *error)
{
    *kind = asked;
    if (asked == EMIX_INFORMATION_AUTO) {
        *kind = n_parameters <= MAX_OBSERVED_PARAMETERS ? EMIX_INFORMATION_OBSERVED
                                                        : EMIX_INFORMATION_SCORE;
    }
    const int most = *kind == EMIX_INFORMATION_OBSERVED ? MAX_OBSERVED_PARAMETERS
                                                        : MAX_SCORE_PARAMETERS;
    if (n_parameters > most) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "standard errors by %s information are for at most %d parameters, the "
                         "model has %lld",
                         emix_information_name(*kind), most, (long long)n_parameters);
    }
    return EMIX_OK;
}

/* Weights sum to 1: the largest one's coordinate is minus the others', each by the ratio of the
 * weights. */
typedef struct Dependent {
    emix_index component;
    const double *weights; /* [K] */
    emix_index n_components;
    emix_index block;
} Dependent;

static Dependent dependent_weight(const EmixModel *model, const EmixInformation *info)
{
    Dependent e = {
        .weights = model->weights, .n_components = model->n_components, .block = info->block};
    for (emix_index k = 1; k < model->n_components; ++k) {
        e.component = model->weights[k] > model->weights[e.component] ? k : e.component;
    }
    return e;
}

/* d a_dependent / d a_k */
static double slope_of(const Dependent *e, emix_index k)
{
    return -e->weights[k] / e->weights[e->component];
}

/* Substitutes the dependent coordinate in matrix and gradient, and gives it a row of its own that
 * is coupled to nothing. */
static void eliminate(const Dependent *e, EmixInformation *info)
{
    const emix_index n = info->n;
    const emix_index out = e->component * e->block;
    double *a = info->matrix;
    for (emix_index k = 0; k < e->n_components; ++k) {
        const emix_index at = k * e->block;
        const double slope = slope_of(e, k);
        for (emix_index j = 0; k != e->component && j < n; ++j) {
            a[at * n + j] += slope * a[out * n + j];
        }
        if (k != e->component) {
            info->gradient[at] += slope * info->gradient[out];
        }
    }
    for (emix_index k = 0; k < e->n_components; ++k) {
        const emix_index at = k * e->block;
        const double slope = slope_of(e, k);
        for (emix_index i = 0; k != e->component && i < n; ++i) {
            a[i * n + at] += slope * a[i * n + out];
        }
    }
    for (emix_index i = 0; i < n; ++i) {
        a[out * n + i] = a[i * n + out] = i == out ? 1.0 : 0.0;
    }
    info->gradient[out] = 0.0;
}

/* Puts the dependent coordinate back into the covariance matrix of the others. */
static void restore(const Dependent *e, EmixInformation *info)
{
    const emix_index n = info->n;
    const emix_index out = e->component * e->block;
    double *c = info->matrix;
    c[out * n + out] = 0.0;
    double variance = 0.0;
    for (emix_index j = 0; j < n; ++j) {
        double sum = 0.0;
        for (emix_index k = 0; k < e->n_components; ++k) {
            sum += k == e->component ? 0.0 : slope_of(e, k) * c[k * e->block * n + j];
        }
        c[out * n + j] = sum;
    }
    for (emix_index k = 0; k < e->n_components; ++k) {
        variance += k == e->component ? 0.0 : slope_of(e, k) * c[out * n + k * e->block];
    }
    for (emix_index j = 0; j < n; ++j) {
        c[j * n + out] = c[out * n + j];
    }
    c[out * n + out] = variance;
}

/* Divides rows and columns by `scale`, [n]. */
static void rescale(emix_index n, const double *scale, double *matrix)
{
    for (emix_index i = 0; i < n; ++i) {
        for (emix_index j = 0; j < n; ++j) {
            matrix[i * n + j] /= scale[i] * scale[j];
        }
    }
}

/* Why a matrix with unit diagonal has no Cholesky factor that can be relied on. */
static EmixStatus diagnose(emix_index n, double *matrix, double *values,
                           EmixInformationState *state, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *workspace = NULL;
    EMIX_TRY_ALLOC(workspace, emix_linalg_eigen_workspace(n));
    const bool failed = emix_linalg_eigen(n, false, matrix, values, workspace) != 0;
    const double rounding = 1e3 * DBL_EPSILON * (double)n;
    *state = !failed && values[0] < -rounding ? EMIX_INFORMATION_SADDLE : EMIX_INFORMATION_SINGULAR;
cleanup:
    emix_free(workspace);
    return status;
}

/* The inverse of info->matrix in its place, when it is positive definite beyond rounding. */
static EmixStatus invert(EmixInformation *info, EmixInformationState *state, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n = info->n;
    double *scale = NULL;
    double *factor = NULL;
    EMIX_TRY_ALLOC(scale, n);
    EMIX_TRY_ALLOC(factor, n * n);
    *state = EMIX_INFORMATION_OK;
    for (emix_index i = 0; i < n; ++i) {
        const double diagonal = info->matrix[i * (n + 1)];
        if (!(diagonal > 0.0)) {
            *state = diagonal < 0.0 ? EMIX_INFORMATION_SADDLE : EMIX_INFORMATION_SINGULAR;
            goto cleanup;
        }
        scale[i] = sqrt(diagonal);
    }
    rescale(n, scale, info->matrix);
    memcpy(factor, info->matrix, (size_t)(n * n) * sizeof *factor);
    bool reliable = emix_linalg_cholesky(n, factor) == 0;
    for (emix_index i = 0; reliable && i < n; ++i) {
        const double pivot = factor[i * (n + 1)];
        reliable = pivot * pivot > 1e3 * DBL_EPSILON * (double)n;
    }
    if (!reliable) {
        EMIX_TRY(diagnose(n, info->matrix, scale, state, error));
        goto cleanup;
    }
    emix_linalg_invert_lower(n, factor);
    emix_linalg_gram(n, factor, info->matrix);
    rescale(n, scale, info->matrix);
cleanup:
    emix_free(factor);
    emix_free(scale);
    return status;
}

static double newton_gain(const EmixInformation *info)
{
    double sum = 0.0;
    for (emix_index i = 0; i < info->n; ++i) {
        for (emix_index j = 0; j < info->n; ++j) {
            sum += info->gradient[i] * info->matrix[i * info->n + j] * info->gradient[j];
        }
    }
    return 0.5 * sum;
}

/* ---- back to the parameters ---- */

typedef struct Translation {
    const EmixModel *model;
    const EmixInformation *info;
    EmixErrorTable *table;
} Translation;

/* One feature of one component. */
static EmixStatus translate(void *context, int task, int worker)
{
    (void)worker;
    const Translation *t = context;
    const EmixInformation *info = t->info;
    const emix_index k = task / t->model->n_features;
    const emix_index feature = task % t->model->n_features;
    const EmixScorePlace place = {.own = k * info->block + 1, .shared = info->shared_at};
    info->score_ops->standard_errors(info->scores, k, feature, info->matrix, info->n, place,
                                     t->table->standard_errors);
    if (feature == 0) { /* rounding may leave a variance of 0 a little below it */
        const double variance = info->matrix[k * info->block * (info->n + 1)];
        t->table->standard_errors[k] = t->model->weights[k] * sqrt(fmax(0.0, variance));
    }
    return EMIX_OK;
}

static EmixStatus solve(const EmixModel *model, EmixInformation *info, int n_workers,
                        EmixOwnedErrors *owned, EmixError *error)
{
    const Dependent dependent = dependent_weight(model, info);
    eliminate(&dependent, info);
    const EmixStatus status = invert(info, &owned->errors.state, error);
    if (status != EMIX_OK || owned->errors.state != EMIX_INFORMATION_OK) {
        return status;
    }
    owned->errors.newton_gain = newton_gain(info);
    restore(&dependent, info);
    Translation translation = {.model = model, .info = info, .table = &owned->table};
    emix_parallel_for((int)(model->n_components * model->n_features), n_workers, translate,
                      &translation);
    emix_error_table_set_normal_intervals(&owned->table, model);
    return EMIX_OK;
}

/* Whether the likelihood's derivatives say nothing about the distribution of the estimate. */
static bool is_on_boundary(const EmixModel *model)
{
    for (emix_index k = 0; k < model->n_components; ++k) {
        if (model->weights[k] == 0.0 ||
            (model->has_report && (model->component_flags[k] & EMIX_FLAG_FLOOR) != 0)) {
            return true;
        }
    }
    return false;
}

EmixStatus emix_information_standard_errors(const EmixContext *context, const EmixModel *model,
                                            const EmixDataset *data,
                                            const EmixStandardErrorOptions *options,
                                            EmixStandardErrors **errors, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixOwnedErrors *owned = NULL;
    EmixInformation info = {0};
    EmixInformationKind kind = options->kind;
    emix_blas_enter_serial();
    const emix_index n_parameters = emix_model_n_free_parameters(model, 0);
    if (model->spec.prior != EMIX_PRIOR_NONE) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_UNSUPPORTED,
                           "standard errors are of maximum likelihood estimates; this model was "
                           "fitted under a prior"));
    }
    if (model->spec.fixed != 0 || model->spec.equal_weights) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_UNSUPPORTED,
                           "standard errors are of models whose parts were all estimated; some of "
                           "this one's were fixed"));
    }
    EMIX_TRY(choose_kind(options->kind, n_parameters, &kind, error));
    EMIX_TRY(emix_owned_errors_create(&model->parts, options->level, &owned, error));
    owned->errors.kind = kind;
    owned->errors.n_parameters = n_parameters;
    owned->errors.state = EMIX_INFORMATION_BOUNDARY;
    if (!is_on_boundary(model)) {
        EMIX_TRY(emix_information_init(context, model, data, kind, &info, error));
        EMIX_TRY(solve(model, &info, context->n_workers, owned, error));
    }
    *errors = &owned->errors;
    owned = NULL;
cleanup:
    emix_information_clear(&info);
    emix_standard_errors_destroy(owned ? &owned->errors : NULL);
    emix_blas_leave_serial();
    return status;
}
