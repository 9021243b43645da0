/* A child process that fits after its parent has done so, as multiprocessing programs do. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <emix/emix.h>

#include "support/blobs.h"
#include "support/workers.h"
#include "support/fit_case.h"

enum { N_ROWS = 4000, N_FEATURES = 3, N_COMPONENTS = 2, N_MEANS = N_COMPONENTS * N_FEATURES };
enum { TIMEOUT_S = 30 }; /* a fit takes a few milliseconds */

/* The means of a fit with two workers; zeros if it failed. */
static void fit_means(const double *x, double *means)
{
    EmixDataset *data = NULL;
    EmixFit *fit = NULL;
    EmixModel *model = NULL;
    FitCase options = fit_case_default();
    options.n_components = N_COMPONENTS;
    memset(means, 0, N_MEANS * sizeof *means);
    if (emix_dataset_create(N_ROWS, N_FEATURES, x, N_FEATURES, NULL, &data, NULL) == EMIX_OK &&
        fit_case_create(workers(), data, &options, &fit, NULL) == EMIX_OK &&
        emix_fit_run(fit, NULL) == EMIX_OK && emix_fit_model(fit, &model, NULL) == EMIX_OK) {
        memcpy(means, emix_model_means(model), N_MEANS * sizeof *means);
    }
    emix_model_destroy(model);
    emix_fit_destroy(fit);
    emix_dataset_destroy(data);
}

Test(fork, a_child_of_a_process_that_has_fitted_fits_to_the_same_bits)
{
    double *x = blobs(N_ROWS, N_COMPONENTS, N_FEATURES, 3);
    double means[N_MEANS];
    double means_of_child[N_MEANS] = {0};
    int ends[2];
    fit_means(x, means);
    cr_assert(eq(int, pipe(ends), 0));
    const pid_t child = fork();
    cr_assert(ge(int, child, 0));
    if (child == 0) {
        alarm(TIMEOUT_S);
        fit_means(x, means_of_child);
        _exit(write(ends[1], means_of_child, sizeof means_of_child) ==
                      (ssize_t)sizeof means_of_child
                  ? 0
                  : 1);
    }
    close(ends[1]);
    int state = 0;
    cr_expect(eq(int, (int)read(ends[0], means_of_child, sizeof means_of_child),
                 (int)sizeof means_of_child));
    cr_expect(eq(int, waitpid(child, &state, 0), child));
    cr_expect(state == 0, "the child ended with wait status %d", state);
    cr_expect(ne(dbl, means[0], 0.0));
    cr_expect(eq(int, memcmp(means, means_of_child, sizeof means), 0));
    /* The parent still has its threads. */
    fit_means(x, means_of_child);
    cr_expect(eq(int, memcmp(means, means_of_child, sizeof means), 0));
    close(ends[0]);
    free(x);
}
