/* Models, and texts of model files, for the tests of documents. */
#ifndef EMIX_TESTS_MODEL_SUPPORT_H
#define EMIX_TESTS_MODEL_SUPPORT_H

#include <emix/emix.h>

#include "model/model.h"

/** A random mixture, full covariances G G' + I or what is left of them in another structure, means
 * of any size; with feature names. */
EmixModel *random_model(emix_index n_components, emix_index n_features, uint64_t seed);

EmixModel *random_model_of(EmixCovariance structure, emix_index n_components, emix_index n_features,
                           uint64_t seed);

/** Gives a model a report in which every member differs from 0 and from the others. */
void add_report(EmixModel *model);

/** Reads or writes a model file, which must succeed. */
EmixModel *must_read(const char *path);
void must_write(const EmixModel *model, const char *path);

/** Members that a file of two components of two features cannot do without; a file WITH members. */
#define MINIMAL_WEIGHTS "\"weights\":[0.5,0.5]"
#define MINIMAL_MEANS "\"means\":[[0,1],[2,3]]"
#define MINIMAL_COVARIANCES "\"covariances\":[[[1,0],[0,1]],[[2,1],[1,2.5e0]]]"
#define MINIMAL MINIMAL_WEIGHTS "," MINIMAL_MEANS "," MINIMAL_COVARIANCES
#define WITH(members) "{\"schema\":\"emix.model/1\"," members "}"

/** The path of a scratch file that holds the text. */
const char *model_text(const char *text);

#endif
