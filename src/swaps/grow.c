/* Starts that are grown from a single component. */
#include "swaps/swap_search_internal.h"

#include <string.h>

/* EM iterations after each split. */
enum { GROWTH_BURST = 5 };

/* All rows belong to component 0, the others are empty. */
static EmixStatus begin_with_one(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    EmixEngine *e = s->problem.engine;
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        e->current.params[k] = k == 0 ? 1.0 : 0.0;
    }
    for (emix_index k = 0; k < emix_search_n_components(s); ++k) {
        emix_mixture_place(e->self, k, s->problem.moments->mean, e->current.params);
    }
    EMIX_TRY(emix_engine_prepare(e, error));
    EMIX_TRY(emix_search_burst(s, 1, error));
cleanup:
    return status;
}

EmixStatus emix_swap_search_grow(EmixSwapSearch *s, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index n = emix_search_n_components(s);
    s->effort = EMIX_SWAPS_THOROUGH;
    emix_search_forget(s);
    EMIX_TRY(begin_with_one(s, error));
    for (emix_index k = 1; k < n && !emix_search_is_cancelled(s); ++k) {
        bool found = false;
        emix_search_read_parts(s);
        memset(s->used, 0, (size_t)n * sizeof *s->used);
        EMIX_TRY(emix_search_find_splits(s, error));
        EMIX_TRY(emix_search_respawn_one(s, k, &found, error));
        if (!found) {
            return emix_fail(error, EMIX_ERR_DEGENERATE,
                             "none of %lld components can be split further", (long long)k);
        }
        s->tally.n_rounds += 1;
        EMIX_TRY(emix_search_write_parts(s, error));
        EMIX_TRY(emix_search_burst(s, GROWTH_BURST, error));
    }
cleanup:
    return status;
}
