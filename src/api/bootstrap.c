/* The bootstrap: arguments are checked here; the work is the engine's. */
#include <emix/bootstrap.h>
#include <emix/options.h>

#include "api/model_data.h"
#include "context/context.h"
#include "core/sized.h"
#include "core/status_internal.h"
#include "inference/bootstrap.h"
#include "options/options.h"

enum { MOST_REPLICATES = 1000000 };

const char *emix_resampling_name(EmixResampling resampling)
{
    const char *name = emix_enum_name(EMIX_ENUM_RESAMPLING, (int)resampling);
    return name != NULL ? name : "unknown";
}

/* What is said of the fits is as of any fit. */
static EmixBootstrapOptions defaults(void)
{
    return (EmixBootstrapOptions){
        .size = sizeof(EmixBootstrapOptions),
        .n_replicates = 200,
        .resampling = EMIX_RESAMPLE_PARAMETRIC,
        .level = 0.95,
        .n_starts = emix_fit_options_defaults.starts.n,
        .tolerance = emix_fit_options_defaults.stop.tolerance,
        .max_iterations = emix_fit_options_defaults.stop.max_iterations,
        .seed = emix_fit_options_defaults.starts.seed,
    };
}

void emix_bootstrap_options_init(EmixBootstrapOptions *options)
{
    const EmixBootstrapOptions usual = defaults();
    emix_sized_init(options, options->size, &usual, sizeof usual);
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
    EMIX_TRY(check_range("n_replicates", o->n_replicates, 1, MOST_REPLICATES, error));
    EMIX_TRY(check_range("max_iterations", o->max_iterations, 1, INT32_MAX, error));
    EMIX_TRY(check_range("resampling", (int)o->resampling, 0, (int)EMIX_N_RESAMPLINGS - 1, error));
    if (!(o->level > 0.0 && o->level < 1.0)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "level is %g, must lie between 0 and 1",
                         o->level);
    }
cleanup:
    return status;
}

/* A caller's options, which may be those of another version of the header; NULL = the defaults. */
static EmixStatus take_options(const EmixBootstrapOptions *options, EmixBootstrapOptions *taken,
                               EmixError *error)
{
    EmixStatus status = EMIX_OK;
    *taken = defaults();
    if (options != NULL) {
        EMIX_TRY(emix_sized_copy("EmixBootstrapOptions", options, options->size, taken,
                                 sizeof *taken, error));
    }
    EMIX_TRY(check_options(taken, error));
cleanup:
    return status;
}

/* A task, and what it borrows. */
typedef struct Request {
    EmixBootstrapOptions options;
    EmixContext who;
    EmixDataset *view; /* owned; NULL = the data as they are */
    EmixBootstrapTask task;
} Request;

/* Checks the arguments that both functions have, and puts them together. To be ended with
 * emix_dataset_destroy(request->view), on failure too. */
static EmixStatus make_request(const EmixContext *context, const EmixModel *model,
                               const EmixDataset *dataset, const EmixBootstrapOptions *options,
                               const void *out, Request *request, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixBootstrapTask *task = &request->task;
    request->view = NULL;
    if (model == NULL || dataset == NULL || out == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model, dataset and result must not be NULL");
    }
    EMIX_TRY(emix_context_resolve(context, &request->who, error));
    EMIX_TRY(take_options(options, &request->options, error));
    *task = (EmixBootstrapTask){.model = model,
                                .data = dataset,
                                .options = &request->options,
                                .fit_options = emix_fit_options_defaults,
                                .who = &request->who};
    task->fit_options.starts.n = request->options.n_starts;
    task->fit_options.stop.tolerance = request->options.tolerance;
    task->fit_options.stop.max_iterations = request->options.max_iterations;
    EMIX_TRY(emix_options_check(EMIX_OPTION_OF_FIT, &task->fit_options, error));
    EMIX_TRY(emix_api_model_data(model, dataset, &request->view, &task->data, error));
cleanup:
    return status;
}

EmixStatus emix_bootstrap_create(const EmixContext *context, const EmixModel *model,
                                 const EmixDataset *dataset, const EmixBootstrapOptions *options,
                                 EmixBootstrap **bootstrap, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Request request;
    EMIX_TRY(make_request(context, model, dataset, options, bootstrap, &request, error));
    EMIX_TRY(emix_bootstrap_run(&request.task, bootstrap, error));
cleanup:
    emix_dataset_destroy(request.view);
    return status;
}

EmixStatus emix_component_test_create(const EmixContext *context, const EmixModel *model,
                                      const EmixDataset *dataset,
                                      const EmixBootstrapOptions *options, EmixComponentTest **test,
                                      EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Request request;
    EMIX_TRY(make_request(context, model, dataset, options, test, &request, error));
    EMIX_TRY(emix_component_test_run(&request.task, test, error));
cleanup:
    emix_dataset_destroy(request.view);
    return status;
}
