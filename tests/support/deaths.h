/* Hasselblad's deaths per day, the model for them in tests/examples/, and functions to fit it. */
#ifndef EMIX_TESTS_SUPPORT_DEATHS_H
#define EMIX_TESTS_SUPPORT_DEATHS_H

#include <emix/emix.h>

#include "poisson_mixture.h"
#include "support/fit_case.h"

/** Number of days in the table. */
enum { DEATHS_ALL_DAYS = 1096 };

/** Hasselblad's start: weight 1/2, rates 1 and 3. */
extern const double deaths_start[POISSON_N_PARAMS];

/** The table: one row per count, with the number of days as its weight; release with
 * emix_dataset_destroy(). */
EmixDataset *deaths_table(void);

/** The same data with one row per day, shuffled, and repeated up to n_rows rows.
 * @param[out] x  The rows; release with free() after the data set. */
EmixDataset *deaths_day_by_day(emix_index n_rows, double **x);

/** Plain EM on two workers, to a tolerance. */
FitCase deaths_options(EmixStopRule rule, double tolerance);

/** Runs a fit; a failure ends the test. */
EmixLatentFit *deaths_run(const EmixLatentModel *model, const EmixDataset *data,
                          const FitCase *options, const double *initial);

/** A value of tests/oracle/latent.csv; a missing one ends the test. */
double deaths_reference(const char *model, const char *quantity, int index);

#endif
