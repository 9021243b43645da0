/* Models for the tests of model files and fit documents. */
#include "model_support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/io_support.h"
#include "support/structure.h"

static double uniform(uint64_t *state)
{
    return (double)(random_bits(state) >> 11) * 0x1p-53;
}

/* G G' + I for a random G, [d x d]. */
static void random_covariance(emix_index d, uint64_t *state, double *covariance)
{
    double *g = calloc((size_t)(d * d), sizeof *g);
    for (emix_index i = 0; i < d * d; ++i) {
        g[i] = uniform(state) - 0.5;
    }
    for (emix_index i = 0; i < d; ++i) {
        for (emix_index j = 0; j < d; ++j) {
            double s = i == j ? 1.0 : 0.0;
            for (emix_index l = 0; l < d; ++l) {
                s += g[i * d + l] * g[j * d + l];
            }
            covariance[i * d + j] = s;
        }
    }
    free(g);
}

static void name_features(EmixModel *model)
{
    const emix_index d = model->n_features;
    char(*names)[32] = calloc((size_t)d, sizeof *names);
    const char **pointers = calloc((size_t)d, sizeof *pointers);
    for (emix_index j = 0; j < d; ++j) {
        snprintf(names[j], sizeof names[j], "feature \"%d\"", (int)j);
        pointers[j] = names[j];
    }
    cr_assert(eq(int, emix_model_set_feature_names(model, pointers, NULL), EMIX_OK));
    free(pointers);
    free(names);
}

EmixModel *random_model_of(EmixCovariance structure, emix_index n_components, emix_index n_features,
                           uint64_t seed)
{
    const emix_index d = n_features;
    double *weights = calloc((size_t)n_components, sizeof *weights);
    double *means = calloc((size_t)(n_components * d), sizeof *means);
    double *covariances = calloc((size_t)(n_components * d * d), sizeof *covariances);
    double sum = 0.0;
    for (emix_index k = 0; k < n_components; ++k) {
        weights[k] = 0.1 + uniform(&seed);
        sum += weights[k];
        random_covariance(d, &seed, covariances + k * d * d);
        for (emix_index j = 0; j < d; ++j) {
            means[k * d + j] = random_value(&seed);
        }
    }
    for (emix_index k = 0; k < n_components; ++k) {
        weights[k] /= sum;
    }
    structure_impose(structure, n_components, d, covariances);
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 emix_model_create_gaussian(structure, n_components, d, weights, means, covariances,
                                            &model, &error),
                 EMIX_OK),
              "%s", error.message);
    name_features(model);
    free(covariances);
    free(means);
    free(weights);
    return model;
}

EmixModel *random_model(emix_index n_components, emix_index n_features, uint64_t seed)
{
    return random_model_of(EMIX_COVARIANCE_FULL, n_components, n_features, seed);
}

void add_report(EmixModel *model)
{
    model->has_report = true;
    model->options = emix_fit_options_default();
    model->options.stop.rule = EMIX_STOP_ON_Q;
    model->options.e_step.kind = EMIX_E_STEP_HARD;
    model->options.starts.seed = 42;
    model->spec.fixed = EMIX_PART_MEANS;
    model->spec.eigenvalue_ratio = 12.5;
    model->spec.prior = EMIX_PRIOR_CONJUGATE;
    model->spec.prior_shrinkage = 0.02;
    model->spec.prior_dof = 6.5;
    model->spec.prior_scale = 1.5;
    model->spec.prior_weights = 2.25;
    model->spec.prior_mean.n = model->n_features; /* given, values not known any more */
    model->report = (EmixFitReport){
        .size = sizeof(EmixFitReport),
        .n_rows = 150,
        .n_features = model->n_features,
        .n_parameters = emix_model_n_free_parameters(model, EMIX_PART_MEANS),
        .total_weight = 150.5,
        .effective_rows = 150.5,
        .dtype = EMIX_FLOAT32,
        .log_likelihood = -180.18547713037,
        .objective = -180.2,
        .entropy = 3.0000000000000004,
        .classification_log = -1.1,
        .stop = EMIX_STOP_ITERATION_LIMIT,
        .n_iterations = 17,
        .n_passes = 18,
        .n_extrapolations = 4,
        .n_rejected = 1,
        .decrease_ulps = 2.5,
        .delta2 = 1e-9,
        .rate = 0.7,
        .gap = 1.6666666666666667e-9,
        .min_eigenvalue_ratio = 1.25e-3,
        .flags = EMIX_FLAG_FLOOR | EMIX_FLAG_EMPTY,
        .n_starts = 32,
        .n_starts_finished = 9,
        .n_starts_reached_best = 5,
        .n_starts_degenerate = 2,
        .n_workers = 2,
        .init_s = 0.25,
        .em_s = 4.5,
    };
    for (emix_index k = 0; k < model->n_components; ++k) {
        model->effective_counts[k] = 150.5 * model->weights[k];
        model->component_flags[k] = k == 0 ? EMIX_FLAG_FLOOR | EMIX_FLAG_EMPTY : 0u;
    }
}

EmixModel *must_read(const char *path)
{
    EmixModel *model = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int, emix_model_read(path, &model, &error), EMIX_OK), "%s", error.message);
    return model;
}

void must_write(const EmixModel *model, const char *path)
{
    EmixError error = {{0}};
    cr_assert(eq(int, emix_model_write(model, path, &error), EMIX_OK), "%s", error.message);
}

const char *model_text(const char *text)
{
    const char *path = scratch_path("model.json");
    write_text(path, text);
    return path;
}
