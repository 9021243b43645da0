/* Synthetic data for tests. */
#ifndef EMIX_TESTS_SUPPORT_BLOBS_H
#define EMIX_TESTS_SUPPORT_BLOBS_H

#include <emix/status.h>

/** n_rows rows from n_components overlapping Gaussian blobs with random covariances; equal
 * arguments give equal rows. [n_rows x n_features], release with free(). */
double *blobs(emix_index n_rows, emix_index n_components, emix_index n_features, uint64_t seed);

/** Row weights between 0.25 and 3, every eleventh one 0; [n_rows], release with free(). */
double *blob_weights(emix_index n_rows, uint64_t seed);

#endif
