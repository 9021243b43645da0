/* Checks of a user's table of functions and of the values that its functions return. A wrong value
 * is an error that names the model and the function, not a NaN in a result. */
#include "latent/latent.h"

#include <math.h>
#include <stddef.h>

#include "core/rng.h"

/* ---- checks of what a user's function wrote ---- */

static bool is_status(EmixStatus status)
{
    switch (status) {
#define STATUS_AS_CASE(name, value, text) case name:
        EMIX_STATUS_LIST(STATUS_AS_CASE)
#undef STATUS_AS_CASE
        return true;
    default: return false;
    }
}

EmixStatus emix_latent_fail(const EmixLatentModel *model, const char *function, EmixStatus status,
                            const EmixError *own, EmixError *error)
{
    if (!is_status(status)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model %s: %s returned %d, which is no status",
                         model->name, function, (int)status);
    }
    return emix_fail(error, status, "model %s: %s failed: %s", model->name, function,
                     own->message[0] != '\0' ? own->message : emix_status_text(status));
}

EmixStatus emix_latent_check_finite(const EmixLatentModel *model, const char *function,
                                    const char *what, emix_index n, const double *values,
                                    EmixError *error)
{
    for (emix_index i = 0; i < n; ++i) {
        if (!isfinite(values[i])) {
            return emix_fail(error, EMIX_ERR_NONFINITE,
                             "model %s: %s left %s %lld of %lld at %g, not a finite number",
                             model->name, function, what, (long long)i + 1, (long long)n,
                             values[i]);
        }
    }
    return EMIX_OK;
}

void emix_latent_unset(emix_index n, double *values)
{
    for (emix_index i = 0; i < n; ++i) {
        values[i] = NAN;
    }
}

EmixLatent emix_latent_instance(const EmixLatentModel *model, emix_index n_features)
{
    return (EmixLatent){.model = model,
                        .n_features = n_features,
                        .shard_rows = emix_kernels_block_rows(n_features, INT64_MAX)};
}

static EmixStatus check_length(const EmixLatentModel *model, const char *member, emix_index value,
                               emix_index least, emix_index most, EmixError *error)
{
    return value >= least && value <= most
               ? EMIX_OK
               : emix_fail(error, EMIX_ERR_ARGUMENT, "model %s: %s is %lld, not in %lld ... %lld",
                           model->name, member, (long long)value, (long long)least,
                           (long long)most);
}

EmixStatus emix_latent_check(const EmixLatentModel *model, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index most = (emix_index)1 << 40;
    if (model->name == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "the model has no name");
    }
    if (model->e_step == NULL || model->m_step == NULL) {
        return emix_fail(error, EMIX_ERR_ARGUMENT, "model %s: %s is NULL", model->name,
                         model->e_step == NULL ? "e_step" : "m_step");
    }
    if ((model->to_coordinates == NULL) != (model->from_coordinates == NULL)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "model %s: of to_coordinates and from_coordinates one is NULL",
                         model->name);
    }
    if (!(model->row_cost >= 0.0) || !isfinite(model->row_cost)) {
        return emix_fail(error, EMIX_ERR_ARGUMENT,
                         "model %s: row_cost is %g, must be finite and >= 0", model->name,
                         model->row_cost);
    }
    EMIX_TRY(check_length(model, "n_params", model->n_params, 1, most, error));
    EMIX_TRY(check_length(model, "n_free_params", model->n_free_params, 0, model->n_params, error));
    EMIX_TRY(check_length(model, "n_coordinates", model->n_coordinates, 0, model->n_params, error));
    EMIX_TRY(check_length(model, "n_stats", model->n_stats, 1, most, error));
    EMIX_TRY(check_length(model, "n_derived", model->n_derived, 0, most, error));
    EMIX_TRY(check_length(model, "n_scratch", model->n_scratch, 0, most, error));
cleanup:
    return status;
}

/* ---- calling the model ---- */

EmixStatus emix_latent_start(const EmixLatentModel *model, const EmixDataset *dataset,
                             uint64_t seed, int start, double *params, EmixError *error)
{
    EmixError own = {{0}};
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, start);
    emix_latent_unset(model->n_params, params);
    const EmixStatus status = model->start(model->context, dataset, start, (EmixRandom *)&rng,
                                           params, &own);
    if (status != EMIX_OK) {
        return emix_latent_fail(model, "start", status, &own, error);
    }
    return emix_latent_check_finite(model, "start", "parameter", model->n_params, params, error);
}

EmixStatus emix_latent_judge(const EmixLatentModel *model, const double *stats,
                             const double *params, EmixError *error)
{
    EmixError own = {{0}};
    if (model->judge == NULL) {
        return EMIX_OK;
    }
    const EmixStatus status = model->judge(model->context, stats + EMIX_STAT_HEADER, params, &own);
    return status == EMIX_OK ? EMIX_OK : emix_latent_fail(model, "judge", status, &own, error);
}
