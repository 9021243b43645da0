/* The trials of a round. */
#include "swaps/swap_search_internal.h"

#include <math.h>
#include <string.h>

#include "parallel/try.h"

enum {
    MOST_RESTS = 3, /* times that more are tried, if nothing was gained */
    CONFIRM_ROWS = 200000
};
/* Splits that gain less than this are not tried, nats. */
static const double least_split_gain = 2.0;
static const double least_gain = 1.0;
/* A swap is tried unless its prediction is below minus this part of the split's gain and a margin:
 * predictions hold neighbours fixed, and are low. */
static const double pessimism[] = {[EMIX_SWAPS_QUICK] = 0.4, [EMIX_SWAPS_THOROUGH] = 0.6};
static const double margin[] = {[EMIX_SWAPS_QUICK] = 2.0, [EMIX_SWAPS_THOROUGH] = 10.0};

static bool is_free(const EmixSwapSearch *s, emix_index k)
{
    return !s->used[k] && !s->reserved[k];
}

static EmixSwapFailure failure_of(const EmixSwapSearch *s, emix_index a, const EmixPair *pair)
{
    return (EmixSwapFailure){.i = pair->i,
                             .j = pair->j,
                             .versions = {s->candidates[pair->i].version,
                                          s->candidates[pair->j].version,
                                          s->candidates[a].version}};
}

/* Whether component a's split was tried with the pair in vain, and all three are still there. */
static bool has_failed(const EmixSwapSearch *s, emix_index a, const EmixPair *pair)
{
    const EmixSplitCandidate *c = &s->candidates[a];
    const EmixSwapFailure now = failure_of(s, a, pair);
    for (int f = 0; f < c->n_failures && f < FAILURES; ++f) {
        const EmixSwapFailure *then = &c->failures[f];
        if (then->i == now.i && then->j == now.j && then->versions[0] == now.versions[0] &&
            then->versions[1] == now.versions[1] && then->versions[2] == now.versions[2]) {
            return true;
        }
    }
    return false;
}

static void remember_failure(EmixSwapSearch *s, const EmixTrial *trial)
{
    EmixSplitCandidate *c = &s->candidates[trial->split];
    c->failures[c->n_failures++ % FAILURES] = failure_of(s, trial->split,
                                                         &s->pairs.all[trial->pair]);
}

static bool is_hopeless(const EmixSwapSearch *s, double gain, double loss)
{
    return gain - loss < -pessimism[s->effort] * gain - margin[s->effort] * s->local.unit;
}

/* The first pair that component a's split has not been tried with; -1 = none that is free. */
static int choose_pair(const EmixSwapSearch *s, emix_index a)
{
    const EmixSplitCandidate *c = &s->candidates[a];
    for (int p = 0; p < (int)s->pairs.n; ++p) {
        const EmixPair *pair = &s->pairs.all[p];
        if (is_hopeless(s, c->split.gain, pair->loss)) {
            return -1;
        }
        if (pair->i != a && pair->j != a && is_free(s, pair->i) && is_free(s, pair->j) &&
            !has_failed(s, a, pair)) {
            return p;
        }
    }
    return -1;
}

/* The free component nearest to any of the first three, that is not among the trial's. */
static emix_index next_neighbour(const EmixSwapSearch *s, const EmixTrial *trial)
{
    for (emix_index rank = 0; rank < s->pairs.n_near; ++rank) {
        for (int c = 0; c < 3; ++c) {
            const emix_index k = s->pairs.near[trial->components[c] * s->pairs.n_near + rank];
            bool taken = k < 0 || !is_free(s, k);
            for (int t = 0; t < trial->n_components && !taken; ++t) {
                taken = trial->components[t] == k;
            }
            if (!taken) {
                return k;
            }
        }
    }
    return -1;
}

static void plan_trial(EmixSwapSearch *s, emix_index a, int p)
{
    EmixTrial *trial = &s->trials[s->n_trials++];
    double *values = trial->values;
    const EmixPair *pair = &s->pairs.all[p];
    EmixSplitCandidate *c = &s->candidates[a];
    *trial = (EmixTrial){.split = a,
                         .pair = p,
                         .n_components = 3,
                         .components = {pair->i, a, pair->j},
                         .values = values};
    for (int n = 0; n < EMIX_TRIAL_NEIGHBOURS; ++n) {
        const emix_index k = next_neighbour(s, trial);
        if (k >= 0) {
            trial->components[trial->n_components++] = k;
        }
    }
    for (int t = 0; t < trial->n_components; ++t) {
        s->reserved[trial->components[t]] = true;
    }
    c->n_tried += 1;
}

