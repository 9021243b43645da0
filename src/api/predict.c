/* Applying a model: checks arguments, and calls query/. */
#include <emix/elbo.h>
#include <emix/predict.h>

#include "api/model_data.h"
#include "context/context.h"
#include "core/status_internal.h"
#include "data/dataset.h"
#include "query/elbo.h"
#include "query/predictor.h"

EmixStatus emix_predict(const EmixContext *context, const EmixModel *model,
                        const EmixDataset *dataset, emix_index first_row, emix_index n_rows,
                        const EmixPrediction *out, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixContext who;
    EmixDataset *view = NULL;
    const EmixDataset *data = NULL;
    EMIX_TRY(emix_context_resolve(context, &who, error));
    if (first_row < 0 || n_rows < 1 || first_row > dataset->n_rows - n_rows) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a window of %lld rows from row %lld does not lie in the %lld rows of the "
                         "data set",
                         (long long)n_rows, (long long)first_row, (long long)dataset->n_rows);
    }
    EMIX_TRY(emix_api_model_data(model, dataset, &view, &data, error));
    EMIX_TRY(emix_predictor_predict(&who, model, data, first_row, n_rows, out, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}

EmixStatus emix_score(const EmixContext *context, const EmixModel *model,
                      const EmixDataset *dataset, double *log_likelihood, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixContext who;
    EmixDataset *view = NULL;
    const EmixDataset *data = NULL;
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_model_data(model, dataset, &view, &data, error));
    EMIX_TRY(emix_predictor_score(&who, model, data, log_likelihood, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}

EmixStatus emix_elbo(const EmixContext *context, const EmixModel *model, const EmixDataset *dataset,
                     const EmixDataset *responsibilities, EmixElbo *elbo, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixContext who;
    EmixDataset *view = NULL;
    const EmixDataset *data = NULL;
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_model_data(model, dataset, &view, &data, error));
    EMIX_TRY(emix_elbo_run(&who, model, data, responsibilities, elbo, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}

EmixStatus emix_sample(const EmixModel *model, uint64_t seed, emix_index first_row,
                       emix_index n_rows, double *x, emix_index *labels, EmixError *error)
{
    if (first_row < 0 || n_rows < 0) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "rows %lld + %lld cannot be drawn",
                         (long long)first_row, (long long)n_rows);
    }
    return emix_predictor_sample(model, seed, first_row, n_rows, x, labels, error);
}
