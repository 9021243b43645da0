/* The bootstrap of parameters, and the test of the number of components. */
#ifndef EMIX_INFERENCE_BOOTSTRAP_H
#define EMIX_INFERENCE_BOOTSTRAP_H

#include "inference/replicates.h"

/** See emix_bootstrap_create(). */
EmixStatus emix_bootstrap_run(const EmixBootstrapTask *task, EmixBootstrap **bootstrap,
                              EmixError *error);

/** See emix_component_test_create(). */
EmixStatus emix_component_test_run(const EmixBootstrapTask *task, EmixComponentTest **test,
                                   EmixError *error);

#endif
