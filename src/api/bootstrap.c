/* The bootstrap: arguments are checked here; the work is the engine's. */
#include <emix/bootstrap.h>
#include <emix/options.h>

#include <math.h>

#include "api/model_data.h"
#include "context/context.h"
#include "core/status_internal.h"
#include "inference/bootstrap.h"

enum { MOST = 1000000 }; /* replicates, starts */

const char *emix_resampling_name(EmixResampling resampling)
{
    const char *name = emix_enum_name(EMIX_ENUM_RESAMPLING, (int)resampling);
    return name != NULL ? name : "unknown";
}

EmixBootstrapOptions emix_bootstrap_options_default(void)
{
    const EmixFitOptions fit = emix_fit_options_default();
    return (EmixBootstrapOptions){
        .n_replicates = 200,
        .resampling = EMIX_RESAMPLE_PARAMETRIC,
        .level = 0.95,
        .n_starts = fit.starts.n,
        .tolerance = fit.stop.tolerance,
        .max_iterations = fit.stop.max_iterations,
    };
}

static EmixStatus check_range(const char *name, int value, int least, int most, EmixError *error)
{
    return value >= least && value <= most
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_ARGUMENT, "%s is %d, not in %d ... %d", name, value,
                           least, most);
}

static EmixStatus check_options(const EmixBootstrapOptions *o, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(check_range("n_replicates", o->n_replicates, 1, MOST, error));
    EMIX_TRY(check_range("n_starts", o->n_starts, 1, MOST, error));
    EMIX_TRY(check_range("max_iterations", o->max_iterations, 1, INT32_MAX, error));
    EMIX_TRY(check_range("resampling", (int)o->resampling, 0, (int)EMIX_N_RESAMPLINGS - 1, error));
    if (!(o->level > 0.0 && o->level < 1.0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "level is %g, must lie between 0 and 1",
                         o->level);
    }
    if (!(o->tolerance >= 0.0) || !isfinite(o->tolerance)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "tolerance is %g, must be finite and >= 0",
                         o->tolerance);
    }
cleanup:
    return status;
}

/* Checks the arguments that both functions have, and puts them together.
 * @param[out] view  Release it when the task is done. */
static EmixStatus make_task(const EmixContext *context, const EmixModel *model,
                            const EmixDataset *dataset, const EmixBootstrapOptions *options,
                            const void *out, EmixContext *who, EmixDataset **view,
                            EmixBootstrapTask *task, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    if (model == NULL || dataset == NULL || out == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model, dataset and result must not be NULL");
    }
    EMIX_TRY(emix_context_resolve(context, who, error));
    *task = (EmixBootstrapTask){.model = model,
                                .data = dataset,
                                .options = options,
                                .fit_options = emix_fit_options_default(),
                                .who = who};
    EMIX_TRY(check_options(options, error));
    EMIX_TRY(emix_api_model_data(model, dataset, view, &task->data, error));
cleanup:
    return status;
}

EmixStatus emix_bootstrap_create(const EmixContext *context, const EmixModel *model,
                                 const EmixDataset *dataset, const EmixBootstrapOptions *options,
                                 EmixBootstrap **bootstrap, EmixError *error)
{
    const EmixBootstrapOptions chosen = options ? *options : emix_bootstrap_options_default();
    EmixStatus status = EMIX_OK;
    EmixDataset *view = NULL;
    EmixContext who;
    EmixBootstrapTask task;
    EMIX_TRY(make_task(context, model, dataset, &chosen, bootstrap, &who, &view, &task, error));
    EMIX_TRY(emix_bootstrap_run(&task, bootstrap, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}

EmixStatus emix_component_test_create(const EmixContext *context, const EmixModel *model,
                                      const EmixDataset *dataset,
                                      const EmixBootstrapOptions *options, EmixComponentTest **test,
                                      EmixError *error)
{
    const EmixBootstrapOptions chosen = options ? *options : emix_bootstrap_options_default();
    EmixStatus status = EMIX_OK;
    EmixDataset *view = NULL;
    EmixContext who;
    EmixBootstrapTask task;
    EMIX_TRY(make_task(context, model, dataset, &chosen, test, &who, &view, &task, error));
    EMIX_TRY(emix_component_test_run(&task, test, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}
