/* Standard errors of users' models. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blood_groups.h"
#include "support/deaths.h"
#include "support/workers.h"

static const EmixInformationKind kinds[] = {EMIX_INFORMATION_OBSERVED, EMIX_INFORMATION_SCORE};

/* Compares with second derivatives in 40 digits, at the maximum found there. */
static void expect_reference(const EmixLatentModel *model, const EmixDataset *data,
                             const char *name)
{
    double params[8];
    double found[8];
    double covariance[64];
    const emix_index p = model->n_params;
    for (int j = 0; j < p; ++j) {
        params[j] = deaths_reference(name, "param", j);
    }
    for (int i = 0; i < 2; ++i) {
        EmixError error = {{0}};
        cr_assert(eq(int,
                     emix_latent_standard_errors(NULL, model, data, params, kinds[i], found,
                                                 covariance, &error),
                     EMIX_OK),
                  "%s", error.message);
        for (int j = 0; j < p; ++j) {
            const double expected = deaths_reference(name, emix_information_name(kinds[i]), j);
            cr_expect(lt(dbl, fabs(found[j] / expected - 1.0), 1e-11), "%s: %.15g, %.15g", name,
                      found[j], expected);
            cr_expect(eq(dbl, sqrt(covariance[j * p + j]), found[j]));
        }
    }
}

Test(latent_information, standard_errors_are_those_of_high_precision)
{
    static const double groups[] = {GROUP_A, GROUP_B, GROUP_AB, GROUP_O};
    static const double persons[] = {186, 38, 13, 284};
    const EmixLatentModel mixture = poisson_mixture();
    const EmixLatentModel genes = blood_groups();
    EmixDataset *table = deaths_table();
    EmixDataset *patients = NULL;
    cr_assert(eq(int, emix_dataset_create(4, 1, groups, 1, persons, &patients, NULL), EMIX_OK));
    expect_reference(&mixture, table, "deaths");
    expect_reference(&genes, patients, "blood");
    emix_dataset_destroy(patients);
    emix_dataset_destroy(table);
}

Test(latent_information, standard_errors_are_the_same_bits_on_any_number_of_workers)
{
    double *x = NULL;
    double one[POISSON_N_PARAMS] = {0};
    double params[POISSON_N_PARAMS];
    for (int j = 0; j < POISSON_N_PARAMS; ++j) {
        params[j] = deaths_reference("deaths", "param", j);
    }
    EmixLatentModel model = poisson_mixture();
    model.row_cost = 1e5;
    EmixDataset *data = deaths_day_by_day(20001, &x);
    for (int n_workers = 1; n_workers <= 3; ++n_workers) {
        use_workers(n_workers);
        double found[POISSON_N_PARAMS];
        cr_assert(eq(int,
                     emix_latent_standard_errors(workers(), &model, data, params,
                                                 EMIX_INFORMATION_AUTO, found, NULL, NULL),
                     EMIX_OK));
        if (n_workers == 1) {
            memcpy(one, found, sizeof one);
        }
        cr_expect(zero(int, memcmp(one, found, sizeof one)), "%d workers", n_workers);
    }
    emix_dataset_destroy(data);
    free(x);
}

static EmixStatus crooked_score(void *context, const double *params, const double *derived,
                                const EmixLatentRows *rows, double *scratch, double *scores,
                                EmixError *error)
{
    const EmixLatentModel *model = context;
    const EmixStatus status = model->score(NULL, params, derived, rows, scratch, scores, error);
    for (emix_index i = 0; i < rows->n_rows; ++i) {
        scores[i * POISSON_N_PARAMS] *= params[POISSON_RATE_1];
    }
    return status;
}

Test(latent_information, standard_errors_refuse_what_they_cannot_give)
{
    const EmixLatentModel good = poisson_mixture();
    EmixLatentModel model = good;
    EmixDataset *data = deaths_table();
    EmixError error = {{0}};
    double found[POISSON_N_PARAMS] = {-1.0, -1.0, -1.0};
    const EmixInformationKind kind = EMIX_INFORMATION_OBSERVED;
    model.score = NULL;
    cr_expect(
        eq(int,
           emix_latent_standard_errors(NULL, &model, data, deaths_start, kind, found, NULL, &error),
           EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "score is NULL"), NULL), "%s", error.message);
    model.score = crooked_score;
    model.context = (void *)&good;
    cr_expect(
        eq(int,
           emix_latent_standard_errors(NULL, &model, data, deaths_start, kind, found, NULL, &error),
           EMIX_ERR_ARGUMENT));
    cr_expect(ne(ptr, strstr(error.message, "no gradient"), NULL), "%s", error.message);
    const double same_rates[POISSON_N_PARAMS] = {0.5, 2.1, 2.1}; /* weight undetermined */
    cr_expect(eq(
        int, emix_latent_standard_errors(NULL, &good, data, same_rates, kind, found, NULL, &error),
        EMIX_ERR_DEGENERATE));
    cr_expect(ne(ptr, strstr(error.message, "not positive definite"), NULL), "%s", error.message);
    const double outside[POISSON_N_PARAMS] = {0.5, -2.0, 2.1};
    cr_expect(eq(int,
                 emix_latent_standard_errors(NULL, &good, data, outside, kind, found, NULL, &error),
                 EMIX_ERR_ARGUMENT));
    for (int j = 0; j < POISSON_N_PARAMS; ++j) {
        cr_expect(eq(dbl, found[j], -1.0));
    }
    emix_dataset_destroy(data);
}
