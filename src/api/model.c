/* Models from parts and from files: arguments are checked here, families looked up. */
#include <emix/io.h>
#include <emix/model.h>

#include "documents/model_json.h"
#include "families/registry.h"
#include "model/model.h"

EmixStatus emix_model_create(const char *family, const char *covariance, emix_index n_components,
                             emix_index n_features, int n_parts, const EmixPart *parts,
                             EmixModel **model, EmixError *error)
{
    if (family == NULL || covariance == NULL || parts == NULL || model == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "family, covariance, parts and model must not be NULL");
    }
    const EmixFamilyParts *known = emix_family_parts_find(family, covariance);
    if (known == NULL) {
        return emix_fail(error, EMIX_ERR_UNSUPPORTED,
                         "there is no family \"%.80s\" with covariances \"%.80s\"", family,
                         covariance);
    }
    return emix_model_create_parts(known, n_components, n_features, n_parts, parts, model, error);
}

EmixStatus emix_model_create_gaussian(EmixCovariance covariance, emix_index n_components,
                                      emix_index n_features, const double *weights,
                                      const double *means, const double *covariances,
                                      EmixModel **model, EmixError *error)
{
    if ((unsigned)covariance >= EMIX_N_COVARIANCES) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "covariance structure %d is unknown",
                         (int)covariance);
    }
    const EmixPart parts[] = {
        {.name = "weights", .rank = 1, .shape = {n_components}, .values = weights},
        {.name = "means", .rank = 2, .shape = {n_components, n_features}, .values = means},
        {.name = "covariances",
         .rank = 3,
         .shape = {n_components, n_features, n_features},
         .values = covariances},
    };
    return emix_model_create_parts(
        emix_family_parts_find("gaussian", emix_covariance_letters(covariance)), n_components,
        n_features, 3, parts, model, error);
}

EmixStatus emix_model_read(const char *path, EmixModel **model, EmixError *error)
{
    return path == NULL ? emix_fail(error, EMIX_ERR_ARGUMENT, "the path is NULL")
                        : emix_io_model_read(path, emix_family_parts_find, model, error);
}

EmixStatus emix_model_read_text(const char *text, size_t n_bytes, EmixModel **model,
                                EmixError *error)
{
    return text == NULL
               ? emix_fail(error, EMIX_ERR_ARGUMENT, "the text is NULL")
               : emix_io_model_read_text(text, n_bytes, emix_family_parts_find, model, error);
}
