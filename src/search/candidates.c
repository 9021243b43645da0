/* The ranking of starts. */
#include "search/candidates.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

EmixStatus emix_candidates_init(int n, emix_index params, bool keep_beginnings,
                                EmixCandidates *candidates, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    emix_index doubles = 0;
    const emix_index each = keep_beginnings ? 2 * params : params;
    *candidates = (EmixCandidates){.n = n};
    if (!emix_multiply((emix_index)n + 1, each, &doubles)) {
        return emix_fail_nomem(error, params, sizeof(double));
    }
    EMIX_TRY_ALLOC(candidates->all, n);
    EMIX_TRY_ALLOC(candidates->order, n);
    EMIX_TRY_ALLOC(candidates->merged, n);
    EMIX_TRY_ALLOC(candidates->storage, doubles);
    for (int s = 0; s <= n; ++s) {
        EmixCandidate *c = s < n ? &candidates->all[s] : &candidates->refined;
        c->params = candidates->storage + s * each;
        c->began = keep_beginnings ? c->params + params : NULL;
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
    emix_free(candidates->merged);
    emix_free(candidates->order);
    emix_free(candidates->all);
    *candidates = (EmixCandidates){0};
}

void emix_candidates_reset(EmixCandidates *candidates)
{
    for (int s = 0; s < candidates->n; ++s) {
        const EmixCandidate *c = &candidates->all[s];
        candidates->all[s] = (EmixCandidate){.params = c->params, .began = c->began};
        candidates->order[s] = s;
    }
    const EmixCandidate *refined = &candidates->refined;
    candidates->refined = (EmixCandidate){.params = refined->params, .began = refined->began};
}

/* Relative difference of log-likelihoods from the order in which they were summed. */
static const double same_start = 1e-11;

bool emix_candidate_is_copy(const EmixCandidate *a, const EmixCandidate *b)
{
    return fabs(a->first - b->first) <= same_start * fabs(a->first);
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
    return a->merit > b->merit;
}

/* Merges the sorted from[begin ... middle - 1] and from[middle ... end - 1] into `to`. The sort is
 * stable: equal candidates keep their order. */
static void merge(const EmixCandidates *candidates, const int *from, int begin, int middle, int end,
                  int *to)
{
    const EmixCandidate *all = candidates->all;
    int left = begin;
    int right = middle;
    for (int i = begin; i < end; ++i) {
        const bool take_right = right < end &&
                                (left == middle ||
                                 emix_candidate_beats(&all[from[right]], &all[from[left]]));
        to[i] = from[take_right ? right++ : left++];
    }
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Bottom-up merge sort. */
void emix_candidates_rank(EmixCandidates *candidates, int n_alive)
{
    int *from = candidates->order;
    int *to = candidates->merged;
    for (int run = 1; run < n_alive; run *= 2) {
        for (int begin = 0; begin < n_alive; begin += 2 * run) {
            merge(candidates, from, begin, smaller(begin + run, n_alive),
                  smaller(begin + 2 * run, n_alive), to);
        }
        int *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != candidates->order) {
        memcpy(candidates->order, from, (size_t)n_alive * sizeof *from);
    }
}
