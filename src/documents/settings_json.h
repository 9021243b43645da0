/* The options of a fit as JSON, from the table of options. */
#ifndef EMIX_DOCUMENTS_SETTINGS_JSON_H
#define EMIX_DOCUMENTS_SETTINGS_JSON_H

#include "documents/json_text.h"
#include "model/model.h"

/** Writes the member "settings": every option that the model's family has, by its name on the
 * command line, as it was used. Numbers, names and file names are as there; a flag is true or false,
 * a list an array; null is an option that was not set or was of no use. */
void emix_io_settings_json_write(EmixJsonText *json, const EmixModel *model);

#endif
