/* Gene frequencies of 521 patients with duodenal ulcer: Clarke, Price Evans, McConnell & Sheppard
 * (1959), "Secretion of blood group antigens and peptic ulcer", Br. Med. J. 1, 603-607. */
#include <stdio.h>

#include <emix/emix.h>

#include "blood_groups.h"

int main(void)
{
    const double groups[] = {GROUP_A, GROUP_B, GROUP_AB, GROUP_O};
    const double persons[] = {186, 38, 13, 284};
    const EmixLatentModel model = blood_groups();
    EmixDataset *data = NULL;
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    double se[BLOOD_N_PARAMS];
    EmixStatus status = emix_dataset_create(4, 1, groups, 1, persons, &data, &error);
    if (status == EMIX_OK) {
        status = emix_latent_fit_create(NULL, &model, data, NULL, NULL, &fit, &error);
    }
    if (status == EMIX_OK) status = emix_latent_fit_run(fit, &error);
    if (status == EMIX_OK) {
        status = emix_latent_standard_errors(NULL, &model, data, emix_latent_fit_params(fit),
                                             EMIX_INFORMATION_OBSERVED, se, NULL, &error);
    }
    if (status == EMIX_OK) {
        const double *params = emix_latent_fit_params(fit);
        const EmixFitReport *report = emix_latent_fit_report(fit);
        printf("gene A %.4f +- %.4f\n", params[GENE_A], se[GENE_A]);
        printf("gene B %.4f +- %.4f\n", params[GENE_B], se[GENE_B]);
        printf("log-likelihood %.6f, gap %.1g\n", report->log_likelihood, report->gap);
    } else {
        fprintf(stderr, "%s\n", error.message);
    }
    emix_latent_fit_destroy(fit);
    emix_dataset_destroy(data);
    return status == EMIX_OK ? 0 : 1;
}
