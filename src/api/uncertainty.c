/* Standard errors: checks arguments, and calls inference/. */
#include <emix/uncertainty.h>

#include "api/model_data.h"
#include "context/context.h"
#include "core/sized.h"
#include "core/status_internal.h"
#include "inference/standard_errors.h"

static const EmixStandardErrorOptions defaults = {
    .size = sizeof(EmixStandardErrorOptions), .kind = EMIX_INFORMATION_AUTO, .level = 0.95};

void emix_standard_error_options_init(EmixStandardErrorOptions *options)
{
    emix_sized_init(options, options->size, &defaults, sizeof defaults);
}

static EmixStatus check_level(double level, EmixError *error)
{
    return level > 0.0 && level < 1.0 ? EMIX_OK
                                      : emix_fail(error, EMIX_ERR_ARGUMENT,
                                                  "level is %g, must lie between 0 and 1", level);
}

EmixStatus emix_standard_errors_create(const EmixContext *context, const EmixModel *model,
                                       const EmixDataset *dataset,
                                       const EmixStandardErrorOptions *options,
                                       EmixStandardErrors **errors, EmixError *error)
{
    EmixStandardErrorOptions chosen = defaults;
    EmixStatus status = EMIX_OK;
    EmixDataset *view = NULL;
    const EmixDataset *data = NULL;
    EmixContext who;
    if (model == NULL || dataset == NULL || errors == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model, dataset and errors must not be NULL");
    }
    if (options != NULL) {
        EMIX_TRY(emix_sized_copy("EmixStandardErrorOptions", options, options->size, &chosen,
                                 sizeof chosen, error));
    }
    if ((unsigned)chosen.kind >= EMIX_N_INFORMATION_KINDS) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "kind of information %d is unknown",
                         (int)chosen.kind);
    }
    EMIX_TRY(check_level(chosen.level, error));
    EMIX_TRY(emix_context_resolve(context, &who, error));
    EMIX_TRY(emix_api_model_data(model, dataset, &view, &data, error));
    EMIX_TRY(emix_information_standard_errors(&who, model, data, &chosen, errors, error));
cleanup:
    emix_dataset_destroy(view);
    return status;
}
