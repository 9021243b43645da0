#include "support/blobs.h"

#include <stdlib.h>

#include "core/rng.h"

enum { STREAM_SHAPES = 1 << 20, STREAM_WEIGHTS = 1 << 21 };

double *blobs(emix_index n_rows, emix_index n_components, emix_index n_features, uint64_t seed)
{
    const emix_index d = n_features;
    double *means = malloc(sizeof(double) * (size_t)(n_components * d));
    double *mixers = malloc(sizeof(double) * (size_t)(n_components * d * d));
    double *z = malloc(sizeof(double) * (size_t)d);
    double *x = malloc(sizeof(double) * (size_t)(n_rows * d));
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, STREAM_SHAPES);
    for (emix_index i = 0; i < n_components * d; ++i) {
        means[i] = 3.0 * emix_rng_normal(&rng);
    }
    for (emix_index i = 0; i < n_components * d * d; ++i) {
        const int diagonal = i % (d * d) % (d + 1) == 0;
        mixers[i] = diagonal ? 0.5 + emix_rng_uniform(&rng) : 0.3 * emix_rng_normal(&rng);
    }
    for (emix_index i = 0; i < n_rows; ++i) {
        EmixRng row = emix_rng_init(seed, EMIX_RNG_SAMPLE, i);
        const emix_index k = emix_rng_below(&row, n_components);
        for (emix_index j = 0; j < d; ++j) {
            z[j] = emix_rng_normal(&row);
        }
        for (emix_index j = 0; j < d; ++j) {
            double sum = means[k * d + j];
            for (emix_index l = 0; l < d; ++l) {
                sum += mixers[(k * d + j) * d + l] * z[l];
            }
            x[i * d + j] = sum;
        }
    }
    free(z);
    free(mixers);
    free(means);
    return x;
}

double *blob_weights(emix_index n_rows, uint64_t seed)
{
    double *weights = malloc(sizeof(double) * (size_t)n_rows);
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_SAMPLE, STREAM_WEIGHTS);
    for (emix_index i = 0; i < n_rows; ++i) {
        const double w = 0.25 + 2.75 * emix_rng_uniform(&rng);
        weights[i] = i % 11 == 5 ? 0.0 : w;
    }
    return weights;
}
