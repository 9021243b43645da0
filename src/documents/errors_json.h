/* Standard errors and intervals as JSON, in fit documents, model files and documents of their own.
 */
#ifndef EMIX_DOCUMENTS_ERRORS_JSON_H
#define EMIX_DOCUMENTS_ERRORS_JSON_H

#include "documents/fit_document.h"
#include "model/error_table.h"

/** Writes a member for each part, and "intervals", into the open object. */
void emix_io_parameter_errors_json_write(EmixJsonText *json, const EmixParameterErrors *errors);

/** Writes the member "standard_errors" of a model that carries them; nothing otherwise. */
void emix_io_standard_errors_json_write(EmixJsonText *json, const EmixModel *model);

/** Reads that member back into the model; null is NaN. A file without it is EMIX_OK. */
EmixStatus emix_io_standard_errors_json_read(const json_t *root, EmixModel *model,
                                             const EmixJsonPlace *place);

#endif
