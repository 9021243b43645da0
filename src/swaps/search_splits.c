/* Which components are split, and which are dying. */
#include "swaps/swap_search_internal.h"

#include <math.h>
#include <string.h>

#include "parallel/try.h"

/* A split that was found is kept until its component has moved by this, squared distance a row in
 * the complete-data Fisher metric. */
static const double moved = 0.0025;

/* Whether a component is left with too few rows, or its covariance with none to spread over. */
static bool is_dying(const EmixSwapSearch *s, emix_index k)
{
    const EmixEngine *e = s->problem.engine;
    const EmixMixture *m = s->local.mixture;
    const unsigned flags = emix_mixture_state(m, k, emix_engine_stats(e), e->current.params,
                                              e->current.derived, s->local.unit,
                                              emix_engine_scratch(e, 0), NULL);
    return s->ownership.counts[k] < (double)m->groups[0].sizes.min_rows * s->local.unit ||
           (flags & emix_mixture_fatal_flags(m, k)) != 0;
}

/* Whether component k is still where its split was found. */
static bool is_remembered(EmixSwapSearch *s, emix_index k)
{
    EmixEngine *e = s->problem.engine;
    const double count = s->ownership.counts[k];
    if (!s->candidates[k].known || e->sizes.n_tasks != (int)emix_search_n_components(s)) {
        return false;
    }
    const double distance2 = e->ops->step_length2(e->self, (int)k, emix_engine_stats(e),
                                                  e->current.params, e->current.derived,
                                                  s->remembered, emix_engine_scratch(e, 0));
    return distance2 < moved * count;
}

static EmixStatus find_split(void *context, int task, int worker, EmixError *error)
{
    EmixSwapSearch *s = context;
    EmixSplitCandidate *c = &s->candidates[task];
    if (c->known || emix_search_is_cancelled(s)) {
        return EMIX_OK;
    }
    if (s->dying[task]) {
        c->split.gain = -INFINITY;
        return EMIX_OK;
    }
    const bool quick = s->effort == EMIX_SWAPS_QUICK;
    const EmixSplitOptions options = {.most_rows = emix_search_split_rows(s),
                                      .n_beginnings = quick ? 3 : 4};
    EmixRng rng = emix_search_stream(s, 0, task);
    return emix_split_find(&s->local, &s->ownership, &s->parts, task, &options, &rng,
                           &s->rows[worker], &c->split, &s->costs[task], error);
}

/* By falling gain; of equal ones the first. Insertion is stable, and the order changes little. */
static void rank_splits(EmixSwapSearch *s)
{
    for (emix_index n = 0; n < emix_search_n_components(s); ++n) {
        emix_index at = n;
        for (; at > 0 && s->candidates[s->order[at - 1]].split.gain < s->candidates[n].split.gain;
             --at) {
            s->order[at] = s->order[at - 1];
        }
        s->order[at] = n;
    }
}

EmixStatus emix_search_find_splits(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = s->problem.engine;
    const emix_index n = emix_search_n_components(s);
    for (emix_index k = 0; k < n; ++k) {
        s->dying[k] = is_dying(s, k);
        s->candidates[k].known = !s->dying[k] && is_remembered(s, k);
        s->costs[k] = 0.0;
    }
    EMIX_TRY(emix_parallel_try((int)n, e->n_workers, find_split, s, error));
    for (emix_index k = 0; k < n; ++k) {
        emix_search_add_cost(s, s->costs[k]);
        s->candidates[k].n_tried = 0;
        if (!s->candidates[k].known) {
            s->candidates[k].known = true;
            s->candidates[k].version += 1;
            emix_mixture_copy_params(e->self, k, e->current.params, s->remembered);
        }
    }
    rank_splits(s);
cleanup:
    return status;
}

/* ---- components that die ---- */

/* Component k becomes a half of the best split that is free, the split component the other. What k
 * explained is left to the others.
 * @return Whether there was one. */
static bool respawn(EmixSwapSearch *s, emix_index k, EmixParts *halves)
{
    double *weights = emix_parts_values(&s->parts, EMIX_WEIGHTS_PART);
    for (emix_index rank = 0; rank < emix_search_n_components(s); ++rank) {
        const emix_index a = s->order[rank];
        const EmixSplit *split = &s->candidates[a].split;
        if (a == k || s->used[a] || !isfinite(split->gain)) {
            continue;
        }
        const double whole = weights[a];
        halves->values = split->values;
        emix_parts_copy_component(halves, 0, &s->parts, a);
        emix_parts_copy_component(halves, 1, &s->parts, k);
        weights[a] *= whole;
        weights[k] *= whole;
        s->used[a] = s->used[k] = true;
        for (int half = 0; half < 2; ++half) {
            EmixSplitCandidate *c = &s->candidates[half == 0 ? a : k];
            c->known = false;
            c->version += 1;
        }
        return true;
    }
    return false;
}

EmixStatus emix_search_respawn_one(EmixSwapSearch *s, emix_index k, bool *found, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixParts halves = {0};
    EMIX_TRY(emix_parts_lay_out(s->parts.family, 2, s->parts.n_features, &halves, error));
    *found = respawn(s, k, &halves);
cleanup:
    return status;
}

/* Gives dying components another place, where a split gains most. */
EmixStatus emix_search_respawn(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixParts halves = {0};
    EMIX_TRY(emix_parts_lay_out(s->parts.family, 2, s->parts.n_features, &halves, error));
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        if (s->dying[k]) {
            s->used[k] = true;
        }
    }
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        if (s->dying[k]) {
            s->tally.n_respawned += respawn(s, k, &halves);
        }
    }
cleanup:
    return status;
}
