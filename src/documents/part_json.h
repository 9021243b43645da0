/* Parts of the parameters as nested JSON arrays. */
#ifndef EMIX_DOCUMENTS_PART_JSON_H
#define EMIX_DOCUMENTS_PART_JSON_H

#include <jansson.h>

#include "documents/json_text.h"
#include "model/parts.h"

/** Where a value in a JSON file stands, for messages. */
typedef struct EmixJsonPlace {
    const char *name; /* of the file   */
    EmixError *error; /* may be NULL   */
} EmixJsonPlace;

/** Writes an array of a part's shape.
 * @param indent  Blanks before each of its matrix rows, which begin a line; 0 = all on one line. */
void emix_io_part_json_write(EmixJsonText *json, const EmixPartShape *shape, const double *values,
                             int indent);

/** Writes the member of a part's name, on one line. */
void emix_io_part_json_member(EmixJsonText *json, const EmixPartShape *shape, const double *values);

/** Fails unless `value` is an array of `length` entries; `path` is how a message calls it. */
EmixStatus emix_io_json_check_array(const json_t *value, const char *path, emix_index length,
                                    const EmixJsonPlace *place);

/** Reads a part in its wide form, where the arrays are nested as deep as that, or in the usual one.
 * @param path         How a message calls it.
 * @param nulls        Whether null is allowed; it becomes NaN.
 * @param[out] shape   Which form it was.
 * @param[out] values  Release with emix_free(), on failure too.
 * @return EMIX_OK, EMIX_ERR_FORMAT, EMIX_ERR_NOMEM. */
EmixStatus emix_io_part_json_read(const EmixParts *parts, int part, const json_t *array,
                                  const char *path, bool nulls, EmixPartShape *shape,
                                  double **values, const EmixJsonPlace *place);

#endif