/* Plans trials of different components, splits of large gain first. */
static void plan_trials(EmixSwapSearch *s)
{
    memset(s->reserved, 0, (size_t)emix_search_n_components(s) * sizeof *s->reserved);
    s->n_trials = 0;
    for (emix_index rank = 0; rank < emix_search_n_components(s) && s->n_trials < BATCH; ++rank) {
        const emix_index a = s->order[rank];
        const EmixSplitCandidate *c = &s->candidates[a];
        if (c->split.gain < least_split_gain * s->local.unit) {
            return;
        }
        if (is_free(s, a) && c->n_tried < MOST_TRIES) {
            const int p = choose_pair(s, a);
            if (p >= 0) {
                plan_trial(s, a, p);
            }
        }
    }
}

/* Every split may be tried with MOST_TRIES pairs more. */
static void rest(EmixSwapSearch *s)
{
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        s->candidates[k].n_tried = 0;
    }
}

static EmixStatus run_trial(void *context, int task, int worker, EmixError *error)
{
    EmixSwapSearch *s = context;
    EmixTrial *trial = &s->trials[task];
    const EmixTrialOptions options = {.most_rows = 3 * emix_search_split_rows(s),
                                      .confirm_rows = CONFIRM_ROWS,
                                      .least_gain = least_gain * s->local.unit};
    EmixRng rng = emix_search_stream(s, s->candidates[trial->split].n_tried, trial->split);
    if (emix_search_is_cancelled(s)) {
        return EMIX_OK;
    }
    return emix_trial_run(&s->local, &s->ownership, &s->parts, &s->candidates[trial->split].split,
                          &s->pairs.all[trial->pair], &options, &rng, &s->rows[worker], trial,
                          error);
}

/* Writes a swap's components over those of the mixture. */
static EmixStatus install(EmixSwapSearch *s, const EmixTrial *trial, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixParts swapped = {0};
    double *weights = emix_parts_values(&s->parts, EMIX_WEIGHTS_PART);
    double share = 0.0;
    EMIX_TRY(emix_parts_lay_out(s->parts.family, trial->n_components, s->parts.n_features, &swapped,
                                error));
    swapped.values = trial->values;
    for (int c = 0; c < trial->n_components; ++c) {
        share += weights[trial->components[c]];
    }
    for (int c = 0; c < trial->n_components; ++c) {
        const emix_index k = trial->components[c];
        emix_parts_copy_component(&swapped, c, &s->parts, k);
        weights[k] *= share;
        s->used[k] = true;
        s->candidates[k].known = false;
        s->candidates[k].version += 1;
    }
    s->tally.n_accepted += 1;
cleanup:
    return status;
}

/* Makes all swaps of a round.
 * @param[out] n_made  Swaps made; the parts then hold the new parameters. */
EmixStatus emix_search_make_swaps(EmixSwapSearch *s, int *n_made, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const int before = s->tally.n_accepted;
    const int respawned = s->tally.n_respawned;
    memset(s->used, 0, (size_t)emix_search_n_components(s) * sizeof *s->used);
    EMIX_TRY(emix_search_respawn(s, error));
    s->forced = s->tally.n_respawned > respawned;
    s->tally.residual = -INFINITY;
    int n_rests = 0;
    for (plan_trials(s); !emix_search_is_cancelled(s); plan_trials(s)) {
        if (s->n_trials == 0 && s->tally.n_accepted == before && !s->forced &&
            n_rests++ < MOST_RESTS) {
            rest(s); /* nothing was gained: more pairs for every split */
            plan_trials(s);
        }
        if (s->n_trials == 0) {
            break;
        }
        EMIX_TRY(emix_parallel_try(s->n_trials, s->problem.engine->n_workers, run_trial, s, error));
        emix_search_observe(s);
        for (int t = 0; t < s->n_trials; ++t) {
            const EmixTrial *trial = &s->trials[t];
            s->tally.n_tried += 1;
            emix_search_add_cost(s, trial->cost);
            if (trial->accepted) {
                EMIX_TRY(install(s, trial, error));
            } else {
                remember_failure(s, trial);
                s->tally.residual = fmax(s->tally.residual, trial->gain);
            }
        }
    }
    *n_made = s->tally.n_accepted - before + s->tally.n_respawned - respawned;
cleanup:
    return status;
}

/* What the best swap would gain that was not tried out, as predicted. */
void emix_search_find_residual(EmixSwapSearch *s)
{
    s->tally.n_looked_at = 0;
    for (emix_index a = 0; a < emix_search_n_components(s); ++a) {
        const EmixSplitCandidate *c = &s->candidates[a];
        if (!isfinite(c->split.gain)) {
            continue;
        }
        s->tally.n_looked_at += s->pairs.n;
        for (int p = 0; p < (int)s->pairs.n; ++p) {
            const EmixPair *pair = &s->pairs.all[p];
            if (pair->i != a && pair->j != a && !has_failed(s, a, pair)) {
                s->tally.residual = fmax(s->tally.residual, c->split.gain - pair->loss);
                break;
            }
        }
    }
}
