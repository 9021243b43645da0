/* What is fitted. */
#include "model/spec.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

#define DEFAULTS                                                                                   \
    .covariance = EMIX_COVARIANCE_FULL, .prior = EMIX_PRIOR_NONE, .prior_shrinkage = 0.01,         \
    .prior_dof = (double)NAN, .prior_scale = 1.0, .prior_weights = 1.0,                            \
    .eigenvalue_ratio = (double)INFINITY

const struct EmixSpec emix_spec_default = {.n_components = 1, DEFAULTS};
const struct EmixSpec emix_spec_of_one_gaussian = {
    .family = "gaussian", .n_components = 1, DEFAULTS};

EmixStatus emix_spec_assign(const struct EmixSpec *from, struct EmixSpec *to, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *values = NULL;
    if (from->prior_mean.values != NULL) {
        EMIX_TRY_ALLOC(values, from->prior_mean.n);
        memcpy(values, from->prior_mean.values, (size_t)from->prior_mean.n * sizeof *values);
    }
    *to = *from;
    to->prior_mean.values = values;
cleanup:
    if (status != EMIX_OK) {
        *to = emix_spec_default;
    }
    return status;
}

unsigned emix_spec_fixed_parts(const struct EmixSpec *spec)
{
    return spec->fixed | (spec->equal_weights ? (unsigned)EMIX_PART_WEIGHTS : 0u);
}

void emix_spec_clear(struct EmixSpec *spec)
{
    emix_free(spec->prior_mean.values);
    *spec = emix_spec_default;
}
