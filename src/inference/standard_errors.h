/* Standard errors from the information in the data. */
#ifndef EMIX_INFERENCE_STANDARD_ERRORS_H
#define EMIX_INFERENCE_STANDARD_ERRORS_H

#include "data/dataset.h"
#include "model/error_table.h"

/** See emix_standard_errors_create(); options are checked by the caller, isa names the kernel table
 * to use, NULL = the best one. */
EmixStatus emix_information_standard_errors(const EmixModel *model, const EmixDataset *data,
                                            const EmixStandardErrorOptions *options,
                                            const char *isa, EmixStandardErrors **errors,
                                            EmixError *error);

#endif
