#include "support/gaussian.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "families/gaussian/structure.h"

static EmixParts parts_of(const EmixMixture *m, EmixCovariance covariance)
{
    EmixParts parts = {0};
    cr_assert(eq(int,
                 emix_parts_lay_out(&emix_structure_of(covariance)->parts, m->shape.n_components,
                                    m->shape.n_features, &parts, NULL),
                 EMIX_OK));
    parts.values = calloc((size_t)parts.n_values, sizeof *parts.values);
    return parts;
}

static EmixParts parts_of_structure(const EmixMixture *m)
{
    const EmixGaussian *g = m->groups[0].self;
    return parts_of(m, g->structure->covariance);
}

static void copy_part(const EmixParts *parts, int part, const double *from)
{
    memcpy(emix_parts_values(parts, part), from, (size_t)parts->lengths[part] * sizeof *from);
}

void gaussian_get(const EmixMixture *mixture, const double *params, double *means,
                  double *covariances)
{
    const emix_index d = mixture->shape.n_features;
    EmixParts parts = parts_of_structure(mixture);
    for (emix_index k = 0; k < mixture->shape.n_components; ++k) {
        emix_mixture_export(mixture, k, params, &parts);
    }
    for (emix_index k = 0; k < mixture->shape.n_components; ++k) {
        memcpy(means + k * d, emix_gaussian_mean(&parts, k), (size_t)d * sizeof *means);
        parts.family->covariance_matrix(&parts, k, covariances + k * d * d);
    }
    free(parts.values);
}

void gaussian_set(const EmixMixture *mixture, const double *means, const double *covariances,
                  double *params)
{
    EmixParts from = parts_of(mixture, EMIX_COVARIANCE_FULL);
    EmixParts to = parts_of_structure(mixture);
    copy_part(&from, EMIX_WEIGHTS_PART, params);
    copy_part(&from, EMIX_MEANS_PART, means);
    copy_part(&from, EMIX_COVARIANCES_PART, covariances);
    cr_assert(eq(int, to.family->convert(&from, &to, NULL), EMIX_OK));
    emix_mixture_import(mixture, &to, params);
    free(to.values);
    free(from.values);
}
