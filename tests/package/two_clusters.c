/* A program of a user: two clusters of one feature, six rows near 0 and two near 10. */
#include <math.h>
#include <stdio.h>

#include <emix/emix.h>

int main(void)
{
    const double x[8] = {-0.6, -0.2, -0.1, 0.1, 0.3, 0.5, 9.8, 10.2};
    EmixDataset *dataset = NULL;
    EmixSpec *spec = NULL;
    EmixModel *model = NULL;
    EmixError error = {{0}};
    double heavier = 0.0;
    if (emix_dataset_create(8, 1, x, 1, NULL, &dataset, &error) == EMIX_OK &&
        emix_spec_create_gaussian(2, EMIX_COVARIANCE_FULL, &spec, &error) == EMIX_OK &&
        emix_fit_mixture(NULL, dataset, spec, NULL, &model, NULL, &error) == EMIX_OK) {
        const double *weights = emix_model_weights(model);
        heavier = fmax(weights[0], weights[1]);
        printf("emix %s: weights %.6f %.6f\n", emix_version(), weights[0], weights[1]);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    emix_model_destroy(model);
    emix_spec_destroy(spec);
    emix_dataset_destroy(dataset);
    return fabs(heavier - 0.75) < 1e-3 ? 0 : 1;
}
