/* Memory for standard errors and intervals of all parameters of a model. */
#ifndef EMIX_MODEL_ERROR_TABLE_H
#define EMIX_MODEL_ERROR_TABLE_H

#include <emix/uncertainty.h>

#include "model/model.h"

/** One kind of parameter; EmixErrorBars that can be written to. */
typedef struct EmixErrorArrays {
    double *standard_errors;
    double *lower;
    double *upper;
} EmixErrorArrays;

/** Owns its arrays. */
typedef struct EmixErrorTable {
    emix_index n_components;
    emix_index n_features;
    double level;
    EmixErrorArrays weights;     /* [K] */
    EmixErrorArrays means;       /* [K x D] */
    EmixErrorArrays covariances; /* [K x D x D] */
    double *storage;
} EmixErrorTable;

/** Takes the memory and fills it with NaN; release with emix_error_table_clear(). */
EmixStatus emix_error_table_init(emix_index n_components, emix_index n_features, double level,
                                 EmixErrorTable *table, EmixError *error);
void emix_error_table_clear(EmixErrorTable *table);

/** What users see of it. */
EmixParameterErrors emix_error_table_view(const EmixErrorTable *table);

/** Fills the intervals from the standard errors: normal about the estimate, of the logit for
 * weights and of the logarithm for variances. */
void emix_error_table_set_normal_intervals(EmixErrorTable *table, const EmixModel *model);

/** Standard errors that own their memory. */
typedef struct EmixOwnedErrors {
    EmixStandardErrors errors; /* first: what users hold points here */
    EmixErrorTable table;
} EmixOwnedErrors;

/** All NaN; release with emix_standard_errors_destroy(&owned->errors). */
EmixStatus emix_owned_errors_create(emix_index n_components, emix_index n_features, double level,
                                    EmixOwnedErrors **owned, EmixError *error);

#endif
