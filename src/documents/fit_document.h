/* The report of a fit as JSON: alone (`emix.fit/1`) or inside a model file. */
#ifndef EMIX_DOCUMENTS_FIT_DOCUMENT_H
#define EMIX_DOCUMENTS_FIT_DOCUMENT_H

#include <jansson.h>

#include <emix/io.h>

#include "documents/json_text.h"
#include "documents/part_json.h"
#include "model/model.h"

/** Writes the document of a model that has a report.
 * @param context   May be NULL.
 * @param embedded  Leaves out what a model file must not hold, since the file is the same for any
 *                  number of threads (time, memory, threads), the components, each start,
 *                  and the settings. */
void emix_io_fit_json_write(EmixJsonText *json, const EmixModel *model,
                            const EmixFitContext *context, bool embedded);

/** Writes the members of a model file beside "fit": what the document has no place for, so that
 * reading a model and writing it again keeps everything. */
void emix_io_fit_json_write_details(EmixJsonText *json, const EmixModel *model);

/** Reads both back. Members that are missing leave 0 or NaN; null is NaN.
 * @param root  The model file; it has a member "fit".
 * @return EMIX_OK, EMIX_ERR_FORMAT. */
EmixStatus emix_io_fit_json_read(const json_t *root, EmixModel *model, const EmixJsonPlace *place);

/** A number; NaN where the value is null or not there.
 * @param path  How a message calls it. */
EmixStatus emix_io_json_read_number(const json_t *value, const char *path, double *number,
                                    const EmixJsonPlace *place);

/** A seed: an integer, or a string of digits where it is beyond the integers that JSON
 * readers keep exactly as 64-bit signed ones. */
void emix_io_json_seed(EmixJsonText *json, uint64_t seed);

/** Names, by the enumeration. */
extern const char *const emix_io_prior_names[EMIX_N_PRIORS];
extern const char *const emix_io_stop_names[EMIX_N_STOPS];
extern const char *const emix_io_stop_rule_names[EMIX_N_STOP_RULES];
extern const char *const emix_io_acceleration_names[EMIX_N_ACCELERATIONS];
extern const char *const emix_io_e_step_names[EMIX_N_E_STEPS];

#endif
