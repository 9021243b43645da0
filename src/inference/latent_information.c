/* Information matrices of a user's model, from the scores of its rows, and their inverses. */
#include "inference/latent_information.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "em/engine.h"
#include "linalg/linalg.h"
#include "latent/latent.h"

/* Steps of the differences, relative to the parameter or to the distance over which the density of
 * one row changes, whichever is smaller. The error left by two extrapolations grows with the sixth
 * power of the step, the error of rounding with its inverse. Here both are about 1e-12. */
static const double relative_step = 5e-3;
enum { MAX_HALVINGS = 20, N_WIDTHS = 3 };
/* Relative difference allowed between second derivatives taken in either order; a larger one shows
 * that the score is not a gradient. */
static const double symmetry = 1e-5;

typedef struct Information {
    const EmixLatentModel *model;
    EmixEngine *engine;
    const double *params; /* BORROWED */
    double *matrix;       /* [p x p] */
    double *differences;  /* [N_WIDTHS x p] */
    double *steps;        /* [p] */
} Information;

static const double *score_sums(const Information *info)
{
    return emix_engine_stats(info->engine) + EMIX_STAT_HEADER;
}

/* Sum of the scores with parameter j moved by `shift`. */
static EmixStatus score_at(Information *info, emix_index j, double shift, EmixPassKind kind,
                           EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = info->engine;
    memcpy(e->current.params, info->params, (size_t)info->model->n_params * sizeof(double));
    e->current.params[j] += shift;
    EMIX_TRY(emix_engine_prepare(e, error));
    EMIX_TRY(emix_engine_pass(e, kind, error));
cleanup:
    return status;
}

static EmixStatus outer_product(Information *info, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index p = info->model->n_params;
    EMIX_TRY(score_at(info, 0, 0.0, EMIX_PASS_ASSESS, error));
    for (emix_index i = 0; i < p; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            info->matrix[i * p + j] = score_sums(info)[p + i * p + j];
            info->matrix[j * p + i] = info->matrix[i * p + j];
        }
    }
cleanup:
    return status;
}

/* Computes (G(params + h e_j) - G(params - h e_j)) / 2h into difference [p]. */
static EmixStatus central_difference(Information *info, emix_index j, double h, double *difference,
                                     EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index p = info->model->n_params;
    EMIX_TRY(score_at(info, j, h, EMIX_PASS_FULL, error));
    memcpy(difference, score_sums(info), (size_t)p * sizeof *difference);
    EMIX_TRY(score_at(info, j, -h, EMIX_PASS_FULL, error));
    /* the actual difference after rounding, not 2h */
    const double width = (info->params[j] + h) - (info->params[j] - h);
    for (emix_index i = 0; i < p; ++i) {
        difference[i] = (difference[i] - score_sums(info)[i]) / width;
    }
cleanup:
    return status;
}

/* Column j of the observed information: central differences of widths h, 2h and 4h, extrapolated to
 * 0 twice (Richardson). Widths that leave the domain are halved. */
static EmixStatus observed_column(Information *info, emix_index j, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index p = info->model->n_params;
    double *d[N_WIDTHS];
    double h = info->steps[j];
    for (int halvings = 0; halvings <= MAX_HALVINGS; ++halvings, h /= 2.0) {
        for (int w = N_WIDTHS - 1; w >= 0; --w) { /* the widest first: it fails first */
            d[w] = info->differences + w * p;
            status = central_difference(info, j, ldexp(h, w), d[w],
                                        halvings == MAX_HALVINGS ? error : NULL);
            if (status != EMIX_OK) break;
        }
        if (status == EMIX_OK) break;
    }
    for (emix_index i = 0; i < p && status == EMIX_OK; ++i) {
        const double once = (4.0 * d[0][i] - d[1][i]) / 3.0;
        const double wider = (4.0 * d[1][i] - d[2][i]) / 3.0;
        info->matrix[i * p + j] = -(16.0 * once - wider) / 15.0;
    }
    return status;
}

