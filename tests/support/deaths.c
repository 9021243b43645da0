/* Hasselblad's deaths per day. */
#include "support/deaths.h"
#include "support/workers.h"
#include "support/fit_case.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deaths of women over 80 by day, The Times 1910-1912 (Hasselblad (1969), table 6). */
static const double deaths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double days[] = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
enum { N_COUNTS = sizeof deaths / sizeof deaths[0] };
const double deaths_start[POISSON_N_PARAMS] = {0.5, 1.0, 3.0};
EmixDataset *deaths_table(void)
{
    EmixDataset *data = NULL;
    cr_assert(eq(int, emix_dataset_create(N_COUNTS, 1, deaths, 1, days, &data, NULL), EMIX_OK));
    return data;
}

EmixDataset *deaths_day_by_day(emix_index n_rows, double **x)
{
    EmixDataset *data = NULL;
    *x = malloc((size_t)n_rows * sizeof **x);
    for (emix_index i = 0; i < n_rows; ++i) {
        double day = (double)(i * 601 % DEATHS_ALL_DAYS); /* coprime: each day once */
        int k = 0;
        for (; day >= days[k]; ++k) {
            day -= days[k];
        }
        (*x)[i] = deaths[k];
    }
    cr_assert(eq(int, emix_dataset_create(n_rows, 1, *x, 1, NULL, &data, NULL), EMIX_OK));
    return data;
}

FitCase deaths_options(EmixStopRule rule, double tolerance)
{
    FitCase options = fit_case_default();
    options.acceleration = EMIX_ACCELERATION_NONE;
    options.stop_rule = rule;
    options.tolerance = tolerance;
    options.max_iterations = 20000;
    use_workers(2);
    return options;
}

EmixLatentFit *deaths_run(const EmixLatentModel *model, const EmixDataset *data,
                          const FitCase *options, const double *initial)
{
    EmixLatentFit *fit = NULL;
    EmixError error = {{0}};
    cr_assert(eq(int,
                 fit_case_create_latent(workers(), model, data, options, initial, &fit, &error),
                 EMIX_OK),
              "%s", error.message);
    cr_assert(eq(int, emix_latent_fit_run(fit, &error), EMIX_OK), "%s", error.message);
    return fit;
}

double deaths_reference(const char *model, const char *quantity, int index)
{
    char line[200];
    char wanted[100];
    double value = 0.0;
    bool found = false;
    FILE *file = fopen(EMIX_TESTS_DIR "/oracle/latent.csv", "r");
    cr_assert(ne(ptr, file, NULL));
    const int length = snprintf(wanted, sizeof wanted, "%s,%s,%d,", model, quantity, index);
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, wanted, (size_t)length) == 0;
        value = found ? atof(line + length) : 0.0;
    }
    fclose(file);
    cr_assert(found, "%s", wanted);
    return value;
}
