/* The order of merit among starts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rng.h"
#include "search/candidates.h"

static EmixCandidates make(int n)
{
    EmixCandidates candidates = {0};
    cr_assert(eq(int, emix_candidates_init(n, 1, false, &candidates, NULL), EMIX_OK));
    emix_candidates_reset(&candidates);
    return candidates;
}

/* Few different merits, so that many candidates are equal. */
static void fill_at_random(EmixCandidates *candidates, uint64_t seed)
{
    EmixRng rng = emix_rng_init(seed, EMIX_RNG_START, 0);
    for (int s = 0; s < candidates->n; ++s) {
        EmixCandidate *c = &candidates->all[s];
        c->merit = -100.0 + (double)emix_rng_below(&rng, 10);
        c->drawn = emix_rng_below(&rng, 8) != 0;
        c->failed = emix_rng_below(&rng, 8) == 0;
        c->sound = emix_rng_below(&rng, 2) == 0;
    }
}

Test(candidates, sound_comes_before_degenerate_before_failed_before_undrawn)
{
    EmixCandidates c = make(4);
    c.all[0] = (EmixCandidate){.merit = 40.0};
    c.all[1] = (EmixCandidate){.merit = 30.0, .drawn = true, .failed = true, .sound = true};
    c.all[2] = (EmixCandidate){.merit = 20.0, .drawn = true};
    c.all[3] = (EmixCandidate){.merit = 10.0, .drawn = true, .sound = true};
    emix_candidates_rank(&c, 4);
    for (int rank = 0; rank < 4; ++rank) {
        cr_expect(eq(int, c.order[rank], 3 - rank));
    }
    emix_candidates_clear(&c);
}

Test(candidates, every_number_of_candidates_is_ranked_and_equals_keep_their_order)
{
    for (int n = 1; n <= 70; ++n) {
        EmixCandidates c = make(n);
        fill_at_random(&c, (uint64_t)n);
        emix_candidates_rank(&c, n);
        int seen[70] = {0};
        for (int rank = 0; rank < n; ++rank) {
            seen[c.order[rank]] += 1;
            if (rank > 0) {
                const EmixCandidate *better = &c.all[c.order[rank - 1]];
                const EmixCandidate *worse = &c.all[c.order[rank]];
                cr_assert(not(emix_candidate_beats(worse, better)), "n = %d", n);
                cr_assert(emix_candidate_beats(better, worse) || c.order[rank - 1] < c.order[rank],
                          "n = %d: equals changed places", n);
            }
        }
        for (int s = 0; s < n; ++s) {
            cr_assert(eq(int, seen[s], 1), "n = %d, start %d", n, s);
        }
        emix_candidates_clear(&c);
    }
}

Test(candidates, those_that_dropped_out_stay_where_they_are)
{
    EmixCandidates c = make(6);
    for (int s = 0; s < 6; ++s) {
        c.all[s] = (EmixCandidate){.merit = (double)s, .drawn = true, .sound = true};
    }
    emix_candidates_rank(&c, 3);
    const int expected[6] = {2, 1, 0, 3, 4, 5};
    for (int rank = 0; rank < 6; ++rank) {
        cr_expect(eq(int, c.order[rank], expected[rank]));
    }
    emix_candidates_clear(&c);
}

Test(candidates, a_million_starts_are_ranked_at_once, .timeout = 20)
{
    enum { N = 1000000 }; /* the most that options allow; a quadratic sort would take hours */
    EmixCandidates c = make(N);
    EmixRng rng = emix_rng_init(1, EMIX_RNG_START, 0);
    for (int s = 0; s < N; ++s) {
        c.all[s].merit = emix_rng_uniform(&rng);
    }
    emix_candidates_rank(&c, N);
    for (int rank = 1; rank < N; ++rank) {
        cr_assert(c.all[c.order[rank - 1]].merit >= c.all[c.order[rank]].merit);
    }
    emix_candidates_clear(&c);
}
