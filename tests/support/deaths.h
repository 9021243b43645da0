/* Hasselblad's deaths per day, the model for them in tests/examples/, and how to run it. */
#ifndef EMIX_TESTS_SUPPORT_DEATHS_H
#define EMIX_TESTS_SUPPORT_DEATHS_H

#include <emix/emix.h>

#include "poisson_mixture.h"

/** All days of the table. */
enum { DEATHS_ALL_DAYS = 1096 };

/** Hasselblad's start: weight 1/2, rates 1 and 3. */
extern const double deaths_start[POISSON_N_PARAMS];

/** The table, a row a count, days as weights; release with emix_dataset_destroy(). */
EmixDataset *deaths_table(void);

/** The same counts a row a day, shuffled, over and over to n_rows of them.
 * @param[out] x  The rows; release with free() after the data set. */
EmixDataset *deaths_day_by_day(emix_index n_rows, double **x);

/** Plain EM on two workers to a tolerance. */
EmixFitOptions deaths_options(EmixStopRule rule, double tolerance);

/** A fit that has been run; a failure ends the test. */
EmixLatentFit *deaths_run(const EmixLatentModel *model, const EmixDataset *data,
                          const EmixFitOptions *options, const double *initial);

/** A value of tests/oracle/latent.csv; a missing one ends the test. */
double deaths_reference(const char *model, const char *quantity, int index);

#endif
