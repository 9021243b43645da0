/* Memory for standard errors and intervals of all parameters of a model. */
#ifndef EMIX_MODEL_ERROR_TABLE_H
#define EMIX_MODEL_ERROR_TABLE_H

#include <emix/uncertainty.h>

#include "model/model.h"

/** Owns its arrays, each laid out like the values of the model's parts. */
typedef struct EmixErrorTable {
    EmixParts parts; /* shapes alone */
    double level;
    double *standard_errors;        /* [n_values] */
    double *lower;                  /* [n_values] */
    double *upper;                  /* [n_values] */
    EmixPart views[EMIX_MAX_PARTS]; /* what users see of them */
} EmixErrorTable;

/** Takes the memory for the parts of a model and fills it with NaN; release with
 * emix_error_table_clear(). */
EmixStatus emix_error_table_init(const EmixParts *parts, double level, EmixErrorTable *table,
                                 EmixError *error);
void emix_error_table_clear(EmixErrorTable *table);

/** What users see of it, as long as the table stays where it is. */
EmixParameterErrors emix_error_table_view(const EmixErrorTable *table);

/** Fills the intervals from the standard errors: normal about the estimate, on the scale that the
 * family states of it (the logarithm for variances) and of the logit for weights. */
void emix_error_table_set_normal_intervals(EmixErrorTable *table, const EmixModel *model);

/** Standard errors that own their memory. */
typedef struct EmixOwnedErrors {
    EmixStandardErrors errors; /* first: what users hold points here */
    EmixErrorTable table;
} EmixOwnedErrors;

/** All NaN; release with emix_standard_errors_destroy(&owned->errors). */
EmixStatus emix_owned_errors_create(const EmixParts *parts, double level, EmixOwnedErrors **owned,
                                    EmixError *error);

#endif
