/* Hasselblad's mixture of two Poisson distributions of deaths per day, by plain EM and accelerated.
 *
 * usage: fit_deaths tests/data/hasselblad.csv */
#include <stdio.h>

#include <emix/emix.h>

#include "poisson_mixture.h"

static EmixStatus fit_and_print(const EmixDataset *data, EmixAcceleration acceleration,
                                EmixError *error)
{
    const EmixLatentModel model = poisson_mixture();
    const double initial[POISSON_N_PARAMS] = {0.5, 1.0, 3.0};
    EmixLatentFit *fit = NULL;
    double se[POISSON_N_PARAMS];
    EmixFitOptions options = emix_fit_options_default();
    options.acceleration = acceleration;
    options.stop.rule = EMIX_STOP_ON_PARAMS;
    options.stop.tolerance = 1e-10;
    options.stop.max_iterations = 10000;
    EmixStatus status = emix_latent_fit_create(NULL, &model, data, &options, initial, &fit, error);
    if (status == EMIX_OK) status = emix_latent_fit_run(fit, error);
    if (status == EMIX_OK) {
        status = emix_latent_standard_errors(NULL, &model, data, emix_latent_fit_params(fit),
                                             EMIX_INFORMATION_OBSERVED, se, NULL, error);
    }
    if (status == EMIX_OK) {
        const double *params = emix_latent_fit_params(fit);
        const EmixFitReport *report = emix_latent_fit_report(fit);
        printf("%s: %d passes\n", acceleration == EMIX_ACCELERATION_NONE ? "plain EM" : "SQUAREM",
               report->n_passes);
        printf("log-likelihood %.9f\n", report->log_likelihood);
        printf("weight %.4f (%.4f) rates %.4f (%.4f) %.4f (%.4f)\n", params[POISSON_WEIGHT],
               se[POISSON_WEIGHT], params[POISSON_RATE_1], se[POISSON_RATE_1],
               params[POISSON_RATE_2], se[POISSON_RATE_2]);
    }
    emix_latent_fit_destroy(fit);
    return status;
}

int main(int argc, char **argv)
{
    const EmixReadOptions read_options = {.weights_column = "days"};
    EmixDataset *data = NULL;
    EmixError error = {{0}};
    if (argc != 2) {
        fprintf(stderr, "usage: fit_deaths DATA.csv\n");
        return 2;
    }
    EmixStatus status = emix_dataset_read(NULL, argv[1], &read_options, &data, &error);
    if (status == EMIX_OK) status = fit_and_print(data, EMIX_ACCELERATION_NONE, &error);
    if (status == EMIX_OK) status = fit_and_print(data, EMIX_ACCELERATION_SQUAREM, &error);
    if (status != EMIX_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    emix_dataset_destroy(data);
    return status == EMIX_OK ? 0 : 1;
}
