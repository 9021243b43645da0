/* Trials of swaps. */
#include "swaps/trial.h"

#include <math.h>

#include "core/alloc.h"

/* After LOOK_PASSES a swap is given up whose log-likelihood is below by more than this many times
 * what the last pass gained. */
enum { LOOK_PASSES = 4 };
static const double patience = 10.0;
/* Passes of EM from the present parameters, and from the swapped ones, which have further to go. */
enum { OLD_PASSES = 3, NEW_PASSES = 14, CONFIRM_OLD_PASSES = 1, CONFIRM_NEW_PASSES = 6 };
/* A climb ends when a pass gains less than this, nats a row. */
static const double tolerance_per_row = 1e-7;
/* A sample of more than this part of the rows is taken for all of them. */
static const double nearly_all = 1.05;

/* A trial in the making. */
typedef struct Run {
    const EmixLocalProblem *problem;
    EmixLocalRows *rows;
    EmixParts before; /* the trial's components as they are */
    EmixParts after;  /* swapped */
    EmixTrial *trial;
} Run;

static EmixStatus lay_out(Run *run, const EmixParts *parts, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EMIX_TRY(emix_parts_lay_out(parts->family, run->trial->n_components, parts->n_features,
                                &run->before, error));
    run->after = run->before;
    EMIX_TRY_ALLOC(run->before.values, run->before.n_values);
    run->after.values = run->trial->values;
    for (int c = 0; c < run->trial->n_components; ++c) {
        emix_parts_copy_component(parts, run->trial->components[c], &run->before, c);
        emix_parts_copy_component(parts, run->trial->components[c], &run->after, c);
    }
cleanup:
    return status;
}

/* components[0 .. 2] are i, a, j: i becomes the merged one, a and j the halves. */
static EmixStatus swap(Run *run, const EmixParts *parts, const EmixQueryOps *query,
                       const EmixSplit *split, const EmixPair *pair, const double *counts,
                       EmixError *error)
{
    EmixStatus status = EMIX_OK;
    double *memory = NULL;
    EmixParts one = {0};
    EmixParts two = {0};
    double *weights = emix_parts_values(&run->after, EMIX_WEIGHTS_PART);
    const double *whole = emix_parts_values(parts, EMIX_WEIGHTS_PART);
    EMIX_TRY(emix_parts_lay_out(parts->family, 1, parts->n_features, &one, error));
    EMIX_TRY(emix_parts_lay_out(parts->family, 2, parts->n_features, &two, error));
    EMIX_TRY_ALLOC(one.values, one.n_values);
    EMIX_TRY_ALLOC(memory, query->merge_size(parts));
    query->merge(parts, pair->i, pair->j, counts, memory, &one);
    emix_parts_values(&one, EMIX_WEIGHTS_PART)[0] = whole[pair->i] + whole[pair->j];
    two.values = split->values;
    emix_parts_copy_component(&one, 0, &run->after, 0);
    emix_parts_copy_component(&two, 0, &run->after, 1);
    emix_parts_copy_component(&two, 1, &run->after, 2);
    weights[1] *= whole[run->trial->split];
    weights[2] *= whole[run->trial->split];
cleanup:
    emix_free(memory);
    emix_free(one.values);
    return status;
}

/* Climbs from both and compares; `after` becomes what was climbed to. */
static EmixStatus compare(Run *run, int old_passes, int new_passes, double least, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixTrial *trial = run->trial;
    EmixLocalFit fit = {0};
    const double total = run->rows->data.total_weight;
    trial->gain = -INFINITY;
    trial->accepted = false;
    EMIX_TRY(emix_local_fit_init(run->problem, trial->n_components, run->problem->moments,
                                 run->rows, &fit, error));
    EMIX_TRY(emix_local_fit_load(&fit, &run->before, error));
    EMIX_TRY(emix_local_fit_climb(&fit, old_passes, -INFINITY, 0.0, error));
    const double old = fit.log_likelihood;
    EMIX_TRY(emix_local_fit_load(&fit, &run->after, error));
    EMIX_TRY(emix_local_fit_climb(&fit, LOOK_PASSES, tolerance_per_row * total, 0.0, error));
    if (fit.log_likelihood + patience * fit.rise < old) {
        goto cleanup;
    }
    EMIX_TRY(emix_local_fit_climb(&fit, new_passes - LOOK_PASSES, tolerance_per_row * total, 0.0,
                                  error));
    if (emix_local_fit_is_sound(&fit)) {
        trial->gain = (fit.log_likelihood - old) * run->rows->scale;
        trial->accepted = trial->gain > least;
        emix_local_fit_store(&fit, &run->after);
    }
cleanup:
    trial->cost += (double)run->rows->n * trial->n_components * fit.n_passes;
    emix_local_fit_clear(&fit);
    return status;
}

static EmixStatus take_rows(Run *run, const EmixOwnership *ownership, emix_index most, EmixRng *rng,
                            EmixError *error)
{
    return emix_local_rows_take(run->problem, ownership, run->trial->n_components,
                                run->trial->components, most, rng, run->rows, error);
}

EmixStatus emix_trial_run(const EmixLocalProblem *problem, const EmixOwnership *ownership,
                          const EmixParts *parts, const EmixSplit *split, const EmixPair *pair,
                          const EmixTrialOptions *options, EmixRng *rng, EmixLocalRows *rows,
                          EmixTrial *trial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    Run run = {.problem = problem, .rows = rows, .trial = trial};
    const emix_index most = options->most_rows * trial->n_components / 3;
    trial->gain = -INFINITY;
    trial->accepted = false;
    EMIX_TRY(lay_out(&run, parts, error));
    EMIX_TRY(swap(&run, parts, problem->family->query, split, pair, ownership->counts, error));
    EMIX_TRY(take_rows(&run, ownership, most, rng, error));
    EMIX_TRY(compare(&run, OLD_PASSES, NEW_PASSES, options->least_gain, error));
    if (trial->accepted && rows->scale > nearly_all) {
        EMIX_TRY(take_rows(&run, ownership, options->confirm_rows, rng, error));
        EMIX_TRY(compare(&run, CONFIRM_OLD_PASSES, CONFIRM_NEW_PASSES, options->least_gain, error));
    }
cleanup:
    emix_free(run.before.values);
    if (status != EMIX_OK && status != EMIX_ERR_NOMEM) {
        trial->accepted = false;
        status = EMIX_OK;
    }
    return status;
}
