/* Models read from JSON. Which families there are is the caller's to know. */
#ifndef EMIX_DOCUMENTS_MODEL_JSON_H
#define EMIX_DOCUMENTS_MODEL_JSON_H

#include <emix/io.h>

#include "model/parts.h"

/** See emix_model_read(). */
EmixStatus emix_io_model_read(const char *path, EmixFindParts find, EmixModel **model,
                              EmixError *error);

/** See emix_model_read_text(). */
EmixStatus emix_io_model_read_text(const char *text, size_t n_bytes, EmixFindParts find,
                                   EmixModel **model, EmixError *error);

#endif
