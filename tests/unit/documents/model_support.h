/* Models for the tests of model files and fit documents. */
#ifndef EMIX_TESTS_MODEL_SUPPORT_H
#define EMIX_TESTS_MODEL_SUPPORT_H

#include "model/model.h"

/** A random mixture, full covariances G G' + I or what is left of them in another structure, means
 * of any size; with feature names. */
EmixModel *random_model(emix_index n_components, emix_index n_features, uint64_t seed);

EmixModel *random_model_of(EmixCovariance structure, emix_index n_components, emix_index n_features,
                           uint64_t seed);

/** Gives a model a report in which every member differs from 0 and from the others. */
void add_report(EmixModel *model);

#endif
