/* The order of merit among starts. */
#include "engine/candidates.h"

#include "core/alloc.h"

EmixStatus emix_candidates_init(int n, emix_index params, EmixCandidates *candidates,
                                EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index doubles = 0;
    *candidates = (EmixCandidates){.n = n};
    if (!emix_multiply(n, params, &doubles)) {
        return emix_fail_nomem(error, params, sizeof(double));
    }
    EMIX_TRY_ALLOC(candidates->all, n);
    EMIX_TRY_ALLOC(candidates->order, n);
    EMIX_TRY_ALLOC(candidates->storage, doubles);
    for (int s = 0; s < n; ++s) {
        candidates->all[s].params = candidates->storage + s * params;
    }
cleanup:
    if (status != EMIX_OK) {
        emix_candidates_clear(candidates);
    }
    return status;
}

void emix_candidates_clear(EmixCandidates *candidates)
{
    emix_free(candidates->storage);
    emix_free(candidates->order);
    emix_free(candidates->all);
    *candidates = (EmixCandidates){0};
}

void emix_candidates_reset(EmixCandidates *candidates)
{
    for (int s = 0; s < candidates->n; ++s) {
        double *params = candidates->all[s].params;
        candidates->all[s] = (EmixCandidate){.params = params};
        candidates->order[s] = s;
    }
}

static int standing(const EmixCandidate *c)
{
    return !c->drawn ? 3 : c->failed ? 2 : c->sound ? 0 : 1;
}

bool emix_candidate_beats(const EmixCandidate *a, const EmixCandidate *b)
{
    if (standing(a) != standing(b)) {
        return standing(a) < standing(b);
    }
    return a->objective > b->objective;
}

/* Insertion sort: stable, so equal candidates keep the order of their numbers. */
void emix_candidates_rank(EmixCandidates *candidates, int n_alive)
{
    int *order = candidates->order;
    for (int i = 1; i < n_alive; ++i) {
        const int moved = order[i];
        int j = i;
        while (j > 0 &&
               emix_candidate_beats(&candidates->all[moved], &candidates->all[order[j - 1]])) {
            order[j] = order[j - 1];
            --j;
        }
        order[j] = moved;
    }
}
