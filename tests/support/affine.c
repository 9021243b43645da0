#include "support/affine.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "support/structure.h"

enum { LARGEST = 16 };

/* Rotates rows i and i + 1 of A by `angle`. */
static void turn(emix_index d, emix_index i, double angle, double *a)
{
    for (emix_index j = 0; j < d; ++j) {
        const double upper = a[i * d + j];
        const double lower = a[(i + 1) * d + j];
        a[i * d + j] = cos(angle) * upper - sin(angle) * lower;
        a[(i + 1) * d + j] = sin(angle) * upper + cos(angle) * lower;
    }
}

void affine_random(EmixCovariance covariance, emix_index d, EmixRng *rng, double *a)
{
    const Structure structure = structure_of(covariance);
    const double same = exp(2.0 * emix_rng_normal(rng));
    for (emix_index i = 0; i < d * d; ++i) {
        const double z = emix_rng_normal(rng);
        const bool diagonal = i % (d + 1) == 0;
        a[i] = !structure.diagonal ? z : diagonal ? exp(2.0 * z) : 0.0;
        if (diagonal && structure.round) {
            a[i] = same;
        }
    }
    for (emix_index i = 0; i + 1 < d && structure.round; ++i) {
        turn(d, i, 6.0 * emix_rng_uniform(rng), a);
    }
}

void affine_map(emix_index d, const double *a, double shift, const double *x, double *y)
{
    for (emix_index i = 0; i < d; ++i) {
        y[i] = shift;
        for (emix_index j = 0; j < d; ++j) {
            y[i] += a[i * d + j] * x[j];
        }
    }
}

void affine_map_covariance(emix_index d, const double *a, double *c)
{
    double half[LARGEST * LARGEST];
    assert(d <= LARGEST);
    for (emix_index i = 0; i < d; ++i) { /* row i of half = A times column i of C */
        affine_map(d, a, 0.0, c + i * d, half + i * d);
    }
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j <= i; ++j) {
            double sum = 0.0;
            for (emix_index l = 0; l < d; ++l) {
                sum += a[i * d + l] * half[l * d + j];
            }
            c[i * d + j] = c[j * d + i] = sum;
        }
    }
}
