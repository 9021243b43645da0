#include "support/structure.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "families/registry.h"

static const char *axes_of(EmixCovariance covariance)
{
    const EmixFamilyParts *parts = emix_family_parts_find("gaussian",
                                                          emix_covariance_letters(covariance));
    for (int i = 0; parts != NULL && i < parts->n_rows; ++i) {
        if (strcmp(parts->rows[i].name, "covariances") == 0) {
            return parts->rows[i].axes;
        }
    }
    cr_fatal("%s has no covariances", emix_covariance_name(covariance));
}

Structure structure_of(EmixCovariance covariance)
{
    const char *axes = axes_of(covariance);
    const char *features = strchr(axes, 'D');
    return (Structure){
        .axes = axes,
        .shared = axes[0] != 'K',
        .diagonal = features == NULL || features[1] == '\0',
        .round = features == NULL,
    };
}

void structure_impose(EmixCovariance covariance, emix_index n_components, emix_index d,
                      double *matrices)
{
    const Structure s = structure_of(covariance);
    for (emix_index k = 0; k < n_components; ++k) {
        double *own = matrices + k * d * d;
        const double *from = s.shared ? matrices : own;
        for (emix_index i = 0; i < d * d; ++i) {
            const bool on_diagonal = i % (d + 1) == 0;
            own[i] = s.diagonal && !on_diagonal ? 0.0 : from[s.round ? 0 : i];
        }
    }
}
