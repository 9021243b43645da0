/* The inside of a model: parameters as users see them, with what is known of their fit. */
#ifndef EMIX_MODEL_MODEL_H
#define EMIX_MODEL_MODEL_H

#include <stdbool.h>

#include <emix/fit.h>
#include <emix/model.h>
#include <emix/uncertainty.h>

#include "core/status_internal.h"
#include "model/parts.h"
#include "model/spec.h"

struct EmixModel {
    struct EmixSpec spec; /* what was fitted */
    EmixParts parts;      /* owns its values */
    emix_index n_components;
    emix_index n_features;
    double *weights;        /* [K] the values of its first part */
    char **feature_names;   /* [D], or NULL */
    char **component_names; /* [K] of strings or NULL, or NULL */
    bool has_report;
    EmixFitReport report;                /* of the fit that made it */
    EmixFitOptions options;              /* how it was made, with a report; what is BORROWED in a
                                            fit's options is NULL, but for the checkpoint's path */
    bool has_all_options;                /* false for a model from a file, which tells some */
    char *checkpoint_path;               /* owned by a copy, options.checkpoint.path then */
    EmixStartReport *starts;             /* [report.n_starts] owned by a copy, report.starts then; a
                                            fit's own result borrows those of the fit */
    double *effective_counts;            /* [K], with a report */
    unsigned *component_flags;           /* [K], with a report */
    EmixStandardErrors *standard_errors; /* owned; NULL = none */
};

/** A model with zeroed parameters, for the caller to fill in. */
EmixStatus emix_model_create_empty(const EmixFamilyParts *family, emix_index n_components,
                                   emix_index n_features, EmixModel **model, EmixError *error);

/** See emix_model_create(). */
EmixStatus emix_model_create_parts(const EmixFamilyParts *family, emix_index n_components,
                                   emix_index n_features, int n_parts, const EmixPart *parts,
                                   EmixModel **model, EmixError *error);

/** A copy of a model with all it carries. */
EmixStatus emix_model_copy(const EmixModel *from, EmixModel **model, EmixError *error);

/** Parameters of a model, those of the fixed parts (EmixFixedPart bits) left out. */
emix_index emix_model_n_free_parameters(const EmixModel *model, unsigned fixed);

/** Copies feature names into a model without any; names [n_features] of strings. */
EmixStatus emix_model_set_feature_names(EmixModel *model, const char *const *names,
                                        EmixError *error);

/** Copies component names into a model without any; names [n_components] of strings or NULL. */
EmixStatus emix_model_set_component_names(EmixModel *model, const char *const *names,
                                          EmixError *error);

#endif
