/* Means and variances of components, covariances as matrices, and their inverses. */
#include <math.h>

#include "core/alloc.h"
#include "linalg/linalg.h"
#include "model/model.h"

static bool is_known(const EmixModel *model, emix_index component, emix_index feature)
{
    return component >= 0 && component < model->n_components && feature >= 0 &&
           feature < model->n_features;
}

double emix_model_mean(const EmixModel *model, emix_index component, emix_index feature)
{
    return is_known(model, component, feature)
               ? model->parts.family->mean(&model->parts, component, feature)
               : (double)NAN;
}

double emix_model_variance(const EmixModel *model, emix_index component, emix_index feature)
{
    return is_known(model, component, feature)
               ? model->parts.family->variance(&model->parts, component, feature)
               : (double)NAN;
}

static EmixStatus check_component(const EmixModel *model, emix_index component, EmixError *error)
{
    return component >= 0 && component < model->n_components
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_ARGUMENT, "component %lld is not one of 0 ... %lld",
                           (long long)component, (long long)model->n_components - 1);
}

EmixStatus emix_model_covariance_matrix(const EmixModel *model, emix_index component,
                                        double *matrix, EmixError *error)
{
    const EmixStatus status = check_component(model, component, error);
    if (status == EMIX_OK) {
        model->parts.family->covariance_matrix(&model->parts, component, matrix);
    }
    return status;
}

EmixStatus emix_model_precision(const EmixModel *model, emix_index component, double *precision,
                                double *factor, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = model->n_features;
    double *w = NULL;
    emix_blas_enter_serial();
    EMIX_TRY(check_component(model, component, error));
    EMIX_TRY_ALLOC(w, d * d);
    model->parts.family->covariance_matrix(&model->parts, component, w);
    const emix_index bad = emix_linalg_cholesky(d, w);
    if (bad != 0) {
        EMIX_TRY(emix_fail(error, EMIX_ERR_DEGENERATE,
                           "covariance of component %lld is not positive definite (leading minor "
                           "%lld)",
                           (long long)component, (long long)bad));
    }
    emix_linalg_invert_lower(d, w);
    for (emix_index i = 0; factor != NULL && i < d; ++i) {
        for (emix_index j = 0; j < d; ++j) {
            factor[j * d + i] = w[i * d + j];
        }
    }
    if (precision != NULL) {
        emix_linalg_gram(d, w, precision);
    }
cleanup:
    emix_blas_leave_serial();
    emix_free(w);
    return status;
}
