/* Using a model: arguments are checked here; the work is the engine's. */
#include <emix/elbo.h>
#include <emix/predict.h>

#include <stdlib.h>

#include "core/status_internal.h"
#include "data/dataset.h"
#include "query/elbo.h"
#include "query/predictor.h"

static EmixStatus check_workers(int n_workers, EmixError *error)
{
    return n_workers >= 0
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_ARGUMENT, "n_workers is %d, must be >= 0", n_workers);
}

EmixStatus emix_predict(const EmixModel *model, const EmixDataset *dataset, emix_index first_row,
                        emix_index n_rows, int n_workers, const EmixPrediction *out,
                        EmixError *error)
{
    const EmixStatus status = check_workers(n_workers, error);
    if (status != EMIX_OK) {
        return status;
    }
    if (first_row < 0 || n_rows < 1 || first_row > dataset->n_rows - n_rows) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "a window of %lld rows from row %lld does not lie in the %lld rows of the "
                         "data set",
                         (long long)n_rows, (long long)first_row, (long long)dataset->n_rows);
    }
    return emix_predictor_predict(model, dataset, first_row, n_rows, n_workers, getenv("EMIX_ISA"),
                                  out, error);
}

EmixStatus emix_score(const EmixModel *model, const EmixDataset *dataset, int n_workers,
                      double *log_likelihood, EmixError *error)
{
    const EmixStatus status = check_workers(n_workers, error);
    if (status != EMIX_OK) {
        return status;
    }
    return emix_predictor_score(model, dataset, n_workers, getenv("EMIX_ISA"), log_likelihood,
                                error);
}

EmixStatus emix_elbo(const EmixModel *model, const EmixDataset *dataset,
                     const EmixDataset *responsibilities, int n_workers, EmixElbo *elbo,
                     EmixError *error)
{
    const EmixStatus status = check_workers(n_workers, error);
    if (status != EMIX_OK) {
        return status;
    }
    return emix_elbo_run(model, dataset, responsibilities, n_workers, getenv("EMIX_ISA"), elbo,
                         error);
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
