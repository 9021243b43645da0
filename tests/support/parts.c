/* Loops over parts. */
#include "support/parts.h"

#include <stdlib.h>
#include <string.h>

double covariance_entry(const EmixModel *model, emix_index k, emix_index i, emix_index j)
{
    const emix_index d = emix_model_n_features(model);
    double *matrix = malloc((size_t)(d * d) * sizeof *matrix);
    emix_model_covariance_matrix(model, k, matrix, NULL);
    const double entry = matrix[i * d + j];
    free(matrix);
    return entry;
}

size_t part_length(const EmixPart *part)
{
    return (size_t)(part->shape[0] * part->shape[1] * part->shape[2]);
}

bool same_values(const EmixModel *a, const EmixModel *b)
{
    bool same = emix_model_n_parts(a) == emix_model_n_parts(b);
    for (int p = 0; same && p < emix_model_n_parts(a); ++p) {
        const EmixPart x = emix_model_part(a, p);
        const EmixPart y = emix_model_part(b, p);
        same = strcmp(x.name, y.name) == 0 && part_length(&x) == part_length(&y) &&
               memcmp(x.values, y.values, part_length(&x) * sizeof(double)) == 0;
    }
    return same;
}

bool same_errors(const EmixParameterErrors *a, const EmixParameterErrors *b)
{
    bool same = a->n_parts == b->n_parts;
    for (int p = 0; same && p < a->n_parts; ++p) {
        const EmixPart *x = &a->parts[p];
        const EmixPart *y = &b->parts[p];
        const size_t bytes = part_length(x) * sizeof(double);
        same = strcmp(x->name, y->name) == 0 && part_length(x) == part_length(y) &&
               memcmp(x->standard_errors, y->standard_errors, bytes) == 0 &&
               memcmp(x->lower, y->lower, bytes) == 0 && memcmp(x->upper, y->upper, bytes) == 0;
    }
    return same;
}
