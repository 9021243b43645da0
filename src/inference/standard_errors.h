/* Standard errors from the information in the data. */
#ifndef EMIX_INFERENCE_STANDARD_ERRORS_H
#define EMIX_INFERENCE_STANDARD_ERRORS_H

#include "context/context.h"
#include "data/dataset.h"
#include "model/error_table.h"

/** See emix_standard_errors_create(); options are checked by the caller. */
EmixStatus emix_information_standard_errors(const EmixContext *context, const EmixModel *model,
                                            const EmixDataset *data,
                                            const EmixStandardErrorOptions *options,
                                            EmixStandardErrors **errors, EmixError *error);

#endif