static EmixStatus symmetrise(Information *info, EmixError *error)
{
    const emix_index p = info->model->n_params;
    double *a = info->matrix;
    for (emix_index i = 0; i < p; ++i) {
        for (emix_index j = 0; j < i; ++j) {
            const double scale = sqrt(fabs(a[i * p + i] * a[j * p + j])) + fabs(a[i * p + j]) +
                                 fabs(a[j * p + i]);
            if (fabs(a[i * p + j] - a[j * p + i]) > symmetry * scale) {
                return emix_fail(error, EMIX_ERR_ARGUMENT,
                                 "model %s: score is no gradient: the derivative of its sum %lld "
                                 "by parameter %lld is %.9g, that of sum %lld by parameter %lld "
                                 "is %.9g",
                                 info->model->name, (long long)i + 1, (long long)j + 1,
                                 -a[i * p + j], (long long)j + 1, (long long)i + 1, -a[j * p + i]);
            }
            a[i * p + j] = 0.5 * (a[i * p + j] + a[j * p + i]);
            a[j * p + i] = a[i * p + j];
        }
    }
    return EMIX_OK;
}

static EmixStatus observed(Information *info, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index p = info->model->n_params;
    EMIX_TRY(outer_product(info, error));
    for (emix_index j = 0; j < p; ++j) {
        const double of_one_row = info->matrix[j * p + j] / info->engine->data->total_weight;
        const double reach = of_one_row > 0.0 ? 1.0 / sqrt(of_one_row) : 1.0;
        const double size = fabs(info->params[j]);
        info->steps[j] = relative_step * (size > 0.0 && size < reach ? size : reach);
    }
    for (emix_index j = 0; j < p; ++j) {
        EMIX_TRY(observed_column(info, j, error));
    }
    EMIX_TRY(symmetrise(info, error));
cleanup:
    return status;
}

/* Inverts the matrix into info->matrix. */
static EmixStatus invert(Information *info, double *inverse, EmixError *error)
{
    const emix_index p = info->model->n_params;
    const emix_index at = emix_linalg_cholesky(p, info->matrix);
    if (at != 0) {
        return emix_fail(error, EMIX_ERR_DEGENERATE,
                         "model %s: the information is not positive definite at parameter %lld: "
                         "the point is no maximum, or the data do not determine it",
                         info->model->name, (long long)at);
    }
    emix_linalg_invert_lower(p, info->matrix);
    emix_linalg_gram(p, info->matrix, inverse);
    return EMIX_OK;
}

EmixStatus emix_latent_information(const EmixContext *context, const EmixLatentModel *model,
                                   const EmixDataset *data, const double *params,
                                   EmixInformationKind kind, double *standard_errors,
                                   double *covariance, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index p = model->n_params;
    double *inverse = NULL;
    Information info = {.model = model, .params = params};
    const EmixLatent instance = emix_latent_instance(model, data->n_features);
    emix_blas_enter_serial();
    EMIX_TRY_ALLOC(info.matrix, p * p);
    EMIX_TRY_ALLOC(inverse, p * p);
    EMIX_TRY_ALLOC(info.differences, N_WIDTHS * p);
    EMIX_TRY_ALLOC(info.steps, p);
    EMIX_TRY(emix_engine_create(&emix_latent_score_ops, &instance, data, context->n_workers,
                                &info.engine, error));
    EMIX_TRY(kind == EMIX_INFORMATION_SCORE ? outer_product(&info, error) : observed(&info, error));
    EMIX_TRY(invert(&info, inverse, error));
    for (emix_index j = 0; j < p && standard_errors != NULL; ++j) {
        standard_errors[j] = sqrt(inverse[j * p + j]);
    }
    if (covariance != NULL) {
        memcpy(covariance, inverse, (size_t)(p * p) * sizeof *covariance);
    }
cleanup:
    emix_blas_leave_serial();
    emix_engine_destroy(info.engine);
    emix_free(info.steps);
    emix_free(info.differences);
    emix_free(inverse);
    emix_free(info.matrix);
    return status;
}
